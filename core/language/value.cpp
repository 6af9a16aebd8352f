#include "core/language/value.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace passerelle::language {
namespace {

using base::BigInt;
using base::Int128;
using base::Rational;

template <typename T>
int sign_of(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

// Mantissas of both at the larger of both scales: always fits, 10^18 * 2^63 < 2^127.
int compare_scaled(const Value& left, const Value& right) {
  if (left.scale() == right.scale()) return sign_of(left.raw(), right.raw());
  const int scale = std::max(left.scale(), right.scale());
  const auto aligned = [&](const Value& value) {
    return static_cast<Int128>(value.raw()) * base::power_of_ten(scale - value.scale());
  };
  return sign_of(aligned(left), aligned(right));
}

// Total order of map keys: by tag, then by value.
bool key_less(const Value& left, const Value& right) {
  if (left.tag() != right.tag()) return left.tag() < right.tag();
  return compare(left, right).value_or(0) < 0;
}

bool equal_lists(const List& left, const List& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
}

bool equal_maps(const Map& left, const Map& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& a, const auto& b) {
                      return equal(a.first, b.first) && equal(a.second, b.second);
                    });
}

std::string joined(const Value& value) {
  std::string out;
  const auto comma = [&] {
    if (!out.empty()) out += ", ";
  };
  if (value.tag() == Tag::kList) {
    for (const Value& item : value.items()) {
      comma();
      out += to_string(item);
    }
    return "[" + out + "]";
  }
  for (const auto& [key, item] : value.entries()) {
    comma();
    out += to_string(key) + ": " + to_string(item);
  }
  return "{" + out + "}";
}

}  // namespace

Type Type::list(Type element) {
  Type type(TypeKind::kList);
  type.parameters.push_back(std::move(element));
  return type;
}

Type Type::map(Type key, Type value) {
  Type type(TypeKind::kMap);
  type.parameters.push_back(std::move(key));
  type.parameters.push_back(std::move(value));
  return type;
}

std::string to_string(const Type& type) {
  switch (type.kind) {
    case TypeKind::kNull:
      return "null";
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kDecimal:
      return "decimal";
    case TypeKind::kString:
      return "string";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kDuration:
      return "duration";
    case TypeKind::kList:
      return "list(" + to_string(type.parameters[0]) + ")";
    case TypeKind::kMap:
      return "map(" + to_string(type.parameters[0]) + ", " + to_string(type.parameters[1]) + ")";
    case TypeKind::kDyn:
      return "dyn";
  }
  return "";
}

Value Value::string(std::string_view text) {
  Value value;
  value.tag_ = Tag::kString;
  value.size_ = static_cast<std::uint32_t>(text.size());
  value.text_ = text.data();
  return value;
}

Value Value::rational(const base::Rational* number) {
  Value value;
  value.tag_ = Tag::kRational;
  value.rational_ = number;
  return value;
}

Value Value::list(const List* items) {
  Value value;
  value.tag_ = Tag::kList;
  value.list_ = items;
  return value;
}

Value Value::map(const Map* entries) {
  Value value;
  value.tag_ = Tag::kMap;
  value.map_ = entries;
  return value;
}

Value Value::error(ErrorCode code, std::uint32_t detail) {
  Value value(Tag::kError, static_cast<std::int64_t>(code));
  value.size_ = detail;
  return value;
}

std::string_view Arena::keep(std::string text) {
  bytes_ += text.size() + sizeof(std::string);
  return texts_.emplace_back(std::move(text));
}

Value Arena::keep_number(Rational value) {
  const BigInt denominator = boost::multiprecision::denominator(value);
  for (int scale = 0; scale <= base::kScaleMax; ++scale) {
    const std::int64_t units = base::power_of_ten(scale);
    if (denominator > units) continue;
    if (BigInt(units) % denominator != 0) continue;
    const BigInt mantissa = boost::multiprecision::numerator(value) * (units / denominator);
    if (mantissa > std::numeric_limits<std::int64_t>::max()) break;
    if (mantissa < std::numeric_limits<std::int64_t>::min()) break;
    return Value::decimal(static_cast<std::int64_t>(mantissa), scale);
  }
  bytes_ += sizeof(Rational);
  return Value::rational(&rationals_.emplace_back(std::move(value)));
}

Value Arena::keep_list(List items) {
  bytes_ += sizeof(List) + items.size() * sizeof(Value);
  return Value::list(&lists_.emplace_back(std::move(items)));
}

Value Arena::keep_map(Map entries) {
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return key_less(a.first, b.first); });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (equal(entries[i - 1].first, entries[i].first))
      return Value::error(ErrorCode::kDuplicateKey);
  }
  bytes_ += sizeof(Map) + entries.size() * 2 * sizeof(Value);
  return Value::map(&maps_.emplace_back(std::move(entries)));
}

