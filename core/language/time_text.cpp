#include "core/language/time_text.h"

#include <cstdint>
#include <string>

#include "core/base/calendar.h"
#include "core/base/status.h"
#include "core/language/arithmetic.h"

namespace passerelle::language {
namespace {

using base::Int128;

constexpr Int128 kNanosMax = Int128{1} << 100;

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

std::int64_t unit_nanos(std::string_view unit) {
  if (unit == "h") return 3'600'000'000'000;
  if (unit == "m") return 60'000'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs") return 1'000;
  if (unit == "ns") return 1;
  return 0;
}

// One "1.5h" off the front of `text`, in nanoseconds; none if there is none, or it is not whole.
std::optional<Int128> take_part(std::string_view* text) {
  Int128 mantissa = 0;
  Int128 units = 1;
  bool point = false;
  std::size_t at = 0;
  std::size_t digits = 0;
  for (; at < text->size() && (is_ascii_digit((*text)[at]) || ((*text)[at] == '.' && !point));
       ++at) {
    if ((*text)[at] == '.') {
      point = true;
      continue;
    }
    if (++digits > 18) return std::nullopt;
    mantissa = mantissa * 10 + ((*text)[at] - '0');
    if (point) units *= 10;
  }
  const std::size_t begin = at;
  while (at < text->size() && !is_ascii_digit((*text)[at]) && (*text)[at] != '.') ++at;
  const std::int64_t unit = unit_nanos(text->substr(begin, at - begin));
  if (digits == 0 || unit == 0 || mantissa * unit % units != 0) return std::nullopt;
  text->remove_prefix(at);
  return mantissa * unit / units;
}

std::optional<Int128> duration_nanos(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Int128 total = 0;
  while (!text.empty()) {
    const auto part = take_part(&text);
    if (!part) return std::nullopt;
    total += *part;
    if (total > kNanosMax) return kNanosMax;
  }
  return negative ? -total : total;
}

// Digits of the fraction of a second, trailing zeros left out.
std::size_t fraction_digits(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return 0;
  std::size_t last = point;
  for (std::size_t at = point + 1; at < text.size() && is_ascii_digit(text[at]); ++at) {
    if (text[at] != '0') last = at;
  }
  return last - point;
}

}  // namespace

Value parse_timestamp(std::string_view text) {
  const auto instant = base::parse_instant(text);
  if (!instant.ok() || fraction_digits(text) > 6) return Value::error(ErrorCode::kConversion);
  return checked_timestamp(*instant);
}

Value parse_duration(std::string_view text) {
  const auto nanos = duration_nanos(text);
  if (!nanos || *nanos % 1'000 != 0) return Value::error(ErrorCode::kConversion);
  return checked_duration(*nanos / 1'000);
}

bool is_too_precise(std::string_view text) {
  if (const auto nanos = duration_nanos(text)) return *nanos % 1'000 != 0;
  return base::parse_instant(text).ok() && fraction_digits(text) > 6;
}

std::optional<absl::TimeZone> parse_zone(std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() == 5 && digits[2] == ':' && is_ascii_digit(digits[0]) &&
      is_ascii_digit(digits[1]) && is_ascii_digit(digits[3]) && is_ascii_digit(digits[4])) {
    const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
    const int minutes = (digits[3] - '0') * 10 + (digits[4] - '0');
    if (hours > 14 || minutes > 59) return std::nullopt;
    const int seconds = (hours * 60 + minutes) * 60;
    return absl::FixedTimeZone(negative ? -seconds : seconds);
  }
  // A name is letters, digits, _, +, - and /: nothing that walks the file system.
  absl::TimeZone zone;
  if (text.empty() || text.front() == '/' || text.find('.') != std::string_view::npos ||
      !absl::LoadTimeZone(base::to_absl(text), &zone)) {
    return std::nullopt;
  }
  return zone;
}

}  // namespace passerelle::language
