// What the administration door asks of the hub; app implements it. Called on gRPC's threads, which
// must not wait: do the work elsewhere and call `done` exactly once, from any thread.
#pragma once

#include <functional>
#include <string>

#include "core/base/status.h"
#include "passerelle/admin/v1/admin.pb.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

class AdminBackend {
 public:
  template <typename Response>
  using Done = std::function<void(StatusOr<Response>)>;

  virtual ~AdminBackend() = default;

  virtual void overview(Done<admin::v1::OverviewResponse> done) = 0;
  virtual void list_connectors(Done<admin::v1::ListConnectorsResponse> done) = 0;
  // NOT_FOUND names the connectors there are.
  virtual void enable_connector(std::string id, Done<admin::v1::EnableConnectorResponse> done) = 0;
  virtual void disable_connector(std::string id,
                                 Done<admin::v1::DisableConnectorResponse> done) = 0;
  virtual void run_connector(std::string id, Done<admin::v1::RunConnectorResponse> done) = 0;
  virtual void restart_connector(std::string id,
                                 Done<admin::v1::RestartConnectorResponse> done) = 0;
  // INVALID_ARGUMENT carries all problems, one a line.
  virtual void apply_model(admin::v1::ApplyModelRequest request,
                           Done<admin::v1::ApplyModelResponse> done) = 0;
  // NOT_FOUND for what is not published, and where there is no value.
  virtual void explain(hub::v1::ExplainRequest request, Done<hub::v1::ExplainResponse> done) = 0;
  // RESOURCE_EXHAUSTED while others wait; DEADLINE_EXCEEDED past kPastFoldTimeMax.
  virtual void diff(hub::v1::DiffRequest request, Done<hub::v1::DiffResponse> done) = 0;
  virtual void model_history(Done<admin::v1::ModelHistoryResponse> done) = 0;
  // NOT_FOUND names no model of the history.
  virtual void rollback_model(std::string which, Done<admin::v1::RollbackModelResponse> done) = 0;
  virtual void list_quarantine(admin::v1::ListQuarantineRequest request,
                               Done<admin::v1::ListQuarantineResponse> done) = 0;
  virtual void get_quarantined(std::uint64_t number,
                               Done<admin::v1::GetQuarantinedResponse> done) = 0;
  // Closings and alerts; the errors are those of consolidation::Engine::check.
  virtual void close(admin::v1::CloseRequest request, Done<admin::v1::CloseResponse> done) = 0;
  virtual void reopen(admin::v1::ReopenRequest request, Done<admin::v1::ReopenResponse> done) = 0;
  virtual void list_closings(admin::v1::ListClosingsRequest request,
                             Done<admin::v1::ListClosingsResponse> done) = 0;
  // Errors as those of diff, and NOT_FOUND for a cell that is not closed.
  virtual void get_restatement(admin::v1::GetRestatementRequest request,
                               Done<admin::v1::GetRestatementResponse> done) = 0;
  // As the account sees them; empty: all.
  virtual void list_alerts(admin::v1::ListAlertsRequest request, const std::string& account,
                           Done<admin::v1::ListAlertsResponse> done) = 0;
  virtual void acknowledge_alert(admin::v1::AcknowledgeAlertRequest request,
                                 Done<admin::v1::AcknowledgeAlertResponse> done) = 0;
  // Rights; NOT_FOUND names what is like the unit, process or account asked for.
  virtual void grant_access(admin::v1::GrantAccessRequest request,
                            Done<admin::v1::GrantAccessResponse> done) = 0;
  virtual void revoke_access(admin::v1::RevokeAccessRequest request,
                             Done<admin::v1::RevokeAccessResponse> done) = 0;
  virtual void list_access(admin::v1::ListAccessRequest request,
                           Done<admin::v1::ListAccessResponse> done) = 0;
};

}  // namespace passerelle::edge
