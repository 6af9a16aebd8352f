// CSV (RFC 4180 and its dialects): a streaming reader that allocates nothing per row, the lookup of
// columns by their header, and a writer. The text is UTF-8: wrap the source in a DecodingSource.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::formats {

struct CsvSettings {
  char delimiter = ',';
  char quote = '"';  // 0: quotes have no meaning
  // A line without any byte is passed over (it counts as a line, not as a row).
  bool skip_blank_lines = true;
  std::size_t row_bytes_max = base::kCsvRowBytesMax;
  std::size_t columns_max = base::kCsvColumnsMax;
};

// Where a row starts. `offset` counts bytes of the UTF-8 text that the reader saw (the decoded
// text, behind a DecodingSource).
struct CsvPosition {
  std::uint64_t offset = 0;
  std::uint64_t row = 1;   // the file's first row is 1, header or not
  std::uint64_t line = 1;  // differs from `row` once a quoted field holds a line break
  bool operator==(const CsvPosition&) const = default;
};

// One thread. Lines end with LF or CRLF; the last one may end without.
class CsvReader {
 public:
  explicit CsvReader(std::unique_ptr<ByteSource> source, CsvSettings settings = {});

  // The next row: false at the end. INVALID_ARGUMENT (final) for a quote that is never closed, a
  // row beyond the limits; or the source's error.
  StatusOr<bool> next();
  // The row's fields, unquoted; the views live until the next call of next(). Rows may differ in
  // their number of fields.
  const std::vector<std::string_view>& fields() const { return fields_; }
  // Not OK when this row is readable but malformed (text behind a closing quote, kept as it
  // stands): whether to reject it is the caller's decision. Reading can go on.
  const Status& row_status() const { return row_status_; }
  // Of the row that next() returned, and of the one it will return (to resume there).
  const CsvPosition& position() const { return position_; }
  const CsvPosition& next_position() const { return next_; }
  // Goes forward to a row's start, as next_position() gave it in an earlier run over the same
  // text; OUT_OF_RANGE if the text is shorter or the position lies behind.
  Status skip_to(const CsvPosition& position);

 private:
  // Where in the grammar the scan of a row with quotes stands; kept over refills, so that no byte
  // is scanned twice.
  enum class Scan : std::uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };

  // One row, blank or not; false at the end of the text.
  StatusOr<bool> find_row();
  bool find_line_feed();
  bool find_line_feed_outside_quotes();
  Status refill();
  Status split();
  char* unquote_field(char* at, char* end);
  Status fault(std::string_view text) const;

  std::unique_ptr<ByteSource> source_;
  CsvSettings settings_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // of the row, in buffer_
  std::size_t end_ = 0;      // of the bytes read
  std::size_t scan_at_ = 0;  // no row end before
  std::size_t row_end_ = 0;  // its line feed, or end_
  bool has_quotes_ = false;
  Scan scan_ = Scan::kFieldStart;
  std::uint64_t line_breaks_ = 0;  // inside of the row's quoted fields
  std::uint64_t quote_line_ = 0;   // where the quoted field scanned last was opened
  bool source_ended_ = false;
  CsvPosition position_;
  CsvPosition next_;
  std::vector<std::string_view> fields_;
  Status row_status_;
  Status failure_;
};

// The delimiter (one of ; , tab |) that occurs most often outside of quotes in a file's first
// line; ',' where none does.
char guessed_delimiter(std::string_view first_line);

// Finds columns by name. Case, accents, repeated and no-break spaces do not matter.
class CsvHeader {
 public:
  CsvHeader() = default;
  explicit CsvHeader(const std::vector<std::string_view>& names);

  // The column, or none. Of several columns that fold to the same name the exactly written one is
  // meant, else the first.
  std::optional<std::size_t> find(std::string_view name) const;
  // NOT_FOUND names the nearest column and those there are; INVALID_ARGUMENT if several columns
  // fold to `name` and none is written exactly so.
  StatusOr<std::size_t> require(std::string_view name) const;
  // The header as written, trimmed.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::string> folded_;
};

struct CsvWriterSettings {
  char delimiter = ',';
  std::string_view line_end = "\r\n";
  // Text that a spreadsheet would run as a formula (=, +, -, @ first and not a number) gets an
  // apostrophe before it. Off where the file is read back by a program.
  bool guard_formulas = false;
};

// Appends rows to a text the caller owns (and may empty between rows); quotes where needed.
class CsvWriter {
 public:
  explicit CsvWriter(std::string* out, CsvWriterSettings settings = {})
      : out_(out), settings_(settings) {}

  void row(std::span<const std::string_view> fields);
  void row(std::span<const std::string> fields);
  void row(std::initializer_list<std::string_view> fields);

 private:
  template <typename Fields>
  void write_row(const Fields& fields);
  void field(std::string_view text);

  std::string* out_;
  CsvWriterSettings settings_;
};

}  // namespace passerelle::formats
