#include "core/edge/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/base/limits.h"
#include "core/edge/mirror.h"
#include "core/edge/status.h"
#include "passerelle/admin/v1/admin.grpc.pb.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::edge {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRetryFirst{100};
constexpr std::chrono::milliseconds kRetryMax{2'000};
// How long a busy machine may take to make a connection.
constexpr std::chrono::milliseconds kConnectMax{10'000};
// A hub whose snapshots do not have the hash it says is broken; asking again would not end.
constexpr int kDivergencesInARowMax = 3;

bool is_socket(const std::string& address) { return address.find('/') != std::string::npos; }

}  // namespace

struct Client::Impl {
  Settings settings;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<hub::v1::IndicatorService::Stub> indicators;
  std::unique_ptr<admin::v1::AdminService::Stub> admin;
  std::atomic<std::uint64_t> divergences{0};
  std::mutex mutex;
  std::condition_variable stopping;
  bool stopped = false;                    // under mutex
  grpc::ClientContext* running = nullptr;  // of a watch; under mutex

  void prepare(grpc::ClientContext* context) const;
  // The result of a call, with the address where it failed to arrive.
  Status checked(const grpc::Status& status) const;
  template <typename Response, typename Call>
  StatusOr<Response> call(std::chrono::milliseconds timeout, const Call& made) const {
    grpc::ClientContext context;
    prepare(&context);
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    Response response;
    PAS_RETURN_IF_ERROR(checked(made(&context, &response)));
    return response;
  }
  template <typename Request, typename Response>
  StatusOr<Response> ask(grpc::Status (admin::v1::AdminService::StubInterface::*rpc)(
                             grpc::ClientContext*, const Request&, Response*),
                         const Request& request, std::chrono::milliseconds timeout) const {
    return call<Response>(timeout, [&](grpc::ClientContext* context, Response* response) {
      return (*admin.*rpc)(context, request, response);
    });
  }
  Status watch_once(const hub::v1::Target& target, Mirror* mirror, const OnEvent& on_event,
                    bool* connected, bool* enough);
  Status read_events(const hub::v1::Target& target, grpc::ClientContext* context, Mirror* mirror,
                     const OnEvent& on_event, bool* connected, bool* enough);
  // False: stopped.
  bool wait(std::chrono::milliseconds time);
};

void Client::Impl::prepare(grpc::ClientContext* context) const {
  if (!settings.token.empty()) context->AddMetadata("authorization", "Bearer " + settings.token);
  if (!settings.authority.empty()) {
    context->AddMetadata("passerelle-authority", settings.authority);
  }
}

Status Client::Impl::checked(const grpc::Status& status) const {
  const Status ours = from_grpc(status);
  if (absl::IsUnavailable(ours)) {
    return base::annotate(ours, "no answer from the hub at " + settings.address);
  }
  return ours;
}

bool Client::Impl::wait(std::chrono::milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex);
  return !stopping.wait_for(lock, time, [this] { return stopped; });
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

StatusOr<std::unique_ptr<Client>> Client::connect(Settings settings) {
  const std::string& address = settings.address;
  if (address.empty()) {
    return base::invalid_argument("the hub's address is missing; give its socket or host:port");
  }
  if (!is_socket(address) && address.find(':') == std::string::npos) {
    return base::invalid_argument("\"" + address +
                                  "\" is neither a socket's path (with a /) nor host:port");
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(base::kAnswerBytesMax));
  arguments.SetMaxSendMessageSize(static_cast<int>(base::kRequestBytesMax));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, static_cast<int>(kRetryFirst.count()));
  // Whatever its name: gRPC gives an attempt up after this time, and waits no longer for the next.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(kConnectMax.count()));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, static_cast<int>(kRetryMax.count()));
  auto impl = std::make_unique<Impl>();
  // A socket has no host; without a name of its own gRPC would send the path as one.
  if (is_socket(address)) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  impl->channel = grpc::CreateCustomChannel(is_socket(address) ? "unix:" + address : address,
                                            grpc::InsecureChannelCredentials(), arguments);
  impl->indicators = hub::v1::IndicatorService::NewStub(impl->channel);
  impl->admin = admin::v1::AdminService::NewStub(impl->channel);
  impl->settings = std::move(settings);
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

StatusOr<hub::v1::GetResponse> Client::get(const hub::v1::GetRequest& request) {
  return impl_->call<hub::v1::GetResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, hub::v1::GetResponse* response) {
        return impl_->indicators->Get(context, request, response);
      });
}

