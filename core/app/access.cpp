#include "core/app/access.h"

#include <algorithm>

#include "core/base/calendar.h"
#include "core/edge/bearer.h"

namespace passerelle::app {
namespace {

constexpr std::size_t kGrantTextBytesMax = 4'096;

Status check_length(const std::string& author, const std::string& reason) {
  if (author.size() + reason.size() <= kGrantTextBytesMax) return absl::OkStatus();
  return base::invalid_argument("author and reason are at most " +
                                std::to_string(kGrantTextBytesMax) + " bytes");
}

StatusOr<model::Role> role_of(admin::v1::Role role) {
  switch (role) {
    case admin::v1::ROLE_READER:
      return model::Role::kReader;
    case admin::v1::ROLE_INTEGRATOR:
      return model::Role::kIntegrator;
    case admin::v1::ROLE_ADMINISTRATOR:
      return model::Role::kAdministrator;
    case admin::v1::ROLE_AUDITOR:
      return model::Role::kAuditor;
    default:
      return base::invalid_argument("a grant names a role");
  }
}

}  // namespace

admin::v1::Role to_proto(model::Role role) {
  switch (role) {
    case model::Role::kReader:
      return admin::v1::ROLE_READER;
    case model::Role::kIntegrator:
      return admin::v1::ROLE_INTEGRATOR;
    case model::Role::kAdministrator:
      return admin::v1::ROLE_ADMINISTRATOR;
    case model::Role::kAuditor:
      return admin::v1::ROLE_AUDITOR;
  }
  return admin::v1::ROLE_UNSPECIFIED;
}

StatusOr<admin::v1::GrantAccessResponse> grant_access(const admin::v1::GrantAccessRequest& request,
                                                      Authority& authority) {
  PAS_RETURN_IF_ERROR(check_length(request.author(), request.reason()));
  const admin::v1::Account& asked = request.account();
  model::AccessGranted granted;
  granted.account.id = asked.id();
  PAS_ASSIGN_OR_RETURN(granted.account.role, role_of(asked.role()));
  granted.account.units = {asked.units().begin(), asked.units().end()};
  granted.account.processes = {asked.processes().begin(), asked.processes().end()};
  if (!asked.until().empty()) {
    PAS_ASSIGN_OR_RETURN(granted.account.until, base::parse_date(asked.until()));
  }
  granted.author = request.author();
  granted.reason = request.reason();
  const auto access =
      authority.with_engine([](consolidation::Engine& engine) { return engine.access(); });
  const bool is_known = std::any_of(
      access->accounts.begin(), access->accounts.end(),
      [&](const flow::GrantedAccount& known) { return known.account.id == asked.id(); });
  admin::v1::GrantAccessResponse response;
  if (!is_known || request.new_token()) {
    response.set_token(edge::make_bearer_token());
    granted.account.digest = edge::digest_of(response.token());
  }
  PAS_ASSIGN_OR_RETURN(const model::Revision revision, authority.grant(std::move(granted)));
  response.set_revision(revision);
  return response;
}

StatusOr<admin::v1::RevokeAccessResponse> revoke_access(
    const admin::v1::RevokeAccessRequest& request, Authority& authority) {
  PAS_RETURN_IF_ERROR(check_length(request.author(), request.reason()));
  PAS_ASSIGN_OR_RETURN(const model::Revision revision,
                       authority.revoke({request.account(), request.author(), request.reason()}));
  admin::v1::RevokeAccessResponse response;
  response.set_revision(revision);
  return response;
}

StatusOr<admin::v1::ListAccessResponse> list_access(const admin::v1::ListAccessRequest& /*request*/,
                                                    Authority& authority) {
  const auto access =
      authority.with_engine([](consolidation::Engine& engine) { return engine.access(); });
  admin::v1::ListAccessResponse response;
  for (const flow::GrantedAccount& granted : access->accounts) {
    admin::v1::GrantedAccount& out = *response.add_accounts();
    admin::v1::Account& account = *out.mutable_account();
    account.set_id(granted.account.id);
    account.set_role(to_proto(granted.account.role));
    account.mutable_units()->Assign(granted.account.units.begin(), granted.account.units.end());
    account.mutable_processes()->Assign(granted.account.processes.begin(),
                                        granted.account.processes.end());
    if (granted.account.until) account.set_until(base::format_date(*granted.account.until));
    out.set_revision(granted.revision);
    out.set_at(granted.at);
    out.set_author(granted.author);
    out.set_reason(granted.reason);
    out.set_ended(granted.account.until && *granted.account.until < access->today);
  }
  return response;
}

}  // namespace passerelle::app
