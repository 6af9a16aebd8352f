#include "core/steering/workbook_import.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/csv.h"
#include "core/formats/xlsx.h"
#include "core/steering/node_reader.h"

namespace passerelle::steering {

using formats::Yaml;

std::string role_key(std::string_view activity, std::string_view letter, std::string_view unit,
                     std::string_view role) {
  std::string key(activity);
  for (const std::string_view part : {letter, unit, role}) key.append("|").append(part);
  return key;
}

std::string target_key(std::string_view indicator, std::string_view period,
                       std::string_view scope) {
  return role_key(indicator, period, scope, "");
}

void WorkbookImport::note(NoteKind kind, const Sheet& sheet, std::uint64_t row, std::string reason,
                          std::string remedy) {
  report_.notes.push_back({kind, sheet.name, row, std::move(reason), std::move(remedy)});
}

void WorkbookImport::skip(const Sheet& sheet, const SheetRow& row, std::string reason,
                          std::string remedy) {
  note(NoteKind::kSkipped, sheet, row.number, std::move(reason), std::move(remedy));
  std::vector<std::pair<std::string, std::string>> cells;
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    cells.emplace_back(sheet.canonical_header(i), row.cells[i]);
  }
  kept_.add_row(sheet.canonical_name(), cells);
}

void WorkbookImport::keep_unknown_columns(const Sheet& sheet, const SheetRow& row,
                                          const std::string& key) {
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    if (sheet.columns[i].spec != nullptr) continue;
    kept_.add(sheet.canonical_name(), key, sheet.columns[i].header, row.cells[i]);
  }
}

void WorkbookImport::report_columns(const Sheet& sheet) {
  const std::vector<std::size_t> units = unit_columns(sheet);
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    const bool is_unit = std::count(units.begin(), units.end(), i) > 0;
    if (sheet.columns[i].spec != nullptr || is_unit || sheet.columns[i].header == kOriginalId) {
      continue;
    }
    note(NoteKind::kUnknownColumn, sheet, 0,
         "the column " + in_quotes(sheet.columns[i].header) + " is not understood; it is kept",
         "if it is one of the model's, name its field in " + std::string(kColumnsFile) +
             " and import again");
  }
  for (const std::uint64_t row : sheet.above) {
    note(NoteKind::kSkipped, sheet, row, "the row stands above the header", "");
  }
}

void WorkbookImport::name_rows(const Sheet& sheet) {
  report_.read[sheet.name] = sheet.rows.size();
  if (sheet.spec == nullptr || sheet.spec->find("id") == nullptr) return;
  for (const SheetRow& row : sheet.rows) {
    const std::string id = name_row(sheet, row);
    if (!id.empty()) ids_[{&sheet, row.number}] = id;
  }
}

std::string WorkbookImport::name_row(const Sheet& sheet, const SheetRow& row) {
  const std::string_view section = sheet.spec->section;
  const std::string written(sheet.cell(row, "id"));
  const std::string label(sheet.cell(row, "label.fr"));
  if (section == "indicators" && sheet.cell(row, "value").empty()) {
    skip(sheet, row,
         "the indicator " + in_quotes(written.empty() ? label : written) + " has no formula",
         "write its formula in the column Formule, as in count() or sum(budget.realised)");
    return "";
  }
  const std::string twin = names_.holder_of(section, label);
  if (!written.empty() && names_.has_id(section, written)) {
    note(NoteKind::kDuplicate, sheet, row.number,
         in_quotes(written) + " is on row " + std::to_string(names_.row_of(section, written)) +
             " already",
         "");
    skip(sheet, row, "its id is taken", "give it another id, or remove it");
    return "";
  }
  if (!twin.empty()) {
    note(NoteKind::kDuplicate, sheet, row.number,
         in_quotes(label) + " has the label of row " +
             std::to_string(names_.row_of(section, twin)) + " (" + twin + ')',
         "merge the two, or tell them apart by their labels");
    if (written.empty()) {
      skip(sheet, row, "it has neither an id nor a label of its own", "give it an id");
      return "";
    }
  }
  const std::string id =
      is_upper_id(written) ? written : names_.new_id(section, written.empty() ? label : written);
  if (id.empty()) {
    skip(sheet, row, "the row has neither an id nor a label", "give it one of the two");
    return "";
  }
  if (id != written) {
    note(NoteKind::kRenamed, sheet, row.number,
         written.empty() ? "the id " + id + " was made from the label"
                         : in_quotes(written) + " is no id: it became " + id,
         "");
    names_.add_name(section, id, written);
    kept_.add(sheet.canonical_name(), id, kOriginalId, written);
  }
  names_.add_id(section, id, row.number);
  names_.add_name(section, id, label);
  names_.add_name(section, id, sheet.cell(row, "label.en"));
  names_.add_name(section, id, sheet.cell(row, "number"));
  for (const std::string& code : split_list(sheet.cell(row, "codes"))) {
    names_.add_name(section, id, code);
  }
  return id;
}

