#include "core/language/calls.h"

#include <re2/re2.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/language/arithmetic.h"
#include "core/language/time_text.h"

namespace passerelle::language {
namespace {

using base::Int128;
using base::Rational;

Value failed() { return Value::error(ErrorCode::kConversion); }

bool is_start_of_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

std::int64_t characters(std::string_view text) {
  std::int64_t count = 0;
  for (char byte : text) count += is_start_of_character(byte) ? 1 : 0;
  return count;
}

// Byte offset of character `index`; none outside the text (its end counts as inside).
std::optional<std::size_t> offset_of(std::string_view text, std::int64_t index) {
  if (index < 0) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_start_of_character(text[at])) continue;
    if (index-- == 0) return at;
  }
  if (index == 0) return text.size();
  return std::nullopt;
}

Value substring(std::span<const Value> arguments) {
  const std::string_view text = arguments[0].text();
  const auto begin = offset_of(text, arguments[1].raw());
  const auto end =
      arguments.size() == 3 ? offset_of(text, arguments[2].raw()) : std::optional(text.size());
  if (!begin || !end || *begin > *end) return Value::error(ErrorCode::kIndex);
  return Value::string(text.substr(*begin, *end - *begin));
}

Value in_case(std::string_view text, char first, char last, int shift, Arena* arena) {
  std::string changed(text);
  for (char& byte : changed) {
    if (byte >= first && byte <= last) byte = static_cast<char>(byte + shift);
  }
  return Value::string(arena->keep(std::move(changed)));
}

Value size_of(const Value& value) {
  switch (value.tag()) {
    case Tag::kString:
      return Value::integer(characters(value.text()));
    case Tag::kList:
      return Value::integer(static_cast<std::int64_t>(value.items().size()));
    case Tag::kMap:
      return Value::integer(static_cast<std::int64_t>(value.entries().size()));
    default:
      return no_overload();
  }
}

Value text_call(const CallContext& context, std::span<const Value> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool text = i == 0 || context.node.function != Function::kSubstring;
    if (arguments[i].tag() != (text ? Tag::kString : Tag::kInt)) return no_overload();
  }
  const std::string_view text = arguments[0].text();
  switch (context.node.function) {
    case Function::kContains:
      return Value::boolean(text.find(arguments[1].text()) != std::string_view::npos);
    case Function::kStartsWith:
      return Value::boolean(text.starts_with(arguments[1].text()));
    case Function::kEndsWith:
      return Value::boolean(text.ends_with(arguments[1].text()));
    case Function::kMatches:
      return Value::boolean(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                                                   *context.code.patterns[context.node.index]));
    case Function::kLowerAscii:
      return in_case(text, 'A', 'Z', 'a' - 'A', context.arena);
    case Function::kUpperAscii:
      return in_case(text, 'a', 'z', 'A' - 'a', context.arena);
    case Function::kTrim:
      return Value::string(base::trimmed(text));
    default:
      return substring(arguments);
  }
}

Value to_int(const Value& value) {
  switch (value.tag()) {
    case Tag::kInt:
      return value;
    case Tag::kTimestamp:  // seconds, rounded down as in CEL
      return Value::integer(value.raw() / base::kMicrosPerSecond -
                            (value.raw() % base::kMicrosPerSecond < 0 ? 1 : 0));
    case Tag::kDecimal:
      return Value::integer(value.raw() / base::power_of_ten(value.scale()));
    case Tag::kRational: {
      const base::BigInt whole = boost::multiprecision::numerator(value.boxed()) /
                                 boost::multiprecision::denominator(value.boxed());
      if (whole > std::numeric_limits<std::int64_t>::max() ||
          whole < std::numeric_limits<std::int64_t>::min()) {
        return Value::error(ErrorCode::kOverflow);
      }
      return Value::integer(static_cast<std::int64_t>(whole));
    }
    case Tag::kString: {
      std::int64_t parsed = 0;
      const std::string_view text = value.text();
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (error != std::errc() || end != text.data() + text.size()) return failed();
      return Value::integer(parsed);
    }
    default:
      return no_overload();
  }
}

Value to_decimal(const Value& value, Arena* arena) {
  if (value.tag() == Tag::kInt) return Value::decimal(value.raw(), 0);
  if (value.is_number()) return value;
  if (value.tag() != Tag::kString) return no_overload();
  if (value.text().size() > 64) return failed();
  auto parsed = base::parse_rational(value.text());
  return parsed.ok() ? checked_number(std::move(*parsed), arena) : failed();
}

std::string seconds_text(std::int64_t micros) {
  std::string text = base::format_scaled(micros, 6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + "s";
}

Value to_text(const Value& value, Arena* arena) {
  switch (value.tag()) {
    case Tag::kString:
      return value;
    case Tag::kDuration:
      return Value::string(arena->keep(seconds_text(value.raw())));
    case Tag::kRational:  // has no last decimal
      return failed();
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kDecimal:
    case Tag::kTimestamp:
    case Tag::kDate:
      return Value::string(arena->keep(to_string(value)));
    default:
      return no_overload();
  }
}

Value to_timestamp(const Value& value) {
  if (value.tag() == Tag::kTimestamp) return value;
  if (value.tag() == Tag::kString) return parse_timestamp(value.text());
  if (value.tag() != Tag::kInt) return no_overload();
  return checked_timestamp(static_cast<Int128>(value.raw()) * base::kMicrosPerSecond);
}

Value to_date(const CallContext& context, std::span<const Value> arguments) {
  if (arguments.size() == 1) {
    if (arguments[0].tag() != Tag::kString) return no_overload();
    const auto days = base::parse_date(arguments[0].text());
    return days.ok() ? checked_date(*days) : failed();
  }
  if (arguments[0].tag() != Tag::kTimestamp) return no_overload();
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixMicros(arguments[0].raw()),
                                              context.code.zones[context.node.index]);
  return checked_date(day - absl::CivilDay(1970, 1, 1));
}

