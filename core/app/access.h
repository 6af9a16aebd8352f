// Accounts as the administration door and the command line ask for them; of an authority that is
// open, served or not.
#pragma once

#include "core/app/authority.h"
#include "core/base/status.h"
#include "passerelle/admin/v1/admin.pb.h"

namespace passerelle::app {

admin::v1::Role to_proto(model::Role role);

// None of these from a strand of the authority: they wait for it.
StatusOr<admin::v1::GrantAccessResponse> grant_access(const admin::v1::GrantAccessRequest& request,
                                                      Authority& authority);
StatusOr<admin::v1::RevokeAccessResponse> revoke_access(
    const admin::v1::RevokeAccessRequest& request, Authority& authority);
StatusOr<admin::v1::ListAccessResponse> list_access(const admin::v1::ListAccessRequest& request,
                                                    Authority& authority);

}  // namespace passerelle::app
