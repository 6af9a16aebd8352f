// What the HTTP door answers: every RPC by POST with JSON, the reading ones also by GET with query
// parameters, Subscribe as server-sent events. Made from the descriptors, so that a new RPC has a
// route at once; and the OpenAPI document of all that.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace passerelle::edge {

struct HttpRoute {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string rpc;        // "/passerelle.hub.v1.IndicatorService/Get"
  std::string path;       // below /v1/{authority}/: "IndicatorService/Get"
  std::string read_path;  // the same by GET: "values"; empty: POST only
  bool streams = false;   // server-sent events, by GET only
};

const std::vector<HttpRoute>& http_routes();
// The route of a path below /v1/{authority}/; null: none. `by_get`: it is its read_path.
const HttpRoute* find_route(std::string_view path, bool* by_get);
// OpenAPI 3.0.3, JSON.
std::string openapi_document();

}  // namespace passerelle::edge
