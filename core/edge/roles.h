// Who may call what: every RPC of the hub has a rule here, or a test fails.
#pragma once

#include <string_view>
#include <vector>

#include "core/model/access.h"

namespace passerelle::edge {

using model::Role;

struct Rule {
  std::string_view method;  // "/package.Service/Method"
  std::vector<Role> roles;
  // It shows a caller the perimeter of his account only. Without it only accounts that see
  // everything may call.
  bool heeds_perimeter = false;
};

const std::vector<Rule>& rules();
// An RPC without a rule is nobody's.
bool may_call(Role role, std::string_view method);
bool heeds_perimeter(std::string_view method);

}  // namespace passerelle::edge
