#include "core/model/record.h"

namespace passerelle::model {

bool is_text(FieldType type) { return type == FieldType::kString || type == FieldType::kPerson; }

std::string_view to_string(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return "string";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kDecimal:
      return "decimal";
    case FieldType::kDate:
      return "date";
    case FieldType::kInstant:
      return "instant";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kPerson:
      break;
  }
  return "person";
}

const Column* RecordBatch::find(std::string_view name) const {
  for (const Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

base::Hash128 key_of(std::string_view connector, std::string_view stream, std::string_view id) {
  char buffer[256];
  const std::size_t size = connector.size() + stream.size() + id.size() + 2;
  if (size <= sizeof buffer) {
    char* at = buffer;
    at += connector.copy(at, connector.size());
    *at++ = '\0';
    at += stream.copy(at, stream.size());
    *at++ = '\0';
    id.copy(at, id.size());
    return base::hash128({buffer, size});
  }
  std::string text(connector);
  text.push_back('\0');
  text.append(stream);
  text.push_back('\0');
  text.append(id);
  return base::hash128(text);
}

}  // namespace passerelle::model
