// The hub's doors: a Unix socket for this machine's user and, on request, loopback TCP and HTTP
// with a bearer token. Serves IndicatorService, AdminService, health and reflection.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/base/status.h"
#include "core/edge/admin_backend.h"
#include "core/publication/publisher.h"

namespace passerelle::edge {

class Server {
 public:
  struct Settings {
    std::string authority;    // the one that is served; requests may name it in their metadata
    std::string socket_path;  // at most 107 bytes; its folder exists; the socket is made 0600
    // Loopback TCP: "" none, or "127.0.0.1:PORT" / "[::1]:PORT" (port 0: any free one).
    std::string tcp_address;
    // The same for the HTTP door (http_door.h).
    std::string http_address;
    std::string token_path;  // bearer token of both; made at first start, 0600
  };

  // Both must outlive the server. Errors: FAILED_PRECONDITION when another hub listens on the
  // socket or port, or the token file is open to others; INVALID_ARGUMENT for an address that is
  // not loopback or a socket path that is too long.
  static StatusOr<std::unique_ptr<Server>> start(Settings settings,
                                                 publication::Publisher& publisher,
                                                 AdminBackend& admin);
  ~Server();  // stop(1 s)

  // Health: NOT_SERVING until set_ready(true); other RPCs answer UNAVAILABLE until then.
  void set_ready(bool ready);
  // "127.0.0.1:41234", or "" without a TCP door.
  std::string tcp_address() const;
  std::string http_address() const;
  // Ends the streams, waits for running calls at most `grace`, then cancels them; removes the
  // socket. Idempotent. The backend may still be called until it returns.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::edge
