// What a plugin's process may not do, whatever it was told: kept by the kernel, needs no privilege.
//
//   system calls   those of a server that reads files and sockets, of threads and of memory; any
//                  other fails with EPERM. No other process: no fork, no signal but to itself.
//   network        without a declared host no socket but Unix ones, and no connection from inside
//   resources      memory, descriptors, size of a written file; no core file
//   privileges     none are gained (no_new_privs)
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <vector>

#include "core/base/status.h"

namespace passerelle::connectors {

class Confinement {
 public:
  // INTERNAL: this machine's kernel or library cannot build the filter.
  static StatusOr<Confinement> make(bool may_connect);

  // In the child, before exec: async-signal-safe. False: errno says what the kernel refused.
  bool apply();

 private:
  std::vector<sock_filter> filter_;
  std::vector<std::size_t> own_pid_;  // instructions that compare with the process's own id
};

}  // namespace passerelle::connectors
