// The HTTP door: loopback only, with the bearer token of an account or of the hub's token file.
//   POST /v1/AUTHORITY/SERVICE/METHOD  JSON in, JSON out: every unary RPC
//   GET  /v1/AUTHORITY/values?indicators=DEPENSES&by=policy  the reading ones, by query parameters
//   GET  /v1/AUTHORITY/stream?...      Subscribe as server-sent events; Last-Event-ID resumes
//   GET  /v1/openapi.json, /metrics (both with the token), /healthz (without)
// A call goes through the gRPC server in process: gate, roles, limits and back-pressure are those
// of the other doors.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/publication/publisher.h"

namespace passerelle::edge {

class HttpDoor {
 public:
  struct Settings {
    std::string address;    // "127.0.0.1:PORT" or "[::1]:PORT"; port 0: any free one
    std::string authority;  // the one that addresses name
    // Whether a header "Bearer TOKEN" is somebody's. UNAUTHENTICATED.
    std::function<Status(std::string_view)> knows;
    std::function<bool()> is_ready;
    const publication::Publisher* publisher = nullptr;  // outlives the door
    std::shared_ptr<grpc::Channel> channel;             // to the hub itself
  };

  // FAILED_PRECONDITION: the port is taken.
  static StatusOr<std::unique_ptr<HttpDoor>> open(Settings settings);
  ~HttpDoor();  // close()
  HttpDoor(const HttpDoor&) = delete;
  HttpDoor& operator=(const HttpDoor&) = delete;

  std::string address() const;
  // No new connections; what is under way ends with its calls. Before the gRPC server stops.
  void close_to_new();
  // Ends everything. After the gRPC server has stopped: then no call is under way any more.
  void close();

 private:
  struct Impl;
  explicit HttpDoor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::edge
