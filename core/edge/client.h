// A small client of the hub for the command line and tests. Blocking calls; one thread at a time,
// except stop().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "passerelle/admin/v1/admin.pb.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

class Client {
 public:
  struct Settings {
    std::string address;                        // a Unix socket's path (with a '/'), or host:port
    std::string token;                          // bearer token, for host:port
    std::string authority;                      // empty: the hub's only one
    std::chrono::milliseconds timeout{30'000};  // of a unary call
    // Applying a model folds the whole history again and may take longer.
    std::chrono::milliseconds apply_timeout{600'000};
  };

  // Does not connect yet; an unreachable hub is UNAVAILABLE at the first call, with the address.
  static StatusOr<std::unique_ptr<Client>> connect(Settings settings);
  ~Client();

  StatusOr<hub::v1::GetResponse> get(const hub::v1::GetRequest& request);
  StatusOr<hub::v1::GetOptimisationResponse> optimisation(
      const hub::v1::GetOptimisationRequest& request);
  StatusOr<hub::v1::DescribeResponse> describe(const std::vector<std::string>& indicators);
  StatusOr<hub::v1::ExplainResponse> explain(const hub::v1::ExplainRequest& request);
  StatusOr<hub::v1::DiffResponse> diff(const hub::v1::DiffRequest& request);

  // One target's events in order, until `on_event` returns false (OK), stop() (CANCELLED) or a
  // permanent error. Checks count and hash at each Progress: on a difference it asks again without
  // a token (the hub then sends a snapshot). When the connection breaks it tries again with the
  // last token, until `give_up` without a connection (UNAVAILABLE).
  struct WatchSettings {
    hub::v1::Target target;
    std::chrono::milliseconds give_up{60'000};
  };
  using OnEvent = std::function<bool(const hub::v1::SubscribeResponse&)>;
  Status watch(const WatchSettings& settings, const OnEvent& on_event);
  // Ends a running watch. Any thread; safe in a signal-handling thread, not in a signal handler.
  void stop();
  // Re-subscriptions because of a wrong hash, since connect.
  std::uint64_t divergences() const;

  StatusOr<admin::v1::OverviewResponse> overview();
  StatusOr<admin::v1::ListConnectorsResponse> list_connectors();
  StatusOr<admin::v1::EnableConnectorResponse> enable_connector(const std::string& id);
  StatusOr<admin::v1::DisableConnectorResponse> disable_connector(const std::string& id);
  StatusOr<admin::v1::RunConnectorResponse> run_connector(const std::string& id);
  StatusOr<admin::v1::RestartConnectorResponse> restart_connector(const std::string& id);
  StatusOr<admin::v1::ApplyModelResponse> apply_model(const admin::v1::ApplyModelRequest& request);
  StatusOr<admin::v1::ModelHistoryResponse> model_history();
  StatusOr<admin::v1::RollbackModelResponse> rollback_model(const std::string& which);
  StatusOr<admin::v1::ListQuarantineResponse> list_quarantine(
      const admin::v1::ListQuarantineRequest& request);
  StatusOr<admin::v1::GetQuarantinedResponse> get_quarantined(std::uint64_t number);
  StatusOr<admin::v1::CloseResponse> close(const admin::v1::CloseRequest& request);
  StatusOr<admin::v1::ReopenResponse> reopen(const admin::v1::ReopenRequest& request);
  StatusOr<admin::v1::ListClosingsResponse> list_closings(
      const admin::v1::ListClosingsRequest& request);
  StatusOr<admin::v1::GetRestatementResponse> get_restatement(
      const admin::v1::GetRestatementRequest& request);
  StatusOr<admin::v1::ListAlertsResponse> list_alerts(const admin::v1::ListAlertsRequest& request);
  StatusOr<admin::v1::AcknowledgeAlertResponse> acknowledge_alert(
      const admin::v1::AcknowledgeAlertRequest& request);
  StatusOr<admin::v1::GrantAccessResponse> grant_access(
      const admin::v1::GrantAccessRequest& request);
  StatusOr<admin::v1::RevokeAccessResponse> revoke_access(
      const admin::v1::RevokeAccessRequest& request);
  StatusOr<admin::v1::ListAccessResponse> list_access(const admin::v1::ListAccessRequest& request);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::edge
