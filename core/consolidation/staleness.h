// STALE: cells of periods of which a source has not told all that it should have told by now. A
// source says to which day it is complete; an indicator says how long after a day's end it may
// take (`fresh`). Time is that of the last Tick.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/windows.h"

namespace passerelle::consolidation {

class Staleness {
 public:
  explicit Staleness(const ModelPlan& plan);
  bool empty() const { return cells_.empty(); }
  // After all else that changes rows. A change of what is late costs a look at every group.
  void settle(const GroupStores& stores, base::Instant tick, const Completeness& complete);

 private:
  static constexpr std::uint32_t kNever = 0xFFFFFFFF;
  struct Cell {
    std::uint32_t cuboid;
    std::uint32_t number;
    std::uint32_t late_from = kNever;  // the first period, packed, that is not complete in time
  };

  std::uint32_t late_from(const Cell& cell, base::Instant tick, const Completeness& complete) const;

  const ModelPlan& plan_;
  std::vector<Cell> cells_;
};

}  // namespace passerelle::consolidation
