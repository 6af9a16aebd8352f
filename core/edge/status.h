// absl::Status and grpc::Status carry the same codes.
#pragma once

#include <grpcpp/support/status.h>

#include "core/base/status.h"

namespace passerelle::edge {

grpc::Status to_grpc(const Status& status);
Status from_grpc(const grpc::Status& status);

}  // namespace passerelle::edge
