// What targets want: bounds, constant or along a trajectory.
#include <algorithm>

#include "core/consolidation/layout.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;

// The bound in published units. A value is compared as it is published, so the bound is rounded
// towards the side that lets the same values pass: down for "at most", up for "at least". A strict
// one is the next value beyond.
std::int64_t scaled_bound(const Rational& value, int round, bool at_most, bool is_strict = false) {
  const bool up = at_most == is_strict;
  const Rational wanted = value * base::power_of_ten(round);
  const base::BigInt numerator = boost::multiprecision::numerator(wanted);
  const base::BigInt denominator = boost::multiprecision::denominator(wanted);
  base::BigInt quotient = numerator / denominator;
  const bool exact = quotient * denominator == numerator;
  if (!exact && up && numerator > 0) quotient += 1;
  if (!exact && !up && numerator < 0) quotient -= 1;
  if (is_strict) quotient += at_most ? -1 : 1;
  const base::BigInt limit = std::numeric_limits<std::int64_t>::max();
  if (quotient > limit) quotient = limit;
  if (quotient < -limit) quotient = -limit;
  return static_cast<std::int64_t>(quotient);
}

std::int32_t month_of(base::Days day) {
  const base::CivilDate date = base::civil_from_days(day);
  return date.year * 12 + date.month - 1;
}

}  // namespace

Bounds bounds_of(const Rational& value, const Goal& goal, int round, bool lower_is_better) {
  if (goal.rule) {
    const auto bound = [&](const language::StatusBound& of) {
      return scaled_bound(of.of(value), round, of.at_most, of.is_strict);
    };
    return {bound(goal.rule->green), bound(goal.rule->amber)};
  }
  const Rational margin = abs(value) * goal.tolerance / 100;
  const Rational far = lower_is_better ? Rational(value + margin) : Rational(value - margin);
  return {scaled_bound(value, round, lower_is_better), scaled_bound(far, round, lower_is_better)};
}

std::optional<Bounds> bounds_at(const Goal& goal, base::Period period, int round,
                                bool lower_is_better) {
  if (goal.points.empty()) return goal.bounds;
  // Days are counted where cells are by day, months elsewhere: months are steps of one length.
  const bool by_day = period.grain() == base::Grain::kDay;
  const auto position = [&](base::Days day, std::int32_t month) -> std::int64_t {
    return by_day ? day : month;
  };
  const auto of_point = [&](const Goal::Point& point) { return position(point.day, point.month); };
  const std::int64_t at = period.grain() == base::Grain::kAll
                              ? of_point(goal.points.back())
                              : position(period.last_day(), month_of(period.last_day()));
  if (at < of_point(goal.points.front())) return std::nullopt;
  Rational value = goal.points.back().value;
  for (std::size_t i = 1; i < goal.points.size(); ++i) {
    const std::int64_t from = of_point(goal.points[i - 1]);
    const std::int64_t to = of_point(goal.points[i]);
    if (at >= to) continue;
    const Rational step = goal.points[i].value - goal.points[i - 1].value;
    value = goal.points[i - 1].value + step * Rational(at - from, to - from);
    break;
  }
  return bounds_of(value, goal, round, lower_is_better);
}

std::optional<Bounds> bounds_for(const CuboidLayout& layout, const CellPlan& plan,
                                 const RowView& view) {
  const std::size_t width = layout.dimensions();
  std::vector<Code> key(width);
  if (width > 0) std::memcpy(key.data(), view.row + layout.key, width * sizeof(Code));
  const auto period =
      load<std::uint32_t>(view.row, static_cast<Offset>(layout.key + width * sizeof(Code)));
  if (const auto at = plan.period_bounds.find({key, period}); at != plan.period_bounds.end()) {
    return at->second;
  }
  const Goal* any = plan.goal_of(key);
  if (any == nullptr) return std::nullopt;
  return bounds_at(*any, base::Period::from_packed(period), plan.round, plan.lower_is_better);
}

model::CellStatus status_of(const CuboidLayout& layout, const CellPlan& plan, const RowView& view,
                            std::int64_t scaled) {
  const std::optional<Bounds> bounds = bounds_for(layout, plan, view);
  if (!bounds) return model::CellStatus::kNone;
  const auto holds = [&](std::int64_t bound) {
    return plan.lower_is_better ? scaled <= bound : scaled >= bound;
  };
  if (holds(bounds->green)) return model::CellStatus::kGreen;
  return holds(bounds->amber) ? model::CellStatus::kAmber : model::CellStatus::kRed;
}

}  // namespace passerelle::consolidation
