// The lines of a DSN (NEODeS): S21.G00.40.001,'01012024'. The values of personal rubrics (NIR,
// names, birth, addresses, bank accounts) never leave this parser: only the rubrics of a short list
// have a value at all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::hr_dsn {

// The block and the rubric's number in one: S21.G00.40.009 -> 21'00'40'009.
using RubricCode = std::uint32_t;
// Segment, group, block, number; e.g. rubric(21, 0, 40, 9).
constexpr RubricCode rubric(int segment, int group, int block, int number) {
  return static_cast<RubricCode>(((segment * 100 + group) * 100 + block) * 1000 + number);
}
constexpr RubricCode block_of(RubricCode code) { return code / 1000; }
constexpr int number_of(RubricCode code) { return static_cast<int>(code % 1000); }

struct Rubric {
  RubricCode code = 0;
  std::string_view value;  // "" for a rubric that is not listed; lives until the next line
  std::uint64_t line = 0;
  bool is_malformed = false;  // the line is no rubric: `code` is 0
};

// Whether the value of this rubric is wanted.
bool is_listed(RubricCode code);

// Reads text that is UTF-8 or Windows-1252 (ISO-8859-1), lines ending with LF or CRLF. One thread.
class RubricReader {
 public:
  // `source` must outlive the reader.
  explicit RubricReader(formats::ByteSource& source);
  ~RubricReader();
  // False at the end. INVALID_ARGUMENT for bytes that are no text. A line longer than a rubric can
  // be is malformed. Empty lines are passed over.
  StatusOr<bool> next(Rubric* out);

 private:
  StatusOr<bool> next_line();

  std::unique_ptr<formats::ByteSource> text_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the line, in buffer_
  std::size_t end_ = 0;    // its end, without the line break
  std::size_t next_ = 0;
  bool ended_ = false;
  bool cut_ = false;  // the line was too long: its rest was thrown away
  std::uint64_t line_ = 0;
};

}  // namespace passerelle::hr_dsn
