// The contract's client side: calls of one plugin over its Unix socket.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "core/base/status.h"
#include "passerelle/connector/v1/connector.grpc.pb.h"

namespace passerelle::connectors {

namespace v1 = connector::v1;

// One Read. All functions and handlers: on the client's executor.
class ReadStream {
 public:
  virtual ~ReadStream() = default;
  // Asks for the next message; once after each on_message.
  virtual void next() = 0;
  // on_end follows, no message any more.
  virtual void cancel() = 0;
};

struct ReadHandlers {
  std::function<void(std::unique_ptr<v1::ReadResponse>)> on_message;
  std::function<void(Status)> on_end;  // once, the last
};

// All functions on the executor (a strand), where every handler is called too: gRPC's threads only
// post. The client must live until idle().
class PluginClient : public std::enable_shared_from_this<PluginClient> {
 public:
  using Deadline = std::chrono::system_clock::time_point;
  template <typename Response>
  using Handler = std::function<void(StatusOr<Response>)>;

  PluginClient(boost::asio::any_io_executor executor, const std::string& socket, std::string token);

  void describe(Deadline deadline, Handler<v1::DescribeResponse> handler);
  void check(v1::CheckRequest request, Deadline deadline, Handler<v1::CheckResponse> handler);
  void discover(v1::DiscoverRequest request, Deadline deadline,
                Handler<v1::DiscoverResponse> handler);
  // grpc.health.v1: OK if the plugin says that it serves.
  void health(Deadline deadline, std::function<void(Status)> handler);
  // The first message is asked for.
  std::shared_ptr<ReadStream> read(v1::ReadRequest request, ReadHandlers handlers);

  // Unary calls under way end with CANCELLED.
  void cancel_calls();
  // Whether no unary call is under way.
  bool idle() const { return contexts_.empty(); }

 private:
  template <typename Request, typename Response>
  struct Call;
  template <typename Request, typename Response, typename Method>
  void call(Request request, Deadline deadline, Handler<Response> handler, Method method);
  void prepare(grpc::ClientContext& context, Deadline deadline);

  boost::asio::any_io_executor executor_;
  std::string token_;
  std::unique_ptr<v1::ConnectorService::Stub> stub_;
  std::unique_ptr<grpc::GenericStub> generic_;
  std::set<grpc::ClientContext*> contexts_;
};

Status from_grpc(const grpc::Status& status);

}  // namespace passerelle::connectors
