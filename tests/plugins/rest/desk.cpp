#include "tests/plugins/rest/desk.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "plugins/rest/connector.h"

namespace passerelle::rest::testing {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "rest_test_XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name) << text;
}

std::string to_json(const Ticket& ticket) {
  return R"({"id":)" + std::to_string(ticket.id) + R"(,"state":")" + ticket.state +
         R"(","changed":")" + ticket.changed + R"("})";
}

std::string items(const std::vector<Ticket>& tickets, std::size_t from, std::size_t count) {
  std::string out = R"({"items":[)";
  for (std::size_t i = from; i < std::min(from + count, tickets.size()); ++i) {
    if (i > from) out += ',';
    out += to_json(tickets[i]);
  }
  return out + "]}";
}

std::vector<Ticket> tickets(int count) {
  std::vector<Ticket> out;
  for (int i = 1; i <= count; ++i) out.push_back({i});
  return out;
}

std::string manifest(const std::string& stream, const std::string& top) {
  std::string out = "engine: rest\n" + top + "\nstreams:\n  ticket:\n    kind: ticket\n";
  std::istringstream lines(stream);
  for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
  if (stream.find("rows:") == std::string::npos) out += "    rows: items\n";
  return out + "    id: [id]\n    fields: {ticket: id, state: state}\n";
}

StatusOr<sdk::Written> read(const HttpServer& server, const std::string& manifest,
                            const ReadOptions& options) {
  const Folder folder;
  folder.write("m.manifest", manifest);
  RestConnector connector;
  return sdk::read_in_process(
      connector,
      R"({"manifest": "m.manifest", "url": ")" + server.url() + "\"" + options.more_config + "}",
      folder.path(), options.checkpoint, options.stop_after, options.secrets);
}

std::map<std::string, std::string> states(const sdk::Written& written) {
  std::map<std::string, std::string> out;
  for (const sdk::WrittenRecord& record : written.records) {
    out[record.id] = record.deleted ? "deleted" : record.texts.at("state");
  }
  return out;
}

}  // namespace passerelle::rest::testing