StatusOr<hub::v1::ExplainResponse> Client::explain(const hub::v1::ExplainRequest& request) {
  return impl_->call<hub::v1::ExplainResponse>(
      impl_->settings.timeout,
      [&](grpc::ClientContext* context, hub::v1::ExplainResponse* response) {
        return impl_->indicators->Explain(context, request, response);
      });
}

StatusOr<hub::v1::DiffResponse> Client::diff(const hub::v1::DiffRequest& request) {
  return impl_->call<hub::v1::DiffResponse>(
      impl_->settings.apply_timeout,
      [&](grpc::ClientContext* context, hub::v1::DiffResponse* response) {
        return impl_->indicators->Diff(context, request, response);
      });
}

StatusOr<hub::v1::GetOptimisationResponse> Client::optimisation(
    const hub::v1::GetOptimisationRequest& request) {
  return impl_->call<hub::v1::GetOptimisationResponse>(
      impl_->settings.timeout,
      [&](grpc::ClientContext* context, hub::v1::GetOptimisationResponse* response) {
        return impl_->indicators->GetOptimisation(context, request, response);
      });
}

StatusOr<hub::v1::DescribeResponse> Client::describe(const std::vector<std::string>& indicators) {
  hub::v1::DescribeRequest request;
  request.mutable_indicators()->Assign(indicators.begin(), indicators.end());
  return impl_->call<hub::v1::DescribeResponse>(
      impl_->settings.timeout,
      [&](grpc::ClientContext* context, hub::v1::DescribeResponse* response) {
        return impl_->indicators->Describe(context, request, response);
      });
}

// Reads one stream until it ends. `enough`: the caller wants no more.
Status Client::Impl::read_events(const hub::v1::Target& target, grpc::ClientContext* context,
                                 Mirror* mirror, const OnEvent& on_event, bool* connected,
                                 bool* enough) {
  const auto stream = indicators->Subscribe(context);
  hub::v1::SubscribeRequest request;
  *request.mutable_add() = target;
  request.mutable_add()->set_resume_token(mirror->token());
  stream->Write(request);
  hub::v1::SubscribeResponse response;
  bool diverged = false;
  while (stream->Read(&response)) {
    *connected = true;
    if (!mirror->apply(response)) {
      diverged = true;
      break;
    }
    if (!on_event(response)) {
      *enough = true;
      break;
    }
  }
  if (diverged || *enough) context->TryCancel();
  const grpc::Status status = stream->Finish();
  if (*enough) return {};
  if (diverged) {
    ++divergences;
    if (mirror->forget() > kDivergencesInARowMax) {
      return base::data_loss("the hub's cells do not have the hash it says, after " +
                             std::to_string(kDivergencesInARowMax) + " snapshots");
    }
    return base::unavailable("the cells received differ from the hub's; asking again");
  }
  // A hub that stops politely ends the stream without an error.
  return status.ok() ? base::unavailable("the hub ended the stream") : checked(status);
}

Status Client::Impl::watch_once(const hub::v1::Target& target, Mirror* mirror,
                                const OnEvent& on_event, bool* connected, bool* enough) {
  grpc::ClientContext context;
  prepare(&context);
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (stopped) return base::cancelled("stopped");
    running = &context;
  }
  Status status = read_events(target, &context, mirror, on_event, connected, enough);
  const std::lock_guard<std::mutex> lock(mutex);
  running = nullptr;
  if (stopped && !*enough) return base::cancelled("stopped");
  return status;
}

Status Client::watch(const WatchSettings& settings, const OnEvent& on_event) {
  Mirror mirror;
  mirror.set_token(settings.target.resume_token());
  Clock::time_point last_contact = Clock::now();
  std::chrono::milliseconds pause = kRetryFirst;
  for (;;) {
    bool connected = false;
    bool enough = false;
    const Status status =
        impl_->watch_once(settings.target, &mirror, on_event, &connected, &enough);
    if (enough || status.ok() || !base::is_transient(status)) return status;
    if (connected) {
      last_contact = Clock::now();
      pause = kRetryFirst;
    }
    if (Clock::now() - last_contact + pause > settings.give_up) return status;
    if (!impl_->wait(pause)) return base::cancelled("stopped");
    pause = std::min(pause * 2, kRetryMax);
  }
}

void Client::stop() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->stopped = true;
  if (impl_->running != nullptr) impl_->running->TryCancel();
  impl_->stopping.notify_all();
}

std::uint64_t Client::divergences() const { return impl_->divergences; }

