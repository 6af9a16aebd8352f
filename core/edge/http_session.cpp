#include "core/edge/http_session.h"

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/edge/http_events.h"
#include "core/edge/http_json.h"
#include "core/edge/http_metrics.h"
#include "core/edge/status.h"

namespace passerelle::edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using google::protobuf::Message;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

std::unique_ptr<Message> new_message(const google::protobuf::Descriptor* type) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  return std::unique_ptr<Message>(prototype->New());
}

// a=b&c=d, percent-encoded, '+' for a space.
Status read_query(std::string_view query, Message* message) {
  if (query.empty()) return {};
  for (const std::string_view pair : base::split(query, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string value(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(value.begin(), value.end(), '+', ' ');
    PAS_ASSIGN_OR_RETURN(const std::string name, base::percent_decoded(pair.substr(0, equals)));
    PAS_ASSIGN_OR_RETURN(const std::string text, base::percent_decoded(value));
    PAS_RETURN_IF_ERROR(set_field(name, text, message));
  }
  return {};
}

}  // namespace

// Of what the caller sent nothing but a token that is known becomes metadata.
void HttpContext::sign(const std::string& authorization, grpc::ClientContext* call) const {
  call->AddMetadata("authorization", authorization);
  call->AddMetadata("passerelle-authority", settings.authority);
}

// Kept alive by the callback until gRPC has answered.
struct HttpSession::Call {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

HttpSession::HttpSession(asio::ip::tcp::socket socket, HttpContext& context)
    : context_(context), stream_(std::move(socket)) {
  ++context_.sessions;
}

HttpSession::~HttpSession() { --context_.sessions; }

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(base::kHttpHeaderBytesMax));
  parser_->body_limit(base::kRequestBytesMax);
  stream_.expires_after(base::kHttpRequestMax);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code problem, std::size_t) {
        if (problem == http::error::end_of_stream) {
          self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, problem);
          return;
        }
        if (problem == http::error::body_limit || problem == http::error::header_limit) {
          self->request_ = {};
          self->request_.keep_alive(false);
          return self->refuse(
              base::resource_exhausted("the request is larger than this door takes"));
        }
        if (problem) return;
        self->request_ = self->parser_->release();
        self->answer();
      });
}

std::string HttpSession::header(std::string_view name) const {
  const auto found = request_.find({name.data(), name.size()});
  return found == request_.end() ? "" : std::string(found->value());
}

void HttpSession::answer() {
  const std::string target(request_.target());
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = std::string_view(target).substr(0, mark);
  const std::string_view query = std::string_view(target).substr(std::min(mark + 1, target.size()));
  if (path == "/healthz") {
    const bool ready = context_.settings.is_ready();
    return respond(ready ? 200 : 503, kText, ready ? "ready\n" : "starting\n");
  }
  const Status known = context_.settings.knows(header("Authorization"));
  if (!known.ok()) return refuse(known);
  if (path == "/v1/openapi.json") return respond(200, kJson, openapi_document());
  if (path == "/metrics") return answer_metrics();
  if (path.starts_with("/v1/")) return answer_v1(path.substr(4), query);
  refuse(base::not_found("there is nothing at " + std::string(path) +
                         "; see /v1/openapi.json for what there is"));
}

void HttpSession::answer_v1(std::string_view path, std::string_view query) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const auto authority = base::percent_decoded(path.substr(0, slash));
  bool by_get = false;
  const HttpRoute* route = find_route(path.substr(std::min(slash + 1, path.size())), &by_get);
  if (route == nullptr || !authority.ok()) {
    return refuse(base::not_found("there is nothing at /v1/" + std::string(path) +
                                  "; see /v1/openapi.json for what there is"));
  }
  if (*authority != context_.settings.authority) {
    return refuse(base::not_found("this hub serves the authority " + context_.settings.authority +
                                  ", not " + *authority));
  }
  const http::verb wanted = by_get ? http::verb::get : http::verb::post;
  if (request_.method() != wanted) {
    allowed_ = by_get ? "GET" : "POST";
    return respond(405, kJson,
                   error_json(base::invalid_argument(allowed_ + " is the method of /v1/" +
                                                     std::string(path))));
  }
  std::unique_ptr<Message> message = new_message(route->method->input_type());
  const Status read =
      by_get ? read_query(query, message.get()) : from_json(request_.body(), message.get());
  if (!read.ok())
    return refuse(base::error(absl::StatusCode::kInvalidArgument, base::message_of(read)));
  if (route->streams) return stream(*route, std::move(message));
  call(*route, std::move(message), [this](const Message& answer) {
    auto text = to_json(answer);
    if (!text.ok()) return refuse(text.status());
    respond(200, kJson, *std::move(text));
  });
}

void HttpSession::call(const HttpRoute& route, std::unique_ptr<Message> request,
                       std::function<void(const Message&)> then) {
  auto made = std::make_shared<Call>();
  made->context.set_deadline(std::chrono::system_clock::now() + base::kHttpCallMax);
  context_.sign(header("Authorization"), &made->context);
  const grpc::Slice bytes(request->SerializeAsString());
  made->request = grpc::ByteBuffer(&bytes, 1);
  stream_.expires_never();
  context_.stub->UnaryCall(
      &made->context, route.rpc, {}, &made->request, &made->response,
      [self = shared_from_this(), made, &route,
       then = std::move(then)](const grpc::Status& status) {
        asio::post(self->stream_.get_executor(), [self, made, &route, then, status] {
          if (!status.ok()) return self->refuse(from_grpc(status));
          std::unique_ptr<Message> answer = new_message(route.method->output_type());
          std::vector<grpc::Slice> slices;
          std::string whole;
          if (made->response.Dump(&slices).ok()) {
            for (const grpc::Slice& slice : slices) {
              whole.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
            }
          }
          if (!answer->ParseFromString(whole)) {
            return self->refuse(base::internal("an answer of the hub cannot be read"));
          }
          then(*answer);
        });
      });
}

void HttpSession::stream(const HttpRoute& route, std::unique_ptr<Message> request) {
  if (context_.streams >= base::kHttpStreamsMax) {
    return refuse(base::resource_exhausted("there are " + std::to_string(base::kHttpStreamsMax) +
                                           " streams, the most this door serves; try again later"));
  }
  EventStream::open(shared_from_this(), route.rpc, *request);
}

void HttpSession::answer_metrics() {
  bool by_get = false;
  const HttpRoute* route = find_route("connectors", &by_get);
  call(*route, new_message(route->method->input_type()), [this](const Message& answer) {
    respond(200, "text/plain; version=0.0.4; charset=utf-8",
            metrics_text(static_cast<const admin::v1::ListConnectorsResponse&>(answer),
                         *context_.settings.publisher));
  });
}

void HttpSession::refuse(const Status& status) {
  respond(http_status_of(status.code()), kJson, error_json(status));
}

void HttpSession::respond(unsigned status, std::string_view type, std::string body) {
  response_ = Response(http::int_to_status(status), request_.version());
  response_.set(http::field::content_type, {type.data(), type.size()});
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  if (status == 405) response_.set(http::field::allow, allowed_);
  if (status == 401) response_.set(http::field::www_authenticate, "Bearer");
  response_.keep_alive(request_.keep_alive());
  response_.body() = std::move(body);
  response_.prepare_payload();
  stream_.expires_after(base::kHttpRequestMax);
  http::async_write(
      stream_, response_, [self = shared_from_this()](beast::error_code problem, std::size_t) {
        if (problem) return;
        if (self->response_.keep_alive()) return self->read();
        self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, problem);
      });
}

}  // namespace passerelle::edge
