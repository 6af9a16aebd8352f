// Workbooks (Office Open XML): a streaming reader of cell values, and a writer. Macros, external
// links, drawings and formulas' texts are never looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/formats/byte_source.h"
#include "core/formats/zip.h"

namespace passerelle::formats {

struct XlsxSheet {
  std::string name;
  bool hidden = false;
};

// The rows of one sheet, in order. One thread.
class XlsxRows {
 public:
  virtual ~XlsxRows() = default;
  // The next row that holds a cell: false at the end. INVALID_ARGUMENT names sheet and row.
  virtual StatusOr<bool> next() = 0;
  // From column A on; cells that the file leaves out are empty, and there are none behind the last
  // one. Text as written (leading zeros stay); numbers as decimal text without an exponent, with a
  // '.'; digits beyond the fifteenth, an artefact of binary fractions, rounded off; dates as
  // "2026-11-23" or "2026-11-23T08:12:00", times of day as "08:12:00"; booleans as "true" or
  // "false"; formulas as the value last computed; errors as "#N/A". Valid until next().
  virtual const std::vector<std::string>& cells() const = 0;
  // The sheet's own row number, from 1. Empty rows make it jump.
  virtual std::uint64_t row_number() const = 0;
};

class XlsxReader {
 public:
  // INVALID_ARGUMENT for what is no workbook, an encrypted or an old .xls file (with the remedy).
  static StatusOr<std::unique_ptr<XlsxReader>> open_file(const std::string& path);
  static StatusOr<std::unique_ptr<XlsxReader>> open_bytes(std::string bytes);
  ~XlsxReader();

  // In the order of their tabs.
  const std::vector<XlsxSheet>& sheets() const { return sheets_; }
  // By name, case and accents ignored; NOT_FOUND names the nearest. Several sheets may be read at
  // once, by one thread; the rows may outlive the reader.
  StatusOr<std::unique_ptr<XlsxRows>> rows(std::string_view sheet_name) const;
  StatusOr<std::unique_ptr<XlsxRows>> rows(std::size_t sheet_index) const;

 private:
  struct Book;
  XlsxReader() = default;
  static StatusOr<std::unique_ptr<XlsxReader>> read(std::unique_ptr<ZipArchive> archive);

  std::shared_ptr<Book> book_;
  std::vector<XlsxSheet> sheets_;
};

struct XlsxCell {
  enum class Kind : std::uint8_t { kEmpty, kText, kNumber, kDate };

  static XlsxCell empty() { return {}; }
  static XlsxCell of_text(std::string text) { return {Kind::kText, std::move(text), 0}; }
  // Decimal digits, e.g. from base::format_scaled.
  static XlsxCell of_number(std::string digits) { return {Kind::kNumber, std::move(digits), 0}; }
  static XlsxCell of_date(base::Days day) { return {Kind::kDate, {}, day}; }

  Kind kind = Kind::kEmpty;
  std::string text;
  base::Days day = 0;
};

// Builds a workbook in memory. The same calls give the same bytes.
class XlsxWriter {
 public:
  XlsxWriter();
  ~XlsxWriter();

  // Starts a sheet: a bold first row that stays in view, and the columns' widths in characters
  // (0 or missing: wide enough for the header). The name has 1 to 31 characters, none of
  // []:*?/\, and is not used yet whatever its case and accents.
  Status begin_sheet(std::string_view name, const std::vector<std::string>& header,
                     const std::vector<int>& widths = {});
  // One row of the sheet begun last. INVALID_ARGUMENT for a number that is none, a text above
  // 32,767 characters, a date before 1900-03-01; FAILED_PRECONDITION before the first sheet.
  Status add_row(const std::vector<XlsxCell>& cells);
  // The file's bytes; FAILED_PRECONDITION without a sheet. The writer is empty afterwards.
  StatusOr<std::string> finish();

 private:
  struct Sheet;
  static std::string sheet_xml(const Sheet& sheet, bool first);

  std::vector<std::unique_ptr<Sheet>> sheets_;
};

}  // namespace passerelle::formats
