#include <algorithm>
#include <cstdio>

#include "core/formats/yaml.h"

namespace passerelle::formats {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a reader takes the text, written plain, as one scalar and gets the same text back.
bool can_be_plain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  const char first = text[0];
  const bool number =
      (first == '-' || first == '+' || first == '.') && text.size() > 1 && is_digit(text[1]);
  const bool starts_well = is_letter(first) || is_digit(first) || number || first == '/' ||
                           first == '_' || first == '(' ||
                           static_cast<unsigned char>(first) >= 0x80;
  if (!starts_well || text.find(": ") != std::string_view::npos ||
      text.find(" #") != std::string_view::npos) {
    return false;
  }
  // Line breaks and marks that YAML knows beyond ASCII.
  for (const std::string_view odd : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
    if (text.find(odd) != std::string_view::npos) return false;
  }
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_null_word(std::string_view text) {
  return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// What other YAML readers take for a boolean, a number or a date.
bool reads_as_other_type(std::string_view text) {
  if (is_null_word(text) || !is_letter(text[0])) {
    return is_null_word(text) || is_digit(text[0]) || text[0] == '-' || text[0] == '+' ||
           text[0] == '.';
  }
  std::string word(text.substr(0, 6));
  for (char& c : word) c = is_letter(c) ? static_cast<char>(c | 0x20) : c;
  for (const std::string_view known : {"true", "false", "yes", "no", "on", "off", "y", "n"}) {
    if (word == known) return true;
  }
  return false;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(c));
      out += hex;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

std::string scalar_text(const Yaml& node) {
  const bool plain = !node.quoted && can_be_plain(node.text) && !is_null_word(node.text);
  return plain ? node.text : double_quoted(node.text);
}

bool is_block(const Yaml& node) { return !node.items.empty() || !node.pairs.empty(); }

void write_node(const Yaml& node, int indent, std::string* out);

void write_inline(const Yaml& node, std::string* out) {
  switch (node.kind) {
    case Yaml::Kind::kNull:
      *out += "null";
      break;
    case Yaml::Kind::kScalar:
      *out += scalar_text(node);
      break;
    case Yaml::Kind::kSequence:
      *out += "[]";
      break;
    case Yaml::Kind::kMap:
      *out += "{}";
      break;
  }
  *out += '\n';
}

// The items and pairs of a block; the first one starts where `out` ends.
void write_node(const Yaml& node, int indent, std::string* out) {
  bool first = true;
  const auto start_line = [&] {
    if (!first) out->append(static_cast<std::size_t>(indent), ' ');
    first = false;
  };
  for (const Yaml& item : node.items) {
    start_line();
    *out += "- ";
    is_block(item) ? write_node(item, indent + 2, out) : write_inline(item, out);
  }
  for (const YamlPair& pair : node.pairs) {
    start_line();
    *out += yaml_quoted(pair.key) + ":";
    if (is_block(pair.value)) {
      out->push_back('\n');
      out->append(static_cast<std::size_t>(indent) + 2, ' ');
      write_node(pair.value, indent + 2, out);
    } else {
      out->push_back(' ');
      write_inline(pair.value, out);
    }
  }
}

}  // namespace

Yaml Yaml::scalar(std::string_view text, bool quoted) {
  Yaml node;
  node.kind = Kind::kScalar;
  node.text = text;
  node.quoted = quoted;
  return node;
}

Yaml Yaml::sequence() {
  Yaml node;
  node.kind = Kind::kSequence;
  return node;
}

Yaml Yaml::map() {
  Yaml node;
  node.kind = Kind::kMap;
  return node;
}

Yaml& Yaml::set(std::string_view key, Yaml value) {
  pairs.push_back({std::string(key), {}, std::move(value)});
  return *this;
}

Yaml& Yaml::set(std::string_view key, std::string_view scalar_text) {
  return set(key, scalar(scalar_text));
}

Yaml& Yaml::add(Yaml value) {
  items.push_back(std::move(value));
  return *this;
}

std::string yaml_quoted(std::string_view text) {
  return can_be_plain(text) && !reads_as_other_type(text) ? std::string(text) : double_quoted(text);
}

std::string write_yaml(const Yaml& node) {
  std::string out;
  is_block(node) ? write_node(node, 0, &out) : write_inline(node, &out);
  return out;
}

}  // namespace passerelle::formats
