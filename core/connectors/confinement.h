// What a plugin's process may not do, whatever it was told: kept by the kernel, needs no privilege.
//
//   system calls   those of a server that reads files and sockets, of threads and of memory; any
//                  other fails with EPERM. No other process: no fork, no signal but to itself.
//   network        without a declared host no socket but Unix ones, and no connection from inside;
//                  with hosts, only their ports (Landlock 4)
//   files          only those of its reach (Landlock 1)
//   resources      memory, descriptors, size of a written file; no core file
//   privileges     none are gained (no_new_privs)
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/connectors/fence.h"

namespace passerelle::connectors {

class Confinement {
 public:
  // INTERNAL: this machine's kernel or library cannot build the filter.
  static StatusOr<Confinement> make(const Reach& reach);

  // The fence's, to be moved to the one that apply() is given; -1: this kernel has none.
  int fence() const { return fence_.descriptor(); }
  // In the child, before exec, with no_new_privs and the filter last: async-signal-safe. False:
  // errno says what the kernel refused.
  bool apply(int fence);

 private:
  Fence fence_;
  std::vector<sock_filter> filter_;
  std::vector<std::size_t> own_pid_;  // instructions that compare with the process's own id
};

// What this machine's kernel keeps plugins from, for people.
struct Guard {
  std::string name_fr;
  std::string name_en;
  bool is_kept = false;
  std::string detail;  // by what, or what the kernel lacks
};
std::vector<Guard> guards_of_this_machine();

}  // namespace passerelle::connectors
