// What two sides compare to know that they hold the same cells.
#pragma once

#include <cstdint>

#include "core/flow/each_cell.h"

namespace passerelle::flow {

// XOR of model::cell_hash over the cells that are not absent. Reads every cell.
inline std::uint64_t state_hash(const CellView& cells) {
  std::uint64_t hash = 0;
  each_cell(cells, [&](model::CellRef ref, const model::CellValue& value) {
    hash ^= model::cell_hash(key_text(cells, ref), value);
  });
  return hash;
}

}  // namespace passerelle::flow
