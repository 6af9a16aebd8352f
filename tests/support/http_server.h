// A small HTTP server on this machine, for tests of connectors: answers by a function, remembers
// what it was asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace passerelle::tests {

struct ServerRequest {
  std::string method;
  std::string path;                                 // decoded, without the query
  std::multimap<std::string, std::string> query;    // decoded
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The first of that name; "" if there is none.
  std::string parameter(const std::string& name) const;
  std::string header(const std::string& name) const;
};

struct ServerAnswer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {{"Content-Type", "application/json"}};
};

class HttpServer {
 public:
  using Handler = std::function<ServerAnswer(const ServerRequest&)>;

  // On 127.0.0.1, a free port. The handler is called by one thread at a time.
  explicit HttpServer(Handler handler);
  ~HttpServer();

  std::string url() const;
  std::vector<ServerRequest> asked() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::tests
