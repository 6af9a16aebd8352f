// What two sides compare to know that they hold the same cells.
#pragma once

#include <cstdint>

#include "core/flow/cells.h"

namespace passerelle::flow {

// XOR of model::cell_hash over the cells that are not absent. Reads every cell.
inline std::uint64_t state_hash(const CellView& cells) {
  std::uint64_t hash = 0;
  for (std::uint32_t cuboid = 0; cuboid < cells.cuboids().size(); ++cuboid) {
    const CuboidInfo& info = cells.cuboids()[cuboid];
    for (std::uint32_t group = 0; group < cells.group_count(cuboid); ++group) {
      for (std::uint16_t i = 0; i < info.indicators.size(); ++i) {
        const model::CellValue value = cells.cell({cuboid, group, i});
        if (value.absent) continue;
        hash ^= model::cell_hash(
            model::cell_key_text(info.indicators[i], info.dimensions, cells.values(cuboid, group),
                                 cells.period(cuboid, group)),
            value);
      }
    }
  }
  return hash;
}

}  // namespace passerelle::flow