void WorkbookImport::read_entities(const Sheet& sheet) {
  const std::string section(sheet.spec->section);
  Yaml& entities = sections_.try_emplace(section, Yaml::map()).first->second;
  for (const SheetRow& row : sheet.rows) {
    const auto id = ids_.find({&sheet, row.number});
    if (id == ids_.end()) continue;
    Yaml entity = Yaml::map();
    for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
      const ColumnSpec* column = sheet.columns[i].spec;
      if (column == nullptr || column->field == "id" || row.cells[i].empty()) continue;
      put(sheet, row, *column, row.cells[i], &entity);
    }
    keep_original_code(sheet, row, id->second, &entity);
    keep_unknown_columns(sheet, row, id->second);
    const bool needs_process = section == "activities" && sheet.cell(row, "process").empty();
    if (needs_process) {
      note(NoteKind::kOrphan, sheet, row.number, in_quotes(id->second) + " has no process",
           "name the process it belongs to");
    }
    entities.set(id->second, std::move(entity));
    ++report_.taken[sheet.name];
  }
}

// Sources go on writing the code that was no id.
void WorkbookImport::keep_original_code(const Sheet& sheet, const SheetRow& row,
                                        const std::string& id, Yaml* entity) {
  const std::string written(sheet.cell(row, "id"));
  if (written.empty() || written == id || sheet.spec->find("codes") == nullptr) return;
  for (formats::YamlPair& pair : entity->pairs) {
    if (pair.key != "codes") continue;
    const auto is_it = [&](const Yaml& code) { return code.text == written; };
    auto& codes = pair.value.items;
    if (std::none_of(codes.begin(), codes.end(), is_it)) pair.value.add(Yaml::scalar(written));
    return;
  }
  entity->set("codes", Yaml::sequence());
  entity->pairs.back().value.add(Yaml::scalar(written));
}

// A field "label.fr" goes into the map "label".
void WorkbookImport::put(const Sheet& sheet, const SheetRow& row, const ColumnSpec& column,
                         const std::string& cell, Yaml* entity) {
  if (column.kind == CellKind::kParents) {
    const bool is_one = cell.find_first_of(";[\n") == std::string::npos;
    if (cell == "-") return;  // the top level
    if (is_one) {
      entity->set("parent", reference(sheet, row, column.refers_to, cell));
    } else {
      entity->set("parents", parents(sheet, row, cell));
    }
    return;
  }
  Yaml value = value_of_cell(sheet, row, column, cell);
  const std::size_t dot = column.field.find('.');
  if (dot == std::string_view::npos) {
    entity->set(column.field, std::move(value));
    return;
  }
  const std::string_view outer = column.field.substr(0, dot);
  for (formats::YamlPair& pair : entity->pairs) {
    if (pair.key != outer) continue;
    pair.value.set(column.field.substr(dot + 1), std::move(value));
    return;
  }
  entity->set(outer, Yaml::map());
  entity->pairs.back().value.set(column.field.substr(dot + 1), std::move(value));
}

