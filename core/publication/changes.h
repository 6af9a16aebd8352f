// What a selection's cells did between two revisions, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/publication/history.h"

namespace passerelle::publication {

// A cell that changed since some revision: what it was then, and where it is now.
struct Pending {
  model::CellValue before;
  model::CellRef ref;            // in the layout of `generation`
  std::uint32_t generation = 0;  // layouts are counted; an older one must be located again
  bool gone = false;             // that layout does not have the cell
  std::uint32_t published = 0;   // of a Head: times it changed
};
using PendingCells = absl::flat_hash_map<CellId, Pending>;

// Changes of a selection that wait for the worker.
struct Head {
  PendingCells cells;
};

struct NetChange {
  CellId id = 0;
  Location location;  // in the view that `after` is of
  model::CellValue before;
  model::CellValue after;  // never same_value as `before`
};
using NetChanges = std::shared_ptr<const std::vector<NetChange>>;

}  // namespace passerelle::publication
