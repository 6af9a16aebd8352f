// JSON at the HTTP door: proto3's own mapping (64-bit integers are texts, bytes are base64), a hash
// of Progress in hexadecimal, and errors as {"code": "NOT_FOUND", "message": "..."}.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::edge {

// Fields that are not set are written too, but for messages and alternatives.
StatusOr<std::string> to_json(const google::protobuf::Message& message);
// An empty text is an empty message. INVALID_ARGUMENT: not JSON, or not of this message.
Status from_json(std::string_view text, google::protobuf::Message* message);
// Sets the field of a query parameter: by its name in `message`, or in its `target` or `selector`.
// Lists are separated by commas, entries of a map are name=value. INVALID_ARGUMENT names the field.
Status set_field(std::string_view name, const std::string& value,
                 google::protobuf::Message* message);

unsigned http_status_of(absl::StatusCode code);
std::string error_json(const Status& status);

}  // namespace passerelle::edge
