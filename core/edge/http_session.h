// One HTTP connection: requests one after the other. Lives until its socket closes. All on the
// door's thread, but what gRPC calls back.
#pragma once

#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/edge/http_door.h"
#include "core/edge/http_routes.h"

namespace passerelle::edge {

class EventStream;

// What the sessions of a door share; outlives them.
struct HttpContext {
  // The metadata of a call in process; the door knows the token shown.
  void sign(const std::string& authorization, grpc::ClientContext* call) const;

  HttpDoor::Settings settings;
  std::unique_ptr<grpc::GenericStub> stub;
  std::atomic<std::uint32_t> sessions{0};
  std::atomic<std::uint32_t> streams{0};
  std::set<EventStream*> open;  // those streams; the door's thread
};

class HttpSession final : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, HttpContext& context);
  ~HttpSession();
  void start() { read(); }

 private:
  friend class EventStream;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  struct Call;

  void read();
  void answer();
  void answer_v1(std::string_view path, std::string_view query);
  void answer_metrics();
  // A unary RPC in process; `then` gets the answer, or the request is answered with its error.
  void call(const HttpRoute& route, std::unique_ptr<google::protobuf::Message> request,
            std::function<void(const google::protobuf::Message&)> then);
  void stream(const HttpRoute& route, std::unique_ptr<google::protobuf::Message> request);
  void respond(unsigned status, std::string_view type, std::string body);
  void refuse(const Status& status);
  std::string header(std::string_view name) const;

  HttpContext& context_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  Request request_;
  Response response_;
  std::string allowed_;  // the method, where another one was used
};

}  // namespace passerelle::edge
