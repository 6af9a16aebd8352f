// Reads protobuf's text format into a tree of names and values: enough for CEL's conformance cases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::language {

struct TextNode {
  std::string name;
  std::string value;  // of a scalar: the string unescaped, or the word or number as written
  std::vector<TextNode> children;

  // The first child of that name, or null.
  const TextNode* child(std::string_view wanted) const;
  // The value at a path of first children ("ident", "type"), or null.
  const TextNode* at(std::initializer_list<std::string_view> path) const;
};

// The fields of the file as children of a nameless root.
StatusOr<TextNode> parse_textproto(std::string_view text);

}  // namespace passerelle::language
