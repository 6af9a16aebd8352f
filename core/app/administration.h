// What the administration door asks, answered by the running hub. Work that waits for a commit is
// done on the chores strand, so that gRPC's threads never wait.
#pragma once

#include <atomic>
#include <string>

#include "core/app/strand.h"
#include "core/edge/admin_backend.h"
#include "core/journal/read_only.h"

namespace passerelle::app {

class Hub;

// As the admin door answers it.
admin::v1::ModelHistoryResponse history_of(const std::vector<journal::StoredModel>& models);

class Administration final : public edge::AdminBackend {
 public:
  // All must outlive it. `past`: folds the journal anew, for minutes perhaps.
  Administration(Hub& hub, Strand& chores, Strand& past)
      : hub_(hub), chores_(chores), past_(past) {}
  // What folds the journal anew ends soon, with CANCELLED. Any thread.
  void stop() { stopping_ = true; }

  void overview(Done<admin::v1::OverviewResponse> done) override;
  void list_connectors(Done<admin::v1::ListConnectorsResponse> done) override;
  void enable_connector(std::string id, Done<admin::v1::EnableConnectorResponse> done) override;
  void disable_connector(std::string id, Done<admin::v1::DisableConnectorResponse> done) override;
  void run_connector(std::string id, Done<admin::v1::RunConnectorResponse> done) override;
  void restart_connector(std::string id, Done<admin::v1::RestartConnectorResponse> done) override;
  void apply_model(admin::v1::ApplyModelRequest request,
                   Done<admin::v1::ApplyModelResponse> done) override;
  void explain(hub::v1::ExplainRequest request, Done<hub::v1::ExplainResponse> done) override;
  void diff(hub::v1::DiffRequest request, Done<hub::v1::DiffResponse> done) override;
  void model_history(Done<admin::v1::ModelHistoryResponse> done) override;
  void rollback_model(std::string which, Done<admin::v1::RollbackModelResponse> done) override;
  void list_quarantine(admin::v1::ListQuarantineRequest request,
                       Done<admin::v1::ListQuarantineResponse> done) override;
  void get_quarantined(std::uint64_t number, Done<admin::v1::GetQuarantinedResponse> done) override;
  void close(admin::v1::CloseRequest request, Done<admin::v1::CloseResponse> done) override;
  void reopen(admin::v1::ReopenRequest request, Done<admin::v1::ReopenResponse> done) override;
  void list_closings(admin::v1::ListClosingsRequest request,
                     Done<admin::v1::ListClosingsResponse> done) override;
  void get_restatement(admin::v1::GetRestatementRequest request,
                       Done<admin::v1::GetRestatementResponse> done) override;
  void list_alerts(admin::v1::ListAlertsRequest request, const std::string& account,
                   Done<admin::v1::ListAlertsResponse> done) override;
  void acknowledge_alert(admin::v1::AcknowledgeAlertRequest request,
                         Done<admin::v1::AcknowledgeAlertResponse> done) override;
  void grant_access(admin::v1::GrantAccessRequest request,
                    Done<admin::v1::GrantAccessResponse> done) override;
  void revoke_access(admin::v1::RevokeAccessRequest request,
                     Done<admin::v1::RevokeAccessResponse> done) override;
  void list_access(admin::v1::ListAccessRequest request,
                   Done<admin::v1::ListAccessResponse> done) override;

 private:
  StatusOr<admin::v1::Connector> switch_connector(const std::string& id, bool enabled);
  StatusOr<admin::v1::Connector> connector(const std::string& id);

  // Folds the journal anew on its own strand, for so long and so many at once at most.
  template <typename Response, typename Work>
  void fold_past(Done<Response> done, Work work);

  Hub& hub_;
  Strand& chores_;
  Strand& past_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> folds_{0};  // of the past, that wait or run
};

}  // namespace passerelle::app
