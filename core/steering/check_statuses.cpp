// What indicators say of their status can be read, agrees with itself, and is about something.
#include <algorithm>

#include "core/base/text.h"
#include "core/language/status_bound.h"
#include "core/steering/draft.h"
#include "core/steering/expression_place.h"

namespace passerelle::steering {
namespace {

using language::StatusBound;

class StatusCheck {
 public:
  StatusCheck(const Draft& draft, std::size_t number, Findings* findings)
      : draft_(draft),
        indicator_(draft.model.indicators[number]),
        places_(draft.indicators[number]),
        findings_(*findings),
        what_("indicator " + in_quotes(indicator_.id)) {}

  void run() {
    check_targets();
    if (indicator_.green.empty() || indicator_.amber.empty()) {
      if (!places_.hysteresis.empty() && !has_target_) {
        findings_.error(places_.hysteresis.at, code::kIndicator,
                        "'hysteresis' of " + what_ + " has no effect: it has no status",
                        "add 'status', or a target of it");
      }
      return;
    }
    const auto green = read(indicator_.green, places_.green, "'green' of " + what_);
    const auto amber = read(indicator_.amber, places_.amber, "'amber' of " + what_);
    if (!green || !amber) return;
    check_direction(*green, places_.green, "'green'");
    check_direction(*amber, places_.amber, "'amber'");
    const bool asks = green->factor != 0 || amber->factor != 0;
    if (asks && !has_target_) {
      findings_.error(place_in(places_.green, 0), code::kIndicator,
                      "'status' of " + what_ + " compares with a target, and it has none",
                      "add a target of it, or compare with a number");
    }
    if (asks || green->at_most != amber->at_most) return;
    if (green->at_most ? amber->constant < green->constant : amber->constant > green->constant) {
      findings_.error(place_in(places_.amber, 0), code::kIndicator,
                      "'amber' of " + what_ + " asks for more than 'green': no value is amber",
                      "let green ask for more");
    }
  }

 private:
  void check_targets() {
    for (std::size_t i = 0; i < draft_.model.targets.size(); ++i) {
      if (draft_.model.targets[i].indicator != indicator_.id) continue;
      has_target_ = true;
      const Placed& amber = draft_.targets[i].amber;
      if (indicator_.green.empty() || amber.empty()) continue;
      findings_.error(amber.at, code::kTarget,
                      "'amber' of a target of " + what_ + ", whose 'status' says when it is amber",
                      "remove one of the two");
    }
  }

  std::optional<StatusBound> read(const std::string& text, const ExpressionSource& source,
                                  const std::string& what) {
    std::vector<language::Problem> problems;
    const auto bound = language::status_bound(text, &problems);
    report_problems(problems, source, 0, what, &findings_);
    return bound;
  }

  void check_direction(const StatusBound& bound, const ExpressionSource& source,
                       const std::string& colour) {
    const std::string better = bound.at_most ? "lower" : "higher";
    if (indicator_.better == better) return;
    findings_.error(place_in(source, 0), code::kIndicator,
                    colour + " of " + what_ + " holds for values that are " +
                        (bound.at_most ? "low" : "high") + ", and 'better' says " +
                        (indicator_.better.empty() ? "nothing" : in_quotes(indicator_.better)),
                    "write 'better: " + better + "', or turn the comparison round");
  }

  const Draft& draft_;
  const model::Indicator& indicator_;
  const IndicatorDraft& places_;
  Findings& findings_;
  const std::string what_;
  bool has_target_ = false;
};

}  // namespace

void check_statuses(const Draft& draft, Findings* findings) {
  for (std::size_t i = 0; i < draft.indicators.size(); ++i) StatusCheck(draft, i, findings).run();
}

}  // namespace passerelle::steering
