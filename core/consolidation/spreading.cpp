#include "core/consolidation/spreading.h"

#include <algorithm>
#include <utility>

namespace passerelle::consolidation {
namespace {

using base::BigInt;
using base::Int128;
using base::Rational;
using boost::multiprecision::denominator;
using boost::multiprecision::numerator;

// Pools from which something leaves in the end.
std::vector<bool> leaving(const Matrix& among, const Matrix& exits) {
  std::vector<bool> leaves(among.size());
  const auto leads_out = [&](std::size_t pool) {
    const auto positive = [](const Rational& share) { return share > 0; };
    if (std::any_of(exits[pool].begin(), exits[pool].end(), positive)) return true;
    for (std::size_t to = 0; to < among.size(); ++to) {
      if (among[pool][to] > 0 && leaves[to]) return true;
    }
    return false;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t pool = 0; pool < among.size(); ++pool) {
      if (leaves[pool] || !leads_out(pool)) continue;
      leaves[pool] = true;
      changed = true;
    }
  }
  return leaves;
}

// Gauss and Jordan on `left` | `right`; `left` is regular.
void solve(Matrix* left, Matrix* right) {
  const std::size_t size = left->size();
  const auto subtract = [](std::vector<Rational>* row, const std::vector<Rational>& from,
                           const Rational& times) {
    for (std::size_t i = 0; i < row->size(); ++i) {
      if (from[i] != 0) (*row)[i] -= from[i] * times;
    }
  };
  for (std::size_t column = 0; column < size; ++column) {
    std::size_t pivot = column;
    while ((*left)[pivot][column] == 0) ++pivot;
    std::swap((*left)[pivot], (*left)[column]);
    std::swap((*right)[pivot], (*right)[column]);
    const Rational head = (*left)[column][column];
    for (Rational& value : (*left)[column]) value /= head;
    for (Rational& value : (*right)[column]) value /= head;
    for (std::size_t row = 0; row < size; ++row) {
      const Rational times = (*left)[row][column];
      if (row == column || times == 0) continue;
      subtract(&(*left)[row], (*left)[column], times);
      subtract(&(*right)[row], (*right)[column], times);
    }
  }
}

}  // namespace

Int128 rounded_to_unit(const Rational& value) {
  const BigInt below = denominator(value);
  BigInt quotient;
  BigInt remainder;
  boost::multiprecision::divide_qr(BigInt(abs(numerator(value))), below, quotient, remainder);
  const BigInt twice = remainder * 2;
  if (twice > below || (twice == below && (quotient & 1) != 0)) ++quotient;
  return static_cast<Int128>(value < 0 ? BigInt(-quotient) : quotient);
}

SettledCascade settle_cascade(Matrix among, Matrix exits) {
  const std::size_t size = among.size();
  const std::vector<bool> leaves = leaving(among, exits);
  for (std::size_t pool = 0; pool < size; ++pool) {
    if (leaves[pool]) continue;
    std::fill(among[pool].begin(), among[pool].end(), Rational(0));
    exits[pool].back() = 1;
  }
  const std::size_t width = exits.empty() ? 0 : exits[0].size();
  Matrix left = std::move(among);
  Matrix right = std::move(exits);
  for (std::size_t pool = 0; pool < size; ++pool) {
    for (std::size_t to = 0; to < size; ++to) {
      left[pool][to] = (pool == to ? Rational(1) : Rational(0)) - left[pool][to];
      right[pool].push_back(pool == to ? 1 : 0);
    }
  }
  solve(&left, &right);
  SettledCascade settled;
  for (std::vector<Rational>& row : right) {
    const auto middle = row.begin() + static_cast<std::ptrdiff_t>(width);
    settled.exits.emplace_back(row.begin(), middle);
    settled.gross.emplace_back(middle, row.end());
  }
  return settled;
}

}  // namespace passerelle::consolidation
