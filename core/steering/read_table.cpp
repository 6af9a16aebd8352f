// The CSV files that `tables` name.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/base/text.h"
#include "core/formats/csv.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const ModelFile* file_named(const Draft& draft, const std::string& path) {
  const auto at = std::lower_bound(
      draft.files->begin(), draft.files->end(), path,
      [](const ModelFile& file, const std::string& wanted) { return file.path < wanted; });
  return at != draft.files->end() && at->path == path ? &*at : nullptr;
}

char delimiter_of(const TableDraft& places, std::string_view text) {
  if (!places.delimiter.empty()) return places.delimiter.front();
  return formats::guessed_delimiter(text.substr(0, text.find('\n')));
}

class TableReader {
 public:
  TableReader(const ModelFile& file, model::LookupTable* table, TableDraft* places,
              Findings* findings)
      : file_(file), table_(*table), places_(*places), findings_(*findings) {}

  void read() {
    std::string_view text = file_.text;
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      text.remove_prefix(kByteOrderMark.size());
    }
    if (!base::is_valid_utf8(text)) {
      return error(1, code::kSyntax, "the file is not UTF-8",
                   "save it as \"CSV UTF-8\" in the spreadsheet program");
    }
    formats::CsvSettings settings;
    settings.delimiter = delimiter_of(places_, text);
    formats::CsvReader rows(formats::source_of_view(text), settings);
    while (true) {
      const auto more = rows.next();
      if (!more.ok()) {
        return error(static_cast<int>(rows.next_position().line), code::kSyntax,
                     base::message_of(more.status()), "");
      }
      if (!*more) break;
      line_ = static_cast<int>(rows.position().line);
      if (!rows.row_status().ok()) {
        error(line_, code::kSyntax, base::message_of(rows.row_status()), "");
      }
      if (table_.columns.empty()) {
        read_header(rows.fields());
      } else {
        read_row(rows.fields());
      }
    }
    if (table_.columns.empty()) {
      error(1, code::kTable, "the file is empty", "write the columns' names in its first line");
    }
  }

 private:
  void error(int line, std::string_view code, std::string reason, std::string remedy) {
    findings_.error({file_.path, line, 1}, code, std::move(reason), std::move(remedy));
  }

  void read_header(const std::vector<std::string_view>& fields) {
    const formats::CsvHeader header(fields);
    table_.columns = header.names();
    for (const Placed& key : places_.keys) {
      const auto column = header.find(key.text);
      if (column) {
        table_.keys.push_back(table_.columns[*column]);
        continue;
      }
      findings_.error(key.at, code::kTable,
                      "table " + in_quotes(table_.id) + ": the file " + file_.path +
                          " has no column " + in_quotes(key.text),
                      suggestion(key.text, table_.columns, "write a name of its first line"));
    }
    if (table_.prefix && places_.keys.size() > 1) {
      findings_.error(places_.keys[1].at, code::kTable,
                      "table " + in_quotes(table_.id) + " is found by prefix and has " +
                          std::to_string(places_.keys.size()) + " key columns",
                      "keep one key column, or write 'match: exact'");
    }
  }

  void read_row(const std::vector<std::string_view>& fields) {
    std::vector<std::string> cells;
    bool is_blank = true;
    for (const std::string_view field : fields) {
      cells.emplace_back(base::trimmed(field));
      is_blank = is_blank && cells.back().empty();
    }
    if (is_blank) return;
    if (cells.size() != table_.columns.size()) {
      return error(line_, code::kTable,
                   "the row has " + std::to_string(cells.size()) + " cells, the header " +
                       std::to_string(table_.columns.size()),
                   "add or remove cells; put a cell that holds the delimiter in quotes");
    }
    table_.rows.push_back(std::move(cells));
    places_.lines.push_back(static_cast<std::uint64_t>(line_));
  }

  const ModelFile& file_;
  model::LookupTable& table_;
  TableDraft& places_;
  Findings& findings_;
  int line_ = 1;
};

// Rules may write a column's name with other case, accents or spaces; the model holds the file's.
template <typename Value>
void rename_keys(const formats::CsvHeader& header, std::map<std::string, Value>* map) {
  std::map<std::string, Value> renamed;
  for (auto& [name, value] : *map) {
    const auto column = header.find(name);
    renamed.emplace(column ? header.names()[*column] : name, std::move(value));
  }
  *map = std::move(renamed);
}

void use_names_of(const model::LookupTable& table, model::MappingRule* rule, RuleDraft* places) {
  const formats::CsvHeader header(
      std::vector<std::string_view>(table.columns.begin(), table.columns.end()));
  rename_keys(header, &rule->on);
  rename_keys(header, &rule->on_at);
  rename_keys(header, &places->on);
  for (auto& [dimension, value] : rule->set) {
    if (value.kind != model::RuleValue::Kind::kColumn) continue;
    if (const auto column = header.find(value.text)) value.text = header.names()[*column];
  }
}

}  // namespace

void load_tables(Draft* draft, Findings* findings) {
  for (std::size_t i = 0; i < draft->model.tables.size(); ++i) {
    model::LookupTable& table = draft->model.tables[i];
    TableDraft& places = draft->tables[i];
    if (table.file.empty()) continue;
    if (!is_table_path(table.file)) {
      findings->error(places.file.at, code::kTable,
                      in_quotes(table.file) + " is no CSV file below the model folder",
                      "write a path such as tables/" + base::folded(table.id) + ".csv");
      continue;
    }
    const ModelFile* file = file_named(*draft, table.file);
    if (file == nullptr) {
      findings->error(places.file.at, code::kReference,
                      "the file " + in_quotes(table.file) + " of table " + in_quotes(table.id) +
                          " does not exist",
                      "paths start at the model folder");
      continue;
    }
    TableReader(*file, &table, &places, findings).read();
  }
  for (std::size_t m = 0; m < draft->model.mappings.size(); ++m) {
    auto& rules = draft->model.mappings[m].rules;
    for (std::size_t r = 0; r < rules.size(); ++r) {
      for (const model::LookupTable& table : draft->model.tables) {
        if (table.id != rules[r].table || table.columns.empty()) continue;
        use_names_of(table, &rules[r], &draft->mappings[m].rules[r]);
      }
    }
  }
}

}  // namespace passerelle::steering
