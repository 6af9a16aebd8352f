// Files and ports that a process may reach, kept by the kernel's Landlock; needs no privilege.
// Kernels before 5.13, or without it, keep nothing: version() says so.
#pragma once

#include "core/base/status.h"
#include "core/connectors/reach.h"

namespace passerelle::connectors {

class Fence {
 public:
  // Of the kernel: 0 none, 1 to 3 files, 4 TCP ports too, 6 abstract sockets too.
  static int version();

  // A fence around `reach`; paths that do not exist are left out. INTERNAL names what the kernel
  // refused. Without Landlock it keeps nothing.
  static StatusOr<Fence> make(const Reach& reach);
  Fence() = default;
  Fence(Fence&& other) noexcept;
  Fence& operator=(Fence&& other) noexcept;
  ~Fence();

  // -1: there is none.
  int descriptor() const { return descriptor_; }
  // In the child, before exec: async-signal-safe. `descriptor` is where this one's was moved to.
  // False: errno says what the kernel refused.
  static bool apply(int descriptor);

 private:
  explicit Fence(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace passerelle::connectors
