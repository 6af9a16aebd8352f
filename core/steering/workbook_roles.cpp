// The sheets without ids: roles, targets, keys, and those that are not understood.
#include <algorithm>

#include "core/base/text.h"
#include "core/formats/csv.h"
#include "core/steering/node_reader.h"
#include "core/steering/workbook_import.h"

namespace passerelle::steering {

using formats::Yaml;

namespace {

// "policy=CULTURE; nature=6064".
Yaml map_of(const std::string& text) {
  Yaml map = Yaml::map();
  for (const std::string& part : split_list(text)) {
    const std::size_t equals = std::min(part.find('='), part.size());
    map.set(base::trimmed(std::string_view(part).substr(0, equals)),
            Yaml::scalar(
                base::trimmed(std::string_view(part).substr(std::min(equals + 1, part.size())))));
  }
  return map;
}

}  // namespace

// In a matrix each unit has a column, and the cells hold letters.
std::vector<std::size_t> WorkbookImport::unit_columns(const Sheet& sheet) const {
  std::vector<std::size_t> columns;
  if (sheet.spec == nullptr || sheet.spec->section != "raci") return columns;
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    if (sheet.columns[i].spec == nullptr &&
        names_.resolve("organisation", sheet.columns[i].header)) {
      columns.push_back(i);
    }
  }
  return columns;
}

bool WorkbookImport::letters_of(const std::string& cell, std::vector<std::string>* letters) {
  const ColumnSpec& column = *find_sheet("raci")->find("letter");
  if (cell.size() > 1) {
    if (auto word = value_of(*column.vocabulary, cell)) {
      letters->push_back(*std::move(word));
      return true;
    }
  }
  const char accountable = options_.accountable_letter.value_or('A');
  bool is_clear = true;
  for (char c : base::folded(cell)) {
    if (c < 'a' || c > 'z') continue;
    c = static_cast<char>(c - 'a' + 'A');
    if (c == accountable) {
      letters->push_back("A");
    } else if (c == 'A' && accountable == 'R') {
      letters->push_back("R");
    } else if (c == 'R' || c == 'C' || c == 'I') {
      letters->push_back(std::string(1, c));
    } else {
      if (!options_.accountable_letter) report_.unclear_letters.insert(c);
      is_clear = false;
    }
  }
  return is_clear && !letters->empty();
}

bool WorkbookImport::add_role(const Sheet& sheet, const SheetRow& row, const std::string& activity,
                              Role role) {
  std::vector<Role>& roles = roles_[activity];
  const auto is_same = [&](const Role& other) {
    return other.letter == role.letter && other.unit == role.unit && other.role == role.role;
  };
  if (std::any_of(roles.begin(), roles.end(), is_same)) {
    note(ImportNote::Kind::kDuplicate, sheet, row.number,
         in_quotes(role.unit) + " has the letter " + role.letter + " of " + in_quotes(activity) +
             " already",
         "");
    return false;
  }
  roles.push_back(std::move(role));
  return true;
}

void WorkbookImport::read_role_matrix(const Sheet& sheet,
                                      const std::vector<std::size_t>& unit_columns) {
  for (const SheetRow& row : sheet.rows) {
    const auto activity = names_.resolve("activities", sheet.cell(row, "activity"));
    if (!activity) {
      note(ImportNote::Kind::kOrphan, sheet, row.number,
           "roles of an activity that is not in the workbook", "");
      skip(sheet, row, "its activity is unknown", "add it to the sheet Activités");
      continue;
    }
    bool is_taken = true;
    for (const std::size_t column : unit_columns) {
      const std::string& cell = row.cells[column];
      if (cell.empty()) continue;
      std::vector<std::string> letters;
      const bool is_clear = letters_of(cell, &letters);
      if (!is_clear) {
        note(ImportNote::Kind::kUnclear, sheet, row.number,
             in_quotes(cell) + " of " + in_quotes(sheet.columns[column].header) +
                 " holds no letter of R, A, C, I",
             "say which letter means \"rend compte\", or correct the cell");
        kept_.add_row(
            sheet.canonical_name(),
            {{"Activité", *activity}, {"Lettre", cell}, {"Entité", sheet.columns[column].header}});
        is_taken = false;
        continue;
      }
      const std::string unit = *names_.resolve("organisation", sheet.columns[column].header);
      for (std::string& letter : letters) {
        add_role(sheet, row, *activity, {std::move(letter), unit, ""});
      }
    }
    if (is_taken) ++report_.taken[sheet.name];
  }
}

