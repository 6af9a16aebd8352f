#include "plugins/sdk/describe.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace passerelle::sdk {
namespace {

namespace json = boost::json;

json::object schema_of(const ConfigField& field) {
  json::object out;
  if (field.type == "strings") {
    out["type"] = "array";
    out["items"] = json::object{{"type", "string"}};
  } else if (field.type == "map") {
    out["type"] = "object";
    out["additionalProperties"] = json::object{{"type", "string"}};
  } else {
    out["type"] = field.type;
  }
  if (!field.default_value.empty() && !field.secret) {
    const std::string& text = field.default_value;
    std::int64_t number = 0;
    if (field.type == "boolean") {
      out["default"] = text == "true";
    } else if (field.type == "integer") {
      std::from_chars(text.data(), text.data() + text.size(), number);
      out["default"] = number;
    } else {
      out["default"] = text;
    }
  }
  out["description"] = field.help_en;
  out["x-description-fr"] = field.help_fr;
  if (field.secret) out["writeOnly"] = true;
  return out;
}

struct TypeName {
  types::v1::FieldType proto;
  std::string_view text;
};

TypeName name_of(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return {types::v1::FIELD_TYPE_STRING, "string"};
    case FieldType::kInteger:
      return {types::v1::FIELD_TYPE_INTEGER, "integer"};
    case FieldType::kDecimal:
      return {types::v1::FIELD_TYPE_DECIMAL, "decimal"};
    case FieldType::kDate:
      return {types::v1::FIELD_TYPE_DATE, "date"};
    case FieldType::kInstant:
      return {types::v1::FIELD_TYPE_INSTANT, "instant"};
    case FieldType::kBoolean:
      return {types::v1::FIELD_TYPE_BOOLEAN, "boolean"};
    case FieldType::kPerson:
      return {types::v1::FIELD_TYPE_PERSON, "person"};
  }
  return {types::v1::FIELD_TYPE_UNSPECIFIED, "?"};
}

std::string type_text(const Field& field) {
  std::string text(name_of(field.type).text);
  if (field.type == FieldType::kDecimal) text += fmt::format("({})", field.scale);
  if (field.type == FieldType::kPerson) text += fmt::format("({})", field.scheme);
  if (!field.unit.empty()) text += " " + field.unit;
  return text;
}

// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string config_schema(const Description& description) {
  json::object properties;
  json::array required;
  for (const ConfigField& field : description.config) {
    properties[field.name] = schema_of(field);
    if (field.required) required.emplace_back(field.name);
  }
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", description.name},
                      {"type", "object"},
                      {"additionalProperties", false}};
  schema["properties"] = std::move(properties);
  schema["required"] = std::move(required);
  return json::serialize(schema);
}

void to_proto(const std::vector<Stream>& streams,
              google::protobuf::RepeatedPtrField<v1::StreamType>* out) {
  for (const Stream& stream : streams) {
    v1::StreamType* type = out->Add();
    type->set_name(stream.name);
    type->set_kind(stream.kind);
    type->set_version_meaning(stream.version_meaning);
    for (const Field& field : stream.fields) {
      types::v1::Field* column = type->add_fields();
      column->set_name(field.name);
      column->set_type(name_of(field.type).proto);
      column->set_scale(static_cast<std::uint32_t>(field.scale));
      column->set_unit(field.unit);
      column->set_scheme(field.scheme);
      column->mutable_label()->set_fr(field.label_fr);
      column->mutable_label()->set_en(field.label_en);
    }
  }
}

v1::DescribeResponse to_proto(const Description& description, std::uint32_t contract_min,
                              std::uint32_t contract_max) {
  v1::DescribeResponse out;
  out.set_name(description.name);
  out.set_family(description.family);
  out.set_version(description.version);
  out.set_contract_min(contract_min);
  out.set_contract_max(contract_max);
  out.set_config_schema(config_schema(description));
  to_proto(description.streams, out.mutable_streams());
  return out;
}

std::string to_markdown(const Description& description) {
  std::string out = "| field | type | required | default | what it is | ce que c'est |\n";
  out += "|---|---|---|---|---|---|\n";
  for (const ConfigField& field : description.config) {
    out += fmt::format("| `{}` | {}{} | {} | {} | {} | {} |\n", field.name, field.type,
                       field.secret ? ", secret" : "", field.required ? "yes" : "no",
                       field.default_value.empty() ? "" : "`" + cell(field.default_value) + "`",
                       cell(field.help_en), cell(field.help_fr));
  }
  for (const Stream& stream : description.streams) {
    out += fmt::format("\n`{}` ({}), versions: {}\n\n", stream.name, stream.kind,
                       stream.version_meaning);
    out += "| field | type | label | libellé |\n|---|---|---|---|\n";
    for (const Field& field : stream.fields) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, type_text(field),
                         cell(field.label_en), cell(field.label_fr));
    }
  }
  return out;
}

}  // namespace passerelle::sdk
