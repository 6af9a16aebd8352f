#include "core/steering/workbook_rows.h"

#include <algorithm>
#include <set>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/csv.h"

namespace passerelle::steering {
namespace {

// Titles and logos stand above the header in many workbooks.
constexpr std::size_t kHeaderWithinRows = 10;
constexpr std::string_view kKeep = "keep";
constexpr char kDelimiter = ';';

// (folded sheet, folded header) -> field, or kKeep
using Remembered = std::map<std::pair<std::string, std::string>, std::string>;

StatusOr<std::vector<std::vector<std::string>>> read_csv(std::string_view text,
                                                         std::string_view file) {
  std::vector<std::vector<std::string>> rows;
  formats::CsvSettings settings;
  settings.delimiter = kDelimiter;
  formats::CsvReader reader(formats::source_of_view(text), settings);
  while (true) {
    const auto more = reader.next();
    if (!more.ok()) return base::annotate(more.status(), file);
    if (!*more) return rows;
    rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

StatusOr<Remembered> parse_remembered(std::string_view text) {
  Remembered remembered;
  PAS_ASSIGN_OR_RETURN(const auto rows, read_csv(text, kColumnsFile));
  for (const auto& row : rows) {
    if (row.size() < 3) continue;
    remembered[{base::folded(row[0]), base::folded(row[1])}] = std::string(base::trimmed(row[2]));
  }
  return remembered;
}

const SheetSpec* spec_named(std::string_view name) {
  const std::string wanted = base::folded(name);
  for (const SheetSpec& sheet : sheet_specs()) {
    if (wanted == base::folded(sheet.name)) return &sheet;
  }
  for (const SheetSpec& sheet : sheet_specs()) {
    for (const std::string_view synonym : sheet.synonyms) {
      if (wanted == base::folded(synonym)) return &sheet;
    }
  }
  return nullptr;
}

bool has_synonym(const ColumnSpec& column, const std::string& folded_header) {
  return std::any_of(column.synonyms.begin(), column.synonyms.end(),
                     [&](std::string_view one) { return folded_header == base::folded(one); });
}

// Remembered columns first, then the headers an export writes, then other words for them.
std::vector<SheetColumn> understand(const std::vector<std::string>& headers, const SheetSpec& spec,
                                    std::string_view sheet, const Remembered& remembered) {
  std::vector<SheetColumn> columns;
  std::vector<std::string> folded;
  std::set<const ColumnSpec*> taken;
  std::set<std::size_t> settled;
  for (const std::string& header : headers) {
    columns.push_back({header, nullptr});
    folded.push_back(base::folded(header));
  }
  const auto settle = [&](std::size_t index, const ColumnSpec* column) {
    if (column == nullptr || !taken.insert(column).second) return;
    columns[index].spec = column;
    settled.insert(index);
  };
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto at = remembered.find({base::folded(sheet), folded[i]});
    if (folded[i].empty() || at == remembered.end()) continue;
    settle(i, spec.find(at->second));
    if (at->second == kKeep) settled.insert(i);
  }
  for (const bool by_synonym : {false, true}) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (folded[i].empty() || settled.count(i) > 0) continue;
      for (const ColumnSpec& column : spec.columns) {
        const bool fits =
            by_synonym ? has_synonym(column, folded[i]) : folded[i] == base::folded(column.header);
        if (!fits || taken.count(&column) > 0) continue;
        settle(i, &column);
        break;
      }
    }
  }
  return columns;
}

std::size_t understood(const std::vector<SheetColumn>& columns) {
  return static_cast<std::size_t>(
      std::count_if(columns.begin(), columns.end(),
                    [](const SheetColumn& column) { return column.spec != nullptr; }));
}

// A sheet Objectifs may hold the roadmap or the targets: its columns say which.
const SheetSpec* fitting_spec(const SheetSpec* named, const std::vector<SheetRow>& rows,
                              std::string_view name, const Remembered& remembered) {
  if (named == nullptr || named->section != "roadmap") return named;
  const SheetSpec* targets = find_sheet("targets");
  std::size_t as_roadmap = 0;
  std::size_t as_targets = 0;
  for (std::size_t i = 0; i < std::min(rows.size(), kHeaderWithinRows); ++i) {
    as_roadmap =
        std::max(as_roadmap, understood(understand(rows[i].cells, *named, name, remembered)));
    as_targets =
        std::max(as_targets, understood(understand(rows[i].cells, *targets, name, remembered)));
  }
  return as_targets > as_roadmap ? targets : named;
}

void find_header(const Remembered& remembered, Sheet* sheet) {
  std::size_t best = 0;
  std::size_t best_count = 0;
  for (std::size_t i = 0; i < std::min(sheet->rows.size(), kHeaderWithinRows); ++i) {
    if (sheet->spec == nullptr || sheet->spec->columns.empty()) break;
    const std::size_t count =
        understood(understand(sheet->rows[i].cells, *sheet->spec, sheet->name, remembered));
    if (count > best_count) {
      best = i;
      best_count = count;
    }
  }
  if (sheet->rows.empty()) return;
  const SheetSpec none;
  sheet->columns = understand(sheet->rows[best].cells, sheet->spec == nullptr ? none : *sheet->spec,
                              sheet->name, remembered);
  for (std::size_t i = 0; i < best; ++i) sheet->above.push_back(sheet->rows[i].number);
  sheet->rows.erase(sheet->rows.begin(),
                    sheet->rows.begin() + static_cast<std::ptrdiff_t>(best) + 1);
}

// Every row as wide as the widest, every column with a name of its own.
void square(Sheet* sheet) {
  std::size_t width = sheet->columns.size();
  for (const SheetRow& row : sheet->rows) width = std::max(width, row.cells.size());
  for (SheetRow& row : sheet->rows) row.cells.resize(width);
  sheet->columns.resize(width);
  std::set<std::string> names;
  for (std::size_t i = 0; i < width; ++i) {
    std::string& header = sheet->columns[i].header;
    if (header.empty()) header = "Colonne " + std::to_string(i + 1);
    while (!names.insert(header).second) header += " (" + std::to_string(i + 1) + ')';
  }
}

}  // namespace

