// The functions of the language: one table for the checker, the evaluator and the README.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/language/problem.h"
#include "core/language/value.h"

namespace passerelle::language {

enum class Function : std::uint8_t {
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kSize,
  kLowerAscii,
  kUpperAscii,
  kTrim,
  kSubstring,
  kDyn,
  kToInt,
  kToDecimal,
  kToString,
  kToTimestamp,
  kToDuration,
  kToDate,
  kFullYear,
  kMonth,
  kDayOfMonth,  // from 0
  kDate,        // day of the month from 1
  kDayOfWeek,   // 0 is Sunday
  kDayOfYear,   // from 0
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds,
  kInMinutes,  // minutes(duration), whole minutes towards zero
  kInHours,    // hours(duration), exact
  kAbs,
  kBusinessMinutes,
};

// What the checker does with one argument beyond its type.
enum class Special : std::uint8_t {
  kNone,
  kPattern,   // the second argument is a constant regular expression
  kZone,      // the last argument is a constant time zone
  kCalendar,  // the last argument is a constant name of a calendar
};

struct Signature {
  std::string_view name;
  bool on_target;  // x.name(...)
  Function function;
  std::vector<TypeKind> arguments;  // the target first
  TypeKind result;
  std::string_view unit = "";  // of the result
  Special special = Special::kNone;
};

// A function of CEL, or one that stands elsewhere, that is refused by name.
struct RefusedFunction {
  std::string_view name;
  ProblemKind kind;
  std::string_view reason;
  std::string_view remedy;
};
// Null for other names.
const RefusedFunction* refused_function(std::string_view name);

// The aggregates of indicators, in the order of AggregateFn.
inline constexpr std::array<std::string_view, 11> kAggregateNames = {
    "sum", "count", "avg", "min", "max", "median", "pct", "distinct", "stock", "share_le", "var"};

const std::vector<Signature>& signatures();
// "string.contains(string)".
std::string to_string(const Signature& signature);

}  // namespace passerelle::language
