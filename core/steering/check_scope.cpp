#include "core/steering/check_scope.h"

#include <algorithm>

#include "core/base/text.h"

namespace passerelle::steering {

void ScopeCheck::check(const model::Indicator& indicator, const ScopeDraft& places,
                       const model::Place& at, const std::string& otherwise,
                       std::map<std::string, std::string>* scope) {
  std::vector<std::string> grouping;
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
      check_member(dimension, places.values[i], scope);
    }
  }
  std::sort(grouping.begin(), grouping.end());
  const auto& published = indicator.publish;
  if (!is_known || published.empty() ||
      std::count(published.begin(), published.end(), grouping) > 0) {
    return;
  }
  findings_.error(at, code::kTarget,
                  in_quotes(indicator.id) + " is not published by [" + base::join(grouping, ", ") +
                      "]: " + otherwise,
                  "add this grouping to 'publish' of the indicator");
}

void ScopeCheck::check_period(const model::Indicator& indicator, const Placed& text) {
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

void ScopeCheck::check_member(const std::string& dimension, const Placed& value,
                              std::map<std::string, std::string>* scope) {
  const model::MemberResolver* members = members_.of(dimension);
  if (members == nullptr || model::is_no_member(value.text)) return;
  const model::Resolution found = members->resolve(value.text);
  if (found.found()) {
    (*scope)[dimension] = members->ids()[found.member];
    return;
  }
  const std::string near = members->nearest(value.text);
  findings_.error(
      value.at, code::kMember, in_quotes(value.text) + " is no member of " + in_quotes(dimension),
      near.empty() ? "write the id of one that exists" : "did you mean '" + near + "'?");
}

}  // namespace passerelle::steering
