#include "core/edge/http_routes.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "passerelle/admin/v1/admin.pb.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using nlohmann::json;

// Short addresses of what is only read.
const std::map<std::string, std::string>& read_paths() {
  static const std::map<std::string, std::string> kPaths{{"Get", "values"},
                                                         {"Describe", "indicators"},
                                                         {"GetOptimisation", "optimisation"},
                                                         {"Subscribe", "stream"},
                                                         {"Overview", "overview"},
                                                         {"ListQuarantine", "quarantine"},
                                                         {"ListConnectors", "connectors"},
                                                         {"ListClosings", "closings"},
                                                         {"ListAlerts", "alerts"}};
  return kPaths;
}

std::vector<HttpRoute> made_routes() {
  std::vector<HttpRoute> routes;
  const FileDescriptor* files[] = {hub::v1::GetRequest::descriptor()->file(),
                                   admin::v1::OverviewRequest::descriptor()->file()};
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        HttpRoute route;
        route.method = service->method(m);
        route.rpc = "/" + service->full_name() + "/" + route.method->name();
        route.path = service->name() + "/" + route.method->name();
        route.streams = route.method->server_streaming();
        const auto read = read_paths().find(route.method->name());
        if (read != read_paths().end()) route.read_path = read->second;
        routes.push_back(std::move(route));
      }
    }
  }
  return routes;
}

json type_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::TYPE_STRING:
      return {{"type", "string"}};
    case FieldDescriptor::TYPE_BYTES:
      return {{"type", "string"}, {"format", "byte"}};
    case FieldDescriptor::TYPE_MESSAGE:
      return {{"$ref", "#/components/schemas/" + field.message_type()->name()}};
    case FieldDescriptor::TYPE_ENUM: {
      json names = json::array();
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        names.push_back(field.enum_type()->value(i)->name());
      }
      return {{"type", "string"}, {"enum", names}};
    }
    default:
      break;
  }
  const bool wide = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                    field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  // proto3's mapping: what may not fit a double is a text.
  if (wide) return {{"type", "string"}, {"pattern", "^-?[0-9a-f]+$"}};
  return {{"type", "integer"}, {"format", "int32"}};
}

json schema_of(const FieldDescriptor& field) {
  if (field.is_map()) {
    return {{"type", "object"},
            {"additionalProperties", type_of(*field.message_type()->map_value())}};
  }
  if (field.is_repeated()) return {{"type", "array"}, {"items", type_of(field)}};
  return type_of(field);
}

void add_schema(const Descriptor& type, json* schemas) {
  if (schemas->contains(type.name())) return;
  (*schemas)[type.name()] = {{"type", "object"}};  // before its fields: types may hold themselves
  json properties = json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    properties[field.name()] = schema_of(field);
    if (field.message_type() != nullptr && !field.is_map()) {
      add_schema(*field.message_type(), schemas);
    }
  }
  (*schemas)[type.name()]["properties"] = std::move(properties);
}

// The query parameters of a request: its own fields, and those of its target and selector.
void add_parameters(const Descriptor& type, json* parameters) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool inner =
        field.name() == "add" || field.name() == "target" || field.name() == "selector";
    if (inner && field.message_type() != nullptr) {
      add_parameters(*field.message_type(), parameters);
      continue;
    }
    if (field.message_type() != nullptr && !field.is_map()) continue;
    if (field.type() == FieldDescriptor::TYPE_BYTES || type.name() == "SubscribeRequest") continue;
    json parameter{{"name", field.name()}, {"in", "query"}, {"schema", type_of(field)}};
    if (field.is_map()) {
      parameter["schema"] = {{"type", "string"}};
      parameter["description"] = "name=value, separated by commas / séparés par des virgules";
    } else if (field.is_repeated()) {
      parameter["schema"] = {{"type", "array"}, {"items", type_of(field)}};
      parameter["style"] = "form";
      parameter["explode"] = false;
    }
    parameters->push_back(std::move(parameter));
  }
}

json authority_parameter() {
  return {{"name", "authority"},
          {"in", "path"},
          {"required", true},
          {"description", "Id of the authority / identifiant de la collectivité"},
          {"schema", {{"type", "string"}}}};
}

json responses_of(const HttpRoute& route) {
  const json content{
      {route.streams ? "text/event-stream" : "application/json",
       {{"schema", {{"$ref", "#/components/schemas/" + route.method->output_type()->name()}}}}}};
  const json error{
      {"description", "Error / erreur"},
      {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  return {{"200", {{"description", "OK"}, {"content", content}}}, {"default", error}};
}

}  // namespace

const std::vector<HttpRoute>& http_routes() {
  static const std::vector<HttpRoute> kRoutes = made_routes();
  return kRoutes;
}

const HttpRoute* find_route(std::string_view path, bool* by_get) {
  for (const HttpRoute& route : http_routes()) {
    *by_get = !route.read_path.empty() && path == route.read_path;
    if (*by_get || (path == route.path && !route.streams)) return &route;
  }
  return nullptr;
}

std::string openapi_document() {
  json paths = json::object();
  json schemas = json::object();
  schemas["Error"] = {
      {"type", "object"},
      {"properties", {{"code", {{"type", "string"}}}, {"message", {{"type", "string"}}}}}};
  for (const HttpRoute& route : http_routes()) {
    add_schema(*route.method->input_type(), &schemas);
    add_schema(*route.method->output_type(), &schemas);
    const json common{{"tags", {route.method->service()->name()}},
                      {"responses", responses_of(route)}};
    if (!route.read_path.empty()) {
      json get = common;
      get["operationId"] = "read" + route.method->name();
      get["parameters"] = {authority_parameter()};
      add_parameters(*route.method->input_type(), &get["parameters"]);
      paths["/v1/{authority}/" + route.read_path]["get"] = std::move(get);
    }
    if (route.streams) continue;
    json post = common;
    post["operationId"] = route.method->name();
    post["parameters"] = {authority_parameter()};
    post["requestBody"] = {
        {"content",
         {{"application/json",
           {{"schema",
             {{"$ref", "#/components/schemas/" + route.method->input_type()->name()}}}}}}}};
    paths["/v1/{authority}/" + route.path]["post"] = std::move(post);
  }
  const json document{
      {"openapi", "3.0.3"},
      {"info", {{"title", "Passerelle"}, {"version", "1"}}},
      {"paths", paths},
      {"components",
       {{"schemas", schemas},
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", {{{"token", json::array()}}}}};
  return document.dump(1);
}

}  // namespace passerelle::edge
