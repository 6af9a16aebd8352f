// The arithmetic of allocation: where the costs of pools that serve each other end. Exact.
#pragma once

#include <vector>

#include "core/base/decimal.h"

namespace passerelle::consolidation {

// Of a sum in units of 1, half to even.
base::Int128 rounded_to_unit(const base::Rational& value);

using Matrix = std::vector<std::vector<base::Rational>>;

struct SettledCascade {
  Matrix exits;  // [pool][exit]: share of what the pool costs by itself that ends there
  Matrix gross;  // [pool][pool]: what passes the second of each unit that the first costs
};

// Pools that give to each other (`among`, [from][to]) and to exits ([from][exit]); each pool's
// shares add up to 1. What is given round and round without ever leaving ends at the last exit.
SettledCascade settle_cascade(Matrix among, Matrix exits);

}  // namespace passerelle::consolidation