void WorkbookImport::read_roles(const Sheet& sheet) {
  const bool has_letters =
      std::any_of(sheet.columns.begin(), sheet.columns.end(), [](const SheetColumn& column) {
        return column.spec != nullptr && column.spec->field == "letter";
      });
  const std::vector<std::size_t> matrix = unit_columns(sheet);
  if (!has_letters && !matrix.empty()) return read_role_matrix(sheet, matrix);
  for (const SheetRow& row : sheet.rows) {
    const auto activity = names_.resolve("activities", sheet.cell(row, "activity"));
    const auto unit = names_.resolve("organisation", sheet.cell(row, "unit"));
    if (!activity || !unit) {
      const std::string what = activity ? "organisation unit " : "activity ";
      const std::string name(sheet.cell(row, activity ? "unit" : "activity"));
      note(ImportNote::Kind::kOrphan, sheet, row.number,
           "a role of the " + what + in_quotes(name) + ", which is not in the workbook", "");
      skip(sheet, row, "its " + what + "is unknown", "add it to its sheet, or correct the name");
      continue;
    }
    std::vector<std::string> letters;
    if (!letters_of(std::string(sheet.cell(row, "letter")), &letters)) {
      skip(sheet, row, in_quotes(sheet.cell(row, "letter")) + " is no letter of R, A, C, I",
           "say which letter means \"rend compte\", or correct the cell");
      continue;
    }
    const std::string role(sheet.cell(row, "role"));
    keep_unknown_columns(sheet, row, role_key(*activity, letters.front(), *unit, role));
    for (std::string& letter : letters) {
      add_role(sheet, row, *activity, {std::move(letter), *unit, role});
    }
    ++report_.taken[sheet.name];
  }
}

void WorkbookImport::attach_roles() {
  const auto section = sections_.find("activities");
  if (section == sections_.end()) return;
  for (formats::YamlPair& activity : section->second.pairs) {
    Yaml raci = Yaml::map();
    for (const char* letter : {"A", "R", "C", "I"}) {
      Yaml units = Yaml::sequence();
      for (const Role& role : roles_[activity.key]) {
        if (role.letter != letter) continue;
        if (role.role.empty()) {
          units.add(Yaml::scalar(role.unit));
        } else {
          Yaml unit = Yaml::map();
          unit.set("unit", role.unit).set("role", role.role);
          units.add(std::move(unit));
        }
      }
      if (!units.items.empty()) raci.set(letter, std::move(units));
    }
    for (const Sheet& sheet : sheets_) {
      if (sheet.spec != find_sheet("activities")) continue;
      const std::uint64_t row = names_.row_of("activities", activity.key);
      for (const char* letter : {"A", "R"}) {
        if (raci.find(letter) != nullptr) continue;
        note(ImportNote::Kind::kOrphan, sheet, row,
             in_quotes(activity.key) + " has no role " + letter, "add it to the sheet Rôles");
      }
      break;
    }
    if (!raci.pairs.empty()) activity.value.set("raci", std::move(raci));
  }
}

void WorkbookImport::read_targets(const Sheet& sheet) {
  Yaml& targets = sections_.try_emplace("targets", Yaml::sequence()).first->second;
  for (const SheetRow& row : sheet.rows) {
    const std::string name(sheet.cell(row, "indicator"));
    const auto indicator = names_.resolve("indicators", name);
    const std::string line(sheet.cell(row, "linear"));
    if (!indicator || (sheet.cell(row, "value").empty() && line.empty())) {
      if (!indicator) {
        note(ImportNote::Kind::kOrphan, sheet, row.number,
             "a target of the indicator " + in_quotes(name) + ", which is not in the workbook", "");
      }
      skip(sheet, row, indicator ? "it has no value" : "its indicator is unknown",
           "complete the row");
      continue;
    }
    const std::string period(sheet.cell(row, "period"));
    const std::string scope_text(sheet.cell(row, "scope"));
    Yaml scope = map_of(scope_text);
    if (!period.empty()) scope.set("period", period);
    Yaml target = Yaml::map();
    target.set("indicator", *indicator).set("scope", std::move(scope));
    for (const char* field : {"value", "amber"}) {
      std::string number(sheet.cell(row, field));
      std::replace(number.begin(), number.end(), ',', '.');
      if (!number.empty()) target.set(field, number);
    }
    if (!line.empty()) target.set("linear", map_of(line));
    const std::string waits(sheet.cell(row, "hysteresis"));
    if (!waits.empty()) target.set("hysteresis", waits);
    keep_unknown_columns(sheet, row, target_key(*indicator, period, scope_text));
    targets.add(std::move(target));
    ++report_.taken[sheet.name];
  }
}

void WorkbookImport::keep_keys(const Sheet& sheet) {
  formats::CsvWriterSettings settings;
  settings.delimiter = ';';
  settings.line_end = "\n";
  formats::CsvWriter writer(&keys_, settings);
  if (sheet.columns.empty()) return;
  std::vector<std::string> header;
  for (const SheetColumn& column : sheet.columns) header.push_back(column.header);
  writer.row(header);
  for (const SheetRow& row : sheet.rows) {
    writer.row(row.cells);
    ++report_.taken[sheet.name];
  }
}

void WorkbookImport::keep_sheet(const Sheet& sheet) {
  note(ImportNote::Kind::kUnknownSheet, sheet, 0, "the sheet is not understood; its rows are kept",
       "if it is one of the model's, give it that name: Processus, Activités, Rôles...");
  for (const SheetRow& row : sheet.rows) {
    std::vector<std::pair<std::string, std::string>> cells;
    for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
      cells.emplace_back(sheet.columns[i].header, row.cells[i]);
    }
    kept_.add_row(sheet.name, cells);
  }
}

}  // namespace passerelle::steering
