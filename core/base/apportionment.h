// Amounts in whole units in proportion to weights (SEMANTICS section 1: largest remainder). Exact.
#pragma once

#include <vector>

#include "core/base/decimal.h"

namespace passerelle::base {

// `total` in proportion to `weights` (none negative, not all 0) by largest remainder; of equal
// remainders the first gets more. What a negative total gives mirrors the positive one.
std::vector<Int128> apportioned(Int128 total, const std::vector<Rational>& weights);

}  // namespace passerelle::base