std::string Sheet::canonical_header(std::size_t column) const {
  return columns[column].spec == nullptr ? columns[column].header
                                         : std::string(columns[column].spec->header);
}

std::string_view Sheet::cell(const SheetRow& row, std::string_view field) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].spec != nullptr && columns[i].spec->field == field) return row.cells[i];
  }
  return "";
}

StatusOr<std::vector<Sheet>> read_sheets(const formats::XlsxReader& workbook,
                                         std::string_view text) {
  PAS_ASSIGN_OR_RETURN(const Remembered remembered, parse_remembered(text));
  std::vector<Sheet> sheets;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < workbook.sheets().size(); ++i) {
    Sheet sheet;
    sheet.name = workbook.sheets()[i].name;
    PAS_ASSIGN_OR_RETURN(const auto rows, workbook.rows(i));
    while (true) {
      PAS_ASSIGN_OR_RETURN(const bool more, rows->next());
      if (!more) break;
      SheetRow row{rows->row_number(), {}};
      bool is_empty = true;
      for (const std::string& cell : rows->cells()) {
        row.cells.emplace_back(base::trimmed(cell));
        is_empty = is_empty && row.cells.back().empty();
        bytes += cell.size() + 1;
      }
      if (bytes > base::kModelBytesMax) {
        return base::resource_exhausted("the workbook holds more than " +
                                        std::to_string(base::kModelBytesMax >> 20) +
                                        " MiB of text; import the reference only, without data");
      }
      if (!is_empty) sheet.rows.push_back(std::move(row));
    }
    sheet.spec = fitting_spec(spec_named(sheet.name), sheet.rows, sheet.name, remembered);
    find_header(remembered, &sheet);
    square(&sheet);
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

std::string remembered_columns(const std::vector<Sheet>& sheets) {
  std::string text;
  formats::CsvWriterSettings settings;
  settings.delimiter = kDelimiter;
  settings.line_end = "\n";
  formats::CsvWriter writer(&text, settings);
  writer.row({"sheet", "column", "field"});
  for (const Sheet& sheet : sheets) {
    if (sheet.spec == nullptr || sheet.spec->columns.empty()) continue;
    for (const SheetColumn& column : sheet.columns) {
      writer.row({sheet.name, column.header, column.spec == nullptr ? kKeep : column.spec->field});
    }
  }
  return text;
}

StatusOr<KeptCells> KeptCells::parse(std::string_view text) {
  KeptCells kept;
  PAS_ASSIGN_OR_RETURN(const auto rows, read_csv(text, kKeptFile));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != 4) {
      return base::invalid_argument(std::string(kKeptFile) + ": row " + std::to_string(i + 1) +
                                    " has " + std::to_string(rows[i].size()) +
                                    " cells where 4 are expected; import the workbook again");
    }
    kept.put({rows[i][0], rows[i][1], rows[i][2], rows[i][3]});
  }
  return kept;
}

