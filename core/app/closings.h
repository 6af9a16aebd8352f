// Closings and alerts as the administration door and the command line ask for them; of an authority
// that is open, served or not.
#pragma once

#include "core/app/authority.h"
#include "core/app/past_fold.h"
#include "core/base/status.h"
#include "passerelle/admin/v1/admin.pb.h"

namespace passerelle::app {

// A closed cell, its live value and their difference.
void fill_pending(const consolidation::ClosedCell& from, admin::v1::PendingCell* to);

// None of these from a strand of the authority: they wait for it.
StatusOr<admin::v1::CloseResponse> close(const admin::v1::CloseRequest& request,
                                         Authority& authority);
StatusOr<admin::v1::ReopenResponse> reopen(const admin::v1::ReopenRequest& request,
                                           Authority& authority);
StatusOr<admin::v1::ListClosingsResponse> list_closings(
    const admin::v1::ListClosingsRequest& request, Authority& authority);
// Folds the journal up to the closing beside the state: it takes as long as that replay.
// RESOURCE_EXHAUSTED where too many facts are behind the cell.
StatusOr<admin::v1::GetRestatementResponse> get_restatement(
    const admin::v1::GetRestatementRequest& request, Authority& authority,
    const FoldProgress& progress);
StatusOr<admin::v1::ListAlertsResponse> list_alerts(const admin::v1::ListAlertsRequest& request,
                                                    Authority& authority);
// As the account sees them.
StatusOr<admin::v1::ListAlertsResponse> list_alerts(const admin::v1::ListAlertsRequest& request,
                                                    const std::string& account,
                                                    Authority& authority);
StatusOr<admin::v1::AcknowledgeAlertResponse> acknowledge_alert(
    const admin::v1::AcknowledgeAlertRequest& request, Authority& authority);

}  // namespace passerelle::app
