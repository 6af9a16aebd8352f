// YAML with positions: what an admin writes (steering model, mappings, connector manifests) is
// reported by file, line and column. A small, safe part of YAML: one document, text keys, no
// anchors, aliases or own tags, no key twice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/status.h"

namespace passerelle::formats {

// From 1; columns count characters, not bytes. 0 for nodes that no file holds.
struct YamlMark {
  int line = 0;
  int column = 0;
  bool operator==(const YamlMark&) const = default;
  // "12:3".
  std::string to_string() const;
};

struct YamlPair;

// A node. Scalars keep their text: "010" stays "010"; whether `yes`, `1.0` or `2026-01-01` is
// acceptable is the caller's decision.
struct Yaml {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  YamlMark mark;                // of a scalar's first character, a map's first key, ...
  std::string text;             // of a scalar
  bool quoted = false;          // the scalar is in quotes or a block (|, >): text, never a number
  std::vector<Yaml> items;      // of a sequence
  std::vector<YamlPair> pairs;  // of a map, in the file's order

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }
  // A map's value; nullptr if there is none or this is no map.
  const Yaml* find(std::string_view key) const;
  // nullptr where find() is.
  const YamlPair* find_pair(std::string_view key) const;

  // Building trees to write.
  static Yaml scalar(std::string_view text, bool quoted = false);
  static Yaml sequence();
  static Yaml map();
  // Appends to a map (set) or a sequence (add); returns this node.
  Yaml& set(std::string_view key, Yaml value);
  Yaml& set(std::string_view key, std::string_view scalar_text);
  Yaml& add(Yaml value);
};

struct YamlPair {
  std::string key;
  YamlMark key_mark;
  Yaml value;
};

struct YamlSettings {
  std::size_t bytes_max = base::kModelFileBytesMax;
  std::size_t depth_max = base::kYamlDepthMax;
};

// INVALID_ARGUMENT "<file_name>:<line>:<column>: what is wrong, remedy". A key that a map holds
// twice is reported with both positions. An empty file is a null node.
StatusOr<Yaml> parse_yaml(std::string_view text, std::string_view file_name,
                          const YamlSettings& settings = {});

// The text as a YAML scalar: plain where that reads back as the same text and not as another type
// (number, boolean, null, date), in double quotes otherwise.
std::string yaml_quoted(std::string_view text);

// Block style, two spaces; parse_yaml gives the same tree back (marks aside). Scalars that are not
// `quoted` are written plain if they can be, so numbers stay numbers.
std::string write_yaml(const Yaml& node);

}  // namespace passerelle::formats
