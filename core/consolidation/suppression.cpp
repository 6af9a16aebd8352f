#include "core/consolidation/suppression.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

using Cell = SuppressionTable::Cell;

constexpr std::uint32_t kNobody = 0xFFFFFFFF;

// A cell and those that it is the sum of.
struct Line {
  std::uint32_t coarse = 0;
  std::vector<std::uint32_t> fine;
};

std::vector<Line> lines_of(const SuppressionTable& table) {
  std::vector<std::vector<std::uint32_t>> by_publication(table.finer.size());
  std::uint32_t atoms = 0;
  for (std::uint32_t i = 0; i < table.cells.size(); ++i) {
    by_publication[table.cells[i].publication].push_back(i);
    atoms = std::max(atoms, table.cells[i].atoms.back() + 1);
  }
  std::vector<Line> lines;
  std::vector<std::uint32_t> line_of(atoms);
  for (std::uint32_t coarse = 0; coarse < table.finer.size(); ++coarse) {
    for (const std::uint32_t fine : table.finer[coarse]) {
      for (const std::uint32_t cell : by_publication[coarse]) {
        for (const std::uint32_t atom : table.cells[cell].atoms) {
          line_of[atom] = static_cast<std::uint32_t>(lines.size());
        }
        lines.push_back({cell, {}});
      }
      for (const std::uint32_t cell : by_publication[fine]) {
        lines[line_of[table.cells[cell].atoms.front()]].fine.push_back(cell);
      }
    }
  }
  return lines;
}

// Which cell is hidden rather than another. One that is absent tells least when it is shown.
bool comes_first(const SuppressionTable& table, std::uint32_t a, std::uint32_t b) {
  const std::uint64_t by_a = table.cells[a].n;
  const std::uint64_t by_b = table.cells[b].n;
  if ((by_a == 0) != (by_b == 0)) return by_b == 0;
  return by_a != by_b ? by_a < by_b : a < b;
}

// The cell to hide next of a line: no hidden one stands alone, and those below a shown one are
// together no small count. kNobody: none.
std::uint32_t next_of(const SuppressionTable& table, const Line& line) {
  std::uint32_t first = kNobody;
  std::uint32_t hidden = 0;
  std::uint64_t together = 0;
  const auto offer = [&](std::uint32_t cell) {
    if (first == kNobody || comes_first(table, cell, first)) first = cell;
  };
  for (const std::uint32_t cell : line.fine) {
    if (table.cells[cell].hidden) {
      ++hidden;
      together += table.cells[cell].n;
    } else {
      offer(cell);
    }
  }
  if (table.cells[line.coarse].hidden) return hidden == 0 ? first : kNobody;
  if (hidden == 0 || (hidden > 1 && together >= table.below)) return kNobody;
  offer(line.coarse);
  return first;
}

void hide_along(const std::vector<Line>& lines, SuppressionTable* table) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Line& line : lines) {
      for (std::uint32_t cell = next_of(*table, line); cell != kNobody;
           cell = next_of(*table, line)) {
        table->cells[cell].hidden = true;
        changed = true;
      }
    }
  }
}

}  // namespace

// The shown cells have no fact in common: what follows from them is a union of whole ones.
void hide_all_but_the_coarsest(SuppressionTable* table) {
  std::vector<std::uint32_t> owner;  // by atom: the shown cell
  const auto coarsest = static_cast<std::uint32_t>(table->finer.size() - 1);
  for (std::uint32_t i = 0; i < table->cells.size(); ++i) {
    Cell& cell = table->cells[i];
    if (cell.publication != coarsest) cell.hidden = true;
    if (cell.atoms.back() >= owner.size()) owner.resize(cell.atoms.back() + 1, kNobody);
    if (cell.hidden) continue;
    for (const std::uint32_t atom : cell.atoms) owner[atom] = i;
  }
  std::vector<std::uint32_t> shared(table->cells.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (const Cell& cell : table->cells) {
      if (!cell.hidden) continue;
      bool follows = true;
      for (const std::uint32_t atom : cell.atoms) {
        if (owner[atom] != kNobody) ++shared[owner[atom]];
      }
      for (const std::uint32_t atom : cell.atoms) {
        const std::uint32_t whole = owner[atom];
        follows = follows && whole != kNobody && shared[whole] == table->cells[whole].atoms.size();
      }
      for (const std::uint32_t atom : cell.atoms) {
        if (owner[atom] == kNobody) continue;
        shared[owner[atom]] = 0;
        if (!follows) continue;
        table->cells[owner[atom]].hidden = true;
        changed = true;
      }
      if (!follows) continue;
      for (std::uint32_t& of : owner) {
        if (of != kNobody && table->cells[of].hidden) of = kNobody;
      }
    }
  }
}

bool hide_what_would_tell(SuppressionTable* table) {
  const auto is_hidden = [](const Cell& cell) { return cell.hidden; };
  if (std::none_of(table->cells.begin(), table->cells.end(), is_hidden)) return true;
  const std::vector<Line> lines = lines_of(*table);
  while (true) {
    hide_along(lines, table);
    const auto found = disclosures(*table);
    if (!found) {
      hide_all_but_the_coarsest(table);
      return false;
    }
    if (found->empty()) return true;
    for (const Disclosure& one : *found) {
      const auto is_shown = [&](std::uint32_t cell) { return !table->cells[cell].hidden; };
      // One that was hidden for another may be enough.
      if (!std::all_of(one.from.begin(), one.from.end(), is_shown)) continue;
      const auto next = std::min_element(
          one.from.begin(), one.from.end(),
          [&](std::uint32_t a, std::uint32_t b) { return comes_first(*table, a, b); });
      table->cells[*next].hidden = true;
    }
  }
}

}  // namespace passerelle::consolidation
