#include "core/consolidation/rollups.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

using language::AggregateFn;

constexpr std::uint32_t kNoGroup = 0xFFFFFFFF;

bool has_value(const CellPlan& plan, const RowView& view) {
  return !is_absent(plan, view) && !is_not_yet(plan, view.row);
}

}  // namespace

std::uint32_t TimeSeries::coarser_of(const GroupStore& from, std::uint32_t group, GroupStore* to) {
  if (group >= coarser_.size()) coarser_.resize(group + 1, kNoGroup);
  if (coarser_[group] != kNoGroup) return coarser_[group];
  std::vector<std::uint32_t> key = key_of(from, group);
  const std::uint32_t period = key.back();
  key.back() = base::Period::from_packed(period).coarsened(to->layout().info.grain).packed();
  const std::uint32_t coarser = to->find_or_add(key.data());
  if (coarser >= periods_.size()) {
    periods_.resize(coarser + 1);
    is_dirty_.resize(coarser + 1);
  }
  Periods& periods = periods_[coarser];
  const std::pair entry(period, group);
  periods.insert(std::lower_bound(periods.begin(), periods.end(), entry), entry);
  return coarser_[group] = coarser;
}

void TimeSeries::settle(const GroupStores& stores) {
  const GroupStore& from = *stores[from_];
  GroupStore* to = stores[to_].get();
  for (std::size_t i = 0; i < from.touched(); ++i) {
    const std::uint32_t coarser = coarser_of(from, from.touched_group(i), to);
    if (is_dirty_[coarser]) continue;
    is_dirty_[coarser] = true;
    dirty_.push_back(coarser);
  }
  for (const std::uint32_t group : dirty_) {
    is_dirty_[group] = false;
    for (const TimeRollup& rollup : rollups_) {
      if (rollup.average) {
        take_average(rollup, periods_[group], from, group, to);
      } else {
        take_last(rollup, periods_[group], from, group, to);
      }
    }
  }
  dirty_.clear();
}

void TimeSeries::take_last(const TimeRollup& rollup, const Periods& periods, const GroupStore& from,
                           std::uint32_t group, GroupStore* to) {
  const CellPlan& source = from.layout().cells[rollup.from.cell];
  const CellPlan& target = to->layout().cells[rollup.to.cell];
  const auto last = std::find_if(periods.rbegin(), periods.rend(), [&](const auto& entry) {
    return has_value(source, view_of(from, entry.second)) ||
           is_suppressed(source, from.row(entry.second));
  });
  const bool found = last != periods.rend();
  const RowView view = view_of(from, found ? last->second : periods.back().second);
  char* row = to->touch(group);
  if (rollup.hidden != kNoOffset) {
    store(row, rollup.hidden, static_cast<std::uint32_t>(is_suppressed(source, view.row)));
  }
  for (std::size_t i = 0; i < source.aggregates.size(); ++i) {
    const AggregateCell& a = source.aggregates[i];
    const AggregateCell& b = target.aggregates[i];
    // Without any: no facts, whatever the row holds.
    store(row, b.count, found ? facts_of(a, view) : 0U);
    if (b.periods != kNoOffset) store(row, b.periods, load<std::uint32_t>(view.row, a.periods));
    if (b.value != kNoOffset) to->set(row, group, b.value, view.sum(a.value));
    if (b.second != kNoOffset) {
      if (a.fn == AggregateFn::kVar) {
        store(row, b.second, load<base::Int128>(view.row, a.second));
      } else {
        store(row, b.second, load<std::int64_t>(view.row, a.second));
      }
    }
    if (b.flagged != kNoOffset) store(row, b.flagged, load<std::uint32_t>(view.row, a.flagged));
  }
}

void TimeSeries::take_average(const TimeRollup& rollup, const Periods& periods,
                              const GroupStore& from, std::uint32_t group, GroupStore* to) {
  struct Total {
    std::uint32_t count = 0;
    std::uint32_t flagged = 0;
    std::uint32_t periods = 0;
    base::Int128 value = 0;
    std::int64_t second = 0;
  };
  const CellPlan& source = from.layout().cells[rollup.from.cell];
  const CellPlan& target = to->layout().cells[rollup.to.cell];
  std::vector<Total> totals(source.aggregates.size());
  for (const auto& [period, number] : periods) {
    const RowView view = view_of(from, number);
    if (!has_value(source, view)) continue;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      const AggregateCell& a = source.aggregates[i];
      const std::uint32_t facts = facts_of(a, view);
      // The same open facts are there in every period.
      totals[i].count = a.fn == AggregateFn::kStock ? facts : totals[i].count + facts;
      totals[i].periods += periods_of(a, view);
      if (a.value != kNoOffset) totals[i].value += view.sum(a.value);
      if (a.second != kNoOffset) totals[i].second += load<std::int64_t>(view.row, a.second);
      if (a.flagged != kNoOffset) totals[i].flagged += load<std::uint32_t>(view.row, a.flagged);
    }
  }
  char* row = to->touch(group);
  if (rollup.hidden != kNoOffset) {
    const bool any = std::any_of(periods.begin(), periods.end(), [&](const auto& entry) {
      return is_suppressed(source, from.row(entry.second));
    });
    store(row, rollup.hidden, static_cast<std::uint32_t>(any));
  }
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const AggregateCell& b = target.aggregates[i];
    store(row, b.count, totals[i].count);
    store(row, b.periods, totals[i].periods);
    if (b.value != kNoOffset) to->set(row, group, b.value, totals[i].value);
    if (b.second != kNoOffset) store(row, b.second, totals[i].second);
    if (b.flagged != kNoOffset) store(row, b.flagged, totals[i].flagged);
  }
}

