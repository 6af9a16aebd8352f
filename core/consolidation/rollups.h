// Cells that are made of other cells when a commit ends: a period of the periods within it
// (`time: last`, `average`), a cell of other periods (windows.h), what a ratio's groups tell of the
// groups that they add up to (E6), what small counts hide (suppressor.h), statuses that wait
// (statuses.h). Each cell is made once, after all those that it is made of; those that are made of
// cells that may be suppressed twice.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/statuses.h"
#include "core/consolidation/suppressor.h"
#include "core/consolidation/windows.h"

namespace passerelle::consolidation {

// All roll-ups over time from one cuboid to one of a coarser grain.
class TimeSeries {
 public:
  TimeSeries(std::uint32_t from, std::uint32_t to) : from_(from), to_(to) {}

  std::uint32_t from() const { return from_; }
  bool is_between(std::uint32_t from, std::uint32_t to) const { return from == from_ && to == to_; }
  void add(const TimeRollup& rollup) { rollups_.push_back(rollup); }
  // Brings the coarser groups of all touched ones up to date.
  void settle(const GroupStores& stores);
  // Whether suppressed cells suppress what is made of them.
  bool carries_suppression() const;

 private:
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
  Rollups(const ModelPlan& plan, const Strings& strings);
  // After all facts and stocks of the commit.
  void settle(const GroupStores& stores, const PeriodContext& context);
  // Whether there are windows: what periods have come, and what sources owe, must be told.
  bool has_windows() const { return !windows_.empty(); }
  // Families and periods in which the limits left nothing but the coarsest cells.
  std::size_t coarsened_suppressions() const;

 private:
  static void settle(const RatioFamily& family, const GroupStores& stores);
  void suppress(const GroupStores& stores, const PeriodContext& context);

  const ModelPlan& plan_;
  std::vector<TimeSeries> series_;
  std::vector<WindowSeries> windows_;
  const std::vector<RatioFamily>& families_;
  std::vector<Suppressor> suppressors_;
  std::vector<StatusSeries> statuses_;
  std::uint32_t levels_ = 0;
};

}  // namespace passerelle::consolidation
