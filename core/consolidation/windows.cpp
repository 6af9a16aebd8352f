#include "core/consolidation/windows.h"

#include <algorithm>
#include <set>

namespace passerelle::consolidation {
namespace {

using base::Grain;
using base::Int128;
using base::Period;
using language::AggregateFn;
using language::Window;

constexpr std::uint32_t kNoLine = 0xFFFFFFFF;

// The first and the last period of a grain that exist, packed.
std::uint32_t first_of(Grain grain) {
  return Period::of(base::days_from_civil({1, 1, 1}), grain).packed();
}
std::uint32_t last_of(Grain grain) {
  return Period::of(base::days_from_civil({9'999, 12, 31}), grain).packed();
}

std::optional<std::uint32_t> moved(std::uint32_t period, std::int64_t steps) {
  const Grain grain = Period::from_packed(period).grain();
  const std::int64_t to = std::int64_t{period} + steps;
  if (to < first_of(grain) || to > last_of(grain)) return std::nullopt;
  return static_cast<std::uint32_t>(to);
}

int months_in(Grain grain) { return grain == Grain::kYear ? 12 : grain == Grain::kQuarter ? 3 : 1; }

// The same day some months further on; the last of its month where that has no such day.
base::Days month_shifted(base::Days day, int months) {
  const base::CivilDate date = base::civil_from_days(day);
  const int month = date.year * 12 + date.month - 1 + months;
  base::CivilDate to{month / 12, month % 12 + 1, date.day};
  while (!base::is_valid(to) && to.day > 28) --to.day;
  return base::days_from_civil(to);
}

bool is_total(const std::optional<Window>& window) {
  return window && window->kind != Window::Kind::kOffset;
}

// The statistic that a bag of these values has.
Int128 found_in(const BagResult& wanted, std::vector<std::int64_t>* values) {
  std::sort(values->begin(), values->end());
  const std::size_t n = values->size();
  if (n == 0) return 0;
  switch (wanted.fn) {
    case AggregateFn::kMin:
      return values->front();
    case AggregateFn::kMax:
      return values->back();
    case AggregateFn::kMedian:
      return Int128{(*values)[(n - 1) / 2]} + (*values)[n / 2];
    case AggregateFn::kPct: {
      const Int128 share = Int128{wanted.percent_numerator} * static_cast<std::int64_t>(n);
      const Int128 rank = (share + wanted.percent_denominator - 1) / wanted.percent_denominator;
      return (*values)[rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1];
    }
    case AggregateFn::kShareLe:
      return std::upper_bound(values->begin(), values->end(), wanted.limit) - values->begin();
    default:
      return std::unique(values->begin(), values->end()) - values->begin();
  }
}

}  // namespace

std::optional<std::uint32_t> shifted(std::uint32_t period, const Window& window) {
  const Grain grain = Period::from_packed(period).grain();
  if (grain != Grain::kDay || window.grain == Grain::kDay) {
    const int steps = grain == Grain::kDay ? 1 : months_in(window.grain) / months_in(grain);
    return moved(period, std::int64_t{steps} * window.count);
  }
  const base::Days day = Period::from_packed(period).first_day();
  const int months = months_in(window.grain) * window.count;
  const int year = base::civil_from_days(day).year + months / 12;
  if (year < 2 || year > 9'998) return std::nullopt;
  return Period::of(month_shifted(day, months), Grain::kDay).packed();
}

std::optional<PeriodRange> looked_at(const std::optional<Window>& window, std::uint32_t period) {
  if (!window) return PeriodRange{period, period};
  const Period own = Period::from_packed(period);
  switch (window->kind) {
    case Window::Kind::kOffset: {
      const auto other = shifted(period, *window);
      return other ? std::optional(PeriodRange{*other, *other}) : std::nullopt;
    }
    case Window::Kind::kYearToDate:
      return PeriodRange{Period::of(own.coarsened(Grain::kYear).first_day(), own.grain()).packed(),
                         period};
    default:
      return PeriodRange{moved(period, 1 - window->count).value_or(first_of(own.grain())), period};
  }
}

WindowSeries::WindowSeries(const ModelPlan& plan, const WindowCopy& first)
    : plan_(plan),
      from_(first.from.cuboid),
      to_(first.to.cuboid),
      window_(first.window),
      is_total_(is_total(first.window)),
      memo_(plan.layout(first.from.cuboid).dimensions() + 1) {}

std::uint32_t WindowSeries::line_of(const GroupStore& from, std::uint32_t group) {
  if (group >= line_of_.size()) line_of_.resize(group + 1, kNoLine);
  if (line_of_[group] != kNoLine) return line_of_[group];
  const std::vector<std::uint32_t> key = key_of(from, group);
  std::vector<std::int64_t> line(key.begin(), key.end());
  line.back() = 0;  // the period
  const std::uint32_t number = memo_.find_or_add(line.data());
  if (number == lines_.size()) lines_.emplace_back();
  Periods& sources = lines_[number].sources;
  const std::pair entry(key.back(), group);
  sources.insert(std::lower_bound(sources.begin(), sources.end(), entry), entry);
  return line_of_[group] = number;
}

std::optional<WindowSeries::Range> WindowSeries::dependents_of(std::uint32_t period) const {
  if (!window_) return Range{period, period};
  const Period own = Period::from_packed(period);
  switch (window_->kind) {
    case Window::Kind::kOffset: {
      Window back = *window_;
      back.count = -back.count;
      const auto other = shifted(period, back);
      if (!other) return std::nullopt;
      // The last days of a month may all look at the last of a shorter one.
      if (own.grain() != Grain::kDay || window_->grain == Grain::kDay) return Range{*other, *other};
      return Range{moved(*other, -3).value_or(*other), moved(*other, 3).value_or(*other)};
    }
    case Window::Kind::kYearToDate:
      return Range{period,
                   Period::of(own.coarsened(Grain::kYear).last_day(), own.grain()).packed()};
    default:
      return Range{period, moved(period, window_->count - 1).value_or(last_of(own.grain()))};
  }
}

void WindowSeries::mark(std::uint32_t line, Range periods) {
  const Periods& targets = lines_[line].targets;
  for (std::uint32_t period = periods.first; period <= periods.last; ++period) {
    if (window_ && period > horizon_) {
      // Not come yet: only what was made before, in a time that came further.
      const auto at = std::lower_bound(targets.begin(), targets.end(), std::pair(period, 0U));
      if (at == targets.end() || at->first > periods.last) return;
      period = at->first;
    }
    dirty_.emplace_back(line, period);
  }
}

// The cells that a move of time brings or takes away.
void WindowSeries::mark_for_time(std::uint32_t horizon) {
  const std::uint32_t before = std::exchange(horizon_, horizon);
  if (before == horizon || !window_) return;
  for (std::uint32_t line = 0; line < lines_.size(); ++line) {
    if (horizon < before) {
      mark(line, {horizon + 1, before});
      continue;
    }
    const Periods& sources = lines_[line].sources;
    auto at = sources.begin();
    if (before != 0) {
      const auto reach = looked_at(window_, before + 1);
      if (!reach) continue;
      at = std::lower_bound(sources.begin(), sources.end(), std::pair(reach->first, 0U));
    }
    for (; at != sources.end(); ++at) {
      const auto periods = dependents_of(at->first);
      if (!periods || periods->last <= before) continue;
      mark(line, {std::max(periods->first, before + 1), periods->last});
    }
  }
}

void WindowSeries::mark_for_completeness(const Completeness& complete) {
  if (!is_total_) return;
  const Grain grain = plan_.layout(to_).info.grain;
  for (Copy& copy : copies_) {
    base::Days day = kUnknown;
    for (const std::string& kind : copy.plan->kinds) {
      const auto at = complete.find(kind);
      if (at != complete.end()) day = std::min(day, at->second);
    }
    if (day == copy.complete) continue;
    const base::Days first = std::min(day, copy.complete);
    const base::Days last = std::max(day, copy.complete);
    copy.complete = day;
    const std::uint32_t from = Period::of(first, grain).packed();
    const std::uint32_t to = last == kUnknown ? last_of(grain) : Period::of(last, grain).packed();
    for (std::uint32_t line = 0; line < lines_.size(); ++line) {
      for (const auto& [period, group] : lines_[line].targets) {
        if (period >= from && period <= to) dirty_.emplace_back(line, period);
      }
    }
  }
}

bool WindowSeries::carries_suppression() const {
  return std::any_of(copies_.begin(), copies_.end(),
                     [](const Copy& copy) { return copy.plan->hidden != kNoOffset; });
}

void WindowSeries::settle(const GroupStores& stores, const PeriodContext& context) {
  const GroupStore& from = *stores[from_];
  dirty_.clear();
  const auto grain = static_cast<std::size_t>(plan_.layout(to_).info.grain);
  const std::size_t touched = from.touched();
  for (std::size_t i = 0; i < touched; ++i) line_of(from, from.touched_group(i));
  mark_for_time(context.horizon[grain]);
  mark_for_completeness(context.complete);
  for (std::size_t i = 0; i < touched; ++i) {
    const std::uint32_t group = from.touched_group(i);
    const auto periods = dependents_of(from.period(group));
    if (periods) mark(line_of_[group], *periods);
  }
  std::sort(dirty_.begin(), dirty_.end());
  dirty_.erase(std::unique(dirty_.begin(), dirty_.end()), dirty_.end());
  for (const auto& [line, period] : dirty_) make(stores, context.bags, line, period);
}

void WindowSeries::take(const AggregateCell& from, const RowView& view, const BagPool* bags,
                        Total* out) {
  const std::uint32_t facts = facts_of(from, view);
  // The same open facts are there in every period.
  out->count = from.fn == AggregateFn::kStock ? facts : out->count + facts;
  out->periods += periods_of(from, view);
  if (from.flagged != kNoOffset) out->flagged += load<std::uint32_t>(view.row, from.flagged);
  if (from.second != kNoOffset) {
    out->second += from.fn == AggregateFn::kVar ? load<Int128>(view.row, from.second)
                                                : Int128{load<std::int64_t>(view.row, from.second)};
  }
  if (from.value == kNoOffset) return;
  if (bags == nullptr || from.bag == kNoOffset) {
    out->value += view.sum(from.value);
    return;
  }
  const auto bag = load<BagHandle>(view.row, from.bag);
  for (std::uint32_t rank = 0; rank < facts; ++rank) out->values.push_back(bags->at(bag, rank));
}

std::vector<WindowSeries::Total> WindowSeries::totals_of(const Copy& copy, const GroupStore& from,
                                                         const BagPool& bags,
                                                         Periods::const_iterator begin,
                                                         Periods::const_iterator end) const {
  const CellPlan& source = from.layout().cells[copy.plan->from.cell];
  std::vector<Total> totals(source.aggregates.size());
  for (auto at = begin; at != end; ++at) {
    const RowView view = view_of(from, at->second);
    if (is_absent(source, view)) continue;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      take(source.aggregates[i], view, is_total_ ? &bags : nullptr, &totals[i]);
    }
  }
  for (std::size_t i = 0; is_total_ && i < totals.size(); ++i) {
    if (source.aggregates[i].bag == kNoOffset) continue;
    totals[i].value = found_in(copy.plan->results[i], &totals[i].values);
  }
  return totals;
}

void WindowSeries::write(const Copy& copy, const std::vector<Total>& totals, bool not_yet,
                         const char* single, std::uint32_t group, GroupStore* to) const {
  const CellPlan& source = plan_.layout(from_).cells[copy.plan->from.cell];
  const CellPlan& target = to->layout().cells[copy.plan->to.cell];
  char* row = to->touch(group);
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const AggregateCell& cell = target.aggregates[copy.plan->first + i];
    const Total& total = totals[i];
    store(row, cell.count, total.count);
    if (cell.periods != kNoOffset) store(row, cell.periods, total.periods);
    if (cell.flagged != kNoOffset) store(row, cell.flagged, total.flagged);
    if (cell.value != kNoOffset) to->set(row, group, cell.value, total.value);
    if (cell.bag != kNoOffset) {
      const Offset bag = source.aggregates[i].bag;
      store(row, cell.bag, single == nullptr ? BagHandle{0} : load<BagHandle>(single, bag));
    }
    if (cell.second == kNoOffset) continue;
    if (cell.fn == AggregateFn::kVar) {
      store(row, cell.second, total.second);
    } else {
      store(row, cell.second, static_cast<std::int64_t>(total.second));
    }
  }
  if (copy.plan->not_yet != kNoOffset) {
    store(row, copy.plan->not_yet, static_cast<std::uint32_t>(not_yet));
  }
}

void WindowSeries::make(const GroupStores& stores, const BagPool& bags, std::uint32_t number,
                        std::uint32_t period) {
  const GroupStore& from = *stores[from_];
  GroupStore* to = stores[to_].get();
  Line& line = lines_[number];
  const auto range = looked_at(window_, period);
  auto begin = line.sources.cend();
  auto end = begin;
  if (range && (!window_ || period <= horizon_)) {
    begin =
        std::lower_bound(line.sources.cbegin(), line.sources.cend(), std::pair(range->first, 0U));
    end = std::upper_bound(begin, line.sources.cend(), std::pair(range->last, kNoLine));
  }
  auto target = std::lower_bound(line.targets.begin(), line.targets.end(), std::pair(period, 0U));
  if (target == line.targets.end() || target->first != period) {
    // A cell is made when there is something to be in it.
    const bool any = std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) {
      const CellPlan& source = from.layout().cells[copy.plan->from.cell];
      return std::any_of(begin, end, [&](const auto& entry) {
        return !is_absent(source, view_of(from, entry.second)) ||
               is_suppressed(source, from.row(entry.second));
      });
    });
    if (!any) return;
    const auto dimensions = memo_[number];
    std::vector<std::uint32_t> key(dimensions.begin(), dimensions.end());
    key.back() = period;
    target = line.targets.insert(target, {period, to->find_or_add(key.data())});
  }
  const std::uint32_t group = target->second;
  for (const Copy& copy : copies_) {
    const CellPlan& source = from.layout().cells[copy.plan->from.cell];
    const bool has_own = begin != end && std::prev(end)->first == period &&
                         !is_absent(source, view_of(from, std::prev(end)->second));
    bool not_yet = is_total_ && !has_own && copy.complete < Period::from_packed(period).last_day();
    const char* single = is_total_ || begin == end ? nullptr : from.row(begin->second);
    if (single != nullptr) not_yet = is_not_yet(source, single);
    write(copy, totals_of(copy, from, bags, begin, end), not_yet, single, group, to);
    if (copy.plan->hidden == kNoOffset) continue;
    const bool hidden = std::any_of(begin, end, [&](const auto& entry) {
      return is_suppressed(source, from.row(entry.second));
    });
    store(to->touch(group), copy.plan->hidden, static_cast<std::uint32_t>(hidden));
  }
}

}  // namespace passerelle::consolidation
