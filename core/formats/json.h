// JSON documents small enough for memory (descriptions, answers of an API), and JSON output.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/status.h"

namespace passerelle::formats {

struct JsonMember;

// A value. Numbers keep their digits as text: an amount never passes through a double.
struct Json {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;                 // of a string, or a number's digits
  std::vector<Json> items;          // of an array
  std::vector<JsonMember> members;  // of an object, in the document's order

  bool is_null() const { return kind == Kind::kNull; }
  bool is_object() const { return kind == Kind::kObject; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_string() const { return kind == Kind::kString; }
  bool is_number() const { return kind == Kind::kNumber; }
  // An object's member; nullptr if there is none or this is no object.
  const Json* find(std::string_view key) const;
  // Members one below the other: find_path({"result", "items"}).
  const Json* find_path(std::initializer_list<std::string_view> keys) const;
};

struct JsonMember {
  std::string key;
  Json value;
};

struct JsonSettings {
  std::size_t bytes_max = base::kJsonBytesMax;
  std::size_t depth_max = base::kJsonDepthMax;
};

// One RFC 8259 document in UTF-8. INVALID_ARGUMENT with line:column for bad syntax; also for a key
// that an object holds twice, and at a limit.
StatusOr<Json> parse_json(std::string_view text, const JsonSettings& settings = {});

// The text in quotes, escaped; invalid UTF-8 becomes U+FFFD. "</" is written "<\/" so that the
// result may stand in an HTML page.
std::string json_quoted(std::string_view text);

// Writes compact JSON in the order of its calls. Calls out of order (a value in an object without
// its key, an end without a begin) are programming errors and abort in debug builds.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view key);
  JsonWriter& string(std::string_view text);
  // Digits as they shall stand, e.g. from base::format_scaled.
  JsonWriter& number(std::string_view digits);
  JsonWriter& number(long long value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // key() and string() in one.
  JsonWriter& member(std::string_view key, std::string_view text);

 private:
  void before_value();

  std::string* out_;
  std::vector<bool> has_items_;  // of each open object or array
  bool after_key_ = false;
};

}  // namespace passerelle::formats
