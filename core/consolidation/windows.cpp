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

bool is_at_end(const std::optional<Window>& window) {
  return window && (window->kind == Window::Kind::kWholeYear || language::is_landing(window->kind));
}

std::uint32_t last_of_year(Period period) {
  return Period::of(period.coarsened(Grain::kYear).last_day(), period.grain()).packed();
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
    case Window::Kind::kRunRate:
    case Window::Kind::kTrend:
      return PeriodRange{first_of_year(own), period};
    case Window::Kind::kSeasonal:
      return PeriodRange{
          moved(first_of_year(own), -periods_of_year(own.grain())).value_or(first_of(own.grain())),
          period};
    case Window::Kind::kWholeYear:
      return PeriodRange{first_of_year(own), last_of_year(own)};
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
      is_at_end_(is_at_end(first.window)),
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
    case Window::Kind::kRunRate:
    case Window::Kind::kTrend:
      return Range{period, last_of_year(own)};
    case Window::Kind::kSeasonal:
      return Range{
          period,
          moved(last_of_year(own), periods_of_year(own.grain())).value_or(last_of(own.grain()))};
    case Window::Kind::kWholeYear:
      return Range{first_of_year(own), last_of_year(own)};
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

void WindowSeries::mark_for_end(std::uint32_t open) {
  const std::uint32_t before = std::exchange(open_, open);
  if (before != open && is_at_end_) mark_targets({std::min(before, open), std::max(before, open)});
}

void WindowSeries::mark_targets(Range periods) {
  // All cells of a year wait for its end.
  if (window_->kind == Window::Kind::kWholeYear) {
    const Grain grain = plan_.layout(to_).info.grain;
    if (periods.first >= first_of(grain)) {
      periods.first = first_of_year(Period::from_packed(periods.first));
    }
    if (periods.last <= last_of(grain)) {
      periods.last = last_of_year(Period::from_packed(periods.last));
    }
  }
  for (std::uint32_t line = 0; line < lines_.size(); ++line) {
    for (const auto& [period, group] : lines_[line].targets) {
      if (period >= periods.first && period <= periods.last) dirty_.emplace_back(line, period);
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
    mark_targets({Period::of(first, grain).packed(),
                  last == kUnknown ? last_of(grain) : Period::of(last, grain).packed()});
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
  mark_for_end(context.open[grain]);
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
                        std::int64_t weight, Total* out) {
  const std::uint32_t facts = facts_of(from, view);
  // The same open facts are there in every period.
  out->count = from.fn == AggregateFn::kStock ? facts : out->count + facts;
  out->periods += periods_of(from, view);
  if (from.flagged != kNoOffset) out->flagged += load<std::uint32_t>(view.row, from.flagged);
  if (from.second != kNoOffset) {
    out->second += from.fn == AggregateFn::kVar ? load<Int128>(view.row, from.second)
                                                : Int128{load<std::int64_t>(view.row, from.second)};
  }
  if (from.value == kNoOffset) {
    out->value += Int128{weight} * facts;  // how many they are: a landing of counts
    return;
  }
  if (bags == nullptr || from.bag == kNoOffset) {
    out->value += weight * view.sum(from.value);
    return;
  }
  const auto bag = load<BagHandle>(view.row, from.bag);
  for (std::uint32_t rank = 0; rank < facts; ++rank) out->values.push_back(bags->at(bag, rank));
}

std::vector<WindowSeries::Total> WindowSeries::totals_of(const Copy& copy, const GroupStore& from,
                                                         const BagPool& bags,
                                                         std::span<const Source> sources,
                                                         std::uint32_t divisor) const {
  const CellPlan& source = from.layout().cells[copy.plan->from.cell];
  std::vector<Total> totals(source.aggregates.size());
  for (const Source& one : sources) {
    const RowView view = view_of(from, one.group);
    if (is_absent(source, view)) continue;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      take(source.aggregates[i], view, is_total_ ? &bags : nullptr, one.weight, &totals[i]);
    }
  }
  for (std::size_t i = 0; is_at_end_ && i < totals.size(); ++i) totals[i].periods = divisor;
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

std::vector<WindowSeries::Source> WindowSeries::sources_of(const GroupStore& from, const Line& line,
                                                           const WindowWeights& weights,
                                                           std::uint32_t period) const {
  std::vector<Source> sources;
  const auto range = looked_at(window_, period);
  if (!range || (window_ && period > horizon_)) return sources;
  const auto begin =
      std::lower_bound(line.sources.cbegin(), line.sources.cend(), std::pair(range->first, 0U));
  const auto end = std::upper_bound(begin, line.sources.cend(), std::pair(range->last, kNoLine));
  if (weights.needs_year_before()) {
    // Nor is a year foreseen that has not begun.
    const auto year = std::lower_bound(begin, end, std::pair(weights.first_of_year(), 0U));
    const auto has_facts = [&](const auto& entry) { return has_any(from, entry.second); };
    if (std::none_of(begin, year, has_facts) || std::none_of(year, end, has_facts)) return sources;
  }
  sources.reserve(static_cast<std::size_t>(end - begin));
  for (auto at = begin; at != end; ++at) {
    const auto weight = weights.of(at->first);
    if (weight) sources.push_back({at->first, at->second, *weight});
  }
  return sources;
}

bool WindowSeries::has_any(const GroupStore& from, std::uint32_t group) const {
  return std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) {
    const CellPlan& source = from.layout().cells[copy.plan->from.cell];
    return !is_absent(source, view_of(from, group)) || is_suppressed(source, from.row(group));
  });
}

bool WindowSeries::is_early(const Copy& copy, const GroupStore& from,
                            std::span<const Source> sources, std::uint32_t period) const {
  const CellPlan& source = from.layout().cells[copy.plan->from.cell];
  if (!is_total_) return !sources.empty() && is_not_yet(source, from.row(sources.front().group));
  if (is_at_end_) {
    const bool is_year = window_->kind == Window::Kind::kWholeYear;
    const Period own = Period::from_packed(period);
    const std::uint32_t last = is_year ? last_of_year(own) : period;
    return last >= open_ || copy.complete < Period::from_packed(last).last_day();
  }
  const bool has_own = !sources.empty() && sources.back().period == period &&
                       !is_absent(source, view_of(from, sources.back().group));
  return !has_own && copy.complete < Period::from_packed(period).last_day();
}

void WindowSeries::make(const GroupStores& stores, const BagPool& bags, std::uint32_t number,
                        std::uint32_t period) {
  const GroupStore& from = *stores[from_];
  GroupStore* to = stores[to_].get();
  Line& line = lines_[number];
  const WindowWeights weights(window_, period);
  const std::vector<Source> sources = sources_of(from, line, weights, period);
  const bool any = std::any_of(sources.begin(), sources.end(),
                               [&](const Source& one) { return has_any(from, one.group); });
  auto target = std::lower_bound(line.targets.begin(), line.targets.end(), std::pair(period, 0U));
  if (target == line.targets.end() || target->first != period) {
    if (!any) return;  // a cell is made when there is something to be in it
    const auto dimensions = memo_[number];
    std::vector<std::uint32_t> key(dimensions.begin(), dimensions.end());
    key.back() = period;
    target = line.targets.insert(target, {period, to->find_or_add(key.data())});
  }
  const std::uint32_t group = target->second;
  for (const Copy& copy : copies_) {
    const CellPlan& source = from.layout().cells[copy.plan->from.cell];
    const char* single = is_total_ || sources.empty() ? nullptr : from.row(sources.front().group);
    write(copy, totals_of(copy, from, bags, sources, weights.divisor()),
          any && is_early(copy, from, sources, period), single, group, to);
    if (copy.plan->hidden == kNoOffset) continue;
    const bool hidden = std::any_of(sources.begin(), sources.end(), [&](const Source& one) {
      return is_suppressed(source, from.row(one.group));
    });
    store(to->touch(group), copy.plan->hidden, static_cast<std::uint32_t>(hidden));
  }
}

}  // namespace passerelle::consolidation