Yaml WorkbookImport::value_of_cell(const Sheet& sheet, const SheetRow& row,
                                   const ColumnSpec& column, const std::string& cell) {
  const auto unclear = [&](std::string_view what) {
    note(NoteKind::kUnclear, sheet, row.number,
         in_quotes(cell) + " in " + in_quotes(column.header) + " is " + std::string(what),
         "correct it in the workbook, or in the folder");
  };
  Yaml list = Yaml::sequence();
  switch (column.kind) {
    case CellKind::kDate: {
      const auto day = date_text(cell);
      if (!day) unclear("no date");
      return Yaml::scalar(day.value_or(cell));
    }
    case CellKind::kWord: {
      const auto value = value_of(*column.vocabulary, cell);
      if (!value) unclear("none of the words that are known there");
      return Yaml::scalar(value.value_or(cell));
    }
    case CellKind::kWordList:
      for (const std::string& word : split_list(cell)) {
        const auto value = value_of(*column.vocabulary, word);
        if (!value) unclear("none of the words that are known there");
        list.add(Yaml::scalar(value.value_or(word)));
      }
      return list;
    case CellKind::kList:
      for (const std::string& item : split_list(cell)) list.add(Yaml::scalar(item, item.empty()));
      return list;
    case CellKind::kReference:
      return Yaml::scalar(reference(sheet, row, column.refers_to, cell));
    case CellKind::kReferenceList:
      for (const std::string& item : split_list(cell)) {
        list.add(Yaml::scalar(reference(sheet, row, column.refers_to, item)));
      }
      return list;
    case CellKind::kGroupings:
      for (const std::string& grouping : split_list(cell)) {
        Yaml dimensions = Yaml::sequence();
        for (const std::string_view dimension : base::split(grouping, '+')) {
          const std::string name(base::trimmed(dimension));
          if (base::folded(name) != "total") dimensions.add(Yaml::scalar(name));
        }
        list.add(std::move(dimensions));
      }
      return list;
    case CellKind::kText:
    case CellKind::kNumber:
    case CellKind::kParents:
    case CellKind::kScope:
      break;
  }
  return Yaml::scalar(cell);
}

std::string WorkbookImport::reference(const Sheet& sheet, const SheetRow& row,
                                      std::string_view section, const std::string& text) {
  const auto id = names_.resolve(section, text);
  if (id) return *id;
  note(NoteKind::kOrphan, sheet, row.number,
       in_quotes(text) + " is not in the sheet " + std::string(find_sheet(section)->name) +
           ", or several rows there have this name",
       "add it there, or name it by its id");
  return text;
}

Yaml WorkbookImport::parents(const Sheet& sheet, const SheetRow& row, const std::string& cell) {
  Yaml list = Yaml::sequence();
  for (const ParentText& parent : split_parents(cell)) {
    Yaml item = Yaml::map();
    item.set("unit", parent.unit.empty()
                         ? Yaml()
                         : Yaml::scalar(reference(sheet, row, "organisation", parent.unit)));
    if (!parent.from.empty()) item.set("from", date_text(parent.from).value_or(parent.from));
    if (!parent.to.empty()) item.set("to", date_text(parent.to).value_or(parent.to));
    list.add(std::move(item));
  }
  return list;
}

Imported WorkbookImport::run() {
  for (const Sheet& sheet : sheets_) name_rows(sheet);
  for (const Sheet& sheet : sheets_) {
    report_.taken[sheet.name];
    if (sheet.spec == nullptr) {
      keep_sheet(sheet);
    } else if (sheet.spec->section == "keys") {
      keep_keys(sheet);
    } else {
      report_columns(sheet);
      if (sheet.spec->section == "raci") {
        read_roles(sheet);
      } else if (sheet.spec->section == "targets") {
        read_targets(sheet);
      } else {
        read_entities(sheet);
      }
    }
  }
  attach_roles();
  std::stable_sort(report_.notes.begin(), report_.notes.end(),
                   [](const ImportNote& a, const ImportNote& b) {
                     return std::tie(a.sheet, a.row) < std::tie(b.sheet, b.row);
                   });
  std::vector<ModelFile> files = write_files_text();
  return {std::move(files), std::move(report_)};
}

std::vector<ModelFile> WorkbookImport::write_files_text() const {
  std::vector<ModelFile> files;
  for (const auto& [section, entities] : sections_) {
    if (entities.pairs.empty() && entities.items.empty()) continue;
    Yaml root = Yaml::map();
    root.set(section, entities);
    files.push_back({"reference/" + section + ".yaml", formats::write_yaml(root)});
  }
  files.push_back({kColumnsFile, remembered_columns(sheets_)});
  files.push_back({kKeptFile, kept_.to_text()});
  if (!keys_.empty()) files.push_back({kKeysFile, keys_});
  std::sort(files.begin(), files.end(),
            [](const ModelFile& a, const ModelFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace passerelle::steering
