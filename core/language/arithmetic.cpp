#include "core/language/arithmetic.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "core/base/limits.h"

namespace passerelle::language {
namespace {

using base::Int128;
using base::Rational;

constexpr Int128 kTimestampMin = Int128{-62'135'596'800} * base::kMicrosPerSecond;
constexpr Int128 kTimestampMax = Int128{253'402'300'800} * base::kMicrosPerSecond - 1;
constexpr Int128 kDurationMax = std::numeric_limits<std::int64_t>::max() / 1'000;
constexpr Int128 kDateMin = -719'162;
constexpr Int128 kDateMax = 2'932'896;

bool fits(Int128 value) {
  return value >= std::numeric_limits<std::int64_t>::min() &&
         value <= std::numeric_limits<std::int64_t>::max();
}

bool is_time(const Value& value) {
  return value.tag() == Tag::kTimestamp || value.tag() == Tag::kDate ||
         value.tag() == Tag::kDuration;
}

Int128 aligned(const Value& value, int scale) {
  return static_cast<Int128>(value.raw()) * base::power_of_ten(scale - value.scale());
}

// sign: 1 adds, -1 subtracts.
Value add_numbers(const Value& left, const Value& right, int sign, Arena* arena) {
  if (left.tag() == Tag::kInt && right.tag() == Tag::kInt) {
    const Int128 sum = static_cast<Int128>(left.raw()) + sign * static_cast<Int128>(right.raw());
    if (!fits(sum)) return Value::error(ErrorCode::kOverflow);
    return Value::integer(static_cast<std::int64_t>(sum));
  }
  if (left.tag() != Tag::kRational && right.tag() != Tag::kRational) {
    const int scale = std::max(left.scale(), right.scale());
    const Int128 sum = aligned(left, scale) + sign * aligned(right, scale);
    if (fits(sum)) return Value::decimal(static_cast<std::int64_t>(sum), scale);
  }
  return checked_number(to_rational(left) + sign * to_rational(right), arena);
}

// Everything that + and - do with time; kNoOverload for the rest.
Value add_times(const Value& left, const Value& right, int sign) {
  const Int128 total = static_cast<Int128>(left.raw()) + sign * static_cast<Int128>(right.raw());
  const Tag a = left.tag();
  const Tag b = right.tag();
  if (b == Tag::kDuration) {
    if (a == Tag::kDuration) return checked_duration(total);
    if (a == Tag::kTimestamp) return checked_timestamp(total);
    if (a != Tag::kDate) return no_overload();
    if (right.raw() % base::kMicrosPerDay != 0) return Value::error(ErrorCode::kRange);
    return checked_date(static_cast<Int128>(left.raw()) +
                        Int128{sign} * (right.raw() / base::kMicrosPerDay));
  }
  if (sign > 0 || a != b) return no_overload();
  if (a == Tag::kTimestamp) return checked_duration(total);
  return checked_duration(total * base::kMicrosPerDay);
}

// A duration is a whole number of microseconds: products and quotients round half to even.
Value scaled_duration(const Rational& micros) {
  const auto rounded = base::round_to_scaled(micros, 0);
  return rounded ? checked_duration(*rounded) : Value::error(ErrorCode::kRange);
}

}  // namespace

Value no_overload() { return Value::error(ErrorCode::kNoOverload); }

Value checked_timestamp(Int128 micros) {
  if (micros < kTimestampMin || micros > kTimestampMax) return Value::error(ErrorCode::kRange);
  return Value::timestamp(static_cast<std::int64_t>(micros));
}

Value checked_duration(Int128 micros) {
  if (micros < -kDurationMax || micros > kDurationMax) return Value::error(ErrorCode::kRange);
  return Value::duration(static_cast<std::int64_t>(micros));
}

Value checked_date(Int128 days) {
  if (days < kDateMin || days > kDateMax) return Value::error(ErrorCode::kRange);
  return Value::date(static_cast<base::Days>(days));
}

Value checked_number(Rational number, Arena* arena) {
  const auto too_long = [](const base::BigInt& part) {
    return part != 0 && boost::multiprecision::msb(abs(part)) >= base::kRationalBitsMax;
  };
  if (too_long(boost::multiprecision::numerator(number)) ||
      too_long(boost::multiprecision::denominator(number))) {
    return Value::error(ErrorCode::kOverflow);
  }
  return arena->keep_number(std::move(number));
}

Value add(const Value& left, const Value& right, Arena* arena) {
  if (left.is_number() && right.is_number()) return add_numbers(left, right, 1, arena);
  if (left.tag() == Tag::kDuration && is_time(right)) return add_times(right, left, 1);
  if (is_time(left) && is_time(right)) return add_times(left, right, 1);
  if (left.tag() == Tag::kString && right.tag() == Tag::kString) {
    return Value::string(arena->keep(std::string(left.text()).append(right.text())));
  }
  if (left.tag() == Tag::kList && right.tag() == Tag::kList) {
    List items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    return arena->keep_list(std::move(items));
  }
  return no_overload();
}

Value subtract(const Value& left, const Value& right, Arena* arena) {
  if (left.is_number() && right.is_number()) return add_numbers(left, right, -1, arena);
  if (is_time(left) && is_time(right)) return add_times(left, right, -1);
  return no_overload();
}

Value multiply(const Value& left, const Value& right, Arena* arena) {
  if (left.tag() == Tag::kDuration && right.is_number()) {
    return scaled_duration(Rational(left.raw()) * to_rational(right));
  }
  if (right.tag() == Tag::kDuration && left.is_number()) return multiply(right, left, arena);
  if (!left.is_number() || !right.is_number()) return no_overload();
  if (left.tag() != Tag::kRational && right.tag() != Tag::kRational) {
    const Int128 product = static_cast<Int128>(left.raw()) * right.raw();
    const int scale = left.scale() + right.scale();
    if (left.tag() == Tag::kInt && right.tag() == Tag::kInt) {
      if (!fits(product)) return Value::error(ErrorCode::kOverflow);
      return Value::integer(static_cast<std::int64_t>(product));
    }
    if (fits(product) && scale <= base::kScaleMax) {
      return Value::decimal(static_cast<std::int64_t>(product), scale);
    }
  }
  return checked_number(to_rational(left) * to_rational(right), arena);
}

Value divide(const Value& left, const Value& right, Arena* arena) {
  const bool ratio = left.tag() == Tag::kDuration && right.tag() == Tag::kDuration;
  const bool share = left.tag() == Tag::kDuration && right.is_number();
  if (!ratio && !share && !(left.is_number() && right.is_number())) return no_overload();
  const Rational divisor = ratio ? Rational(right.raw()) : to_rational(right);
  if (divisor == 0) return Value::error(ErrorCode::kDivisionByZero);
  if (share) return scaled_duration(Rational(left.raw()) / divisor);
  const Rational dividend = ratio ? Rational(left.raw()) : to_rational(left);
  return checked_number(dividend / divisor, arena);
}

Value modulo(const Value& left, const Value& right) {
  if (left.tag() != Tag::kInt || right.tag() != Tag::kInt) return no_overload();
  if (right.raw() == 0) return Value::error(ErrorCode::kDivisionByZero);
  if (right.raw() == -1) return Value::integer(0);  // INT64_MIN % -1 traps
  return Value::integer(left.raw() % right.raw());
}

Value negate(const Value& operand, Arena* arena) {
  if (operand.tag() == Tag::kRational) return arena->keep_number(-operand.boxed());
  const Int128 negated = -static_cast<Int128>(operand.raw());
  if (operand.tag() == Tag::kDuration) return checked_duration(negated);
  if (!operand.is_number()) return no_overload();
  if (operand.tag() == Tag::kDecimal && fits(negated)) {
    return Value::decimal(static_cast<std::int64_t>(negated), operand.scale());
  }
  if (operand.tag() == Tag::kDecimal) return checked_number(-to_rational(operand), arena);
  if (!fits(negated)) return Value::error(ErrorCode::kOverflow);
  return Value::integer(static_cast<std::int64_t>(negated));
}

}  // namespace passerelle::language
