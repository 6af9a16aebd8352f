#include "plugins/hr_dsn/rubrics.h"

#include <algorithm>
#include <utility>

#include "core/formats/encoding.h"

namespace passerelle::hr_dsn {
namespace {

// The norm's longest value has 255 characters.
constexpr std::size_t kLineBytesMax = 4'096;
constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kCodeBytes = 14;  // S21.G00.40.009

// Sorted. What is not here has no value outside this file.
constexpr RubricCode kListed[] = {
    rubric(10, 0, 0, 5),    // test or real
    rubric(20, 0, 5, 1),    // nature
    rubric(20, 0, 5, 2),    // type
    rubric(20, 0, 5, 3),    // fraction
    rubric(20, 0, 5, 4),    // order number
    rubric(20, 0, 5, 5),    // month
    rubric(20, 0, 5, 10),   // currency
    rubric(21, 0, 6, 1),    // SIREN
    rubric(21, 0, 11, 1),   // NIC
    rubric(21, 0, 30, 19),  // matricule
    rubric(21, 0, 40, 1),   // contract: start
    rubric(21, 0, 40, 6),   // job
    rubric(21, 0, 40, 9),   // number
    rubric(21, 0, 40, 11),  // unit of the quota
    rubric(21, 0, 40, 12),  // reference quota
    rubric(21, 0, 40, 13),  // quota
    rubric(21, 0, 40, 14),  // full or part time
    rubric(21, 0, 40, 28),  // internal number of a public employer
    rubric(21, 0, 40, 53),  // nature of the post
    rubric(21, 0, 40, 54),  // reference quota of a full-time post
    rubric(21, 0, 40, 55),  // part-time rate
    rubric(21, 0, 40, 79),  // grade
    rubric(21, 0, 41, 1),   // change: date; then the old values
    rubric(21, 0, 41, 6),   // unit
    rubric(21, 0, 41, 7),   // quota
    rubric(21, 0, 41, 8),   // full or part time
    rubric(21, 0, 41, 12),  // SIRET
    rubric(21, 0, 41, 14),  // contract number
    rubric(21, 0, 41, 22),  // reference quota
    rubric(21, 0, 41, 30),  // nature of the post
    rubric(21, 0, 41, 31),  // reference quota of a full-time post
    rubric(21, 0, 41, 32),  // part-time rate
    rubric(21, 0, 41, 63),  // grade
    rubric(21, 0, 50, 4),   // net paid
    rubric(21, 0, 51, 10),  // pay: contract number
    rubric(21, 0, 51, 11),  // type
    rubric(21, 0, 51, 13),  // amount
    rubric(21, 0, 60, 1),   // stop of work: reason
    rubric(21, 0, 60, 2),   // last day worked
    rubric(21, 0, 60, 3),   // expected end
    rubric(21, 0, 60, 10),  // return
    rubric(21, 0, 62, 1),   // end of the contract
    rubric(21, 0, 62, 2),   // its reason, for annulments
    rubric(21, 0, 65, 1),   // suspension: reason
    rubric(21, 0, 65, 2),   // start
    rubric(21, 0, 65, 3),   // end
    rubric(90, 0, 90, 1),   // rubrics in all
    rubric(90, 0, 90, 2),   // declarations
    rubric(95, 51, 0, 2),   // declarations of a lot
};
static_assert(std::is_sorted(std::begin(kListed), std::end(kListed)));

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `text` at `at` as `count` digits; -1 if they are none.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The code of a line of the form Sdd.Gdd.dd.ddd,'...'; 0 for any other.
RubricCode code_of(std::string_view line) {
  if (line.size() < kCodeBytes + 3 || line[0] != 'S' || line.substr(3, 2) != ".G" ||
      line[7] != '.' || line[10] != '.' || line.substr(kCodeBytes, 2) != ",'" ||
      line.back() != '\'') {
    return 0;
  }
  const int segment = digits_at(line, 1, 2);
  const int group = digits_at(line, 5, 2);
  const int block = digits_at(line, 8, 2);
  const int number = digits_at(line, 11, 3);
  if (segment < 0 || group < 0 || block < 0 || number < 0) return 0;
  return rubric(segment, group, block, number);
}

class Borrowed final : public formats::ByteSource {
 public:
  explicit Borrowed(formats::ByteSource& inner) : inner_(inner) {}
  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    return inner_.read(buffer, size);
  }

 private:
  formats::ByteSource& inner_;
};

}  // namespace

bool is_listed(RubricCode code) {
  return std::binary_search(std::begin(kListed), std::end(kListed), code);
}

RubricReader::RubricReader(formats::ByteSource& source)
    : text_(std::make_unique<formats::DecodingSource>(std::make_unique<Borrowed>(source),
                                                      formats::Encoding::kDetect)) {}

RubricReader::~RubricReader() = default;

StatusOr<bool> RubricReader::next(Rubric* out) {
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const bool found, next_line());
    if (!found) return false;
    const std::string_view line(buffer_.data() + begin_, end_ - begin_);
    if (line.empty() && !cut_) continue;
    out->line = line_;
    out->code = cut_ ? 0 : code_of(line);
    out->is_malformed = out->code == 0;
    out->value = {};
    if (!out->is_malformed && is_listed(out->code)) {
      out->value = line.substr(kCodeBytes + 2, line.size() - kCodeBytes - 3);
    }
    return true;
  }
}

StatusOr<bool> RubricReader::next_line() {
  cut_ = false;
  begin_ = next_;
  std::size_t scanned = begin_;
  for (;;) {
    const std::size_t line_feed = buffer_.find('\n', scanned);
    const bool has_line = line_feed != std::string::npos;
    if (has_line || (ended_ && begin_ < buffer_.size())) {
      end_ = has_line ? line_feed : buffer_.size();
      next_ = has_line ? line_feed + 1 : end_;
      if (end_ > begin_ && buffer_[end_ - 1] == '\r') --end_;
      cut_ = cut_ || end_ - begin_ > kLineBytesMax;
      ++line_;
      return true;
    }
    if (ended_) return cut_ ? (++line_, true) : false;
    // A line without an end: its beginning is enough to know that it is malformed.
    if (buffer_.size() - begin_ > kLineBytesMax) {
      cut_ = true;
      buffer_.resize(begin_);
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    next_ = 0;
    scanned = buffer_.size();
    buffer_.resize(scanned + kChunkBytes);
    const auto got = text_->read(buffer_.data() + scanned, kChunkBytes);
    buffer_.resize(scanned + (got.ok() ? *got : 0));
    if (!got.ok()) return got.status();
    ended_ = *got == 0;
  }
}

}  // namespace passerelle::hr_dsn
