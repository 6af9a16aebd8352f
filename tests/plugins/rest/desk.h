// A help desk in memory behind HTTP, and the connector that reads it by a manifest.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plugins/sdk/test_output.h"
#include "tests/support/http_server.h"

namespace passerelle::rest::testing {

using tests::HttpServer;
using tests::ServerAnswer;
using tests::ServerRequest;

// A folder that is gone at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

struct Ticket {
  int id = 0;
  std::string state = "open";
  std::string changed = "2026-11-01T08:00:00Z";
};

std::string to_json(const Ticket& ticket);
// {"items":[...]} of tickets [from, from + count).
std::string items(const std::vector<Ticket>& tickets, std::size_t from, std::size_t count);
std::vector<Ticket> tickets(int count);

// Tickets of a page.
inline constexpr std::size_t kPage = 10;
// A stream's smallest request.
inline constexpr const char* kRequest = "request: {path: /t}\n";

// A manifest with one stream `ticket`: `top` are lines before the streams, `stream` lines of the
// stream, both without indentation.
std::string manifest(const std::string& stream, const std::string& top = "");

struct ReadOptions {
  std::string checkpoint = {};
  std::size_t stop_after = 0;
  std::string more_config = {};  // `, "user": "x"`
  std::map<std::string, std::string> secrets = {};
};

StatusOr<sdk::Written> read(const HttpServer& server, const std::string& manifest,
                            const ReadOptions& options = {});
// id -> state of what was written; "deleted" of a tombstone.
std::map<std::string, std::string> states(const sdk::Written& written);

}  // namespace passerelle::rest::testing
