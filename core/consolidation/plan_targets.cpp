// Groups of predicates and targets: the rest of the compiler of plans.
#include <algorithm>

#include "core/consolidation/fact_values.h"
#include "core/consolidation/plan_compiler.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;

// The bound in published units. A value is compared as it is published, so the bound is rounded
// towards the side that lets the same values pass: down for "at most", up for "at least".
std::int64_t scaled_bound(const Rational& value, int round, bool up) {
  const Rational wanted = value * base::power_of_ten(round);
  const base::BigInt numerator = boost::multiprecision::numerator(wanted);
  const base::BigInt denominator = boost::multiprecision::denominator(wanted);
  base::BigInt quotient = numerator / denominator;
  const bool exact = quotient * denominator == numerator;
  if (!exact && up && numerator > 0) quotient += 1;
  if (!exact && !up && numerator < 0) quotient -= 1;
  const base::BigInt limit = std::numeric_limits<std::int64_t>::max();
  if (quotient > limit) quotient = limit;
  if (quotient < -limit) quotient = -limit;
  return static_cast<std::int64_t>(quotient);
}

}  // namespace

void PlanCompiler::group_filters(KindPlan* kind) {
  for (std::uint32_t i = 1; i < kind->filters.size(); ++i) {
    const std::vector<std::uint32_t>& slots = kind->filters[i].program->fields();
    const bool memoisable = std::all_of(slots.begin(), slots.end(), [&](std::uint32_t slot) {
      return is_memoisable(kind->kind->fields[slot].type);
    });
    if (!memoisable) {
      kind->plain_filters.push_back(i);
      continue;
    }
    const auto known = std::find_if(kind->groups.begin(), kind->groups.end(),
                                    [&](const FilterGroup& group) { return group.slots == slots; });
    if (known != kind->groups.end()) {
      known->filters.push_back(i);
    } else {
      kind->groups.push_back({slots, {i}, TupleMemo(slots.size()), {}});
    }
  }
}

Status PlanCompiler::add_targets() {
  for (const model::Target& target : plan_->model_->targets) {
    const auto& indicators = plan_->model_->indicators;
    const auto indicator = std::find_if(indicators.begin(), indicators.end(),
                                        [&](const auto& i) { return i.id == target.indicator; });
    if (indicator == indicators.end() || indicator->better.empty()) continue;
    for (const auto& layout : plan_->layouts_) {
      for (CellPlan& cell : layout->cells) {
        if (cell.indicator != target.indicator) continue;
        PAS_RETURN_IF_ERROR(add_target(target, *indicator, *layout, &cell));
      }
    }
  }
  return absl::OkStatus();
}

// A target belongs to the grouping that has exactly its dimensions.
Status PlanCompiler::add_target(const model::Target& target, const model::Indicator& indicator,
                                const CuboidLayout& layout, CellPlan* cell) {
  std::vector<Code> key;
  for (const std::string& dimension : layout.info.dimensions) {
    const auto at = target.scope.find(dimension);
    if (at == target.scope.end()) return absl::OkStatus();
    key.push_back(strings_->intern(at->second));
  }
  const auto period_text = target.scope.find("period");
  const bool has_period = period_text != target.scope.end();
  if (target.scope.size() != key.size() + (has_period ? 1 : 0)) return absl::OkStatus();
  PAS_ASSIGN_OR_RETURN(const Rational value, base::parse_rational(target.value));
  Rational tolerance = 0;
  if (!target.amber.empty()) {
    PAS_ASSIGN_OR_RETURN(tolerance, base::parse_rational(target.amber));
  }
  const bool lower = indicator.better == "lower";
  const Rational margin = (value < 0 ? Rational(-value) : value) * tolerance / 100;
  const Rational far = lower ? Rational(value + margin) : Rational(value - margin);
  const Bounds bounds{scaled_bound(value, indicator.round, !lower),
                      scaled_bound(far, indicator.round, !lower)};
  if (!has_period) {
    cell->bounds.emplace(key, bounds);
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(const base::Period period, base::Period::parse(period_text->second));
  if (period.grain() == layout.info.grain) {
    cell->period_bounds.emplace(std::pair(key, period.packed()), bounds);
  }
  return absl::OkStatus();
}

}  // namespace passerelle::consolidation
