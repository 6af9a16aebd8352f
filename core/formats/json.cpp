#include "core/formats/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

namespace passerelle::formats {
namespace {

// "3:14" of a byte of the text.
std::string position_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return std::to_string(line) + ":" + std::to_string(before.size() - line_begin + 1);
}

// nlohmann's events, made into our tree. Returning false ends the parse.
class Builder {
 public:
  Builder(std::string_view text, const JsonSettings& settings) : text_(text), settings_(settings) {}

  bool null() { return value({}); }
  bool boolean(bool value_of) {
    Json node;
    node.kind = Json::Kind::kBoolean;
    node.boolean = value_of;
    return value(std::move(node));
  }
  bool number_integer(std::int64_t number) { return digits(std::to_string(number)); }
  bool number_unsigned(std::uint64_t number) { return digits(std::to_string(number)); }
  bool number_float(double, const std::string& written) { return digits(written); }
  bool string(std::string& text) {
    Json node;
    node.kind = Json::Kind::kString;
    node.text = std::move(text);
    return value(std::move(node));
  }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // no JSON text has one
  bool start_object(std::size_t) { return open(Json::Kind::kObject); }
  bool start_array(std::size_t) { return open(Json::Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (!keys_.back().insert(name).second) {
      return fail("the key " + json_quoted(name) + " occurs twice in one object");
    }
    open_.back().members.push_back({std::move(name), {}});
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& error) {
    std::string what = error.what();  // "[json.exception....] parse error at ...: <reason>"
    if (const auto at = what.find(": "); at != std::string::npos) what.erase(0, at + 2);
    failure_ = base::invalid_argument("JSON " + position_of(text_, byte == 0 ? 0 : byte - 1) +
                                      ": " + what);
    return false;
  }

  const Status& failure() const { return failure_; }
  Json take() { return std::move(root_); }

 private:
  bool fail(const std::string& message) {
    failure_ = base::invalid_argument("JSON: " + message);
    return false;
  }

  bool digits(std::string text) {
    Json node;
    node.kind = Json::Kind::kNumber;
    node.text = std::move(text);
    return value(std::move(node));
  }

  bool value(Json node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().is_array()) {
      open_.back().items.push_back(std::move(node));
    } else {
      open_.back().members.back().value = std::move(node);
    }
    return true;
  }

  bool open(Json::Kind kind) {
    if (open_.size() == settings_.depth_max) {
      return fail("values are nested deeper than " + std::to_string(settings_.depth_max));
    }
    open_.emplace_back().kind = kind;
    keys_.emplace_back();
    return true;
  }

  bool close() {
    Json node = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return value(std::move(node));
  }

  std::string_view text_;
  JsonSettings settings_;
  std::vector<Json> open_;
  std::vector<std::unordered_set<std::string>> keys_;  // of each of open_
  Json root_;
  Status failure_;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const Json* Json::find_path(std::initializer_list<std::string_view> keys) const {
  const Json* node = this;
  for (const std::string_view key : keys) {
    node = node->find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

StatusOr<Json> parse_json(std::string_view text, const JsonSettings& settings) {
  if (text.size() > settings.bytes_max) {
    return base::invalid_argument("JSON: the document has " + std::to_string(text.size()) +
                                  " bytes; at most " + std::to_string(settings.bytes_max) +
                                  " are read");
  }
  Builder builder(text, settings);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    if (builder.failure().ok()) return base::invalid_argument("JSON: malformed");
    return builder.failure();
  }
  return builder.take();
}

}  // namespace passerelle::formats
