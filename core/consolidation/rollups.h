// Cells that are made of other cells when a commit ends: a period of the periods within it
// (`time: last`, `average`), and what a ratio's groups tell of the groups that they add up to (E6).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

using GroupStores = std::vector<std::unique_ptr<GroupStore>>;

// All roll-ups over time from one cuboid to one of a coarser grain.
class TimeSeries {
 public:
  TimeSeries(std::uint32_t from, std::uint32_t to) : from_(from), to_(to) {}

  bool is_between(std::uint32_t from, std::uint32_t to) const { return from == from_ && to == to_; }
  void add(const TimeRollup& rollup) { rollups_.push_back(rollup); }
  // Brings the coarser groups of all touched ones up to date.
  void settle(const GroupStores& stores);

 private:
  using Periods = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // period, group; sorted

  std::uint32_t coarser_of(const GroupStore& from, std::uint32_t group, GroupStore* to);
  void take_last(const TimeRollup& rollup, const Periods& periods, const GroupStore& from,
                 std::uint32_t group, GroupStore* to);
  void take_average(const TimeRollup& rollup, const Periods& periods, const GroupStore& from,
                    std::uint32_t group, GroupStore* to);

  std::uint32_t from_;  // cuboids
  std::uint32_t to_;
  std::vector<TimeRollup> rollups_;
  std::vector<std::uint32_t> coarser_;  // by group of `from`
  std::vector<Periods> periods_;        // by group of `to`
  std::vector<std::uint32_t> dirty_;    // groups of `to`
  std::vector<bool> is_dirty_;
};

class Rollups {
 public:
  explicit Rollups(const ModelPlan& plan);
  // After all facts and stocks of the commit.
  void settle(const GroupStores& stores);

 private:
  static void settle(const RatioFamily& family, const GroupStores& stores);

  std::vector<TimeSeries> series_;
  const std::vector<RatioFamily>& families_;
};

}  // namespace passerelle::consolidation
