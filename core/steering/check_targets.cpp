// Targets fit their indicators.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/model/resolve.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using Grouping = std::vector<std::string>;

class TargetCheck {
 public:
  TargetCheck(Draft* draft, Findings* findings)
      : draft_(*draft), findings_(*findings), members_(draft->model) {}

  void run() {
    std::map<std::string, model::Place> seen;
    for (std::size_t i = 0; i < draft_.targets.size(); ++i) {
      model::Target& target = draft_.model.targets[i];
      const auto indicator =
          std::find_if(draft_.model.indicators.begin(), draft_.model.indicators.end(),
                       [&](const model::Indicator& one) { return one.id == target.indicator; });
      if (indicator != draft_.model.indicators.end()) check(*indicator, target, draft_.targets[i]);
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
  void check(const model::Indicator& indicator, model::Target& target, const TargetDraft& places) {
    Grouping grouping;
    bool is_known = true;
    for (std::size_t i = 0; i < places.dimensions.size(); ++i) {
      const std::string& dimension = places.dimensions[i].text;
      if (dimension == "period") {
        check_period(indicator, places.values[i]);
        continue;
      }
      grouping.push_back(dimension);
      if (std::count(indicator.by.begin(), indicator.by.end(), dimension) == 0) {
        is_known = false;
        findings_.error(places.dimensions[i].at, code::kTarget,
                        in_quotes(indicator.id) + " is not broken down by " + in_quotes(dimension),
                        suggestion(dimension, indicator.by, "add it to 'by' of the indicator"));
      } else {
        check_member(dimension, places.values[i], &target);
      }
    }
    check_waiting(target, places);
    std::sort(grouping.begin(), grouping.end());
    const auto& published = indicator.publish;
    if (!is_known || published.empty() ||
        std::count(published.begin(), published.end(), grouping) > 0) {
      return;
    }
    findings_.error(target.at, code::kTarget,
                    in_quotes(indicator.id) + " is not published by [" +
                        base::join(grouping, ", ") + "]: the target would never be met",
                    "add this grouping to 'publish' of the indicator");
  }

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

  void check_period(const model::Indicator& indicator, const Placed& text) {
    const auto period = base::Period::parse(text.text);
    if (!period.ok()) {
      findings_.error(text.at, code::kFormat, in_quotes(text.text) + " is no period",
                      "write \"2026\", \"2026-Q4\", \"2026-11\" or \"2026-11-23\"");
      return;
    }
    const auto& grains = indicator.grains;
    if (std::count(grains.begin(), grains.end(), period->grain()) > 0) return;
    findings_.error(text.at, code::kTarget,
                    in_quotes(indicator.id) + " is not published by " +
                        std::string(base::to_string(period->grain())),
                    "add this grain to 'grains' of the indicator, or write another period");
  }

  // The scope keeps the member's id, whatever name the file gave it.
  void check_member(const std::string& dimension, const Placed& value, model::Target* target) {
    const model::MemberResolver* members = members_.of(dimension);
    if (members == nullptr || model::is_no_member(value.text)) return;
    const model::Resolution found = members->resolve(value.text);
    if (found.found()) {
      target->scope[dimension] = members->ids()[found.member];
      return;
    }
    const std::string near = members->nearest(value.text);
    findings_.error(
        value.at, code::kMember, in_quotes(value.text) + " is no member of " + in_quotes(dimension),
        near.empty() ? "write the id of one that exists" : "did you mean '" + near + "'?");
  }

  Draft& draft_;
  Findings& findings_;
  model::DimensionMembers members_;
};

}  // namespace

void check_targets(Draft* draft, Findings* findings) { TargetCheck(draft, findings).run(); }

}  // namespace passerelle::steering
