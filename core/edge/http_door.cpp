#include "core/edge/http_door.h"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "core/base/limits.h"
#include "core/edge/http_events.h"
#include "core/edge/http_session.h"

namespace passerelle::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

}  // namespace

struct HttpDoor::Impl {
  explicit Impl(Settings settings_in) : acceptor(io), work(asio::make_work_guard(io)) {
    context.settings = std::move(settings_in);
    context.stub = std::make_unique<grpc::GenericStub>(context.settings.channel);
  }

  Status listen();
  void accept();
  void wait_for_streams() const;  // at most a second

  HttpContext context;  // outlives io and what it holds
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  tcp::endpoint endpoint;
  std::thread thread;
};

Status HttpDoor::Impl::listen() {
  const std::string& address = context.settings.address;
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon) == "[::1]" ? "::1" : address.substr(0, colon);
  boost::system::error_code problem;
  const int port = std::atoi(address.c_str() + colon + 1);
  endpoint = {asio::ip::make_address(host, problem), static_cast<std::uint16_t>(port)};
  if (!problem) acceptor.open(endpoint.protocol(), problem);
  if (!problem) acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
  if (!problem) acceptor.bind(endpoint, problem);
  if (!problem) acceptor.listen(asio::socket_base::max_listen_connections, problem);
  if (problem) {
    return base::failed_precondition("cannot listen for HTTP on " + address + ": " +
                                     problem.message() + "; choose another port");
  }
  endpoint = acceptor.local_endpoint();
  accept();
  thread = std::thread([this] {
    pthread_setname_np(pthread_self(), "pas-http");
    io.run();
  });
  return {};
}

void HttpDoor::Impl::accept() {
  acceptor.async_accept([this](boost::system::error_code problem, tcp::socket socket) {
    if (problem == asio::error::operation_aborted) return;
    // One too many is closed at once; so is one that came when file descriptors ran out.
    if (!problem && context.sessions < base::kHttpConnectionsMax) {
      std::make_shared<HttpSession>(std::move(socket), context)->start();
    }
    accept();
  });
}

void HttpDoor::Impl::wait_for_streams() const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (context.streams > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

HttpDoor::HttpDoor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpDoor::~HttpDoor() { close(); }

StatusOr<std::unique_ptr<HttpDoor>> HttpDoor::open(Settings settings) {
  std::unique_ptr<HttpDoor> door(new HttpDoor(std::make_unique<Impl>(std::move(settings))));
  PAS_RETURN_IF_ERROR(door->impl_->listen());
  return door;
}

std::string HttpDoor::address() const {
  const std::string& asked = impl_->context.settings.address;
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(impl_->endpoint.port());
}

void HttpDoor::close_to_new() {
  asio::post(impl_->io, [this] {
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
  });
}

void HttpDoor::close() {
  if (!impl_->thread.joinable()) return;
  // Streams have been told that the hub stops; that is on its way to them.
  impl_->wait_for_streams();
  // What is left are clients that take nothing.
  asio::post(impl_->io, [this] {
    for (EventStream* stream : std::set<EventStream*>(impl_->context.open)) stream->drop();
  });
  impl_->wait_for_streams();
  impl_->io.stop();
  impl_->thread.join();
}

}  // namespace passerelle::edge
