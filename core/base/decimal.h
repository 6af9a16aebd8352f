// Exact numbers. Amounts are int64 minor units (cents, minutes, 1/10,000 FTE), sums are checked,
// ratios are exact rationals; a value is rounded once, half to even, when it is published.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::base {

using Int128 = __int128;
using BigInt = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

// The largest number of decimals a scaled int64 may carry.
inline constexpr int kScaleMax = 18;

// 10^exponent; 0 <= exponent <= 18.
std::int64_t power_of_ten(int exponent);

// `text` ("-1234.56", optional sign, digits, optional '.' and digits; no exponent, no spaces) as an
// integer of 10^-scale units. More decimals than `scale` are an error unless they are zeros:
// nothing is rounded on the way in.
StatusOr<std::int64_t> parse_scaled(std::string_view text, int scale);

// Any exact decimal ("12", "-0.5", "1e3" is refused) as a rational.
StatusOr<Rational> parse_rational(std::string_view text);

// 123456, 2 -> "1234.56". Always `scale` decimals.
std::string format_scaled(std::int64_t value, int scale);
std::string format_scaled(Int128 value, int scale);

// What becomes of the half between two integers: the even one, or the one further from 0.
enum class Rounding : std::uint8_t { kHalfEven, kHalfAway };

// `value` rounded to an integer of 10^-scale units; none if it does not fit int64.
std::optional<std::int64_t> round_to_scaled(const Rational& value, int scale,
                                            Rounding rounding = Rounding::kHalfEven);

Rational to_rational(Int128 value, int scale);

}  // namespace passerelle::base
