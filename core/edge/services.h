// The RPCs. Each call goes through the gate first.
#pragma once

#include <grpcpp/grpcpp.h>

#include "core/edge/admin_backend.h"
#include "core/edge/gate.h"
#include "core/edge/reading_thread.h"
#include "core/edge/subscribe_stream.h"
#include "core/publication/publisher.h"
#include "passerelle/admin/v1/admin.grpc.pb.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::edge {

using IndicatorBase = hub::v1::IndicatorService::WithRawCallbackMethod_Subscribe<
    hub::v1::IndicatorService::WithCallbackMethod_Get<
        hub::v1::IndicatorService::WithCallbackMethod_Describe<
            hub::v1::IndicatorService::WithCallbackMethod_Explain<
                hub::v1::IndicatorService::WithCallbackMethod_Diff<
                    hub::v1::IndicatorService::WithCallbackMethod_GetOptimisation<
                        hub::v1::IndicatorService::Service>>>>>>;

// All references outlive it.
class IndicatorServiceImpl final : public IndicatorBase {
 public:
  IndicatorServiceImpl(publication::Publisher& publisher, AdminBackend& backend, const Gate& gate,
                       ReadingThread& reader, OpenStreams& streams)
      : publisher_(publisher), backend_(backend), gate_(gate), reader_(reader), streams_(streams) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const hub::v1::GetRequest* request,
                                hub::v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const hub::v1::DescribeRequest* request,
                                     hub::v1::DescribeResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const hub::v1::ExplainRequest* request,
                                    hub::v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* Diff(grpc::CallbackServerContext* context,
                                 const hub::v1::DiffRequest* request,
                                 hub::v1::DiffResponse* response) override;
  grpc::ServerUnaryReactor* GetOptimisation(grpc::CallbackServerContext* context,
                                            const hub::v1::GetOptimisationRequest* request,
                                            hub::v1::GetOptimisationResponse* response) override;

 private:
  publication::Publisher& publisher_;
  AdminBackend& backend_;
  const Gate& gate_;
  ReadingThread& reader_;
  OpenStreams& streams_;
};

class AdminServiceImpl final : public admin::v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(AdminBackend& backend, const Gate& gate) : backend_(backend), gate_(gate) {}

  grpc::ServerUnaryReactor* Overview(grpc::CallbackServerContext* context,
                                     const admin::v1::OverviewRequest* request,
                                     admin::v1::OverviewResponse* response) override;
  grpc::ServerUnaryReactor* ListConnectors(grpc::CallbackServerContext* context,
                                           const admin::v1::ListConnectorsRequest* request,
                                           admin::v1::ListConnectorsResponse* response) override;
  grpc::ServerUnaryReactor* EnableConnector(grpc::CallbackServerContext* context,
                                            const admin::v1::EnableConnectorRequest* request,
                                            admin::v1::EnableConnectorResponse* response) override;
  grpc::ServerUnaryReactor* DisableConnector(
      grpc::CallbackServerContext* context, const admin::v1::DisableConnectorRequest* request,
      admin::v1::DisableConnectorResponse* response) override;
  grpc::ServerUnaryReactor* RunConnector(grpc::CallbackServerContext* context,
                                         const admin::v1::RunConnectorRequest* request,
                                         admin::v1::RunConnectorResponse* response) override;
  grpc::ServerUnaryReactor* RestartConnector(
      grpc::CallbackServerContext* context, const admin::v1::RestartConnectorRequest* request,
      admin::v1::RestartConnectorResponse* response) override;
  grpc::ServerUnaryReactor* ApplyModel(grpc::CallbackServerContext* context,
                                       const admin::v1::ApplyModelRequest* request,
                                       admin::v1::ApplyModelResponse* response) override;
  grpc::ServerUnaryReactor* ModelHistory(grpc::CallbackServerContext* context,
                                         const admin::v1::ModelHistoryRequest* request,
                                         admin::v1::ModelHistoryResponse* response) override;
  grpc::ServerUnaryReactor* RollbackModel(grpc::CallbackServerContext* context,
                                          const admin::v1::RollbackModelRequest* request,
                                          admin::v1::RollbackModelResponse* response) override;
  grpc::ServerUnaryReactor* ListQuarantine(grpc::CallbackServerContext* context,
                                           const admin::v1::ListQuarantineRequest* request,
                                           admin::v1::ListQuarantineResponse* response) override;
  grpc::ServerUnaryReactor* GetQuarantined(grpc::CallbackServerContext* context,
                                           const admin::v1::GetQuarantinedRequest* request,
                                           admin::v1::GetQuarantinedResponse* response) override;
  grpc::ServerUnaryReactor* Close(grpc::CallbackServerContext* context,
                                  const admin::v1::CloseRequest* request,
                                  admin::v1::CloseResponse* response) override;
  grpc::ServerUnaryReactor* Reopen(grpc::CallbackServerContext* context,
                                   const admin::v1::ReopenRequest* request,
                                   admin::v1::ReopenResponse* response) override;
  grpc::ServerUnaryReactor* ListClosings(grpc::CallbackServerContext* context,
                                         const admin::v1::ListClosingsRequest* request,
                                         admin::v1::ListClosingsResponse* response) override;
  grpc::ServerUnaryReactor* GetRestatement(grpc::CallbackServerContext* context,
                                           const admin::v1::GetRestatementRequest* request,
                                           admin::v1::GetRestatementResponse* response) override;
  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const admin::v1::ListAlertsRequest* request,
                                       admin::v1::ListAlertsResponse* response) override;
  grpc::ServerUnaryReactor* AcknowledgeAlert(
      grpc::CallbackServerContext* context, const admin::v1::AcknowledgeAlertRequest* request,
      admin::v1::AcknowledgeAlertResponse* response) override;
  grpc::ServerUnaryReactor* GrantAccess(grpc::CallbackServerContext* context,
                                        const admin::v1::GrantAccessRequest* request,
                                        admin::v1::GrantAccessResponse* response) override;
  grpc::ServerUnaryReactor* RevokeAccess(grpc::CallbackServerContext* context,
                                         const admin::v1::RevokeAccessRequest* request,
                                         admin::v1::RevokeAccessResponse* response) override;
  grpc::ServerUnaryReactor* ListAccess(grpc::CallbackServerContext* context,
                                       const admin::v1::ListAccessRequest* request,
                                       admin::v1::ListAccessResponse* response) override;

 private:
  AdminBackend& backend_;
  const Gate& gate_;
};

}  // namespace passerelle::edge
