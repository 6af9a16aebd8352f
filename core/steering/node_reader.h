// Reads one YAML map against the keys it may hold, and reports everything that is not as it should
// be. Internal to steering.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/yaml.h"
#include "core/model/steering.h"
#include "core/steering/finding.h"

namespace passerelle::steering {

// A text and where it stands.
struct Placed {
  std::string text;
  model::Place at;
  bool empty() const { return text.empty(); }
};

enum class Need : std::uint8_t { kOptional, kRequired };

// A YAML node within its file.
struct Node {
  const formats::Yaml* yaml = nullptr;
  const std::string* file = nullptr;

  model::Place place() const { return {*file, yaml->mark.line, yaml->mark.column}; }
  Node child(const formats::Yaml& value) const { return {&value, file}; }
};

// Lives as long as the map is read; call finish() last. Keys asked for are keys known.
class NodeReader {
 public:
  // `what` is for messages: "activity 'EC_TITRES'". `at` is where its missing keys are reported.
  NodeReader(Node node, std::string what, model::Place at, Findings* findings);

  // Whether the node is a map (null counts as an empty one); else that was reported.
  bool is_map() const { return is_map_; }
  const model::Place& at() const { return at_; }
  const std::string& what() const { return what_; }
  // nullptr where absent or null.
  const formats::Yaml* find(std::string_view key, Need need = Need::kOptional);
  Node node(const formats::Yaml& value) const { return node_.child(value); }
  model::Place place_of(const formats::Yaml& value) const { return node_.child(value).place(); }

  std::string text(std::string_view key, Need need = Need::kOptional);
  Placed placed(std::string_view key, Need need = Need::kOptional);
  // One of `choices`, or "" (reported unless absent and optional).
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     Need need = Need::kOptional);
  // {fr: ..., en: ...}; without `en` the French text stands for both.
  model::Label label(std::string_view key, Need need);
  // A list of texts; a single text counts as a list of one.
  std::vector<Placed> texts(std::string_view key);
  std::vector<std::string> plain_texts(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  bool boolean(std::string_view key, bool otherwise);
  std::optional<base::Days> date(std::string_view key);
  // `from` and `to`.
  model::Validity validity();
  // A key that a later version will read: refused, never ignored.
  void not_available(std::string_view key);
  // Reports the keys that no one asked for.
  void finish();

  void error(const model::Place& place, std::string_view code, std::string reason,
             std::string remedy);

 private:
  std::optional<Placed> scalar(const formats::Yaml& value, std::string_view key);

  Node node_;
  std::string what_;
  model::Place at_;
  Findings* findings_;
  bool is_map_ = false;
  std::vector<std::string> known_;
  std::vector<std::string> later_;
};

std::string in_quotes(std::string_view text);
// [A-Z][A-Z0-9_]*
bool is_upper_id(std::string_view text);
// [a-z][a-z0-9_]*
bool is_lower_id(std::string_view text);

}  // namespace passerelle::steering
