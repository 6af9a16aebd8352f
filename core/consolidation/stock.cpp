#include "core/consolidation/stock.h"

#include <algorithm>

#include "core/base/limits.h"

namespace passerelle::consolidation {

void StockSeries::change(std::size_t measure, const Code* dimensions, std::uint32_t opened,
                         std::uint32_t closed, bool minus) {
  std::vector<std::int64_t> key(memo_.width());
  for (std::size_t i = 0; i < width_; ++i) key[i] = dimensions[i];
  const std::uint32_t number = memo_.find_or_add(key.data());
  if (number == series_.size()) {
    series_.emplace_back();
    series_.back().flows.resize(measures_.size());
  }
  Series& series = series_[number];
  const std::int64_t step = minus ? -1 : 1;
  auto& flows = series.flows[measure];
  flows[opened].opened += step;
  if (closed != 0) flows[closed].closed += step;
  for (const std::uint32_t period : {opened, closed}) {
    const auto at = flows.find(period);
    if (at != flows.end() && at->second.opened == 0 && at->second.closed == 0) flows.erase(at);
  }
  if (series.changed_from == 0xFFFFFFFF) changed_.push_back(number);
  series.changed_from = std::min(series.changed_from, opened);
  if (closed != 0) series.changed_from = std::min(series.changed_from, closed);
}

void StockSeries::settle(base::Days now, GroupStore* groups) {
  const std::uint32_t packed = base::Period::of(now, grain_).packed();
  if (packed != now_) {
    // Every series gains or loses the periods between; settle them from the first of these.
    const std::uint32_t from = now_ == 0 ? 0 : std::min(packed, now_) + 1;
    for (std::uint32_t number = 0; number < series_.size(); ++number) {
      const std::uint32_t changed = series_[number].changed_from;
      fill(number, std::min(from, changed), packed, groups);
    }
    now_ = packed;
  } else {
    for (const std::uint32_t number : changed_) {
      fill(number, series_[number].changed_from, packed, groups);
    }
  }
  for (const std::uint32_t number : changed_) series_[number].changed_from = 0xFFFFFFFF;
  changed_.clear();
}

void StockSeries::fill(std::uint32_t number, std::uint32_t from, std::uint32_t now,
                       GroupStore* groups) {
  Series& series = series_[number];
  std::uint32_t first = 0xFFFFFFFF;
  for (const auto& flows : series.flows) {
    if (!flows.empty()) first = std::min(first, flows.begin()->first);
  }
  if (series.filled_to != 0) first = std::min(first, series.filled_from);
  if (first == 0xFFFFFFFF) return;
  const std::uint32_t last = std::max(now, series.filled_to);
  std::uint32_t start = std::max(first, from);
  // A date far in the past must not make a series without end.
  const auto limit = static_cast<std::uint32_t>(base::kStockPeriodsMax);
  if (last > start && last - start > limit) start = last - limit;
  std::vector<std::uint32_t> key(width_ + 1);
  const auto dimensions = memo_[number];
  for (std::size_t i = 0; i < width_; ++i) key[i] = static_cast<std::uint32_t>(dimensions[i]);
  std::vector<Flow> totals(measures_.size());
  std::vector<std::map<std::uint32_t, Flow>::const_iterator> next;
  for (std::size_t m = 0; m < measures_.size(); ++m) {
    auto at = series.flows[m].begin();
    for (; at != series.flows[m].end() && at->first < start; ++at) {
      totals[m].opened += at->second.opened;
      totals[m].closed += at->second.closed;
    }
    next.push_back(at);
  }
  for (std::uint32_t period = start; period <= last; ++period) {
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      for (; next[m] != series.flows[m].end() && next[m]->first == period; ++next[m]) {
        totals[m].opened += next[m]->second.opened;
        totals[m].closed += next[m]->second.closed;
      }
    }
    key[width_] = period;
    const std::uint32_t group = groups->find_or_add(key.data());
    char* row = groups->touch(group);
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      const bool known = period <= now;
      store(row, measures_[m].opened_total, known ? totals[m].opened : std::int64_t{0});
      store(row, measures_[m].closed_total, known ? totals[m].closed : std::int64_t{0});
    }
  }
  series.filled_from = series.filled_to == 0 ? start : std::min(series.filled_from, start);
  series.filled_to = std::max(series.filled_to, now);
}

}  // namespace passerelle::consolidation
