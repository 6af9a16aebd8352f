// Statuses that wait (`hysteresis: n`): the status shown changes when the values of n periods in a
// row say the same. Periods without a value are passed over.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/consolidation/group_store.h"

namespace passerelle::consolidation {

// The statuses of one cell plan, over all its groups.
class StatusSeries {
 public:
  StatusSeries(std::uint32_t cuboid, std::uint32_t cell) : cuboid_(cuboid), cell_(cell) {}
  // After all values of the commit.
  void settle(const GroupStores& stores);

 private:
  // The groups of one key without its period.
  struct Line {
    Periods groups;
    int hysteresis = 1;
    bool is_dirty = false;
  };

  // None for a key without a target that waits.
  std::uint32_t line_of(const GroupStore& store, std::uint32_t group);
  void show(const Line& line, GroupStore* store);

  std::uint32_t cuboid_;
  std::uint32_t cell_;
  std::map<std::vector<Code>, std::uint32_t> numbers_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> line_of_;  // by group
  std::vector<std::uint32_t> dirty_;
};

}  // namespace passerelle::consolidation
