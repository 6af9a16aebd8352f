#include "core/steering/node_reader.h"

#include <algorithm>
#include <charconv>

#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;

constexpr std::size_t kShownCharacters = 60;

std::string_view shape_of(const Yaml& value) {
  switch (value.kind) {
    case Yaml::Kind::kNull:
      return "nothing";
    case Yaml::Kind::kScalar:
      return "a text";
    case Yaml::Kind::kSequence:
      return "a list";
    case Yaml::Kind::kMap:
      break;
  }
  return "a map";
}

bool is_id(std::string_view text, char first, char last) {
  if (text.empty() || text.front() < first || text.front() > last) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= first && c <= last) || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string shown(text.substr(0, kShownCharacters));
  while (!shown.empty() && !base::is_valid_utf8(shown)) shown.pop_back();
  if (shown.size() < text.size()) shown += "...";
  return '\'' + shown + '\'';
}

bool is_upper_id(std::string_view text) { return is_id(text, 'A', 'Z'); }
bool is_lower_id(std::string_view text) { return is_id(text, 'a', 'z'); }

NodeReader::NodeReader(Node node, std::string what, model::Place at, Findings* findings)
    : node_(node), what_(std::move(what)), at_(std::move(at)), findings_(findings) {
  is_map_ = node_.yaml->is_map() || node_.yaml->is_null();
  if (is_map_) return;
  error(node_.place(), code::kShape,
        what_ + " is " + std::string(shape_of(*node_.yaml)) + " where a map is expected",
        "write its keys as 'key: value', one a line or in braces");
}

void NodeReader::error(const model::Place& place, std::string_view code, std::string reason,
                       std::string remedy) {
  findings_->error(place, code, std::move(reason), std::move(remedy));
}

const Yaml* NodeReader::find(std::string_view key, Need need) {
  known_.emplace_back(key);
  const Yaml* value = node_.yaml->find(key);
  if (value != nullptr && !value->is_null()) return value;
  if (need == Need::kRequired && is_map_) {
    error(at_, code::kMissing, what_ + " has no " + in_quotes(key),
          "add '" + std::string(key) + ": ...'");
  }
  return nullptr;
}

std::optional<Placed> NodeReader::scalar(const Yaml& value, std::string_view key) {
  if (value.is_scalar()) {
    // A block (|) ends with a line break that no one means.
    const std::size_t end = value.text.find_last_not_of(" \t\r\n") + 1;
    return Placed{value.text.substr(0, end), place_of(value)};
  }
  error(place_of(value), code::kShape,
        in_quotes(key) + " of " + what_ + " is " + std::string(shape_of(value)) +
            " where a text is expected",
        "write one value; in quotes if it holds : # [ ] { } or ,");
  return std::nullopt;
}

Placed NodeReader::placed(std::string_view key, Need need) {
  const Yaml* value = find(key, need);
  if (value == nullptr) return {"", at_};
  Placed placed = scalar(*value, key).value_or(Placed{"", place_of(*value)});
  if (need == Need::kRequired && value->is_scalar() && placed.empty()) {
    error(placed.at, code::kMissing, in_quotes(key) + " of " + what_ + " is empty",
          "give it a value");
  }
  return placed;
}

std::string NodeReader::text(std::string_view key, Need need) { return placed(key, need).text; }

std::string NodeReader::choice(std::string_view key, const std::vector<std::string>& choices,
                               Need need) {
  const Placed value = placed(key, need);
  if (value.empty()) return "";
  if (std::find(choices.begin(), choices.end(), value.text) != choices.end()) return value.text;
  error(value.at, code::kChoice,
        in_quotes(key) + " of " + what_ + " cannot be " + in_quotes(value.text),
        "use one of: " + base::join(choices, ", "));
  return "";
}

model::Label NodeReader::label(std::string_view key, Need need) {
  const Yaml* value = find(key, need);
  if (value == nullptr) return {};
  if (!value->is_map()) {
    error(place_of(*value), code::kShape,
          in_quotes(key) + " of " + what_ + " is " + std::string(shape_of(*value)) +
              " where {fr: ..., en: ...} is expected",
          "write {fr: \"...\", en: \"...\"}");
    return {};
  }
  NodeReader reader(node(*value), std::string(key) + " of " + what_, place_of(*value), findings_);
  model::Label label;
  label.fr = reader.text("fr", need);
  label.en = reader.text("en");
  if (label.en.empty()) label.en = label.fr;
  reader.finish();
  return label;
}

std::vector<Placed> NodeReader::texts(std::string_view key) {
  std::vector<Placed> all;
  const Yaml* value = find(key);
  if (value == nullptr) return all;
  if (!value->is_sequence()) {
    if (auto single = scalar(*value, key)) all.push_back(*std::move(single));
    return all;
  }
  for (const Yaml& item : value->items) {
    if (auto text = scalar(item, key)) all.push_back(*std::move(text));
  }
  return all;
}

std::vector<std::string> NodeReader::plain_texts(std::string_view key) {
  std::vector<std::string> all;
  for (Placed& item : texts(key)) all.push_back(std::move(item.text));
  return all;
}

std::optional<std::int64_t> NodeReader::integer(std::string_view key, std::int64_t min,
                                                std::int64_t max) {
  const Placed value = placed(key);
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [at, failure] = std::from_chars(value.text.data(), end, number);
  if (failure == std::errc() && at == end && number >= min && number <= max) return number;
  error(value.at, code::kFormat,
        in_quotes(key) + " of " + what_ + " cannot be " + in_quotes(value.text),
        "write a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

bool NodeReader::boolean(std::string_view key, bool otherwise) {
  const std::string value = choice(key, {"true", "false"});
  return value.empty() ? otherwise : value == "true";
}

std::optional<base::Days> NodeReader::date(std::string_view key) {
  const Placed value = placed(key);
  if (value.empty()) return std::nullopt;
  const auto day = base::parse_date(value.text);
  if (day.ok()) return *day;
  error(value.at, code::kFormat,
        in_quotes(key) + " of " + what_ + ": " + in_quotes(value.text) + " is no date",
        "write year-month-day, as in 2026-01-31");
  return std::nullopt;
}

model::Validity NodeReader::validity() {
  model::Validity valid{date("from"), date("to")};
  if (valid.from && valid.to && *valid.to < *valid.from) {
    error(place_of(*node_.yaml->find("to")), code::kDates,
          "'to' of " + what_ + " lies before its 'from'", "both days are included; swap them");
    valid.to.reset();
  }
  return valid;
}

void NodeReader::not_available(std::string_view key) {
  later_.emplace_back(key);
  const formats::YamlPair* pair = node_.yaml->find_pair(key);
  if (pair == nullptr) return;
  error({*node_.file, pair->key_mark.line, pair->key_mark.column}, code::kNotAvailable,
        in_quotes(key) + " of " + what_ + " is not available in this version",
        "remove it: it would have no effect");
}

void NodeReader::finish() {
  for (const formats::YamlPair& pair : node_.yaml->pairs) {
    const auto is_key = [&](const std::string& key) { return key == pair.key; };
    if (std::any_of(known_.begin(), known_.end(), is_key)) continue;
    if (std::any_of(later_.begin(), later_.end(), is_key)) continue;
    error({*node_.file, pair.key_mark.line, pair.key_mark.column}, code::kUnknownKey,
          what_ + " has no key " + in_quotes(pair.key),
          suggestion(pair.key, known_, "remove it, or see core/steering/README.md for the keys"));
  }
}

}  // namespace passerelle::steering
