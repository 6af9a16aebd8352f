#include "core/model/access.h"

#include <array>
#include <utility>

namespace passerelle::model {
namespace {

struct RoleName {
  Role role;
  std::string_view en;
  std::string_view fr;
  std::string_view plain;  // French without accents, as a keyboard may have it
};
constexpr std::array<RoleName, 4> kRoleNames{
    {{Role::kReader, "reader", "lecteur", "lecteur"},
     {Role::kIntegrator, "integrator", "intégrateur", "integrateur"},
     {Role::kAdministrator, "administrator", "administrateur", "administrateur"},
     {Role::kAuditor, "auditor", "auditeur", "auditeur"}}};

}  // namespace

std::string_view to_string(Role role) {
  for (const RoleName& name : kRoleNames) {
    if (name.role == role) return name.en;
  }
  return "";
}

StatusOr<Role> parse_role(std::string_view text) {
  for (const RoleName& name : kRoleNames) {
    if (text == name.en || text == name.fr || text == name.plain) return name.role;
  }
  return base::invalid_argument(
      "\"" + std::string(text) +
      "\" is no role; there are reader (lecteur), integrator (intégrateur), administrator "
      "(administrateur) and auditor (auditeur)");
}

}  // namespace passerelle::model
