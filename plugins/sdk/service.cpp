#include "plugins/sdk/service.h"

#include <fmt/format.h>
#include <sodium/utils.h>

#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "plugins/sdk/config.h"
#include "plugins/sdk/describe.h"
#include "plugins/sdk/read_call.h"

namespace passerelle::sdk {
namespace {

// Runs the author's code; an exception becomes an error of that call.
template <typename Function>
Status guarded(const Function& function) {
  try {
    return function();
  } catch (const std::exception& error) {
    return base::internal(fmt::format("the connector's code threw: {}", error.what()));
  }
}

std::unique_ptr<Config> config_of(const Description& description, const v1::Config& given,
                                  std::vector<Problem>* problems) {
  ConfigInput input;
  input.json = given.json();
  for (const auto& [name, secret] : given.secrets()) input.secrets[name] = secret.value();
  input.folder = given.folder();
  input.time_zone = given.time_zone();
  return make_config(description.config, std::move(input), problems);
}

Status check(Connector& connector, const Description& description, const v1::Config& given,
             v1::CheckResponse* response) {
  std::vector<Problem> problems;
  const auto config = config_of(description, given, &problems);
  if (config != nullptr) problems = connector.check(*config);
  for (Problem& problem : problems) {
    v1::Problem* out = response->add_problems();
    out->set_field(std::move(problem.field));
    out->set_reason(std::move(problem.reason));
    out->set_remedy(std::move(problem.remedy));
  }
  return absl::OkStatus();
}

Status discover(Connector& connector, const Description& description, const v1::Config& given,
                v1::DiscoverResponse* response) {
  std::vector<Problem> problems;
  const auto config = config_of(description, given, &problems);
  if (config == nullptr) return base::invalid_argument(to_text(problems));
  PAS_ASSIGN_OR_RETURN(const std::vector<Stream> streams, connector.discover(*config));
  to_proto(streams, response->mutable_streams());
  return absl::OkStatus();
}

Status read(Connector& connector, const Description& description, const v1::ReadRequest& request,
            ReadCall* call) {
  std::vector<Problem> problems;
  const auto config = config_of(description, request.config(), &problems);
  if (config == nullptr) return base::invalid_argument(to_text(problems));
  PAS_ASSIGN_OR_RETURN(std::vector<Stream> streams, connector.discover(*config));
  const std::vector<std::string> wanted(request.streams().begin(), request.streams().end());
  BatchingOutput output(std::move(streams), wanted, *call);
  // What was given before an error is good: it travels, with its checkpoint.
  const Status result =
      guarded([&] { return connector.read(*config, request.checkpoint(), output); });
  if (!result.ok()) output.drop_record();
  const Status end = output.finish();
  if (call->cancelled()) return base::cancelled("the hub cancelled this read");
  return result.ok() ? end : result;
}

// A call that ends before it begins.
class Refusal final : public grpc::ServerWriteReactor<v1::ReadResponse> {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// One call of any other service: health, or unknown.
class HealthCall final : public grpc::ServerGenericBidiReactor {
 public:
  HealthCall(const grpc::Status& refusal, bool known) : refusal_(refusal), known_(known) {
    if (!refusal_.ok() || !known_) {
      Finish(refusal_.ok() ? grpc::Status(grpc::UNIMPLEMENTED, "unknown method") : refusal_);
      return;
    }
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish({grpc::INVALID_ARGUMENT, "a request is missing"});
      return;
    }
    // HealthCheckResponse{status: SERVING}: field 1, varint 1.
    const grpc::Slice serving(std::string("\x08\x01", 2));
    response_ = grpc::ByteBuffer(&serving, 1);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  const grpc::Status refusal_;
  const bool known_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

grpc::Status check_token(const grpc::CallbackServerContext* context, std::string_view token) {
  const auto range = context->client_metadata().equal_range("passerelle-token");
  for (auto at = range.first; at != range.second; ++at) {
    if (at->second.size() == token.size() &&
        sodium_memcmp(at->second.data(), token.data(), token.size()) == 0) {
      return grpc::Status::OK;
    }
  }
  return {grpc::UNAUTHENTICATED,
          "metadata `passerelle-token` is missing or wrong; only the hub that started this plugin "
          "may call it"};
}

Service::Service(Connector& connector, Worker& worker, std::string token)
    : connector_(connector),
      worker_(worker),
      token_(std::move(token)),
      description_(connector.describe()) {}

grpc::ServerUnaryReactor* Service::Describe(grpc::CallbackServerContext* context,
                                            const v1::DescribeRequest*,
                                            v1::DescribeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const grpc::Status allowed = check_token(context, token_);
  if (allowed.ok()) *response = to_proto(description_, kContractMin, kContractMax);
  reactor->Finish(allowed);
  return reactor;
}

grpc::ServerUnaryReactor* Service::Check(grpc::CallbackServerContext* context,
                                         const v1::CheckRequest* request,
                                         v1::CheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const grpc::Status allowed = check_token(context, token_);
  if (!allowed.ok()) {
    reactor->Finish(allowed);
    return reactor;
  }
  worker_.post([this, reactor, request, response] {
    reactor->Finish(to_grpc(
        guarded([&] { return check(connector_, description_, request->config(), response); })));
  });
  return reactor;
}

grpc::ServerUnaryReactor* Service::Discover(grpc::CallbackServerContext* context,
                                            const v1::DiscoverRequest* request,
                                            v1::DiscoverResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const grpc::Status allowed = check_token(context, token_);
  if (!allowed.ok()) {
    reactor->Finish(allowed);
    return reactor;
  }
  worker_.post([this, reactor, request, response] {
    reactor->Finish(to_grpc(
        guarded([&] { return discover(connector_, description_, request->config(), response); })));
  });
  return reactor;
}

grpc::ServerWriteReactor<v1::ReadResponse>* Service::Read(grpc::CallbackServerContext* context,
                                                          const v1::ReadRequest* request) {
  const grpc::Status allowed = check_token(context, token_);
  if (!allowed.ok()) return new Refusal(allowed);
  auto* call = new ReadCall;  // ends its own life in OnDone
  worker_.post([this, call, request] {
    const Status result = guarded([&] { return read(connector_, description_, *request, call); });
    call->end(result);
  });
  return call;
}

grpc::ServerGenericBidiReactor* HealthService::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new HealthCall(check_token(context, token_),
                        context->method() == "/grpc.health.v1.Health/Check");
}

}  // namespace passerelle::sdk
