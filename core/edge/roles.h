// Who may call what: every RPC of the hub has a rule here, or a test fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace passerelle::edge {

enum class Role : std::uint8_t { kReader, kIntegrator, kAdministrator, kAuditor };

struct Rule {
  std::string_view method;  // "/package.Service/Method"
  std::vector<Role> roles;
};

const std::vector<Rule>& rules();
// An RPC without a rule is nobody's.
bool may_call(Role role, std::string_view method);

}  // namespace passerelle::edge