Value Arena::keep_copy(const Value& value) {
  switch (value.tag()) {
    case Tag::kString:
      return Value::string(keep(std::string(value.text())));
    case Tag::kRational:
      return keep_number(value.boxed());
    case Tag::kList: {
      List items;
      for (const Value& item : value.items()) items.push_back(keep_copy(item));
      return keep_list(std::move(items));
    }
    case Tag::kMap: {
      Map entries;
      for (const auto& [key, item] : value.entries()) {
        entries.emplace_back(keep_copy(key), keep_copy(item));
      }
      return keep_map(std::move(entries));
    }
    default:
      return value;
  }
}

void Arena::clear() {
  texts_.clear();
  rationals_.clear();
  lists_.clear();
  maps_.clear();
  bytes_ = 0;
}

Rational to_rational(const Value& number) {
  if (number.tag() == Tag::kRational) return number.boxed();
  return base::to_rational(number.raw(), number.scale());
}

std::optional<std::int64_t> to_scaled(const Value& value, int scale) {
  if (!value.is_number()) {
    const bool time = value.tag() == Tag::kDuration || value.tag() == Tag::kTimestamp ||
                      value.tag() == Tag::kDate;
    return time && scale == 0 ? std::optional(value.raw()) : std::nullopt;
  }
  if (value.tag() == Tag::kRational) {
    const auto rounded = base::round_to_scaled(value.boxed(), scale);
    if (!rounded || base::to_rational(*rounded, scale) != value.boxed()) return std::nullopt;
    return rounded;
  }
  if (value.scale() == scale) return value.raw();
  if (value.scale() < scale) {
    std::int64_t scaled = 0;
    const std::int64_t factor = base::power_of_ten(scale - value.scale());
    if (__builtin_mul_overflow(value.raw(), factor, &scaled)) return std::nullopt;
    return scaled;
  }
  const std::int64_t units = base::power_of_ten(value.scale() - scale);
  if (value.raw() % units != 0) return std::nullopt;
  return value.raw() / units;
}

bool equal(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return compare(left, right) == 0;
  if (left.tag() != right.tag()) return false;
  switch (left.tag()) {
    case Tag::kNull:
      return true;
    case Tag::kString:
      return left.text() == right.text();
    case Tag::kList:
      return equal_lists(left.items(), right.items());
    case Tag::kMap:
      return equal_maps(left.entries(), right.entries());
    case Tag::kAbsent:
    case Tag::kError:
      return false;
    default:
      return left.raw() == right.raw();
  }
}

std::optional<int> compare(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) {
    if (left.tag() == Tag::kRational || right.tag() == Tag::kRational) {
      return sign_of(to_rational(left), to_rational(right));
    }
    return compare_scaled(left, right);
  }
  if (left.tag() != right.tag()) return std::nullopt;
  switch (left.tag()) {
    case Tag::kString:
      return sign_of(left.text(), right.text());
    case Tag::kBool:
    case Tag::kTimestamp:
    case Tag::kDate:
    case Tag::kDuration:
      return sign_of(left.raw(), right.raw());
    default:
      return std::nullopt;
  }
}

const Value* find(const Map& map, const Value& key) {
  Value wanted = key;
  if (key.is_number()) {
    const auto whole = to_scaled(key, 0);  // keys are ints, 1.0 finds 1
    if (!whole) return nullptr;
    wanted = Value::integer(*whole);
  }
  const auto at = std::lower_bound(
      map.begin(), map.end(), wanted,
      [](const auto& entry, const Value& value) { return key_less(entry.first, value); });
  return at != map.end() && equal(at->first, wanted) ? &at->second : nullptr;
}

std::string to_string(const Value& value) {
  switch (value.tag()) {
    case Tag::kAbsent:
      return "no value";
    case Tag::kError:
      return std::string(to_string(value.error_code()));
    case Tag::kNull:
      return "null";
    case Tag::kBool:
      return value.is_true() ? "true" : "false";
    case Tag::kInt:
    case Tag::kDecimal:
      return base::format_scaled(value.raw(), value.scale());
    case Tag::kRational:
      return value.boxed().str();
    case Tag::kString:
      return "'" + std::string(value.text()) + "'";
    case Tag::kTimestamp:
      return base::format_instant(value.raw());
    case Tag::kDate:
      return base::format_date(static_cast<base::Days>(value.raw()));
    case Tag::kDuration:
      return base::format_scaled(value.raw(), 6) + "s";
    case Tag::kList:
    case Tag::kMap:
      return joined(value);
  }
  return "";
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNoValue:
      return "no value";
    case ErrorCode::kDivisionByZero:
      return "division by zero";
    case ErrorCode::kOverflow:
      return "a number outside its range";
    case ErrorCode::kNoOverload:
      return "an operation on values of the wrong types";
    case ErrorCode::kIndex:
      return "an index outside the list";
    case ErrorCode::kNoSuchKey:
      return "no such key in the map";
    case ErrorCode::kDuplicateKey:
      return "a key occurs twice in a map";
    case ErrorCode::kRange:
      return "a timestamp, date or duration outside its range";
    case ErrorCode::kConversion:
      return "a text or number that cannot be converted";
    case ErrorCode::kBudget:
      return "the evaluation uses too many steps or bytes";
  }
  return "";
}

}  // namespace passerelle::language
