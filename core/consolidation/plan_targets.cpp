// Groups of predicates, and targets: a part of the compiler of plans.
#include <algorithm>

#include "core/consolidation/fact_values.h"
#include "core/consolidation/plan_compiler.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {

using base::Rational;

namespace {

StatusOr<StatusRule> rule_of(const model::Indicator& indicator) {
  std::vector<language::Problem> problems;
  const auto green = language::status_bound(indicator.green, &problems);
  const auto amber = language::status_bound(indicator.amber, &problems);
  if (green && amber) return StatusRule{*green, *amber};
  return base::invalid_argument("status of " + indicator.id + ": " + language::to_string(problems));
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
  PAS_RETURN_IF_ERROR(add_statuses());
  for (const model::Target& target : plan_->model_->targets) {
    const auto& indicators = plan_->model_->indicators;
    const auto indicator = std::find_if(indicators.begin(), indicators.end(),
                                        [&](const auto& i) { return i.id == target.indicator; });
    if (indicator == indicators.end() || indicator->better.empty()) continue;
    for (const auto& layout : plan_->layouts_) {
      if (layout->info.indicators.empty()) continue;  // nobody sees it
      for (CellPlan& cell : layout->cells) {
        if (cell.indicator != target.indicator) continue;
        PAS_RETURN_IF_ERROR(add_target(target, *indicator, layout.get(), &cell));
      }
    }
  }
  return absl::OkStatus();
}

// `status` of indicators that asks for no target.
Status PlanCompiler::add_statuses() {
  for (const model::Indicator& indicator : plan_->model_->indicators) {
    if (indicator.green.empty() || indicator.better.empty()) continue;
    PAS_ASSIGN_OR_RETURN(const StatusRule rule, rule_of(indicator));
    if (rule.green.factor != 0 || rule.amber.factor != 0) continue;
    Goal goal;
    goal.hysteresis = indicator.hysteresis;
    goal.rule = rule;
    goal.bounds = bounds_of(0, goal, indicator.round, indicator.better == "lower");
    for (const auto& layout : plan_->layouts_) {
      if (layout->info.indicators.empty()) continue;  // nobody sees it
      for (CellPlan& cell : layout->cells) {
        if (cell.indicator != indicator.id) continue;
        if (goal.hysteresis > 1) cell.shown_status = static_cast<Offset>(layout->narrow_slots++);
        cell.any_goal = goal;
      }
    }
  }
  return absl::OkStatus();
}

// A target belongs to the grouping that has exactly its dimensions.
Status PlanCompiler::add_target(const model::Target& target, const model::Indicator& indicator,
                                CuboidLayout* layout, CellPlan* cell) {
  std::vector<Code> key;
  for (const std::string& dimension : layout->info.dimensions) {
    const auto at = target.scope.find(std::string(model::plain_dimension(dimension)));
    if (at == target.scope.end()) return absl::OkStatus();
    key.push_back(strings_->intern(at->second));
  }
  const auto period_text = target.scope.find("period");
  const bool has_period = period_text != target.scope.end();
  if (target.scope.size() != key.size() + (has_period ? 1 : 0)) return absl::OkStatus();
  Goal goal;
  goal.hysteresis = target.hysteresis > 0 ? target.hysteresis : indicator.hysteresis;
  if (!indicator.green.empty()) {
    PAS_ASSIGN_OR_RETURN(goal.rule, rule_of(indicator));
  }
  if (!target.amber.empty()) {
    PAS_ASSIGN_OR_RETURN(goal.tolerance, base::parse_rational(target.amber));
  }
  const bool lower = indicator.better == "lower";
  for (const model::TargetPoint& point : target.linear) {
    const base::Days day = point.period.last_day();
    const base::CivilDate date = base::civil_from_days(day);
    goal.points.push_back({date.year * 12 + date.month - 1, day, 0});
    PAS_ASSIGN_OR_RETURN(goal.points.back().value, base::parse_rational(point.value));
  }
  if (goal.points.empty()) {
    PAS_ASSIGN_OR_RETURN(const Rational value, base::parse_rational(target.value));
    goal.bounds = bounds_of(value, goal, indicator.round, lower);
  }
  if (!has_period) {
    if (goal.hysteresis > 1 && cell->shown_status == kNoOffset) {
      cell->shown_status = static_cast<Offset>(layout->narrow_slots++);
    }
    cell->goals.emplace(key, std::move(goal));
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(const base::Period period, base::Period::parse(period_text->second));
  if (period.grain() == layout->info.grain) {
    cell->period_bounds.emplace(std::pair(key, period.packed()), goal.bounds);
  }
  return absl::OkStatus();
}

}  // namespace passerelle::consolidation
