#include "plugins/sdk/fatal.h"

#include <unistd.h>

#include <string>

namespace passerelle::sdk {

void fatal(std::string_view message) {
  // No logger: it may be the one that is broken, and the line must be out before the end.
  std::string line = "error connector code: ";
  line += message;
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  ::_exit(kAuthorErrorExitCode);
}

}  // namespace passerelle::sdk
