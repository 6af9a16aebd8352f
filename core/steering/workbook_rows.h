// A workbook's sheets as rows under understood columns, and the side files of what was not
// understood. Internal to steering.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/formats/xlsx.h"
#include "core/steering/workbook_layout.h"

namespace passerelle::steering {

struct SheetColumn {
  std::string header;
  const ColumnSpec* spec = nullptr;  // nullptr: not understood
};

struct SheetRow {
  std::uint64_t number = 0;        // the sheet's own, from 1
  std::vector<std::string> cells;  // as many as there are columns
};

struct Sheet {
  std::string name;                 // as written in the workbook
  const SheetSpec* spec = nullptr;  // nullptr: not understood
  std::vector<SheetColumn> columns;
  std::vector<SheetRow> rows;        // below the header, without empty ones
  std::vector<std::uint64_t> above;  // numbers of rows above the header

  // The sheet's name in an export.
  std::string canonical_name() const { return spec == nullptr ? name : std::string(spec->name); }
  // The name of a column in an export.
  std::string canonical_header(std::size_t column) const;
  // The trimmed cell of a field, or "".
  std::string_view cell(const SheetRow& row, std::string_view field) const;
};

// `remembered`: the text of columns.csv, may be empty. RESOURCE_EXHAUSTED at kModelBytesMax.
StatusOr<std::vector<Sheet>> read_sheets(const formats::XlsxReader& workbook,
                                         std::string_view remembered);
// columns.csv of these sheets.
std::string remembered_columns(const std::vector<Sheet>& sheets);

// What an import keeps beside the model, by the sheet's canonical name.
class KeptCells {
 public:
  // kept.csv; INVALID_ARGUMENT if it is damaged.
  static StatusOr<KeptCells> parse(std::string_view text);
  std::string to_text() const;

  // A cell beside a row that is in the model, under the row's key.
  void add(const std::string& sheet, const std::string& key, const std::string& header,
           std::string value);
  // A row that is not in the model.
  void add_row(const std::string& sheet,
               const std::vector<std::pair<std::string, std::string>>& cells);

  // Headers of a sheet's kept cells, in the order of their first use.
  std::vector<std::string> headers(const std::string& sheet) const;
  std::vector<std::string> sheets() const;
  const std::map<std::string, std::string>* find(const std::string& sheet,
                                                 const std::string& key) const;
  std::vector<std::map<std::string, std::string>> loose_rows(const std::string& sheet) const;

 private:
  struct Entry {
    std::string sheet;
    std::string key;
    std::string header;
    std::string value;
  };
  void put(Entry entry);

  std::vector<Entry> entries_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>> rows_;
  std::map<std::string, std::size_t> loose_;  // sheet -> rows outside of the model
};

}  // namespace passerelle::steering
