// The life of a plugin's process: handshake, ready line, serve until standard input ends.
#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "core/base/limits.h"
#include "plugins/sdk/describe.h"
#include "plugins/sdk/handshake.h"
#include "plugins/sdk/service.h"

namespace passerelle::sdk {
namespace {

constexpr int kRefusedExitCode = 2;
constexpr int kFailedExitCode = 1;
constexpr std::size_t kHandshakeBytesMax = 4'096;

// Standard output carries the ready line only: what the connector's code prints becomes a log line.
// Returns the descriptor of the real one.
int keep_stdout_for_the_hub() {
  const int hub = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return hub;
}

// "level message", one line each: the hub gives each line its level and the connector's name.
void set_up_log() {
  auto logger = spdlog::stderr_logger_mt("plugin");
  logger->set_pattern("%l %v");
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void print(int fd, std::string_view line) {
  const std::string text = fmt::format("passerelle-plugin {}\n", line);
  // Fails only if the hub is gone, which the end of standard input will tell.
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

// One line of standard input; nothing if it ends before. Byte by byte: nothing else is read early.
std::optional<std::string> read_line() {
  std::string line;
  char byte = 0;
  while (line.size() < kHandshakeBytesMax && ::read(STDIN_FILENO, &byte, 1) == 1) {
    if (byte == '\n') return line;
    line += byte;
  }
  return std::nullopt;
}

// Waits for the end of standard input or for SIGTERM (the hub's, or the kernel's when the hub has
// died), which all threads must block.
void wait_for_the_end(int signal_fd) {
  std::array<pollfd, 2> waits{{{STDIN_FILENO, POLLIN, 0}, {signal_fd, POLLIN, 0}}};
  std::array<char, 256> ignored{};
  for (;;) {
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[1].revents != 0) return;
    if (waits[0].revents != 0 && ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0) return;
  }
}

// A connector whose read() does not return soon must not keep the process alive.
void end_soon(const std::string& socket) {
  std::thread([socket] {
    std::this_thread::sleep_for(base::kPluginGraceMax);
    spdlog::warn("read() did not return within {} s of its cancellation; the process ends without",
                 base::kPluginGraceMax.count());
    ::unlink(socket.c_str());
    ::_exit(0);
  }).detach();
}

int serve(Connector& connector, const Handshake& handshake, std::uint32_t major, int hub_fd,
          int signal_fd) {
  Worker worker;
  Service service(connector, worker, handshake.token);
  HealthService health(handshake.token);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + handshake.socket, grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&service);
  builder.RegisterCallbackGenericService(&health);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    spdlog::error("cannot listen on {}; is the folder writable?", handshake.socket);
    return kFailedExitCode;
  }
  print(hub_fd, fmt::format("{} ready", major));
  wait_for_the_end(signal_fd);
  end_soon(handshake.socket);
  server->Shutdown(std::chrono::system_clock::now());  // cancels the read under way
  ::unlink(handshake.socket.c_str());
  // Everything is sent and the hub has gone. gRPC's own teardown may wait for its poller for as
  // long as ten seconds (seen in 1.51), and nothing it would free outlives the process.
  spdlog::default_logger()->flush();
  std::fflush(nullptr);
  ::_exit(0);
}

int serve_the_hub(Connector& connector) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);  // before there are threads, which inherit it
  const int signal_fd = ::signalfd(-1, &ends, SFD_CLOEXEC);
  const int hub_fd = keep_stdout_for_the_hub();
  set_up_log();
  const std::optional<std::string> line = read_line();
  const StatusOr<Handshake> handshake = parse_handshake(line.value_or(""));
  if (!handshake.ok()) {
    print(hub_fd, "refused: " + base::message_of(handshake.status()));
    return kRefusedExitCode;
  }
  const StatusOr<std::uint32_t> major = agree_on_contract(*handshake, connector.describe().name);
  if (!major.ok()) {
    print(hub_fd, "refused: " + base::message_of(major.status()));
    return kRefusedExitCode;
  }
  return serve(connector, *handshake, *major, hub_fd, signal_fd);
}

}  // namespace

int run(int argc, char** argv, Connector& connector) {
  if (argc == 2 && std::string_view(argv[1]) == "--describe") {
    const Description description = connector.describe();
    fmt::print("{} {} ({}), contract {} to {}\n\n{}\n{}\n", description.name, description.version,
               description.family, kContractMin, kContractMax, to_markdown(description),
               config_schema(description));
    return 0;
  }
  if (argc > 1) {
    fmt::print(stderr, "usage: {} [--describe]; without it the hub speaks on standard input\n",
               argv[0]);
    return kRefusedExitCode;
  }
  return serve_the_hub(connector);
}

}  // namespace passerelle::sdk
