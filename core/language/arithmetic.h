// + - * / % and unary - on values. Operands are no errors. Results that do not fit a Value are kept
// in `arena`; what has no result is an error value.
#pragma once

#include "core/language/value.h"

namespace passerelle::language {

Value add(const Value& left, const Value& right, Arena* arena);
Value subtract(const Value& left, const Value& right, Arena* arena);
Value multiply(const Value& left, const Value& right, Arena* arena);
Value divide(const Value& left, const Value& right, Arena* arena);
Value modulo(const Value& left, const Value& right);
Value negate(const Value& operand, Arena* arena);

// The error of an operation that its operands do not allow.
Value no_overload();
// `micros` as a timestamp of the years 1 to 9999, or kRange.
Value checked_timestamp(base::Int128 micros);
// `micros` as a duration of at most 292 years (the range of int64 nanoseconds), or kRange.
Value checked_duration(base::Int128 micros);
// `days` as a date of the years 1 to 9999, or kRange.
Value checked_date(base::Int128 days);
// `number`, or kOverflow past kRationalBitsMax.
Value checked_number(base::Rational number, Arena* arena);

}  // namespace passerelle::language
