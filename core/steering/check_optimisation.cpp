// Actions of the optimisation plan are about one cell that is published, and those about one cell
// agree on what it was.
#include <algorithm>
#include <map>
#include <utility>

#include "core/steering/check_scope.h"

namespace passerelle::steering {
namespace {

void check_action(const model::Indicator& indicator, const OptActionDraft& places,
                  ScopeCheck* scopes, model::OptAction* action, Findings* findings) {
  scopes->check(indicator, places.scope, action->at, "nothing would ever be gained",
                &action->scope);
  if (!places.baseline_period.empty()) scopes->check_period(indicator, places.baseline_period);
  if (!action->scope.contains("period")) {
    findings->error(
        action->at, code::kMissing,
        "the scope of optimisation action " + in_quotes(action->id) + " has no period",
        "write the period whose value is compared with the baseline: {period: \"2026\"}");
  }
  if (indicator.better.empty()) {
    findings->error(action->at, code::kTarget,
                    in_quotes(indicator.id) + " does not say whether more or less of it is better",
                    "add 'better: lower' or 'better: higher' to the indicator");
  }
}

}  // namespace

void check_optimisation(Draft* draft, Findings* findings) {
  ScopeCheck scopes(*draft, findings);
  std::map<std::pair<std::string, std::map<std::string, std::string>>, const model::OptAction*>
      first;
  for (std::size_t i = 0; i < draft->optimisation.size(); ++i) {
    model::OptAction& action = draft->model.optimisation[i];
    const OptActionDraft& places = draft->optimisation[i];
    const auto indicator =
        std::find_if(draft->model.indicators.begin(), draft->model.indicators.end(),
                     [&](const model::Indicator& one) { return one.id == action.indicator; });
    if (indicator == draft->model.indicators.end()) continue;
    check_action(*indicator, places, &scopes, &action, findings);
    const auto [known, is_new] = first.emplace(std::pair(action.indicator, action.scope), &action);
    const model::OptAction& other = *known->second;
    if (is_new ||
        (action.baseline == other.baseline && action.baseline_period == other.baseline_period &&
         action.baseline_known_at == other.baseline_known_at)) {
      continue;
    }
    findings->error(places.baseline_at, code::kTarget,
                    "the baseline is not that of " + in_quotes(other.id) +
                        ", which is about the same cell: one gain would count twice",
                    "give both the same baseline");
  }
}

}  // namespace passerelle::steering
