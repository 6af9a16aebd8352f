#include "core/formats/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "core/base/text.h"

namespace passerelle::formats {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// yaml-cpp 0.7 gives "\\_" and "\\N" (U+00A0, U+0085) as single bytes, amid text that is UTF-8.
std::string repaired(const std::string& text) {
  if (base::is_valid_utf8(text)) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const bool stray = lead >= 0x80 && lead < 0xC0;
    const std::size_t size = lead < 0xC0 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (stray) out.push_back('\xC2');
    out.append(text, at, size);
    at += size;
  }
  return out;
}

// Turns yaml-cpp's events into our tree. Events, not its nodes: they carry all positions, tell
// quotes from plain text, and nothing is expanded behind our back.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, std::string_view file_name, const YamlSettings& settings)
      : text_(text), file_name_(file_name), settings_(settings) {
    line_starts_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
      line_starts_.push_back(at + 1);
    }
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark_of(mark), "a second document begins; write one per file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!check(mark, "?", anchor)) return;
    Yaml node;
    node.mark = mark_of(mark);
    if (expects_key()) {
      fail(node.mark, "a key is empty; give it a name");
      return;
    }
    // A value left out has the position of whatever comes next; its key's says more.
    const std::string_view rest = text_.substr(offset_of(mark));
    const bool written = rest.starts_with('~') || rest.starts_with('n') || rest.starts_with('N');
    if (!written && in_map()) node.mark = open_.back().node.pairs.back().key_mark;
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark_of(mark), "aliases (*name) are not accepted; repeat the value");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& raw_value) override {
    const bool text_tag = tag == "tag:yaml.org,2002:str";
    if (!check(mark, text_tag ? "?" : tag, anchor)) return;
    last_scalar_ = mark;
    const std::string value = repaired(raw_value);
    if (expects_key()) {
      add_key(value, mark_of(mark));
      return;
    }
    Yaml node = Yaml::scalar(value, text_tag || tag == "!");
    node.mark = mark_of(mark);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Yaml::sequence(), mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Yaml::map(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  // yaml-cpp takes the end of the file for the end of a quoted text.
  void check_last_quote() {
    const std::size_t begin = offset_of(last_scalar_);
    if (begin >= text_.size()) return;
    const char quote = text_[begin];
    if (quote != '"' && quote != '\'') return;
    for (std::size_t at = begin + 1; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        if (quote == '"' || text_.substr(at + 1, 1) != "'") return;
        ++at;  // doubled
      }
    }
    fail(mark_of(last_scalar_), "the quote that opens here is never closed");
  }

  void fail_at(const YAML::Mark& mark, std::string_view message) { fail(mark_of(mark), message); }
  const Status& failure() const { return failure_; }
  Yaml take() { return std::move(root_); }

 private:
  struct Frame {
    Yaml node;
    bool has_key = false;  // of a map: pairs.back() waits for its value
    std::unordered_map<std::string, YamlMark> keys;
  };

  bool in_map() const { return !open_.empty() && open_.back().node.is_map(); }
  bool expects_key() const { return in_map() && !open_.back().has_key; }

  // Whether the node is acceptable; after a failure no node is.
  bool check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!failure_.ok()) return false;
    if (anchor != YAML::NullAnchor) {
      fail(mark_of(mark), "anchors (&name) are not accepted; repeat the value");
    } else if (!tag.empty() && tag != "?" && tag != "!") {
      fail(mark_of(mark), "the tag " + tag + " is not accepted; leave it out");
    }
    return failure_.ok();
  }

  void open(Yaml node, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!check(mark, tag, anchor)) return;
    node.mark = mark_of(mark);
    if (expects_key()) {
      fail(node.mark, "a key is a list or a map; only texts can be keys");
    } else if (open_.size() == settings_.depth_max) {
      fail(node.mark, "nested deeper than " + std::to_string(settings_.depth_max) + " levels");
    } else {
      open_.push_back({std::move(node), false, {}});
    }
  }

  void close() {
    if (!failure_.ok()) return;
    Yaml node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add_key(const std::string& key, YamlMark mark) {
    Frame& frame = open_.back();
    const auto [known, is_new] = frame.keys.emplace(key, mark);
    if (!is_new) {
      fail(mark, "the key \"" + key + "\" is already given at line " +
                     std::to_string(known->second.line) + ", column " +
                     std::to_string(known->second.column) + "; keep one of them");
      return;
    }
    frame.node.pairs.push_back({key, mark, {}});
    frame.has_key = true;
  }

  void add(Yaml node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.is_map()) {
      open_.back().node.pairs.back().value = std::move(node);
      open_.back().has_key = false;
    } else {
      open_.back().node.items.push_back(std::move(node));
    }
  }

  // yaml-cpp counts from 0, and bytes.
  std::size_t offset_of(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    if (line >= line_starts_.size()) return text_.size();
    const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
    return std::min(line_starts_[line] + column, text_.size());
  }

  YamlMark mark_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {1, 1};
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    const std::size_t end = offset_of(mark);
    const std::size_t begin = line < line_starts_.size() ? line_starts_[line] : end;
    const std::string_view before = text_.substr(begin, end - begin);
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    return {mark.line + 1, static_cast<int>(characters) + 1};
  }

  void fail(YamlMark mark, std::string_view message) {
    if (!failure_.ok()) return;
    failure_ = base::invalid_argument(std::string(file_name_) + ":" + mark.to_string() + ": " +
                                      std::string(message));
  }

  std::string_view text_;
  std::string_view file_name_;
  YamlSettings settings_;
  std::vector<std::size_t> line_starts_;
  std::vector<Frame> open_;
  Yaml root_;
  Status failure_;
  int documents_ = 0;
  YAML::Mark last_scalar_;
};

// What yaml-cpp says, with the remedy for the mistakes people make.
std::string explained(const std::string& message) {
  if (message.find("illegal map value") != std::string::npos) {
    return message + "; put a text that holds \": \" in quotes";
  }
  if (message.find("tab") != std::string::npos) return message + "; indent with spaces";
  return message;
}

}  // namespace

std::string YamlMark::to_string() const {
  return std::to_string(line) + ":" + std::to_string(column);
}

const YamlPair* Yaml::find_pair(std::string_view key) const {
  for (const YamlPair& pair : pairs) {
    if (pair.key == key) return &pair;
  }
  return nullptr;
}

const Yaml* Yaml::find(std::string_view key) const {
  const YamlPair* pair = find_pair(key);
  return pair == nullptr ? nullptr : &pair->value;
}

StatusOr<Yaml> parse_yaml(std::string_view text, std::string_view file_name,
                          const YamlSettings& settings) {
  const std::string name(file_name);
  if (text.size() > settings.bytes_max) {
    return base::invalid_argument(name + ": " + std::to_string(text.size()) + " bytes; at most " +
                                  std::to_string(settings.bytes_max) + " are read");
  }
  if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return base::invalid_argument(name + ": not UTF-8 text; save the file as UTF-8");
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Builder builder(text, file_name, settings);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (builder.failure().ok() && parser.HandleNextDocument(builder)) {
    }
    if (builder.failure().ok()) builder.check_last_quote();
  } catch (const YAML::Exception& exception) {
    builder.fail_at(exception.mark, explained(exception.msg));
  } catch (const std::exception& exception) {
    return base::invalid_argument(name + ": " + exception.what());
  }
  if (!builder.failure().ok()) return builder.failure();
  return builder.take();
}

}  // namespace passerelle::formats
