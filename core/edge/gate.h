// Decides whether a call may go on: ready, the right authority, known caller, allowed method.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/flow/cells.h"

namespace passerelle::edge {

struct Caller {
  model::Role role = model::Role::kAdministrator;
  // Whose perimeter holds; empty: the hub's own administrator, who sees everything.
  std::string account;
};

// Any thread.
class Gate {
 public:
  using Rights = std::function<std::shared_ptr<const flow::Access>()>;
  // `token` is the hub's own, of who may read its file; empty: there is no TCP door. `rights`: the
  // accounts, of whom any may come by TCP with its token.
  Gate(std::string authority, std::string token, Rights rights)
      : authority_(std::move(authority)), token_(std::move(token)), rights_(std::move(rights)) {}

  void set_ready(bool ready) { ready_ = ready; }
  bool is_ready() const { return ready_; }
  // Who shows this header "Bearer TOKEN". UNAUTHENTICATED.
  StatusOr<Caller> caller_of(std::string_view authorization) const;
  // UNAVAILABLE, NOT_FOUND (authority), UNAUTHENTICATED or PERMISSION_DENIED.
  StatusOr<Caller> admit(const grpc::ServerContextBase& context, std::string_view method) const;

 private:
  Status check_method(const Caller& caller, std::string_view method) const;

  const std::string authority_;
  const std::string token_;
  const Rights rights_;
  std::atomic<bool> ready_{false};
};

}  // namespace passerelle::edge
