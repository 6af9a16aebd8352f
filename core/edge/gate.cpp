#include "core/edge/gate.h"

#include "core/edge/bearer.h"
#include "core/edge/roles.h"
#include "core/publication/perimeter.h"

namespace passerelle::edge {
namespace {

std::string_view metadata_of(const grpc::ServerContextBase& context, const char* name) {
  const auto& all = context.client_metadata();
  const auto found = all.find(name);
  return found == all.end() ? std::string_view()
                            : std::string_view(found->second.data(), found->second.size());
}

}  // namespace

StatusOr<Caller> Gate::caller_of(std::string_view authorization) const {
  const std::string_view shown = token_in(authorization);
  if (!token_.empty() && same_secret(shown, token_)) return Caller();
  const auto access = rights_();
  const std::string digest = digest_of(shown);
  for (const flow::GrantedAccount& granted : access->accounts) {
    if (!same_secret(digest, granted.account.digest)) continue;
    if (publication::account_of(*access, granted.account.id) == nullptr) {
      return base::unauthenticated("the account " + granted.account.id + " ended on " +
                                   base::format_date(*granted.account.until) +
                                   "; ask an administrator of the hub");
    }
    return Caller{granted.account.role, granted.account.id};
  }
  return base::unauthenticated(
      "this door asks for a bearer token, of an account or of the hub's token file, as "
      "\"authorization: Bearer TOKEN\"");
}

Status Gate::check_method(const Caller& caller, std::string_view method) const {
  if (!may_call(caller.role, method)) {
    return base::permission_denied("the role " + std::string(model::to_string(caller.role)) +
                                   " may not call " + std::string(method));
  }
  if (caller.account.empty() || heeds_perimeter(method)) return {};
  const auto access = rights_();
  const flow::GrantedAccount* granted = publication::account_of(*access, caller.account);
  if (granted != nullptr && granted->account.sees_all()) return {};
  return base::permission_denied(std::string(method) + " is for accounts that see everything; " +
                                 caller.account + " has a perimeter");
}

StatusOr<Caller> Gate::admit(const grpc::ServerContextBase& context,
                             std::string_view method) const {
  Caller caller;
  // The socket's file mode lets only this user in, who administers the hub. So does the token,
  // which only this user can read.
  if (!context.peer().starts_with("unix:")) {
    PAS_ASSIGN_OR_RETURN(caller, caller_of(metadata_of(context, "authorization")));
  }
  PAS_RETURN_IF_ERROR(check_method(caller, method));
  const std::string_view authority = metadata_of(context, "passerelle-authority");
  if (!authority.empty() && authority != authority_) {
    return base::not_found("this hub serves the authority " + authority_ + ", not " +
                           std::string(authority));
  }
  if (!ready_) return base::unavailable("the hub is starting; try again");
  return caller;
}

}  // namespace passerelle::edge
