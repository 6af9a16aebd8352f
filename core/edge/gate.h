// Decides whether a call may go on: ready, the right authority, known caller, allowed method.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::edge {

// Any thread.
class Gate {
 public:
  // `token` is what TCP callers must show; empty: there is no TCP door.
  Gate(std::string authority, std::string token)
      : authority_(std::move(authority)), token_(std::move(token)) {}

  void set_ready(bool ready) { ready_ = ready; }
  bool is_ready() const { return ready_; }
  // UNAVAILABLE, NOT_FOUND (authority), UNAUTHENTICATED or PERMISSION_DENIED.
  Status admit(const grpc::ServerContextBase& context, std::string_view method) const;

 private:
  const std::string authority_;
  const std::string token_;
  std::atomic<bool> ready_{false};
};

}  // namespace passerelle::edge
