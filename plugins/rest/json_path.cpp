#include "plugins/rest/json_path.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/text.h"

namespace passerelle::rest {
namespace {

using formats::Json;

int part_of(const Json& value, std::string_view key) {
  const Json* part = value.find(key);
  int number = 0;
  if (part != nullptr) {
    std::from_chars(part->text.data(), part->text.data() + part->text.size(), number);
  }
  return number;
}

// A typed object of Tryton's JSON-RPC (protocols/jsonrpc.py); its instants are UTC.
std::string typed_text(const Json& value) {
  const Json* name = value.find("__class__");
  if (name == nullptr) return "";
  if (name->text == "Decimal") {
    const Json* decimal = value.find("decimal");
    return decimal == nullptr ? "" : decimal->text;
  }
  if (name->text == "timedelta") {
    const Json* seconds = value.find("seconds");
    return seconds == nullptr ? "" : seconds->text;
  }
  const std::string date = fmt::format("{:04}-{:02}-{:02}", part_of(value, "year"),
                                       part_of(value, "month"), part_of(value, "day"));
  if (name->text == "date") return date;
  if (name->text != "datetime") return "";
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", date, part_of(value, "hour"),
                     part_of(value, "minute"), part_of(value, "second"),
                     part_of(value, "microsecond"));
}

Status wrong(std::string_view text, std::size_t at, std::string_view reason) {
  return base::invalid_argument(fmt::format("path '{}', character {}: {}", text, at + 1, reason));
}

}  // namespace

StatusOr<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  if (text.empty()) return wrong(text, 0, "it is empty; write . for the value itself");
  if (text == ".") return path;
  std::size_t at = 0;
  const auto key_until = [&](std::string_view ends) {
    const std::size_t end = std::min(text.find_first_of(ends, at), text.size());
    std::string key(text.substr(at, end - at));
    at = end;
    return key;
  };
  while (at < text.size()) {
    Step step;
    if (text[at] == '[') {
      const std::size_t close = text.find(']', at);
      if (close == std::string_view::npos) return wrong(text, at, "the ] is missing");
      const std::string_view inner = text.substr(at + 1, close - at - 1);
      const std::size_t equals = inner.find('=');
      if (inner == "*") {
        step.kind = Step::Kind::kAll;
      } else if (equals != std::string_view::npos) {
        step.kind = Step::Kind::kWhere;
        step.key = inner.substr(0, equals);
        step.value = inner.substr(equals + 1);
      } else {
        step.kind = Step::Kind::kIndex;
        const auto [end, problem] =
            std::from_chars(inner.data(), inner.data() + inner.size(), step.index);
        if (problem != std::errc() || end != inner.data() + inner.size()) {
          return wrong(text, at, "write a number, * or key=value between [ and ]");
        }
      }
      at = close + 1;
    } else if (text[at] == '"') {
      const std::size_t close = text.find('"', at + 1);
      if (close == std::string_view::npos) return wrong(text, at, "the closing \" is missing");
      step.key = text.substr(at + 1, close - at - 1);
      at = close + 1;
    } else {
      step.key = key_until(".[");
      if (step.key.empty()) return wrong(text, at, "a key is missing");
    }
    path.steps_.push_back(std::move(step));
    if (at == text.size() || text[at] == '[') continue;
    if (text[at] != '.' || at + 1 == text.size()) return wrong(text, at, "write .key or [n]");
    ++at;
  }
  return path;
}

void JsonPath::gather(const Json& node, std::size_t at, std::vector<const Json*>* found) const {
  if (at == steps_.size()) {
    if (!node.is_null()) found->push_back(&node);
    return;
  }
  const Step& step = steps_[at];
  switch (step.kind) {
    case Step::Kind::kKey:
      if (const Json* member = node.find(step.key)) gather(*member, at + 1, found);
      return;
    case Step::Kind::kIndex:
      if (step.index < node.items.size()) gather(node.items[step.index], at + 1, found);
      return;
    case Step::Kind::kAll:
      for (const Json& item : node.items) gather(item, at + 1, found);
      return;
    case Step::Kind::kWhere:
      for (const Json& item : node.items) {
        const Json* member = item.find(step.key);
        if (member == nullptr || text_of(*member) != step.value) continue;
        return gather(item, at + 1, found);
      }
  }
}

const Json* JsonPath::find(const Json& root) const {
  std::vector<const Json*> found;
  gather(root, 0, &found);
  return found.empty() ? nullptr : found.front();
}

std::string JsonPath::text(const Json& root) const {
  std::vector<const Json*> found;
  gather(root, 0, &found);
  std::vector<std::string> texts;
  for (const Json* value : found) texts.push_back(text_of(*value));
  return base::join(texts, ", ");
}

std::string text_of(const Json& value) {
  switch (value.kind) {
    case Json::Kind::kNull:
      return "";
    case Json::Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Json::Kind::kNumber:
    case Json::Kind::kString:
      return value.text;
    case Json::Kind::kArray: {
      std::vector<std::string> texts;
      for (const Json& item : value.items) texts.push_back(text_of(item));
      return base::join(texts, ", ");
    }
    case Json::Kind::kObject:
      return typed_text(value);
  }
  return "";
}

}  // namespace passerelle::rest
