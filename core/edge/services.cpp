#include "core/edge/services.h"

#include "core/edge/convert.h"
#include "core/edge/describe.h"
#include "core/edge/optimisation.h"
#include "core/edge/status.h"

namespace passerelle::edge {
namespace {

// Answers a unary call: through the gate, then `call` with what finishes it.
template <typename Response, typename Call>
grpc::ServerUnaryReactor* answer(const Gate& gate, grpc::CallbackServerContext* context,
                                 std::string_view method, Response* response, const Call& call) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (const Status status = gate.admit(*context, method); !status.ok()) {
    reactor->Finish(to_grpc(status));
    return reactor;
  }
  call([reactor, response](StatusOr<Response> result) {
    const Status status = result.status();
    if (status.ok()) *response = *std::move(result);
    reactor->Finish(to_grpc(status));
  });
  return reactor;
}

Status too_many_calls() {
  return base::resource_exhausted("too many calls wait for the hub; try again later");
}

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IndicatorServiceImpl::Subscribe(
    grpc::CallbackServerContext* context) {
  const Status status = gate_.admit(*context, "/passerelle.hub.v1.IndicatorService/Subscribe");
  if (!status.ok()) return new RefusedStream(status);
  return new SubscribeStream(publisher_, streams_);
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Get(grpc::CallbackServerContext* context,
                                                    const hub::v1::GetRequest* request,
                                                    hub::v1::GetResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Get", response,
                [&](const AdminBackend::Done<hub::v1::GetResponse>& done) {
                  const bool posted = reader_.post([this, request, done] {
                    const auto result =
                        publisher_.get(to_selector(request->selector()), to_as_of(*request));
                    if (!result.ok()) return done(result.status());
                    hub::v1::GetResponse made;
                    fill(*result, &made);
                    done(std::move(made));
                  });
                  if (!posted) done(too_many_calls());
                });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Describe(grpc::CallbackServerContext* context,
                                                         const hub::v1::DescribeRequest* request,
                                                         hub::v1::DescribeResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Describe", response,
                [&](const AdminBackend::Done<hub::v1::DescribeResponse>& done) {
                  const bool posted = reader_.post([this, request, done] {
                    const auto view = publisher_.view();
                    if (view == nullptr) return done(base::unavailable("the hub is starting"));
                    done(describe(*request, *view));
                  });
                  if (!posted) done(too_many_calls());
                });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::GetOptimisation(
    grpc::CallbackServerContext* context, const hub::v1::GetOptimisationRequest* request,
    hub::v1::GetOptimisationResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/GetOptimisation", response,
                [&](const AdminBackend::Done<hub::v1::GetOptimisationResponse>& done) {
                  const bool posted = reader_.post(
                      [this, request, done] { done(optimisation(*request, publisher_)); });
                  if (!posted) done(too_many_calls());
                });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Explain(grpc::CallbackServerContext* context,
                                                        const hub::v1::ExplainRequest* request,
                                                        hub::v1::ExplainResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Explain", response,
                [&](auto done) { backend_.explain(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Diff(grpc::CallbackServerContext* context,
                                                     const hub::v1::DiffRequest* request,
                                                     hub::v1::DiffResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Diff", response,
                [&](auto done) { backend_.diff(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Overview(grpc::CallbackServerContext* context,
                                                     const admin::v1::OverviewRequest* /*request*/,
                                                     admin::v1::OverviewResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Overview", response,
                [&](auto done) { backend_.overview(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListConnectors(
    grpc::CallbackServerContext* context, const admin::v1::ListConnectorsRequest* /*request*/,
    admin::v1::ListConnectorsResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListConnectors", response,
                [&](auto done) { backend_.list_connectors(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::EnableConnector(
    grpc::CallbackServerContext* context, const admin::v1::EnableConnectorRequest* request,
    admin::v1::EnableConnectorResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/EnableConnector", response,
                [&](auto done) { backend_.enable_connector(request->id(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::DisableConnector(
    grpc::CallbackServerContext* context, const admin::v1::DisableConnectorRequest* request,
    admin::v1::DisableConnectorResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/DisableConnector", response,
                [&](auto done) { backend_.disable_connector(request->id(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RunConnector(
    grpc::CallbackServerContext* context, const admin::v1::RunConnectorRequest* request,
    admin::v1::RunConnectorResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/RunConnector", response,
                [&](auto done) { backend_.run_connector(request->id(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ApplyModel(grpc::CallbackServerContext* context,
                                                       const admin::v1::ApplyModelRequest* request,
                                                       admin::v1::ApplyModelResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ApplyModel", response,
                [&](auto done) { backend_.apply_model(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ModelHistory(
    grpc::CallbackServerContext* context, const admin::v1::ModelHistoryRequest* /*request*/,
    admin::v1::ModelHistoryResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ModelHistory", response,
                [&](auto done) { backend_.model_history(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RollbackModel(
    grpc::CallbackServerContext* context, const admin::v1::RollbackModelRequest* request,
    admin::v1::RollbackModelResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/RollbackModel", response,
                [&](auto done) { backend_.rollback_model(request->which(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListQuarantine(
    grpc::CallbackServerContext* context, const admin::v1::ListQuarantineRequest* request,
    admin::v1::ListQuarantineResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListQuarantine", response,
                [&](auto done) { backend_.list_quarantine(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::GetQuarantined(
    grpc::CallbackServerContext* context, const admin::v1::GetQuarantinedRequest* request,
    admin::v1::GetQuarantinedResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/GetQuarantined", response,
                [&](auto done) { backend_.get_quarantined(request->number(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Close(grpc::CallbackServerContext* context,
                                                  const admin::v1::CloseRequest* request,
                                                  admin::v1::CloseResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Close", response,
                [&](auto done) { backend_.close(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Reopen(grpc::CallbackServerContext* context,
                                                   const admin::v1::ReopenRequest* request,
                                                   admin::v1::ReopenResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Reopen", response,
                [&](auto done) { backend_.reopen(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListClosings(
    grpc::CallbackServerContext* context, const admin::v1::ListClosingsRequest* request,
    admin::v1::ListClosingsResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListClosings", response,
                [&](auto done) { backend_.list_closings(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::GetRestatement(
    grpc::CallbackServerContext* context, const admin::v1::GetRestatementRequest* request,
    admin::v1::GetRestatementResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/GetRestatement", response,
                [&](auto done) { backend_.get_restatement(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListAlerts(grpc::CallbackServerContext* context,
                                                       const admin::v1::ListAlertsRequest* request,
                                                       admin::v1::ListAlertsResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListAlerts", response,
                [&](auto done) { backend_.list_alerts(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::AcknowledgeAlert(
    grpc::CallbackServerContext* context, const admin::v1::AcknowledgeAlertRequest* request,
    admin::v1::AcknowledgeAlertResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/AcknowledgeAlert", response,
                [&](auto done) { backend_.acknowledge_alert(*request, std::move(done)); });
}

}  // namespace passerelle::edge
