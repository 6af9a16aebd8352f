#include "plugins/rest/progress.h"

#include "core/formats/json.h"

namespace passerelle::rest {
namespace {

using formats::Json;

using mapping::number_at;
using mapping::text_at;

void write(formats::JsonWriter& out, const StreamProgress& stream) {
  out.begin_object();
  stream.pass.write(out);
  if (stream.pass.is_running) {
    const Position& position = stream.position;
    out.key("page").number(position.page).key("offset").number(position.offset);
    out.member("after", position.after).member("cursor", position.cursor);
    out.member("url", position.url).member("since", position.since);
  }
  out.end_object();
}

StreamProgress read_stream(const Json& from) {
  StreamProgress out;
  out.pass = mapping::Pass::read(from);
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

}  // namespace passerelle::rest
