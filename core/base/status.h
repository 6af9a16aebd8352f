// Errors are values (absl::Status). Debian's absl has its own string_view, so the conversions are
// made once, here. The code says whether to retry: UNAVAILABLE, RESOURCE_EXHAUSTED and
// DEADLINE_EXCEEDED are transient, everything else is permanent.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace passerelle {

using absl::Status;
template <typename T>
using StatusOr = absl::StatusOr<T>;

}  // namespace passerelle

namespace passerelle::base {

inline absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string message_of(const Status& status) {
  return {status.message().data(), status.message().size()};
}

inline Status error(absl::StatusCode code, std::string_view text) { return {code, to_absl(text)}; }
inline Status invalid_argument(std::string_view text) {
  return error(absl::StatusCode::kInvalidArgument, text);
}
inline Status not_found(std::string_view text) { return error(absl::StatusCode::kNotFound, text); }
inline Status already_exists(std::string_view text) {
  return error(absl::StatusCode::kAlreadyExists, text);
}
inline Status failed_precondition(std::string_view text) {
  return error(absl::StatusCode::kFailedPrecondition, text);
}
inline Status internal(std::string_view text) { return error(absl::StatusCode::kInternal, text); }
inline Status unavailable(std::string_view text) {
  return error(absl::StatusCode::kUnavailable, text);
}
inline Status data_loss(std::string_view text) { return error(absl::StatusCode::kDataLoss, text); }
inline Status out_of_range(std::string_view text) {
  return error(absl::StatusCode::kOutOfRange, text);
}
inline Status unauthenticated(std::string_view text) {
  return error(absl::StatusCode::kUnauthenticated, text);
}
inline Status permission_denied(std::string_view text) {
  return error(absl::StatusCode::kPermissionDenied, text);
}
inline Status resource_exhausted(std::string_view text) {
  return error(absl::StatusCode::kResourceExhausted, text);
}
inline Status deadline_exceeded(std::string_view text) {
  return error(absl::StatusCode::kDeadlineExceeded, text);
}
inline Status cancelled(std::string_view text) { return error(absl::StatusCode::kCancelled, text); }
inline Status unimplemented(std::string_view text) {
  return error(absl::StatusCode::kUnimplemented, text);
}

// Whether trying the same call again later can succeed.
inline bool is_transient(const Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kResourceExhausted ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

// The same status with `context: ` before its message.
Status annotate(const Status& status, std::string_view context);

}  // namespace passerelle::base

#define PAS_CONCAT_INNER(a, b) a##b
#define PAS_CONCAT(a, b) PAS_CONCAT_INNER(a, b)

#define PAS_RETURN_IF_ERROR(expression)        \
  do {                                         \
    ::absl::Status pas_status_ = (expression); \
    if (!pas_status_.ok()) return pas_status_; \
  } while (false)

#define PAS_ASSIGN_OR_RETURN(target, expression) \
  PAS_ASSIGN_OR_RETURN_INNER(PAS_CONCAT(pas_or_, __LINE__), target, expression)
#define PAS_ASSIGN_OR_RETURN_INNER(temporary, target, expression) \
  auto temporary = (expression);                                  \
  if (!temporary.ok()) return temporary.status();                 \
  target = std::move(temporary).value()
