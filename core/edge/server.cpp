#include "core/edge/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "core/base/limits.h"
#include "core/edge/http_door.h"
#include "core/edge/services.h"
#include "core/publication/secret_file.h"

namespace passerelle::edge {
namespace {

constexpr std::size_t kTokenBytes = 32;

// Whether someone listens on the socket.
bool is_answered(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(fd);
  return result == 0;
}

// Removes what a hub that was killed left behind; never a live socket, never another kind of file.
Status clear_socket(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return base::invalid_argument("the socket's path \"" + path + "\" has " +
                                  std::to_string(path.size()) +
                                  " bytes; 1 to 107 are possible: choose a shorter data folder");
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return base::failed_precondition(path + " exists and is not a socket; remove it");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_answered(address)) {
    return base::failed_precondition("another hub listens on " + path + "; stop it first");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return base::internal("cannot remove the old socket " + path + ": " + std::strerror(errno));
  }
  return {};
}

Status check_loopback(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  if (colon != std::string::npos && (host == "127.0.0.1" || host == "[::1]")) return {};
  return base::invalid_argument("\"" + address +
                                "\" is not a loopback address; write 127.0.0.1:PORT or [::1]:PORT");
}

}  // namespace

struct Server::Impl {
  Impl(Settings settings_in, std::string token, publication::Publisher& publisher,
       AdminBackend& admin)
      : settings(std::move(settings_in)),
        gate(settings.authority, std::move(token), [&publisher] { return publisher.access(); }),
        indicators(publisher, admin, gate, reader, streams),
        administration(admin, gate) {}

  Status listen();
  Status open_http(const publication::Publisher& publisher);

  const Settings settings;
  Gate gate;
  ReadingThread reader;
  OpenStreams streams;
  IndicatorServiceImpl indicators;
  AdminServiceImpl administration;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<HttpDoor> http;
  int tcp_port = 0;
  std::mutex stop_mutex;
  bool stopped = false;  // under stop_mutex
};

Status Server::Impl::listen() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  // Without this a second hub on the same port would start too, and share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(base::kRequestBytesMax));
  builder.SetMaxSendMessageSize(static_cast<int>(base::kAnswerBytesMax));
  builder.RegisterService(&indicators);
  builder.RegisterService(&administration);
  builder.AddListeningPort("unix:" + settings.socket_path, grpc::InsecureServerCredentials());
  if (!settings.tcp_address.empty()) {
    builder.AddListeningPort(settings.tcp_address, grpc::InsecureServerCredentials(), &tcp_port);
  }
  // The socket is made with this mode, so that there is no moment in which others could connect.
  const mode_t before = ::umask(0177);
  server = builder.BuildAndStart();
  ::umask(before);
  if (server == nullptr) {
    return base::failed_precondition(settings.tcp_address.empty() || tcp_port != 0
                                         ? "cannot listen on " + settings.socket_path +
                                               "; check that its folder can be written"
                                         : "cannot listen on " + settings.tcp_address +
                                               "; another program has this port, choose another");
  }
  if (::chmod(settings.socket_path.c_str(), 0600) != 0) {
    return base::internal("cannot protect " + settings.socket_path + ": " + std::strerror(errno));
  }
  server->GetHealthCheckService()->SetServingStatus(false);
  return {};
}

Status Server::Impl::open_http(const publication::Publisher& publisher) {
  HttpDoor::Settings door;
  door.address = settings.http_address;
  door.authority = settings.authority;
  door.knows = [this](std::string_view authorization) {
    return gate.caller_of(authorization).status();
  };
  door.is_ready = [this] { return gate.is_ready(); };
  door.publisher = &publisher;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(base::kAnswerBytesMax));
  door.channel = server->InProcessChannel(arguments);
  PAS_ASSIGN_OR_RETURN(http, HttpDoor::open(std::move(door)));
  return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(std::chrono::seconds(1)); }

StatusOr<std::unique_ptr<Server>> Server::start(Settings settings,
                                                publication::Publisher& publisher,
                                                AdminBackend& admin) {
  PAS_RETURN_IF_ERROR(clear_socket(settings.socket_path));
  std::string token;
  for (const std::string& address : {settings.tcp_address, settings.http_address}) {
    if (address.empty()) continue;
    PAS_RETURN_IF_ERROR(check_loopback(address));
    PAS_ASSIGN_OR_RETURN(token,
                         publication::read_or_make_secret(settings.token_path, kTokenBytes, true));
  }
  std::unique_ptr<Server> server(
      new Server(std::make_unique<Impl>(std::move(settings), token, publisher, admin)));
  Impl& impl = *server->impl_;
  PAS_RETURN_IF_ERROR(impl.listen());
  if (!impl.settings.http_address.empty()) {
    PAS_RETURN_IF_ERROR(impl.open_http(publisher));
  }
  return server;
}

void Server::set_ready(bool ready) {
  impl_->gate.set_ready(ready);
  impl_->server->GetHealthCheckService()->SetServingStatus(ready);
}

std::string Server::tcp_address() const {
  if (impl_->tcp_port == 0) return "";
  const std::string& asked = impl_->settings.tcp_address;
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(impl_->tcp_port);
}

std::string Server::http_address() const { return impl_->http ? impl_->http->address() : ""; }

void Server::stop(std::chrono::milliseconds grace) {
  const std::lock_guard<std::mutex> lock(impl_->stop_mutex);
  if (impl_->stopped) return;
  impl_->stopped = true;
  if (impl_->http != nullptr) impl_->http->close_to_new();
  if (impl_->server != nullptr) {
    impl_->server->GetHealthCheckService()->Shutdown();
    impl_->streams.end_all();
    impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
    impl_->server->Wait();
    ::unlink(impl_->settings.socket_path.c_str());
  }
  if (impl_->http != nullptr) impl_->http->close();
  impl_->reader.stop();
}

}  // namespace passerelle::edge
