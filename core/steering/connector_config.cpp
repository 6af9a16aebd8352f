#include "core/steering/connector_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/base/text.h"
#include "core/formats/json.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

// As JSON writes it: no leading zero, no '+', so that "010" and "+33" stay text.
bool is_json_number(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
  text.remove_prefix(whole);
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

void write_json(const Yaml& node, formats::JsonWriter* out) {
  switch (node.kind) {
    case Yaml::Kind::kNull:
      out->null();
      return;
    case Yaml::Kind::kScalar:
      if (!node.quoted && (node.text == "true" || node.text == "false")) {
        out->boolean(node.text == "true");
      } else if (!node.quoted && is_json_number(node.text)) {
        out->number(std::string_view(node.text));
      } else {
        out->string(node.text);
      }
      return;
    case Yaml::Kind::kSequence:
      out->begin_array();
      for (const Yaml& item : node.items) write_json(item, out);
      out->end_array();
      return;
    case Yaml::Kind::kMap:
      out->begin_object();
      for (const formats::YamlPair& pair : node.pairs) {
        out->key(pair.key);
        write_json(pair.value, out);
      }
      out->end_object();
      return;
  }
}

struct CronField {
  std::string_view name;
  int min;
  int max;
};
constexpr std::array<CronField, 5> kCronFields = {{{"minute", 0, 59},
                                                   {"hour", 0, 23},
                                                   {"day of month", 1, 31},
                                                   {"month", 1, 12},
                                                   {"day of week", 0, 7}}};

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "*", "5", "1-5", each with an optional "/step".
bool is_cron_part(std::string_view part, const CronField& field) {
  const std::size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    const auto step = number_of(part.substr(slash + 1));
    if (!step || *step < 1 || *step > field.max) return false;
    part = part.substr(0, slash);
    if (part != "*" && part.find('-') == std::string_view::npos) return false;
  }
  if (part == "*") return true;
  const std::size_t dash = part.find('-');
  const auto first = number_of(part.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number_of(part.substr(dash + 1));
  return first && last && *first >= field.min && *last <= field.max && *first <= *last;
}

// A key is judged by its last words: `client_secret` is one, `token_url` is none.
bool names_a_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 17> kEnds = {
      "password",   "passwd",     "pwd",       "passphrase", "secret",         "token",
      "apikey",     "privatekey", "bearer",    "credential", "credentials",    "authorization",
      "motdepasse", "accesskey",  "secretkey", "jeton",      "secretaccesskey"};
  std::string word;
  for (const char c : base::folded(key)) {
    if ((c >= 'a' && c <= 'z') || is_digit(c)) word.push_back(c);
  }
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
    return word.size() >= end.size() &&
           word.compare(word.size() - end.size(), end.size(), end) == 0;
  });
}

// "https://user:word@host"
bool is_address_with_password(std::string_view text) {
  const std::size_t start = text.find("://");
  if (start == std::string_view::npos) return false;
  const std::string_view authority =
      text.substr(start + 3).substr(0, text.substr(start + 3).find_first_of("/?# "));
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  return at != std::string_view::npos && colon != std::string_view::npos && colon + 1 < at;
}

void find_open_secrets(const Yaml& node, bool is_named, std::vector<const Yaml*>* found) {
  const bool is_secret =
      node.is_scalar() && !node.text.empty() &&
      (is_named || is_address_with_password(node.text) || node.text.rfind("secret://", 0) == 0);
  if (is_secret) found->push_back(&node);
  for (const Yaml& item : node.items) find_open_secrets(item, is_named, found);
  for (const formats::YamlPair& pair : node.pairs) {
    find_open_secrets(pair.value, names_a_secret(pair.key), found);
  }
}

}  // namespace

std::string json_of(const Yaml& node) {
  std::string text;
  formats::JsonWriter writer(&text);
  write_json(node, &writer);
  return text;
}

std::string schedule_fault(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view field : base::split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != kCronFields.size()) {
    return "it has " + std::to_string(fields.size()) + " fields where five are expected";
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const std::string_view part : base::split(fields[i], ',')) {
      if (is_cron_part(part, kCronFields[i])) continue;
      return "the " + std::string(kCronFields[i].name) + " cannot be '" + std::string(part) +
             "' (" + std::to_string(kCronFields[i].min) + " to " +
             std::to_string(kCronFields[i].max) + ")";
    }
  }
  return "";
}

std::vector<const Yaml*> open_secrets(const Yaml& config) {
  std::vector<const Yaml*> found;
  find_open_secrets(config, false, &found);
  return found;
}

}  // namespace passerelle::steering
