#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/text.h"
#include "core/formats/csv.h"

namespace passerelle::formats {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

char* find_byte(char* begin, char* end, char byte) {
  void* at = std::memchr(begin, byte, static_cast<std::size_t>(end - begin));
  return at == nullptr ? end : static_cast<char*>(at);
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, CsvSettings settings)
    : source_(std::move(source)), settings_(settings), buffer_(kBufferBytes) {}

StatusOr<bool> CsvReader::next() {
  if (!failure_.ok()) return failure_;
  for (;;) {
    StatusOr<bool> found = find_row();
    if (!found.ok()) failure_ = found.status();
    if (!found.ok() || !*found) return found;
    const bool has_line_feed = row_end_ < end_;
    const std::size_t next_begin = row_end_ + (has_line_feed ? 1 : 0);
    if (row_end_ > begin_ && buffer_[row_end_ - 1] == '\r') --row_end_;
    const bool blank = row_end_ == begin_ && settings_.skip_blank_lines;
    position_ = next_;
    if (!blank) {
      failure_ = split();
      if (!failure_.ok()) return failure_;
    }
    next_.offset += next_begin - begin_;
    next_.line += line_breaks_ + 1;
    next_.row += blank ? 0 : 1;
    begin_ = next_begin;
    if (!blank) return true;
  }
}

StatusOr<bool> CsvReader::find_row() {
  scan_at_ = begin_;
  scan_ = Scan::kFieldStart;
  has_quotes_ = false;
  line_breaks_ = 0;
  for (;;) {
    const bool found = has_quotes_ ? find_line_feed_outside_quotes() : find_line_feed();
    if (found && row_end_ - begin_ <= settings_.row_bytes_max) return true;
    const bool in_quotes = has_quotes_ && scan_ == Scan::kQuoted;
    const bool too_long = end_ - begin_ > settings_.row_bytes_max;
    if (in_quotes && (too_long || source_ended_)) {
      return fault("the quote opened on line " + std::to_string(quote_line_) +
                   " is never closed; close it, or double it where it is text");
    }
    if (found || too_long) {
      return fault("the row is longer than " + std::to_string(settings_.row_bytes_max) +
                   " bytes; check the file's line ends");
    }
    if (source_ended_) {
      row_end_ = end_;
      return end_ > begin_;
    }
    PAS_RETURN_IF_ERROR(refill());
  }
}

// Most rows hold no quote: two passes of memchr then beat any loop over bytes.
bool CsvReader::find_line_feed() {
  char* const from = buffer_.data() + scan_at_;
  char* const end = buffer_.data() + end_;
  char* const line_feed = find_byte(from, end, '\n');
  if (settings_.quote != '\0' && find_byte(from, line_feed, settings_.quote) != line_feed) {
    has_quotes_ = true;
    scan_at_ = begin_;
    return find_line_feed_outside_quotes();
  }
  scan_at_ = static_cast<std::size_t>(line_feed - buffer_.data());
  row_end_ = scan_at_;
  return line_feed != end;
}

bool CsvReader::find_line_feed_outside_quotes() {
  const char quote = settings_.quote;
  const char delimiter = settings_.delimiter;
  Scan scan = scan_;
  std::size_t at = scan_at_;
  bool found = false;
  for (; at < end_; ++at) {
    const char c = buffer_[at];
    if (scan == Scan::kQuoted) {
      if (c == quote) scan = Scan::kQuoteInQuoted;
      if (c == '\n') ++line_breaks_;
      continue;
    }
    if (c == '\n') {
      found = true;
      break;
    }
    if (c == delimiter) {
      scan = Scan::kFieldStart;
    } else if (c == quote && scan != Scan::kPlain) {
      // A quote opens a field at its start; behind the closing one it is text.
      if (scan == Scan::kFieldStart) quote_line_ = next_.line + line_breaks_;
      scan = Scan::kQuoted;
    } else {
      scan = Scan::kPlain;
    }
  }
  scan_ = scan;
  scan_at_ = at;
  row_end_ = at;
  return found;
}

Status CsvReader::refill() {
  const std::size_t kept = end_ - begin_;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
    scan_at_ -= begin_;
    begin_ = 0;
    end_ = kept;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  PAS_ASSIGN_OR_RETURN(const std::size_t got,
                       source_->read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += got;
  source_ended_ = got == 0;
  return {};
}

Status CsvReader::split() {
  fields_.clear();
  row_status_ = Status();
  char* at = buffer_.data() + begin_;
  char* const end = buffer_.data() + row_end_;
  for (;;) {
    char* field_end;
    if (has_quotes_ && at < end && *at == settings_.quote) {
      field_end = unquote_field(at, end);
    } else {
      field_end = find_byte(at, end, settings_.delimiter);
      fields_.emplace_back(at, static_cast<std::size_t>(field_end - at));
    }
    if (fields_.size() > settings_.columns_max) {
      return fault("the row has more than " + std::to_string(settings_.columns_max) +
                   " columns; check the delimiter");
    }
    if (field_end == end) return {};
    at = field_end + 1;
  }
}

// Adds the quoted field at `at`, undoubling its quotes in place; returns where it ends.
char* CsvReader::unquote_field(char* at, char* end) {
  const char quote = settings_.quote;
  char* const begin = at + 1;
  char* read = begin;
  char* write = begin;
  const auto keep_until = [&](char* until) {
    if (write != read) std::memmove(write, read, static_cast<std::size_t>(until - read));
    write += until - read;
    read = until;
  };
  for (;;) {
    keep_until(find_byte(read, end, quote));
    if (read == end) break;  // closed by the scan's account: only a row cut by it comes here
    ++read;
    if (read == end || *read != quote) break;
    *write++ = quote;
    ++read;
  }
  char* const field_end = find_byte(read, end, settings_.delimiter);
  if (read != field_end) {
    row_status_ = fault("text stands behind the closing quote of field " +
                        std::to_string(fields_.size() + 1));
    keep_until(field_end);
  }
  fields_.emplace_back(begin, static_cast<std::size_t>(write - begin));
  return field_end;
}

Status CsvReader::skip_to(const CsvPosition& position) {
  PAS_RETURN_IF_ERROR(failure_);
  if (position.offset < next_.offset) {
    return base::out_of_range("cannot go back from byte " + std::to_string(next_.offset) +
                              " to byte " + std::to_string(position.offset));
  }
  const std::uint64_t distance = position.offset - next_.offset;
  const std::size_t buffered = end_ - begin_;
  if (distance <= buffered) {
    begin_ += static_cast<std::size_t>(distance);
  } else {
    begin_ = end_ = 0;
    failure_ = source_->skip(distance - buffered);
    PAS_RETURN_IF_ERROR(failure_);
  }
  next_ = position;
  return {};
}

Status CsvReader::fault(std::string_view text) const {
  return base::invalid_argument("row " + std::to_string(next_.row) + ", line " +
                                std::to_string(next_.line) + ": " + std::string(text));
}

char guessed_delimiter(std::string_view first_line) {
  constexpr std::string_view kCandidates = ",;\t|";
  std::array<std::size_t, kCandidates.size()> counts{};
  bool quoted = false;
  for (const char c : first_line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '\n') break;
    const std::size_t candidate = kCandidates.find(c);
    if (!quoted && candidate != std::string_view::npos) ++counts[candidate];
  }
  const auto best = std::max_element(counts.begin(), counts.end());
  return kCandidates[static_cast<std::size_t>(best - counts.begin())];
}

CsvHeader::CsvHeader(const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    names_.emplace_back(base::trimmed(name));
    folded_.push_back(base::folded(name));
  }
}

std::optional<std::size_t> CsvHeader::find(std::string_view name) const {
  const std::string folded = base::folded(name);
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (folded_[i] != folded) continue;
    if (names_[i] == name) return i;
    if (!first) first = i;
  }
  return first;
}

StatusOr<std::size_t> CsvHeader::require(std::string_view name) const {
  const std::optional<std::size_t> column = find(name);
  if (!column) {
    const std::string nearest = base::nearest_of(name, names_);
    return base::not_found("column \"" + std::string(name) + "\" does not exist" +
                           (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                           " The columns are: " + base::join(names_, ", "));
  }
  const auto same = std::count(folded_.begin(), folded_.end(), folded_[*column]);
  const auto exact = std::count(names_.begin(), names_.end(), std::string(name));
  if (exact > 1 || (exact == 0 && same > 1)) {
    return base::invalid_argument("column \"" + std::string(name) + "\" occurs " +
                                  std::to_string(std::max(same, exact)) +
                                  " times; rename all but one");
  }
  return *column;
}

}  // namespace passerelle::formats
