#include <cassert>
#include <cstdio>

#include "core/base/text.h"
#include "core/formats/json.h"

namespace passerelle::formats {
namespace {

// Bytes of the UTF-8 character at `at`; 0 where there is none.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const std::string_view character = text.substr(at, size);
  return character.size() == size && (size == 1 || base::is_valid_utf8(character)) ? size : 0;
}

void append_escaped(std::string* out, char c) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(c));
    *out += hex;
  } else {
    out->push_back(c);
  }
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_bytes(text, at);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else if (size > 1) {
      out.append(text, at, size);
      at += size;
    } else {
      if (text[at] == '/' && at > 0 && text[at - 1] == '<') out.push_back('\\');
      append_escaped(&out, text[at++]);
    }
  }
  out.push_back('"');
  return out;
}

void JsonWriter::before_value() {
  if (!after_key_ && !has_items_.empty()) {
    if (has_items_.back()) out_->push_back(',');
    has_items_.back() = true;
  }
  after_key_ = false;
}

JsonWriter& JsonWriter::begin_object() {
  before_value();
  out_->push_back('{');
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  assert(!has_items_.empty() && !after_key_);
  has_items_.pop_back();
  out_->push_back('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  out_->push_back('[');
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  assert(!has_items_.empty() && !after_key_);
  has_items_.pop_back();
  out_->push_back(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
  assert(!has_items_.empty() && !after_key_);
  before_value();
  *out_ += json_quoted(key);
  out_->push_back(':');
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  before_value();
  *out_ += json_quoted(text);
  return *this;
}

JsonWriter& JsonWriter::number(std::string_view digits) {
  before_value();
  *out_ += digits;
  return *this;
}

JsonWriter& JsonWriter::number(long long value) { return number(std::to_string(value)); }

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  *out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  *out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::member(std::string_view key_text, std::string_view text) {
  return key(key_text).string(text);
}

}  // namespace passerelle::formats
