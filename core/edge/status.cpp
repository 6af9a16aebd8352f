#include "core/edge/status.h"

namespace passerelle::edge {
namespace {

constexpr bool same(absl::StatusCode ours, grpc::StatusCode theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(absl::StatusCode::kOk, grpc::StatusCode::OK));
static_assert(same(absl::StatusCode::kCancelled, grpc::StatusCode::CANCELLED));
static_assert(same(absl::StatusCode::kUnknown, grpc::StatusCode::UNKNOWN));
static_assert(same(absl::StatusCode::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT));
static_assert(same(absl::StatusCode::kDeadlineExceeded, grpc::StatusCode::DEADLINE_EXCEEDED));
static_assert(same(absl::StatusCode::kNotFound, grpc::StatusCode::NOT_FOUND));
static_assert(same(absl::StatusCode::kAlreadyExists, grpc::StatusCode::ALREADY_EXISTS));
static_assert(same(absl::StatusCode::kPermissionDenied, grpc::StatusCode::PERMISSION_DENIED));
static_assert(same(absl::StatusCode::kResourceExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED));
static_assert(same(absl::StatusCode::kFailedPrecondition, grpc::StatusCode::FAILED_PRECONDITION));
static_assert(same(absl::StatusCode::kAborted, grpc::StatusCode::ABORTED));
static_assert(same(absl::StatusCode::kOutOfRange, grpc::StatusCode::OUT_OF_RANGE));
static_assert(same(absl::StatusCode::kUnimplemented, grpc::StatusCode::UNIMPLEMENTED));
static_assert(same(absl::StatusCode::kInternal, grpc::StatusCode::INTERNAL));
static_assert(same(absl::StatusCode::kUnavailable, grpc::StatusCode::UNAVAILABLE));
static_assert(same(absl::StatusCode::kDataLoss, grpc::StatusCode::DATA_LOSS));
static_assert(same(absl::StatusCode::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED));

}  // namespace

grpc::Status to_grpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), base::message_of(status)};
}

Status from_grpc(const grpc::Status& status) {
  if (status.ok()) return {};
  return base::error(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace passerelle::edge
