#include "core/consolidation/staleness.h"

#include <algorithm>

namespace passerelle::consolidation {

Staleness::Staleness(const ModelPlan& plan) : plan_(plan) {
  for (std::uint32_t cuboid = 0; cuboid < plan.cuboids(); ++cuboid) {
    const CuboidLayout& layout = plan.layout(cuboid);
    for (std::uint32_t number = 0; number < layout.cells.size(); ++number) {
      if (layout.cells[number].stale != kNoOffset) cells_.push_back({cuboid, number});
    }
  }
}

std::uint32_t Staleness::late_from(const Cell& cell, base::Instant tick,
                                   const Completeness& complete) const {
  const CuboidLayout& layout = plan_.layout(cell.cuboid);
  const CellPlan& plan = layout.cells[cell.number];
  bool is_told = false;
  base::Days day = 0;
  for (const language::Aggregate& aggregate : plan.plan.aggregates) {
    const auto at = complete.find(aggregate.kind);
    if (at == complete.end()) continue;
    day = is_told ? std::min(day, at->second) : at->second;
    is_told = true;
  }
  if (!is_told || tick == 0) return kNever;
  const base::Days missing = day + 1;
  const base::Instant due = plan_.zone().instant_of(missing + 1, 0) + plan.fresh;
  return tick > due ? base::Period::of(missing, layout.info.grain).packed() : kNever;
}

void Staleness::settle(const GroupStores& stores, base::Instant tick,
                       const Completeness& complete) {
  for (Cell& cell : cells_) {
    GroupStore* groups = stores[cell.cuboid].get();
    const Offset at = plan_.layout(cell.cuboid).cells[cell.number].stale;
    const std::uint32_t before = std::exchange(cell.late_from, late_from(cell, tick, complete));
    const auto mark = [&](std::uint32_t group) {
      const auto now = static_cast<std::uint32_t>(groups->period(group) >= cell.late_from);
      if (load<std::uint32_t>(groups->row(group), at) == now) return;
      store(groups->touch(group), at, now);
    };
    if (before != cell.late_from) {
      for (std::uint32_t group = 0; group < groups->size(); ++group) mark(group);
      continue;
    }
    const std::size_t touched = groups->touched();
    for (std::size_t i = 0; i < touched; ++i) mark(groups->touched_group(i));
  }
}

}  // namespace passerelle::consolidation
