#include "core/language/functions.h"

#include <algorithm>
#include <array>
#include <string>

namespace passerelle::language {
namespace {

constexpr std::array<RefusedFunction, 6> kRefusedFunctions = {{
    {"uint", ProblemKind::kUint, "there are no unsigned integers", "use int(x)"},
    {"double", ProblemKind::kDouble, "there is no floating point: numbers are exact decimals",
     "use decimal(x)"},
    {"bytes", ProblemKind::kBytes, "there are no byte strings", "use the text as it is"},
    {"type", ProblemKind::kTypeValue, "types are not values",
     "the type of every field is known: nothing is to be tested"},
    {"cost", ProblemKind::kAggregate,
     "what a pool gave is a sum over many facts, here there is one",
     "write cost(POOL) in the value of an indicator, outside aggregates"},
    {"alloc", ProblemKind::kAggregate,
     "what a key gave is a sum over many facts, here there is one",
     "write alloc(amount, KEY) in the value of an indicator, outside aggregates"},
}};

void add_texts(std::vector<Signature>* out) {
  using enum TypeKind;
  const auto text = [&](std::string_view name, Function function, std::vector<TypeKind> arguments,
                        TypeKind result, Special special = Special::kNone) {
    out->push_back({name, true, function, std::move(arguments), result, "", special});
  };
  text("contains", Function::kContains, {kString, kString}, kBool);
  text("startsWith", Function::kStartsWith, {kString, kString}, kBool);
  text("endsWith", Function::kEndsWith, {kString, kString}, kBool);
  text("matches", Function::kMatches, {kString, kString}, kBool, Special::kPattern);
  text("lowerAscii", Function::kLowerAscii, {kString}, kString);
  text("upperAscii", Function::kUpperAscii, {kString}, kString);
  text("trim", Function::kTrim, {kString}, kString);
  text("substring", Function::kSubstring, {kString, kInt}, kString);
  text("substring", Function::kSubstring, {kString, kInt, kInt}, kString);
  for (const TypeKind kind : {kString, kList, kMap}) {
    out->push_back({"size", false, Function::kSize, {kind}, kInt});
    out->push_back({"size", true, Function::kSize, {kind}, kInt});
  }
}

void add_conversions(std::vector<Signature>* out) {
  using enum TypeKind;
  const auto to = [&](std::string_view name, Function function, TypeKind from, TypeKind result) {
    out->push_back({name, false, function, {from}, result});
  };
  for (const TypeKind kind : {kInt, kDecimal, kString, kTimestamp}) {
    to("int", Function::kToInt, kind, kInt);
  }
  for (const TypeKind kind : {kInt, kDecimal, kString}) {
    to("decimal", Function::kToDecimal, kind, kDecimal);
  }
  for (const TypeKind kind : {kString, kBool, kInt, kDecimal, kTimestamp, kDate, kDuration}) {
    to("string", Function::kToString, kind, kString);
  }
  for (const TypeKind kind : {kString, kInt, kTimestamp}) {
    to("timestamp", Function::kToTimestamp, kind, kTimestamp);
  }
  for (const TypeKind kind : {kString, kDuration}) {
    to("duration", Function::kToDuration, kind, kDuration);
  }
  to("date", Function::kToDate, kString, kDate);
  out->push_back(
      {"date", false, Function::kToDate, {kTimestamp, kString}, kDate, "", Special::kZone});
  to("dyn", Function::kDyn, kDyn, kDyn);
  to("abs", Function::kAbs, kInt, kInt);
  to("abs", Function::kAbs, kDecimal, kDecimal);
  out->push_back({"minutes", false, Function::kInMinutes, {kDuration}, kInt, "min"});
  out->push_back({"hours", false, Function::kInHours, {kDuration}, kDecimal, "h"});
  for (const TypeKind kind : {kTimestamp, kDate}) {
    out->push_back({"business_minutes",
                    false,
                    Function::kBusinessMinutes,
                    {kind, kind, kString},
                    kDuration,
                    "",
                    Special::kCalendar});
  }
}

void add_times(std::vector<Signature>* out) {
  using enum TypeKind;
  const auto getter = [&](std::string_view name, Function function, bool of_date,
                          bool of_duration) {
    out->push_back({name, true, function, {kTimestamp}, kInt});
    out->push_back({name, true, function, {kTimestamp, kString}, kInt, "", Special::kZone});
    if (of_date) out->push_back({name, true, function, {kDate}, kInt});
    if (of_duration) out->push_back({name, true, function, {kDuration}, kInt});
  };
  getter("getFullYear", Function::kFullYear, true, false);
  getter("getMonth", Function::kMonth, true, false);
  getter("getDayOfMonth", Function::kDayOfMonth, true, false);
  getter("getDate", Function::kDate, true, false);
  getter("getDayOfWeek", Function::kDayOfWeek, true, false);
  getter("getDayOfYear", Function::kDayOfYear, true, false);
  getter("getHours", Function::kHours, false, true);
  getter("getMinutes", Function::kMinutes, false, true);
  getter("getSeconds", Function::kSeconds, false, true);
  getter("getMilliseconds", Function::kMilliseconds, false, true);
}

std::string_view name_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::kList:
      return "list";
    case TypeKind::kMap:
      return "map";
    case TypeKind::kDyn:
      return "any";
    default:
      return "";
  }
}

std::string word_of(TypeKind kind) {
  const std::string_view word = name_of(kind);
  return word.empty() ? to_string(Type(kind)) : std::string(word);
}

}  // namespace

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> kAll = [] {
    std::vector<Signature> all;
    add_texts(&all);
    add_conversions(&all);
    add_times(&all);
    return all;
  }();
  return kAll;
}

const RefusedFunction* refused_function(std::string_view name) {
  const auto at = std::find_if(kRefusedFunctions.begin(), kRefusedFunctions.end(),
                               [&](const RefusedFunction& f) { return f.name == name; });
  return at == kRefusedFunctions.end() ? nullptr : &*at;
}

std::string to_string(const Signature& signature) {
  std::string out;
  std::size_t first = 0;
  if (signature.on_target) {
    out = word_of(signature.arguments[0]) + ".";
    first = 1;
  }
  out += std::string(signature.name) + "(";
  for (std::size_t i = first; i < signature.arguments.size(); ++i) {
    if (i > first) out += ", ";
    out += word_of(signature.arguments[i]);
  }
  return out + ")";
}

}  // namespace passerelle::language
