#include "core/connectors/plugin_client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/base/limits.h"

namespace passerelle::connectors {
namespace {

namespace asio = boost::asio;

constexpr const char* kTokenKey = "passerelle-token";

std::shared_ptr<grpc::Channel> channel_to(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(base::kPluginMessageBytesMax));
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the supervisor decides on trying again
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments);
}

// Holds itself until gRPC is done with it. Between two messages no read is under way: a hold keeps
// the call alive, and to end it the next read is asked for, which then fails.
class GrpcReadStream final : public ReadStream,
                             public grpc::ClientReadReactor<v1::ReadResponse>,
                             public std::enable_shared_from_this<GrpcReadStream> {
 public:
  GrpcReadStream(asio::any_io_executor executor, const std::string& token, v1::ReadRequest request,
                 ReadHandlers handlers)
      : executor_(std::move(executor)),
        request_(std::move(request)),
        handlers_(std::move(handlers)) {
    context_.AddMetadata(kTokenKey, token);
  }

  void start(v1::ConnectorService::Stub& stub) {
    self_ = shared_from_this();
    stub.async()->Read(&context_, &request_, this);
    message_ = std::make_unique<v1::ReadResponse>();
    AddHold();
    StartRead(message_.get());
    StartCall();
  }
  void next() override {
    if (!is_waiting_) return;
    is_waiting_ = false;
    message_ = std::make_unique<v1::ReadResponse>();
    StartRead(message_.get());
  }
  void cancel() override {
    if (is_cancelled_) return;
    is_cancelled_ = true;
    context_.TryCancel();
    next();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      RemoveHold();
      return;
    }
    asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
  }
  void OnDone(const grpc::Status& status) override {
    asio::post(executor_, [self = std::move(self_), status] {
      const auto handlers = std::move(self->handlers_);
      handlers.on_end(from_grpc(status));
    });
  }

 private:
  void deliver() {
    is_waiting_ = true;
    if (is_cancelled_) {
      next();
    } else {
      handlers_.on_message(std::move(message_));
    }
  }

  asio::any_io_executor executor_;
  grpc::ClientContext context_;
  v1::ReadRequest request_;
  ReadHandlers handlers_;
  std::unique_ptr<v1::ReadResponse> message_;
  std::shared_ptr<GrpcReadStream> self_;
  bool is_waiting_ = false;    // a message was delivered, the next is not asked for
  bool is_cancelled_ = false;  // both: on the executor
};

}  // namespace

Status from_grpc(const grpc::Status& status) {
  // The codes of both are the same numbers.
  return base::error(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

template <typename Request, typename Response>
struct PluginClient::Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};

PluginClient::PluginClient(asio::any_io_executor executor, const std::string& socket,
                           std::string token)
    : executor_(std::move(executor)), token_(std::move(token)) {
  const auto channel = channel_to(socket);
  stub_ = v1::ConnectorService::NewStub(channel);
  generic_ = std::make_unique<grpc::GenericStub>(channel);
}

void PluginClient::prepare(grpc::ClientContext& context, Deadline deadline) {
  context.AddMetadata(kTokenKey, token_);
  context.set_deadline(deadline);
  contexts_.insert(&context);
}

template <typename Request, typename Response, typename Method>
void PluginClient::call(Request request, Deadline deadline, Handler<Response> handler,
                        Method method) {
  auto state = std::make_shared<Call<Request, Response>>();
  state->request = std::move(request);
  prepare(state->context, deadline);
  method(*state, [self = shared_from_this(), state,
                  handler = std::move(handler)](const grpc::Status& status) {
    asio::post(self->executor_, [self, state, handler, status] {
      self->contexts_.erase(&state->context);
      if (status.ok()) {
        handler(std::move(state->response));
      } else {
        handler(from_grpc(status));
      }
    });
  });
}

void PluginClient::describe(Deadline deadline, Handler<v1::DescribeResponse> handler) {
  call<v1::DescribeRequest, v1::DescribeResponse>(
      {}, deadline, std::move(handler), [this](auto& state, auto done) {
        stub_->async()->Describe(&state.context, &state.request, &state.response, std::move(done));
      });
}

void PluginClient::check(v1::CheckRequest request, Deadline deadline,
                         Handler<v1::CheckResponse> handler) {
  call<v1::CheckRequest, v1::CheckResponse>(
      std::move(request), deadline, std::move(handler), [this](auto& state, auto done) {
        stub_->async()->Check(&state.context, &state.request, &state.response, std::move(done));
      });
}

void PluginClient::discover(v1::DiscoverRequest request, Deadline deadline,
                            Handler<v1::DiscoverResponse> handler) {
  call<v1::DiscoverRequest, v1::DiscoverResponse>(
      std::move(request), deadline, std::move(handler), [this](auto& state, auto done) {
        stub_->async()->Discover(&state.context, &state.request, &state.response, std::move(done));
      });
}

void PluginClient::health(Deadline deadline, std::function<void(Status)> handler) {
  // HealthCheckRequest{} has no bytes; HealthCheckResponse{status: SERVING} has these two.
  static constexpr std::string_view kServing{"\x08\x01", 2};
  const grpc::Slice nothing;
  call<grpc::ByteBuffer, grpc::ByteBuffer>(
      grpc::ByteBuffer(&nothing, 1), deadline,
      [handler = std::move(handler)](StatusOr<grpc::ByteBuffer> answer) {
        if (!answer.ok()) return handler(answer.status());
        grpc::Slice bytes;
        if (!answer->DumpToSingleSlice(&bytes).ok() ||
            std::string_view(reinterpret_cast<const char*>(bytes.begin()), bytes.size()) !=
                kServing) {
          return handler(base::internal("the plugin's health is not SERVING"));
        }
        handler(absl::OkStatus());
      },
      [this](auto& state, auto done) {
        generic_->UnaryCall(&state.context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                            &state.request, &state.response, std::move(done));
      });
}

std::shared_ptr<ReadStream> PluginClient::read(v1::ReadRequest request, ReadHandlers handlers) {
  auto stream =
      std::make_shared<GrpcReadStream>(executor_, token_, std::move(request), std::move(handlers));
  stream->start(*stub_);
  return stream;
}

void PluginClient::cancel_calls() {
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

}  // namespace passerelle::connectors
