#include "core/edge/services.h"

#include "core/edge/convert.h"
#include "core/edge/describe.h"
#include "core/edge/optimisation.h"
#include "core/edge/status.h"
#include "core/publication/codec.h"

namespace passerelle::edge {
namespace {

// Answers a unary call: through the gate, then `call` with the caller and what finishes it.
template <typename Response, typename Call>
grpc::ServerUnaryReactor* answer(const Gate& gate, grpc::CallbackServerContext* context,
                                 std::string_view method, Response* response, const Call& call) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const StatusOr<Caller> caller = gate.admit(*context, method);
  if (!caller.ok()) {
    reactor->Finish(to_grpc(caller.status()));
    return reactor;
  }
  call(*caller, [reactor, response](StatusOr<Response> result) {
    const Status status = result.status();
    if (status.ok()) *response = *std::move(result);
    reactor->Finish(to_grpc(status));
  });
  return reactor;
}

Status too_many_calls() {
  return base::resource_exhausted("too many calls wait for the hub; try again later");
}

bool sees(const publication::Perimeter& perimeter, const hub::v1::CellKey& cell) {
  return perimeter.sees(
      publication::Dimensions(cell.dimensions().begin(), cell.dimensions().end()));
}

// The caller's perimeter. PERMISSION_DENIED where the cell is not in it.
StatusOr<std::shared_ptr<const publication::Perimeter>> seeing(
    const publication::Publisher& publisher, const Caller& caller, const hub::v1::CellKey& cell) {
  PAS_ASSIGN_OR_RETURN(auto perimeter, publisher.perimeter_of(caller.account));
  if (sees(*perimeter, cell)) return perimeter;
  return base::permission_denied("the cell is not in the perimeter of the account " +
                                 caller.account);
}

// What other cells, of which this one is made, are worth.
void hide_cells(const publication::Perimeter& perimeter, hub::v1::ExplainResponse* response) {
  for (hub::v1::ExplainCell& cell : *response->mutable_cells()) {
    if (!sees(perimeter, cell.cell())) cell.clear_shares();
  }
}

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IndicatorServiceImpl::Subscribe(
    grpc::CallbackServerContext* context) {
  const auto caller = gate_.admit(*context, "/passerelle.hub.v1.IndicatorService/Subscribe");
  if (!caller.ok()) return new RefusedStream(caller.status());
  return new SubscribeStream(publisher_, streams_, caller->account);
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Get(grpc::CallbackServerContext* context,
                                                    const hub::v1::GetRequest* request,
                                                    hub::v1::GetResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Get", response,
                [&](const Caller& caller, const AdminBackend::Done<hub::v1::GetResponse>& done) {
                  const bool posted = reader_.post([this, request, done, account = caller.account] {
                    const auto result = publisher_.get(to_selector(request->selector()),
                                                       to_as_of(*request), account);
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
                [&](const Caller&, const AdminBackend::Done<hub::v1::DescribeResponse>& done) {
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
  return answer(
      gate_, context, "/passerelle.hub.v1.IndicatorService/GetOptimisation", response,
      [&](const Caller& caller, const AdminBackend::Done<hub::v1::GetOptimisationResponse>& done) {
        const bool posted = reader_.post([this, request, done, account = caller.account] {
          done(optimisation(*request, account, publisher_));
        });
        if (!posted) done(too_many_calls());
      });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Explain(grpc::CallbackServerContext* context,
                                                        const hub::v1::ExplainRequest* request,
                                                        hub::v1::ExplainResponse* response) {
  return answer(
      gate_, context, "/passerelle.hub.v1.IndicatorService/Explain", response,
      [&](const Caller& caller, const AdminBackend::Done<hub::v1::ExplainResponse>& done) {
        const auto perimeter = seeing(publisher_, caller, request->cell());
        if (!perimeter.ok()) return done(perimeter.status());
        backend_.explain(
            *request, [perimeter = *perimeter, done](StatusOr<hub::v1::ExplainResponse> explained) {
              if (explained.ok()) hide_cells(*perimeter, &*explained);
              done(std::move(explained));
            });
      });
}

grpc::ServerUnaryReactor* IndicatorServiceImpl::Diff(grpc::CallbackServerContext* context,
                                                     const hub::v1::DiffRequest* request,
                                                     hub::v1::DiffResponse* response) {
  return answer(gate_, context, "/passerelle.hub.v1.IndicatorService/Diff", response,
                [&](const Caller& caller, const AdminBackend::Done<hub::v1::DiffResponse>& done) {
                  const auto perimeter = seeing(publisher_, caller, request->cell());
                  if (!perimeter.ok()) return done(perimeter.status());
                  backend_.diff(*request, done);
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Overview(grpc::CallbackServerContext* context,
                                                     const admin::v1::OverviewRequest* /*request*/,
                                                     admin::v1::OverviewResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Overview", response,
                [&](const Caller&, auto done) { backend_.overview(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListConnectors(
    grpc::CallbackServerContext* context, const admin::v1::ListConnectorsRequest* /*request*/,
    admin::v1::ListConnectorsResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListConnectors", response,
                [&](const Caller&, auto done) { backend_.list_connectors(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::EnableConnector(
    grpc::CallbackServerContext* context, const admin::v1::EnableConnectorRequest* request,
    admin::v1::EnableConnectorResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/EnableConnector", response,
      [&](const Caller&, auto done) { backend_.enable_connector(request->id(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::DisableConnector(
    grpc::CallbackServerContext* context, const admin::v1::DisableConnectorRequest* request,
    admin::v1::DisableConnectorResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/DisableConnector", response,
                [&](const Caller&, auto done) {
                  backend_.disable_connector(request->id(), std::move(done));
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RunConnector(
    grpc::CallbackServerContext* context, const admin::v1::RunConnectorRequest* request,
    admin::v1::RunConnectorResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/RunConnector", response,
      [&](const Caller&, auto done) { backend_.run_connector(request->id(), std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RestartConnector(
    grpc::CallbackServerContext* context, const admin::v1::RestartConnectorRequest* request,
    admin::v1::RestartConnectorResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/RestartConnector", response,
                [&](const Caller&, auto done) {
                  backend_.restart_connector(request->id(), std::move(done));
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ApplyModel(grpc::CallbackServerContext* context,
                                                       const admin::v1::ApplyModelRequest* request,
                                                       admin::v1::ApplyModelResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ApplyModel", response,
                [&](const Caller&, auto done) { backend_.apply_model(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ModelHistory(
    grpc::CallbackServerContext* context, const admin::v1::ModelHistoryRequest* /*request*/,
    admin::v1::ModelHistoryResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ModelHistory", response,
                [&](const Caller&, auto done) { backend_.model_history(std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RollbackModel(
    grpc::CallbackServerContext* context, const admin::v1::RollbackModelRequest* request,
    admin::v1::RollbackModelResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/RollbackModel", response,
                [&](const Caller&, auto done) {
                  backend_.rollback_model(request->which(), std::move(done));
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListQuarantine(
    grpc::CallbackServerContext* context, const admin::v1::ListQuarantineRequest* request,
    admin::v1::ListQuarantineResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/ListQuarantine", response,
      [&](const Caller&, auto done) { backend_.list_quarantine(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::GetQuarantined(
    grpc::CallbackServerContext* context, const admin::v1::GetQuarantinedRequest* request,
    admin::v1::GetQuarantinedResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/GetQuarantined", response,
                [&](const Caller&, auto done) {
                  backend_.get_quarantined(request->number(), std::move(done));
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Close(grpc::CallbackServerContext* context,
                                                  const admin::v1::CloseRequest* request,
                                                  admin::v1::CloseResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Close", response,
                [&](const Caller&, auto done) { backend_.close(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::Reopen(grpc::CallbackServerContext* context,
                                                   const admin::v1::ReopenRequest* request,
                                                   admin::v1::ReopenResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/Reopen", response,
                [&](const Caller&, auto done) { backend_.reopen(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListClosings(
    grpc::CallbackServerContext* context, const admin::v1::ListClosingsRequest* request,
    admin::v1::ListClosingsResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/ListClosings", response,
      [&](const Caller&, auto done) { backend_.list_closings(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::GetRestatement(
    grpc::CallbackServerContext* context, const admin::v1::GetRestatementRequest* request,
    admin::v1::GetRestatementResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/GetRestatement", response,
      [&](const Caller&, auto done) { backend_.get_restatement(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListAlerts(grpc::CallbackServerContext* context,
                                                       const admin::v1::ListAlertsRequest* request,
                                                       admin::v1::ListAlertsResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListAlerts", response,
                [&](const Caller& caller, auto done) {
                  backend_.list_alerts(*request, caller.account, std::move(done));
                });
}

grpc::ServerUnaryReactor* AdminServiceImpl::AcknowledgeAlert(
    grpc::CallbackServerContext* context, const admin::v1::AcknowledgeAlertRequest* request,
    admin::v1::AcknowledgeAlertResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/AcknowledgeAlert", response,
      [&](const Caller&, auto done) { backend_.acknowledge_alert(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::GrantAccess(
    grpc::CallbackServerContext* context, const admin::v1::GrantAccessRequest* request,
    admin::v1::GrantAccessResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/GrantAccess", response,
      [&](const Caller&, auto done) { backend_.grant_access(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::RevokeAccess(
    grpc::CallbackServerContext* context, const admin::v1::RevokeAccessRequest* request,
    admin::v1::RevokeAccessResponse* response) {
  return answer(
      gate_, context, "/passerelle.admin.v1.AdminService/RevokeAccess", response,
      [&](const Caller&, auto done) { backend_.revoke_access(*request, std::move(done)); });
}

grpc::ServerUnaryReactor* AdminServiceImpl::ListAccess(grpc::CallbackServerContext* context,
                                                       const admin::v1::ListAccessRequest* request,
                                                       admin::v1::ListAccessResponse* response) {
  return answer(gate_, context, "/passerelle.admin.v1.AdminService/ListAccess", response,
                [&](const Caller&, auto done) { backend_.list_access(*request, std::move(done)); });
}

}  // namespace passerelle::edge