std::string KeptCells::to_text() const {
  std::string text;
  formats::CsvWriterSettings settings;
  settings.delimiter = kDelimiter;
  settings.line_end = "\n";
  formats::CsvWriter writer(&text, settings);
  writer.row({"sheet", "row", "column", "value"});
  for (const Entry& entry : entries_) {
    writer.row({entry.sheet, entry.key, entry.header, entry.value});
  }
  return text;
}

void KeptCells::put(Entry entry) {
  rows_[{entry.sheet, entry.key}][entry.header] = entry.value;
  if (entry.key.rfind('#', 0) == 0) {
    std::size_t& count = loose_[entry.sheet];
    count =
        std::max(count, static_cast<std::size_t>(std::strtoul(entry.key.c_str() + 1, nullptr, 10)));
  }
  entries_.push_back(std::move(entry));
}

void KeptCells::add(const std::string& sheet, const std::string& key, const std::string& header,
                    std::string value) {
  if (!value.empty()) put({sheet, key, header, std::move(value)});
}

void KeptCells::add_row(const std::string& sheet,
                        const std::vector<std::pair<std::string, std::string>>& cells) {
  const std::string key = '#' + std::to_string(loose_[sheet] + 1);
  for (const auto& [header, value] : cells) add(sheet, key, header, value);
}

std::vector<std::string> KeptCells::headers(const std::string& sheet) const {
  std::vector<std::string> headers;
  for (const Entry& entry : entries_) {
    const bool is_new = std::find(headers.begin(), headers.end(), entry.header) == headers.end();
    if (entry.sheet == sheet && is_new) headers.push_back(entry.header);
  }
  return headers;
}

std::vector<std::string> KeptCells::sheets() const {
  std::vector<std::string> sheets;
  for (const Entry& entry : entries_) {
    if (std::find(sheets.begin(), sheets.end(), entry.sheet) == sheets.end()) {
      sheets.push_back(entry.sheet);
    }
  }
  return sheets;
}

const std::map<std::string, std::string>* KeptCells::find(const std::string& sheet,
                                                          const std::string& key) const {
  const auto at = rows_.find({sheet, key});
  return at == rows_.end() ? nullptr : &at->second;
}

std::vector<std::map<std::string, std::string>> KeptCells::loose_rows(
    const std::string& sheet) const {
  std::vector<std::map<std::string, std::string>> rows;
  const auto count = loose_.find(sheet);
  for (std::size_t i = 1; count != loose_.end() && i <= count->second; ++i) {
    const auto* row = find(sheet, '#' + std::to_string(i));
    if (row != nullptr) rows.push_back(*row);
  }
  return rows;
}

}  // namespace passerelle::steering
