#include "plugins/rest/progress.h"

#include "core/base/decimal.h"
#include "core/formats/json.h"

namespace passerelle::rest {
namespace {

using formats::Json;

std::int64_t number_at(const Json& map, std::string_view key) {
  const Json* value = map.find(key);
  return value == nullptr ? 0 : base::parse_scaled(value->text, 0).value_or(0);
}

std::string text_at(const Json& map, std::string_view key) {
  const Json* value = map.find(key);
  return value == nullptr ? "" : value->text;
}

bool flag_at(const Json& map, std::string_view key) {
  const Json* value = map.find(key);
  return value != nullptr && value->boolean;
}

void write(formats::JsonWriter& out, const StreamProgress& stream) {
  out.begin_object();
  out.key("high").number(stream.high).key("full_at").number(stream.full_at);
  out.key("full_rows").number(stream.full_rows);
  if (stream.running) {
    out.key("running").boolean(true).key("full").boolean(stream.is_full);
    out.key("began").number(stream.began).key("seen").number(stream.seen);
    out.key("rows").number(stream.rows);
    out.key("page").number(stream.position.page).key("offset").number(stream.position.offset);
    out.member("after", stream.position.after).member("cursor", stream.position.cursor);
    out.member("url", stream.position.url).member("since", stream.position.since);
  }
  out.end_object();
}

StreamProgress read_stream(const Json& from) {
  StreamProgress out;
  out.high = number_at(from, "high");
  out.full_at = number_at(from, "full_at");
  out.full_rows = number_at(from, "full_rows");
  out.running = flag_at(from, "running");
  out.is_full = flag_at(from, "full");
  out.began = number_at(from, "began");
  out.seen = number_at(from, "seen");
  out.rows = number_at(from, "rows");
  out.position = {number_at(from, "page"), number_at(from, "offset"), text_at(from, "after"),
                  text_at(from, "cursor"), text_at(from, "url"),      text_at(from, "since")};
  return out;
}

}  // namespace

std::string Progress::text() const {
  std::string text;
  formats::JsonWriter out(&text);
  out.begin_object().member("context", std::to_string(context)).key("streams").begin_object();
  for (const auto& [name, stream] : streams) {
    out.key(name);
    write(out, stream);
  }
  out.end_object().end_object();
  return text;
}

Progress Progress::parse(std::string_view text, std::uint64_t context) {
  Progress out;
  out.context = context;
  const auto root = formats::parse_json(text);
  if (!root.ok() || text_at(*root, "context") != std::to_string(context)) return out;
  const Json* streams = root->find("streams");
  if (streams == nullptr) return out;
  for (const formats::JsonMember& member : streams->members) {
    out.streams[member.key] = read_stream(member.value);
  }
  return out;
}

bool is_progress(std::string_view text) {
  const auto root = formats::parse_json(text);
  return root.ok() && root->find("context") != nullptr && root->find("streams") != nullptr;
}

}  // namespace passerelle::rest
