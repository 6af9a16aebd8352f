#include "tests/support/http_server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/src.hpp>
#include <boost/url/url_view.hpp>
#include <list>
#include <mutex>
#include <thread>

namespace passerelle::tests {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

ServerRequest read(const http::request<http::string_body>& from) {
  ServerRequest out;
  out.method = std::string(from.method_string());
  out.body = from.body();
  for (const auto& field : from) {
    out.headers.emplace(lower(std::string(field.name_string())), std::string(field.value()));
  }
  const auto target = boost::urls::parse_origin_form(
      boost::core::string_view(from.target().data(), from.target().size()));
  if (target.has_error()) return out;
  out.path = target->path();
  for (const auto& parameter : target->params()) out.query.emplace(parameter.key, parameter.value);
  return out;
}

}  // namespace

std::string ServerRequest::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::string ServerRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct HttpServer::Impl {
  Handler handler;
  asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  mutable std::mutex mutex;
  std::vector<ServerRequest> asked;
  std::list<std::shared_ptr<tcp::socket>> open;
  std::list<std::thread> threads;
  std::thread accepting;

  void serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    boost::beast::error_code problem;
    while (!problem) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, problem);
      if (problem) break;
      ServerAnswer answer;
      {
        const std::lock_guard lock(mutex);
        asked.push_back(read(request));
        answer = handler(asked.back());
      }
      http::response<http::string_body> response{static_cast<http::status>(answer.status),
                                                 request.version()};
      for (const auto& [name, value] : answer.headers) response.insert(name, value);
      response.body() = answer.body;
      response.keep_alive(request.keep_alive());
      response.prepare_payload();
      http::write(socket, response, problem);
      if (!response.keep_alive()) break;
    }
    boost::beast::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  void accept() {
    for (;;) {
      auto socket = std::make_shared<tcp::socket>(io);
      boost::beast::error_code problem;
      acceptor.accept(*socket, problem);
      if (problem) return;
      const std::lock_guard lock(mutex);
      open.push_back(socket);
      threads.emplace_back([this, socket] { serve(*socket); });
    }
  }
};

HttpServer::HttpServer(Handler handler) : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  impl_->accepting = std::thread([this] { impl_->accept(); });
}

HttpServer::~HttpServer() {
  boost::beast::error_code ignored;
  // A blocked accept() ends when its socket is shut down, not when it is closed.
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);
  impl_->accepting.join();
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& socket : impl_->open) socket->shutdown(tcp::socket::shutdown_both, ignored);
  }
  for (std::thread& thread : impl_->threads) thread.join();
}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port());
}

std::vector<ServerRequest> HttpServer::asked() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->asked;
}

}  // namespace passerelle::tests
