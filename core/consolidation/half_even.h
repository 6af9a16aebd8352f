// Rounding half to even of integers that are divided.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "core/base/decimal.h"

namespace passerelle::consolidation {

inline bool fits_64(base::Int128 value) { return value == static_cast<std::int64_t>(value); }

template <typename Int>
Int half_even(Int numerator, Int denominator) {
  Int quotient = numerator / denominator;
  const Int remainder = numerator % denominator;
  const Int magnitude = remainder < 0 ? -remainder : remainder;
  const Int rest = denominator - magnitude;
  if (magnitude > rest || (magnitude == rest && (quotient & 1) != 0)) {
    quotient += numerator < 0 ? -1 : 1;
  }
  return quotient;
}

// n / d rounded half to even; none if it does not fit.
inline std::optional<std::int64_t> rounded(base::Int128 numerator, base::Int128 denominator) {
  // Division of 128 bits costs ten times that of 64.
  if (fits_64(numerator) && fits_64(denominator)) [[likely]] {
    return half_even(static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator));
  }
  const base::Int128 quotient = half_even(numerator, denominator);
  if (quotient > std::numeric_limits<std::int64_t>::max() ||
      quotient < std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(quotient);
}

}  // namespace passerelle::consolidation
