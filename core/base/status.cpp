#include "core/base/status.h"

namespace passerelle::base {

Status annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return error(status.code(), std::string(context) + ": " + message_of(status));
}

}  // namespace passerelle::base
