// Types and values of expressions. A Value is 16 bytes, trivially copyable and owns nothing:
// strings point into the record's dictionary, the program's constants or the arena of the
// evaluation frame; exact rationals, lists and maps always lie in such an arena. Comparing and
// adding ints, scaled decimals and strings of fields never allocates.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/decimal.h"

namespace passerelle::language {

enum class TypeKind : std::uint8_t {
  kNull,
  kBool,
  kInt,        // int64
  kDecimal,    // exact: scaled int64 or a rational
  kString,     // UTF-8
  kTimestamp,  // microseconds UTC, years 1 to 9999
  kDate,       // a calendar day
  kDuration,   // microseconds, up to 292 years either way
  kList,       // parameters[0]: element
  kMap,        // parameters[0]: key (bool, int, string), [1]: value
  kDyn,        // of mixed literals and dyn(): checked when evaluated
};

struct Type {
  TypeKind kind = TypeKind::kDyn;
  std::vector<Type> parameters;

  Type() = default;
  Type(TypeKind simple) : kind(simple) {}  // NOLINT: a kind is a type
  static Type list(Type element);
  static Type map(Type key, Type value);
  bool is_number() const { return kind == TypeKind::kInt || kind == TypeKind::kDecimal; }
  bool operator==(const Type&) const = default;
};
// "int", "list(string)".
std::string to_string(const Type& type);

enum class ErrorCode : std::uint8_t {
  kNoValue,  // an absent field was read; detail: its slot
  kDivisionByZero,
  kOverflow,    // outside int64, or a rational past kRationalBitsMax
  kNoOverload,  // operands of types that the operator does not take (dyn only)
  kIndex,       // outside the list
  kNoSuchKey,
  kDuplicateKey,
  kRange,       // timestamp or duration outside its range
  kConversion,  // int('x')
  kBudget,      // more steps or bytes than an evaluation may use
};

class Value;
using List = std::vector<Value>;
// Sorted by key.
using Map = std::vector<std::pair<Value, Value>>;

enum class Tag : std::uint8_t {
  kAbsent,  // the field has no value; default
  kError,
  kNull,
  kBool,
  kInt,
  kDecimal,   // integer() of 10^-scale() units
  kRational,  // boxed
  kString,
  kTimestamp,
  kDate,
  kDuration,
  kList,
  kMap,
};

class Value {
 public:
  Value() : integer_(0) {}
  static Value absent() { return {}; }
  static Value null() { return {Tag::kNull, 0}; }
  static Value boolean(bool value) { return {Tag::kBool, value ? 1 : 0}; }
  static Value integer(std::int64_t value) { return {Tag::kInt, value}; }
  // 0 <= scale <= base::kScaleMax.
  static Value decimal(std::int64_t mantissa, int scale) {
    Value value(Tag::kDecimal, mantissa);
    value.scale_ = static_cast<std::uint8_t>(scale);
    return value;
  }
  static Value timestamp(base::Instant instant) { return {Tag::kTimestamp, instant}; }
  static Value date(base::Days days) { return {Tag::kDate, days}; }
  static Value duration(std::int64_t micros) { return {Tag::kDuration, micros}; }
  // What these point at must outlive the value.
  static Value string(std::string_view text);
  static Value rational(const base::Rational* value);
  static Value list(const List* value);
  static Value map(const Map* value);
  static Value error(ErrorCode code, std::uint32_t detail = 0);

  Tag tag() const { return tag_; }
  bool is_error() const { return tag_ == Tag::kError; }
  bool is_true() const { return tag_ == Tag::kBool && integer_ != 0; }
  bool is_false() const { return tag_ == Tag::kBool && integer_ == 0; }
  bool is_number() const {
    return tag_ == Tag::kInt || tag_ == Tag::kDecimal || tag_ == Tag::kRational;
  }
  // Bool, int, mantissa, microseconds or days, by tag.
  std::int64_t raw() const { return integer_; }
  int scale() const { return scale_; }
  std::string_view text() const { return {text_, size_}; }
  const base::Rational& boxed() const { return *rational_; }
  const List& items() const { return *list_; }
  const Map& entries() const { return *map_; }
  ErrorCode error_code() const { return static_cast<ErrorCode>(integer_); }
  std::uint32_t error_detail() const { return size_; }

 private:
  Value(Tag tag, std::int64_t value) : tag_(tag), integer_(value) {}

  Tag tag_ = Tag::kAbsent;
  std::uint8_t scale_ = 0;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer_;
    const char* text_;
    const base::Rational* rational_;
    const List* list_;
    const Map* map_;
  };
};
static_assert(sizeof(Value) == 16);

// Owns what values of one evaluation (or the constants of a program) point at. Not thread safe.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;
  // Copies; the view is valid until clear().
  std::string_view keep(std::string text);
  // A number in its smallest form: an inline decimal where it is one, else boxed.
  Value keep_number(base::Rational value);
  Value keep_list(List items);
  // Sorts; a key that occurs twice gives kDuplicateKey.
  Value keep_map(Map entries);
  // `value` with everything it points at copied into this arena.
  Value keep_copy(const Value& value);
  void clear();
  std::size_t bytes() const { return bytes_; }

 private:
  std::deque<std::string> texts_;
  std::deque<base::Rational> rationals_;
  std::deque<List> lists_;
  std::deque<Map> maps_;
  std::size_t bytes_ = 0;
};

// A number of any tag as an exact rational; is_number() must hold.
base::Rational to_rational(const Value& number);
// A number as an integer of 10^-scale units; none if it does not fit, or has more decimals. With
// scale 0 also the microseconds or days of a timestamp, duration or date.
std::optional<std::int64_t> to_scaled(const Value& value, int scale);
// Equality as of `==`, numbers across their tags; values of different types are unequal.
bool equal(const Value& left, const Value& right);
// -1, 0, 1; none where the two have no order (lists, maps, null, different types).
std::optional<int> compare(const Value& left, const Value& right);
// The value of `key`, or null.
const Value* find(const Map& map, const Value& key);
// For messages and tests: 1.50, 'text', 2026-11-23, [1, 2], no value.
std::string to_string(const Value& value);
std::string_view to_string(ErrorCode code);

}  // namespace passerelle::language
