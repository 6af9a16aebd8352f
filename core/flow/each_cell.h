// All cells of a view, one after the other.
#pragma once

#include <cstdint>

#include "core/flow/cells.h"

namespace passerelle::flow {

// Calls `visit(ref, value)` for every cell that is not absent, by cuboid, group and indicator.
template <typename Visit>
void each_cell(const CellView& cells, const Visit& visit) {
  for (std::uint32_t cuboid = 0; cuboid < cells.cuboids().size(); ++cuboid) {
    const std::size_t indicators = cells.cuboids()[cuboid].indicators.size();
    for (std::uint32_t group = 0; group < cells.group_count(cuboid); ++group) {
      for (std::uint16_t i = 0; i < indicators; ++i) {
        const model::CellRef ref{cuboid, group, i};
        const model::CellValue value = cells.cell(ref);
        if (!value.absent) visit(ref, value);
      }
    }
  }
}

// "SPENT|activity=ROADS|period=2026-01": what hashes and people know the cell by.
inline std::string key_text(const CellView& cells, model::CellRef ref) {
  const CuboidInfo& info = cells.cuboids()[ref.cuboid];
  return model::cell_key_text(info.indicators[ref.indicator], info.dimensions,
                              cells.values(ref.cuboid, ref.group),
                              cells.period(ref.cuboid, ref.group));
}

}  // namespace passerelle::flow
