// Whether what is about some cells of an indicator names cells that it publishes. Internal to
// steering.
#pragma once

#include <map>
#include <string>

#include "core/model/resolve.h"
#include "core/steering/draft.h"

namespace passerelle::steering {

class ScopeCheck {
 public:
  ScopeCheck(const Draft& draft, Findings* findings)
      : members_(draft.model), findings_(*findings) {}

  // `scope` keeps the members' ids, whatever names the file gave them. `at`: of the whole.
  // `otherwise`: what a scope that no cell has would come to: "the target would never be met".
  void check(const model::Indicator& indicator, const ScopeDraft& places, const model::Place& at,
             const std::string& otherwise, std::map<std::string, std::string>* scope);
  // One of the indicator's published periods.
  void check_period(const model::Indicator& indicator, const Placed& text);

 private:
  void check_member(const std::string& dimension, const Placed& value,
                    std::map<std::string, std::string>* scope);

  model::DimensionMembers members_;
  Findings& findings_;
};

}  // namespace passerelle::steering
