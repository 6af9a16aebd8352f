#include "core/edge/http_json.h"

#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace passerelle::edge {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string joined_names(const google::protobuf::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field.is_map()) {
      names.push_back(field.name());
    }
  }
  return base::join(names, ", ");
}

Status wrong(const FieldDescriptor& field, std::string_view value, std::string_view wanted) {
  return base::invalid_argument(field.name() + "=" + std::string(value) + ": " +
                                std::string(wanted) + " is expected");
}

template <typename Number>
bool parse(std::string_view text, Number* number) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// One value of a field that is no message.
Status add_or_set(const FieldDescriptor& field, const std::string& value, Message* message) {
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) {
        reflection.AddString(message, &field, value);
      } else {
        reflection.SetString(message, &field, value);
      }
      return {};
    case FieldDescriptor::CPPTYPE_UINT32: {
      std::uint32_t number = 0;
      if (!parse(value, &number)) return wrong(field, value, "a whole number");
      reflection.SetUInt32(message, &field, number);
      return {};
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      std::uint64_t number = 0;
      if (!parse(value, &number)) return wrong(field, value, "a whole number");
      reflection.SetUInt64(message, &field, number);
      return {};
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* known = field.enum_type()->FindValueByName(value);
      if (known == nullptr) {
        return wrong(field, value,
                     "a name of " + field.enum_type()->name() + ", such as " +
                         field.enum_type()->value(field.enum_type()->value_count() - 1)->name() +
                         ",");
      }
      reflection.SetEnum(message, &field, known);
      return {};
    }
    default:
      return base::invalid_argument(field.name() + " cannot be given in an address; send JSON");
  }
}

Status add_entry(const FieldDescriptor& field, std::string_view entry, Message* message) {
  const std::size_t equals = entry.find('=');
  if (equals == std::string_view::npos) return wrong(field, entry, "name=value");
  Message* made = message->GetReflection()->AddMessage(message, &field);
  const FieldDescriptor& key = *field.message_type()->map_key();
  const FieldDescriptor& value = *field.message_type()->map_value();
  PAS_RETURN_IF_ERROR(add_or_set(key, std::string(entry.substr(0, equals)), made));
  return add_or_set(value, std::string(entry.substr(equals + 1)), made);
}

// The hash is shown as everywhere else: 16 hexadecimal digits.
void write_hash(nlohmann::json* progress) {
  const auto hash = progress->find("hash");
  std::uint64_t number = 0;
  if (hash == progress->end() || !hash->is_string()) return;
  if (parse(hash->get<std::string>(), &number)) *hash = base::to_hex(number);
}

}  // namespace

StatusOr<std::string> to_json(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto written = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!written.ok()) return base::internal("a message cannot be written as JSON");
  if (text.find("\"hash\"") == std::string::npos) return text;
  nlohmann::json made = nlohmann::json::parse(text, nullptr, false);
  if (made.is_discarded()) return base::internal("a message cannot be written as JSON");
  if (made.contains("progress")) write_hash(&made["progress"]);
  return made.dump();
}

Status from_json(std::string_view text, Message* message) {
  if (text.empty()) return {};
  const auto read = google::protobuf::util::JsonStringToMessage(
      {text.data(), text.size()}, message, google::protobuf::util::JsonParseOptions());
  if (read.ok()) return {};
  return base::invalid_argument("the body is not a " + message->GetDescriptor()->name() +
                                " in JSON: " + std::string(read.message()));
}

Status set_field(std::string_view name, const std::string& value, Message* message) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  const FieldDescriptor* field = type.FindFieldByName(std::string(name));
  if (field != nullptr && field->is_map()) {
    for (const std::string_view entry : base::split(value, ',')) {
      PAS_RETURN_IF_ERROR(add_entry(*field, entry, message));
    }
    return {};
  }
  if (field != nullptr && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    if (!field->is_repeated()) return add_or_set(*field, value, message);
    for (const std::string_view part : base::split(value, ',')) {
      PAS_RETURN_IF_ERROR(add_or_set(*field, std::string(part), message));
    }
    return {};
  }
  for (const char* inner : {"add", "target", "selector"}) {
    const FieldDescriptor* part = type.FindFieldByName(inner);
    if (part == nullptr || part->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    Status status = set_field(name, value, message->GetReflection()->MutableMessage(message, part));
    if (!absl::IsNotFound(status)) return status;
  }
  return base::not_found("there is no parameter " + std::string(name) + "; known are " +
                         joined_names(type));
}

unsigned http_status_of(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kFailedPrecondition:
      return 412;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string error_json(const Status& status) {
  return nlohmann::json{{"code", absl::StatusCodeToString(status.code())},
                        {"message", base::message_of(status)}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace passerelle::edge
