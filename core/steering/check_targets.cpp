// Targets fit their indicators.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/steering/check_scope.h"

namespace passerelle::steering {
namespace {

class TargetCheck {
 public:
  TargetCheck(Draft* draft, Findings* findings)
      : draft_(*draft), findings_(*findings), scopes_(*draft, findings) {}

  void run() {
    std::map<std::string, model::Place> seen;
    for (std::size_t i = 0; i < draft_.targets.size(); ++i) {
      model::Target& target = draft_.model.targets[i];
      const auto indicator =
          std::find_if(draft_.model.indicators.begin(), draft_.model.indicators.end(),
                       [&](const model::Indicator& one) { return one.id == target.indicator; });
      if (indicator != draft_.model.indicators.end()) {
        scopes_.check(*indicator, draft_.targets[i].scope, target.at,
                      "the target would never be met", &target.scope);
        check_waiting(target, draft_.targets[i]);
      }
      std::string key = target.indicator;
      for (const auto& [dimension, value] : target.scope) {
        key += '|' + dimension + '=' + base::percent_encoded(value);
      }
      const auto [first, is_new] = seen.emplace(std::move(key), target.at);
      if (!is_new) {
        findings_.error(target.at, code::kDuplicate,
                        "there is a target of this scope already, at " + first->second.file + ':' +
                            std::to_string(first->second.line),
                        "remove one of the two");
      }
    }
  }

 private:
  // A trajectory and a status that waits are about a series of periods.
  void check_waiting(const model::Target& target, const TargetDraft& places) {
    if (target.scope.count("period") == 0) return;
    const auto refuse = [&](const Placed& key) {
      if (key.empty()) return;
      findings_.error(key.at, code::kTarget,
                      in_quotes(key.text) + " of a target of one period: it has no other one",
                      "remove it, or remove 'period' from the scope");
    };
    refuse(places.linear);
    refuse(places.hysteresis);
  }

  Draft& draft_;
  Findings& findings_;
  ScopeCheck scopes_;
};

}  // namespace

void check_targets(Draft* draft, Findings* findings) { TargetCheck(draft, findings).run(); }

}  // namespace passerelle::steering
