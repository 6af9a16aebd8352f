#include "core/consolidation/rollups.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

using language::AggregateFn;

constexpr std::uint32_t kNoGroup = 0xFFFFFFFF;

RowView view_of(const GroupStore& store, std::uint32_t group) {
  return {store.row(group), group, store.promoted()};
}

// The key of a group: a code per dimension, then the period.
std::vector<std::uint32_t> key_of(const GroupStore& store, std::uint32_t group) {
  std::vector<std::uint32_t> key(store.layout().dimensions() + 1);
  std::memcpy(key.data(), store.row(group) + store.layout().key, key.size() * sizeof(key[0]));
  return key;
}

std::uint32_t facts_of(const AggregateCell& cell, const RowView& view) {
  if (cell.count != kNoOffset) return load<std::uint32_t>(view.row, cell.count);
  return static_cast<std::uint32_t>(load<std::int64_t>(view.row, cell.value));  // a stock
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
    return !is_absent(source, view_of(from, entry.second));
  });
  // Without any: what was there once is all zeros now.
  const RowView view = view_of(from, last == periods.rend() ? periods.back().second : last->second);
  char* row = to->touch(group);
  for (std::size_t i = 0; i < source.aggregates.size(); ++i) {
    const AggregateCell& a = source.aggregates[i];
    const AggregateCell& b = target.aggregates[i];
    store(row, b.count, facts_of(a, view));
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
    base::Int128 value = 0;
    std::int64_t second = 0;
  };
  const CellPlan& source = from.layout().cells[rollup.from.cell];
  const CellPlan& target = to->layout().cells[rollup.to.cell];
  std::vector<Total> totals(source.aggregates.size());
  std::uint32_t present = 0;
  for (const auto& [period, number] : periods) {
    const RowView view = view_of(from, number);
    if (is_absent(source, view)) continue;
    ++present;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      const AggregateCell& a = source.aggregates[i];
      const std::uint32_t facts = facts_of(a, view);
      // The same open facts are there in every period.
      totals[i].count = a.fn == AggregateFn::kStock ? facts : totals[i].count + facts;
      if (a.value != kNoOffset) totals[i].value += view.sum(a.value);
      if (a.second != kNoOffset) totals[i].second += load<std::int64_t>(view.row, a.second);
      if (a.flagged != kNoOffset) totals[i].flagged += load<std::uint32_t>(view.row, a.flagged);
    }
  }
  char* row = to->touch(group);
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const AggregateCell& b = target.aggregates[i];
    store(row, b.count, totals[i].count);
    store(row, b.periods, present);
    if (b.value != kNoOffset) to->set(row, group, b.value, totals[i].value);
    if (b.second != kNoOffset) store(row, b.second, totals[i].second);
    if (b.flagged != kNoOffset) store(row, b.flagged, totals[i].flagged);
  }
}

Rollups::Rollups(const ModelPlan& plan) : families_(plan.ratio_families()) {
  for (const TimeRollup& rollup : plan.time_rollups()) {
    auto known = std::find_if(series_.begin(), series_.end(), [&](const TimeSeries& series) {
      return series.is_between(rollup.from.cuboid, rollup.to.cuboid);
    });
    if (known == series_.end()) {
      known = series_.insert(known, TimeSeries(rollup.from.cuboid, rollup.to.cuboid));
    }
    known->add(rollup);
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

void Rollups::settle(const GroupStores& stores) {
  for (TimeSeries& series : series_) series.settle(stores);
  for (const RatioFamily& family : families_) settle(family, stores);
}

}  // namespace passerelle::consolidation