StatusOr<admin::v1::OverviewResponse> Client::overview() {
  return impl_->call<admin::v1::OverviewResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->Overview(context, admin::v1::OverviewRequest(), response);
      });
}

StatusOr<admin::v1::ListConnectorsResponse> Client::list_connectors() {
  return impl_->call<admin::v1::ListConnectorsResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->ListConnectors(context, admin::v1::ListConnectorsRequest(), response);
      });
}

StatusOr<admin::v1::EnableConnectorResponse> Client::enable_connector(const std::string& id) {
  admin::v1::EnableConnectorRequest request;
  request.set_id(id);
  return impl_->call<admin::v1::EnableConnectorResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->EnableConnector(context, request, response);
      });
}

StatusOr<admin::v1::DisableConnectorResponse> Client::disable_connector(const std::string& id) {
  admin::v1::DisableConnectorRequest request;
  request.set_id(id);
  return impl_->call<admin::v1::DisableConnectorResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->DisableConnector(context, request, response);
      });
}

StatusOr<admin::v1::RunConnectorResponse> Client::run_connector(const std::string& id) {
  admin::v1::RunConnectorRequest request;
  request.set_id(id);
  return impl_->call<admin::v1::RunConnectorResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->RunConnector(context, request, response);
      });
}

StatusOr<admin::v1::RestartConnectorResponse> Client::restart_connector(const std::string& id) {
  admin::v1::RestartConnectorRequest request;
  request.set_id(id);
  return impl_->call<admin::v1::RestartConnectorResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->RestartConnector(context, request, response);
      });
}

StatusOr<admin::v1::ApplyModelResponse> Client::apply_model(
    const admin::v1::ApplyModelRequest& request) {
  return impl_->call<admin::v1::ApplyModelResponse>(
      impl_->settings.apply_timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->ApplyModel(context, request, response);
      });
}

// Reads the whole journal.
StatusOr<admin::v1::ModelHistoryResponse> Client::model_history() {
  return impl_->call<admin::v1::ModelHistoryResponse>(
      impl_->settings.apply_timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->ModelHistory(context, admin::v1::ModelHistoryRequest(), response);
      });
}

StatusOr<admin::v1::RollbackModelResponse> Client::rollback_model(const std::string& which) {
  admin::v1::RollbackModelRequest request;
  request.set_which(which);
  return impl_->call<admin::v1::RollbackModelResponse>(
      impl_->settings.apply_timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->RollbackModel(context, request, response);
      });
}

StatusOr<admin::v1::ListQuarantineResponse> Client::list_quarantine(
    const admin::v1::ListQuarantineRequest& request) {
  return impl_->call<admin::v1::ListQuarantineResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->ListQuarantine(context, request, response);
      });
}

StatusOr<admin::v1::GetQuarantinedResponse> Client::get_quarantined(std::uint64_t number) {
  admin::v1::GetQuarantinedRequest request;
  request.set_number(number);
  return impl_->call<admin::v1::GetQuarantinedResponse>(
      impl_->settings.timeout, [&](grpc::ClientContext* context, auto* response) {
        return impl_->admin->GetQuarantined(context, request, response);
      });
}

StatusOr<admin::v1::CloseResponse> Client::close(const admin::v1::CloseRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::Close, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::ReopenResponse> Client::reopen(const admin::v1::ReopenRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::Reopen, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::ListClosingsResponse> Client::list_closings(
    const admin::v1::ListClosingsRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::ListClosings, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::GetRestatementResponse> Client::get_restatement(
    const admin::v1::GetRestatementRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::GetRestatement, request,
                    impl_->settings.apply_timeout);
}

StatusOr<admin::v1::ListAlertsResponse> Client::list_alerts(
    const admin::v1::ListAlertsRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::ListAlerts, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::AcknowledgeAlertResponse> Client::acknowledge_alert(
    const admin::v1::AcknowledgeAlertRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::AcknowledgeAlert, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::GrantAccessResponse> Client::grant_access(
    const admin::v1::GrantAccessRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::GrantAccess, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::RevokeAccessResponse> Client::revoke_access(
    const admin::v1::RevokeAccessRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::RevokeAccess, request,
                    impl_->settings.timeout);
}

StatusOr<admin::v1::ListAccessResponse> Client::list_access(
    const admin::v1::ListAccessRequest& request) {
  return impl_->ask(&admin::v1::AdminService::StubInterface::ListAccess, request,
                    impl_->settings.timeout);
}

}  // namespace passerelle::edge
