// Whether hidden cells follow from shown ones: exact elimination, in integers, over the atoms that
// no shown cell gives by itself.
#include <algorithm>
#include <numeric>

#include "core/base/decimal.h"
#include "core/base/limits.h"
#include "core/consolidation/suppression.h"

namespace passerelle::consolidation {
namespace {

// Number and coefficient, by number; no coefficient is 0.
using Terms = std::vector<std::pair<std::uint32_t, std::int64_t>>;

// `at`, over the atoms, is the sum of the cells of `of`, over the cells.
struct Equation {
  Terms at;
  Terms of;
};

bool product_sum(std::int64_t a, std::int64_t x, std::int64_t b, std::int64_t y,
                 std::int64_t* out) {
  std::int64_t left = 0;
  std::int64_t right = 0;
  return !__builtin_mul_overflow(a, x, &left) && !__builtin_mul_overflow(b, y, &right) &&
         !__builtin_add_overflow(left, right, out);
}

// x * a + y * b; false: it left 64 bits.
bool weighted_sum(const Terms& a, std::int64_t x, const Terms& b, std::int64_t y, Terms* out) {
  out->clear();
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    const bool from_left = right == b.end() || (left != a.end() && left->first <= right->first);
    const bool from_right = left == a.end() || (right != b.end() && right->first <= left->first);
    const std::uint32_t number = from_left ? left->first : right->first;
    std::int64_t value = 0;
    if (!product_sum(from_left ? left->second : 0, x, from_right ? right->second : 0, y, &value)) {
      return false;
    }
    if (value != 0) out->emplace_back(number, value);
    left += from_left ? 1 : 0;
    right += from_right ? 1 : 0;
  }
  return true;
}

// Small coefficients stay small.
void reduce_fraction(Equation* equation) {
  std::int64_t divisor = 0;
  for (const Terms* terms : {&equation->at, &equation->of}) {
    for (const auto& [number, value] : *terms) {
      divisor = std::gcd(divisor, value);
      if (divisor == 1) return;
    }
  }
  if (divisor == 0) return;
  for (Terms* terms : {&equation->at, &equation->of}) {
    for (auto& [number, value] : *terms) value /= divisor;
  }
}

class Proof {
 public:
  explicit Proof(const SuppressionTable& table) : table_(table) {
    std::uint32_t atoms = 0;
    for (const auto& cell : table.cells) atoms = std::max(atoms, cell.atoms.back() + 1);
    given_by_.assign(atoms, kNobody);
    pivots_.resize(atoms);
  }

  std::optional<std::vector<Disclosure>> run() {
    std::vector<std::uint32_t> shown;
    std::vector<std::uint32_t> hidden;
    for (std::uint32_t i = 0; i < table_.cells.size(); ++i) {
      const auto& cell = table_.cells[i];
      (cell.hidden ? hidden : shown).push_back(i);
      if (cell.hidden || cell.atoms.size() != 1) continue;
      std::uint32_t& known = given_by_[cell.atoms[0]];
      if (known == kNobody || cell.n < table_.cells[known].n) known = i;
    }
    std::vector<Equation> equations;
    for (const std::uint32_t cell : shown) {
      Equation equation = equation_of(cell);
      if (!equation.at.empty()) equations.push_back(std::move(equation));
    }
    std::stable_sort(equations.begin(), equations.end(),
                     [](const auto& a, const auto& b) { return a.at.size() < b.at.size(); });
    for (Equation& equation : equations) {
      if (!eliminate(&equation)) return std::nullopt;
      if (equation.at.empty()) continue;
      Equation& pivot = pivots_[equation.at.front().first];
      pivot = std::move(equation);
    }
    std::vector<Disclosure> found;
    for (const std::uint32_t cell : hidden) {
      Equation equation = equation_of(cell);
      if (!eliminate(&equation)) return std::nullopt;
      if (equation.at.empty()) found.push_back({cell, sources_of(equation, cell)});
    }
    return found;
  }

 private:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  // The cell over the atoms that are not known.
  Equation equation_of(std::uint32_t cell) const {
    Equation equation;
    for (const std::uint32_t atom : table_.cells[cell].atoms) {
      if (given_by_[atom] == kNobody) equation.at.emplace_back(atom, 1);
    }
    equation.of.emplace_back(cell, 1);
    return equation;
  }

  // Until its first atom is that of no other equation; false: past a limit.
  bool eliminate(Equation* equation) {
    Equation next;
    while (!equation->at.empty()) {
      const auto [atom, value] = equation->at.front();
      const Equation& pivot = pivots_[atom];
      if (pivot.at.empty()) return true;
      terms_ += equation->at.size() + equation->of.size() + pivot.at.size() + pivot.of.size();
      if (terms_ > base::kSuppressionTermsMax) return false;
      const std::int64_t divisor = std::gcd(value, pivot.at.front().second);
      const std::int64_t x = pivot.at.front().second / divisor;
      const std::int64_t y = -(value / divisor);
      if (!weighted_sum(equation->at, x, pivot.at, y, &next.at) ||
          !weighted_sum(equation->of, x, pivot.of, y, &next.of)) {
        return false;
      }
      reduce_fraction(&next);
      std::swap(*equation, next);
    }
    return true;
  }

  // The shown cells of an equation without atoms, those of known atoms among them.
  std::vector<std::uint32_t> sources_of(const Equation& equation, std::uint32_t cell) const {
    std::vector<std::uint32_t> from;
    std::vector<std::pair<std::uint32_t, std::int64_t>> known;
    for (const auto& [source, value] : equation.of) {
      if (source != cell) from.push_back(source);
      for (const std::uint32_t atom : table_.cells[source].atoms) {
        if (given_by_[atom] != kNobody) known.emplace_back(atom, value);
      }
    }
    std::sort(known.begin(), known.end());
    for (std::size_t i = 0; i < known.size();) {
      base::Int128 sum = 0;
      const std::uint32_t atom = known[i].first;
      for (; i < known.size() && known[i].first == atom; ++i) sum += known[i].second;
      if (sum != 0) from.push_back(given_by_[atom]);
    }
    std::sort(from.begin(), from.end());
    from.erase(std::unique(from.begin(), from.end()), from.end());
    return from;
  }

  const SuppressionTable& table_;
  std::vector<std::uint32_t> given_by_;  // by atom: a shown cell that is nothing else
  std::vector<Equation> pivots_;         // by their first atom
  std::uint64_t terms_ = 0;
};

}  // namespace

std::optional<std::vector<Disclosure>> disclosures(const SuppressionTable& table) {
  if (table.cells.empty()) return std::vector<Disclosure>();
  return Proof(table).run();
}

}  // namespace passerelle::consolidation
