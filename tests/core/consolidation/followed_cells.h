// A state that is known through the deltas alone.
#pragma once

#include <rapidcheck.h>

#include <map>

#include "core/flow/each_cell.h"

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
  flow::each_cell(
      view, [&](model::CellRef ref, const model::CellValue& value) { cells.emplace(ref, value); });
  return cells;
}

}  // namespace passerelle::consolidation
