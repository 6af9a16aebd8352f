// One HTTP client over libcurl: keeps its connection, follows nothing, limits everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::sdk {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // sent with every method but GET and HEAD, or where it is not empty
};

struct HttpResponse {
  int status = 0;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The first of that name (lower case); "" if there is none.
  std::string header(std::string_view name) const;
};

struct HttpSettings {
  std::chrono::seconds connect_max{10};
  std::chrono::seconds answer_max{120};
  std::size_t body_bytes_max = 64 << 20;
  // Certificates of the source's own authority, PEM; empty: the system's.
  std::string ca_file;
  // Plain http to another machine.
  bool allow_plain = false;
};

class HttpClient {
 public:
  // `cancelled` is asked while an answer is awaited.
  HttpClient(HttpSettings settings, std::function<bool()> cancelled);
  ~HttpClient();

  // Any HTTP status is an answer. INVALID_ARGUMENT: the address; UNAVAILABLE, DEADLINE_EXCEEDED:
  // the server cannot be reached or does not answer; PERMISSION_DENIED: its certificate;
  // RESOURCE_EXHAUSTED: the answer is too large; CANCELLED. Nothing of a body or a header is in the
  // texts.
  StatusOr<HttpResponse> send(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "https://host:8443/a/b?c" in its parts.
struct HttpUrl {
  std::string scheme;  // http or https
  std::string host;    // without brackets
  int port = 0;        // the scheme's where none is written
  std::string rest;    // path and query, begins with '/' or '?' or is empty
};
// INVALID_ARGUMENT: no http(s) address, or one with a user in it.
StatusOr<HttpUrl> parse_url(std::string_view text);
// `reference` (absolute, "//host/x", "/x", "?y" or "x") seen from the absolute address `from`.
StatusOr<std::string> resolve_url(std::string_view from, std::string_view reference);
bool is_this_machine(std::string_view host);

std::string base64(std::string_view bytes);

}  // namespace passerelle::sdk