Value calendar_part(Function function, absl::CivilSecond local, std::int64_t micros) {
  const absl::CivilDay day(local);
  switch (function) {
    case Function::kFullYear:
      return Value::integer(day.year());
    case Function::kMonth:
      return Value::integer(day.month() - 1);
    case Function::kDayOfMonth:
      return Value::integer(day.day() - 1);
    case Function::kDate:
      return Value::integer(day.day());
    case Function::kDayOfWeek:
      return Value::integer((static_cast<int>(absl::GetWeekday(day)) + 1) % 7);
    case Function::kDayOfYear:
      return Value::integer(absl::GetYearDay(day) - 1);
    case Function::kHours:
      return Value::integer(local.hour());
    case Function::kMinutes:
      return Value::integer(local.minute());
    case Function::kSeconds:
      return Value::integer(local.second());
    default:
      return Value::integer((micros % base::kMicrosPerSecond + base::kMicrosPerSecond) %
                            base::kMicrosPerSecond / 1'000);
  }
}

Value duration_part(Function function, std::int64_t micros) {
  switch (function) {
    case Function::kHours:
      return Value::integer(micros / (60 * base::kMicrosPerMinute));
    case Function::kMinutes:
      return Value::integer(micros / base::kMicrosPerMinute);
    case Function::kSeconds:
      return Value::integer(micros / base::kMicrosPerSecond);
    case Function::kMilliseconds:  // the component below the second, as CEL has it
      return Value::integer(micros % base::kMicrosPerSecond / 1'000);
    default:
      return no_overload();
  }
}

Value part_of_time(const CallContext& context, const Value& value) {
  const Function function = context.node.function;
  if (value.tag() == Tag::kDuration) return duration_part(function, value.raw());
  if (value.tag() == Tag::kDate) {
    if (function >= Function::kHours) return no_overload();
    const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + value.raw();
    return calendar_part(function, absl::CivilSecond(day), 0);
  }
  if (value.tag() != Tag::kTimestamp) return no_overload();
  const absl::TimeZone zone =
      context.node.has_index ? context.code.zones[context.node.index] : absl::UTCTimeZone();
  const absl::CivilSecond local = absl::ToCivilSecond(absl::FromUnixMicros(value.raw()), zone);
  return calendar_part(function, local, value.raw());
}

// Both arguments are moments, or both days: a day begins where the calendar holds.
Value business_time(const CallContext& context, const Value& begin, const Value& end) {
  const BusinessCalendar& calendar = *context.code.calendars[context.node.index];
  if (begin.tag() != end.tag() || (begin.tag() != Tag::kTimestamp && begin.tag() != Tag::kDate)) {
    return no_overload();
  }
  const auto instant_of = [&](const Value& value) {
    return value.tag() == Tag::kTimestamp ? value.raw()
                                          : calendar.start_of(static_cast<base::Days>(value.raw()));
  };
  const auto open = calendar.between(instant_of(begin), instant_of(end));
  return open ? Value::duration(*open) : Value::error(ErrorCode::kRange);
}

}  // namespace

Value call(const CallContext& context, std::span<const Value> arguments) {
  const Value& first = arguments[0];
  switch (context.node.function) {
    case Function::kSize:
      return size_of(first);
    case Function::kDyn:
      return first;
    case Function::kToInt:
      return to_int(first);
    case Function::kToDecimal:
      return to_decimal(first, context.arena);
    case Function::kToString:
      return to_text(first, context.arena);
    case Function::kToTimestamp:
      return to_timestamp(first);
    case Function::kToDuration:
      if (first.tag() == Tag::kDuration) return first;
      return first.tag() == Tag::kString ? parse_duration(first.text()) : no_overload();
    case Function::kToDate:
      return to_date(context, arguments);
    case Function::kInMinutes:
      if (first.tag() != Tag::kDuration) return no_overload();
      return Value::integer(first.raw() / base::kMicrosPerMinute);
    case Function::kInHours:
      if (first.tag() != Tag::kDuration) return no_overload();
      return context.arena->keep_number(Rational(first.raw()) / (60 * base::kMicrosPerMinute));
    case Function::kBusinessMinutes:
      return business_time(context, first, arguments[1]);
    case Function::kAbs:
      if (!first.is_number()) return no_overload();
      return compare(first, Value::integer(0)) < 0 ? negate(first, context.arena) : first;
    default:
      return context.node.function <= Function::kSubstring ? text_call(context, arguments)
                                                           : part_of_time(context, first);
  }
}

}  // namespace passerelle::language
