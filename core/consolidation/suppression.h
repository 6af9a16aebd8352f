// Which cells of a table must be hidden so that small counts stay unknown: those of fewer facts
// than asked for, and others from which these would follow by adding and subtracting. Pure, and the
// same whatever the order in which the facts came.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace passerelle::consolidation {

// Cells that are sums of atoms: the groups that nothing splits further. Atoms need not be shown.
struct SuppressionTable {
  struct Cell {
    std::uint32_t publication = 0;
    std::uint64_t n = 0;               // facts; 0: shown as absent
    bool hidden = false;               // at first: those of fewer facts than `below`
    std::vector<std::uint32_t> atoms;  // sorted, at least one
  };
  std::uint64_t below = 0;
  // The finest publication first, then by key: of two cells of one n the first is hidden.
  std::vector<Cell> cells;
  // By publication: those that refine it, with none between.
  std::vector<std::vector<std::uint32_t>> finer;
};

// Hides more cells, those of the fewest facts first, until no hidden one can be told from those
// that are shown. False: past base::kSuppressionTermsMax or 64 bits, so that all that was proved is
// the plain case: everything but the coarsest publication is hidden.
bool hide_what_would_tell(SuppressionTable* table);
// The same without a try.
void hide_all_but_the_coarsest(SuppressionTable* table);

// A hidden cell that is a sum of shown ones, with and without sign: which ones.
struct Disclosure {
  std::uint32_t cell = 0;
  std::vector<std::uint32_t> from;
};
// All of them, exactly; none where that takes too long.
std::optional<std::vector<Disclosure>> disclosures(const SuppressionTable& table);

}  // namespace passerelle::consolidation