bool TimeSeries::carries_suppression() const {
  return std::any_of(rollups_.begin(), rollups_.end(),
                     [](const TimeRollup& rollup) { return rollup.hidden != kNoOffset; });
}

Rollups::Rollups(const ModelPlan& plan, const Strings& strings)
    : plan_(plan), families_(plan.ratio_families()) {
  for (const TimeRollup& rollup : plan.time_rollups()) {
    auto known = std::find_if(series_.begin(), series_.end(), [&](const TimeSeries& series) {
      return series.is_between(rollup.from.cuboid, rollup.to.cuboid);
    });
    if (known == series_.end()) {
      known = series_.insert(known, TimeSeries(rollup.from.cuboid, rollup.to.cuboid));
    }
    known->add(rollup);
  }
  for (const WindowCopy& copy : plan.windows()) {
    auto known = std::find_if(windows_.begin(), windows_.end(),
                              [&](const WindowSeries& series) { return series.takes(copy); });
    WindowSeries& series = known == windows_.end() ? windows_.emplace_back(plan, copy) : *known;
    series.add(copy);
  }
  for (std::uint32_t cuboid = 0; cuboid < plan.cuboids(); ++cuboid) {
    const CuboidLayout& layout = plan.layout(cuboid);
    for (std::uint32_t cell = 0; cell < layout.cells.size(); ++cell) {
      if (layout.cells[cell].shown_status != kNoOffset) statuses_.emplace_back(cuboid, cell);
    }
    levels_ = std::max(levels_, plan.level(cuboid));
  }
  for (const SuppressionFamily& family : plan.suppression()) {
    suppressors_.emplace_back(family, strings);
  }
}

void Rollups::settle(const RatioFamily& family, const GroupStores& stores) {
  GroupStore* children = stores[family.child.cuboid].get();
  const CellPlan& plan = children->layout().cells[family.child.cell];
  const std::size_t width = children->layout().dimensions();
  for (std::size_t i = 0; i < children->touched(); ++i) {
    const std::uint32_t group = children->touched_group(i);
    const bool was = load<std::uint32_t>(children->row(group), plan.uneven) != 0;
    const bool now = is_uneven(plan, view_of(*children, group));
    if (was == now) continue;
    store(children->touch(group), plan.uneven, static_cast<std::uint32_t>(now));
    const std::vector<std::uint32_t> key = key_of(*children, group);
    for (const RatioFamily::Parent& parent : family.parents) {
      std::vector<std::uint32_t> above;
      for (const std::uint32_t dimension : parent.dimensions) above.push_back(key[dimension]);
      above.push_back(key[width]);
      GroupStore* parents = stores[parent.place.cuboid].get();
      char* row = parents->touch(parents->find_or_add(above.data()));
      const Offset at = parents->layout().cells[parent.place.cell].uneven_children;
      store(row, at, load<std::uint32_t>(row, at) + (now ? 1U : ~0U));
    }
  }
}

// What is made of cells that are hidden now, or no longer, is made again.
void Rollups::suppress(const GroupStores& stores, const PeriodContext& context) {
  if (suppressors_.empty()) return;
  for (Suppressor& suppressor : suppressors_) suppressor.settle(stores);
  for (std::uint32_t level = 0; level < levels_; ++level) {
    for (TimeSeries& series : series_) {
      if (plan_.level(series.from()) == level && series.carries_suppression()) {
        series.settle(stores);
      }
    }
    for (WindowSeries& series : windows_) {
      if (plan_.level(series.from()) == level && series.carries_suppression()) {
        series.settle(stores, context);
      }
    }
  }
}

std::size_t Rollups::coarsened_suppressions() const {
  std::size_t all = 0;
  for (const Suppressor& suppressor : suppressors_) all += suppressor.coarsened();
  return all;
}

void Rollups::settle(const GroupStores& stores, const PeriodContext& context) {
  for (std::uint32_t level = 0; level < levels_; ++level) {
    for (TimeSeries& series : series_) {
      if (plan_.level(series.from()) == level) series.settle(stores);
    }
    for (WindowSeries& series : windows_) {
      if (plan_.level(series.from()) == level) series.settle(stores, context);
    }
  }
  for (const RatioFamily& family : families_) settle(family, stores);
  suppress(stores, context);
  for (StatusSeries& series : statuses_) series.settle(stores);
}

}  // namespace passerelle::consolidation
