#include "core/edge/gate.h"

#include <sodium.h>

#include "core/edge/roles.h"

namespace passerelle::edge {
namespace {

constexpr std::string_view kBearer = "Bearer ";

std::string_view metadata_of(const grpc::ServerContextBase& context, const char* name) {
  const auto& all = context.client_metadata();
  const auto found = all.find(name);
  return found == all.end() ? std::string_view()
                            : std::string_view(found->second.data(), found->second.size());
}

// Takes the same time wherever two texts of one length differ.
bool same_secret(std::string_view shown, std::string_view secret) {
  return shown.size() == secret.size() &&
         sodium_memcmp(shown.data(), secret.data(), secret.size()) == 0;
}

}  // namespace

Status Gate::admit(const grpc::ServerContextBase& context, std::string_view method) const {
  // The socket's file mode lets only this user in, who administers the hub. So does the token,
  // which only this user can read.
  if (!context.peer().starts_with("unix:")) {
    const std::string_view shown = metadata_of(context, "authorization");
    if (token_.empty() || !shown.starts_with(kBearer) ||
        !same_secret(shown.substr(kBearer.size()), token_)) {
      return base::unauthenticated(
          "this door asks for the bearer token of the hub's token file, in the metadata "
          "\"authorization: Bearer TOKEN\"");
    }
  }
  if (!may_call(Role::kAdministrator, method)) {
    return base::permission_denied("an administrator may not call " + std::string(method));
  }
  const std::string_view authority = metadata_of(context, "passerelle-authority");
  if (!authority.empty() && authority != authority_) {
    return base::not_found("this hub serves the authority " + authority_ + ", not " +
                           std::string(authority));
  }
  if (!ready_) return base::unavailable("the hub is starting; try again");
  return {};
}

}  // namespace passerelle::edge
