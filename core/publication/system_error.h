// What the system said, as an error. Inside the room only.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::publication {

// Of the call that just failed on `path`: "cannot write FILE: No space left on device; ...".
inline Status system_error(std::string_view what, const std::string& path) {
  const int code = errno;
  const std::string text = std::string(what) + " " + path + ": " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT) {
    return base::resource_exhausted(text + "; free some space and start the hub again");
  }
  return base::internal(text);
}

}  // namespace passerelle::publication
