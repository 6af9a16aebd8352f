// Rounding of integers that are divided.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "core/base/decimal.h"

namespace passerelle::consolidation {

inline bool fits_64(base::Int128 value) { return value == static_cast<std::int64_t>(value); }

template <typename Int>
Int divided(Int numerator, Int denominator, base::Rounding rounding) {
  Int quotient = numerator / denominator;
  const Int remainder = numerator % denominator;
  const Int magnitude = remainder < 0 ? -remainder : remainder;
  const Int rest = denominator - magnitude;
  const bool takes_half = rounding == base::Rounding::kHalfAway || (quotient & 1) != 0;
  if (magnitude > rest || (magnitude == rest && takes_half)) {
    quotient += numerator < 0 ? -1 : 1;
  }
  return quotient;
}

inline std::int64_t half_even(std::int64_t numerator, std::int64_t denominator) {
  return divided(numerator, denominator, base::Rounding::kHalfEven);
}

// n / d rounded; none if it does not fit.
inline std::optional<std::int64_t> rounded(base::Int128 numerator, base::Int128 denominator,
                                           base::Rounding rounding) {
  // Division of 128 bits costs ten times that of 64.
  if (fits_64(numerator) && fits_64(denominator)) [[likely]] {
    return divided(static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator),
                   rounding);
  }
  const base::Int128 quotient = divided(numerator, denominator, rounding);
  if (quotient > std::numeric_limits<std::int64_t>::max() ||
      quotient < std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(quotient);
}

}  // namespace passerelle::consolidation
