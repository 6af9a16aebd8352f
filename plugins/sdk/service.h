// The contract's five verbs in front of a Connector. Every call must carry the token.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <string_view>

#include "passerelle/connector/v1/connector.grpc.pb.h"
#include "plugins/sdk/connector.h"
#include "plugins/sdk/worker.h"

namespace passerelle::sdk {

namespace v1 = connector::v1;

// Majors of the contract that this SDK speaks.
inline constexpr std::uint32_t kContractMin = 1;
inline constexpr std::uint32_t kContractMax = 1;

// OK if the caller has shown the token.
grpc::Status check_token(const grpc::CallbackServerContext* context, std::string_view token);

// Functions run on gRPC's threads and only hand over to the worker.
class Service final : public v1::ConnectorService::CallbackService {
 public:
  // `connector` and `worker` must outlive the service.
  Service(Connector& connector, Worker& worker, std::string token);

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeRequest* request,
                                     v1::DescribeResponse* response) override;
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const v1::CheckRequest* request,
                                  v1::CheckResponse* response) override;
  grpc::ServerUnaryReactor* Discover(grpc::CallbackServerContext* context,
                                     const v1::DiscoverRequest* request,
                                     v1::DiscoverResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadResponse>* Read(grpc::CallbackServerContext* context,
                                                   const v1::ReadRequest* request) override;

 private:
  Connector& connector_;
  Worker& worker_;
  const std::string token_;
  const Description description_;
};

// grpc.health.v1.Health/Check, answered by gRPC's own threads: the process lives. Watch and
// everything else is UNIMPLEMENTED.
class HealthService final : public grpc::CallbackGenericService {
 public:
  explicit HealthService(std::string token) : token_(std::move(token)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  const std::string token_;
};

}  // namespace passerelle::sdk
