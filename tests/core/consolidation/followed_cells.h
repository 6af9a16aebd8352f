// A state that is known through the deltas alone.
#pragma once

#include <rapidcheck.h>

#include <map>

#include "core/flow/cells.h"

namespace passerelle::consolidation {

using Cells = std::map<model::CellRef, model::CellValue>;

// What a change says was there is what the follower holds.
inline void fold_delta(const flow::Delta& delta, Cells* cells) {
  for (const flow::CellChange& change : delta.changes) {
    RC_ASSERT((*cells)[change.ref].same_value(change.before));
    (*cells)[change.ref] = change.after;
  }
}

// After a reset: all cells of the new layout.
inline Cells cells_in(const flow::CellView& view) {
  Cells cells;
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    for (std::uint32_t group = 0; group < view.group_count(cuboid); ++group) {
      for (std::uint16_t i = 0; i < view.cuboids()[cuboid].indicators.size(); ++i) {
        cells[{cuboid, group, i}] = view.cell({cuboid, group, i});
      }
    }
  }
  return cells;
}

}  // namespace passerelle::consolidation
