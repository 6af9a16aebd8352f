#include "plugins/sdk/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <optional>
#include <variant>

#include "core/base/text.h"
#include "plugins/sdk/fatal.h"

namespace passerelle::sdk {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;
using TextMap = std::map<std::string, std::string>;
using Value = std::variant<std::string, std::int64_t, bool, Texts, TextMap>;

std::string text_of(const json::string& text) { return {text.data(), text.size()}; }

std::optional<std::int64_t> integer_of(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// An identifier such as 010 or a year may reach us as text or as a number: both are taken where
// nothing is lost.
std::optional<Value> typed(const std::string& type, const json::value& value) {
  if (type == "string") {
    if (value.is_string()) return text_of(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
  } else if (type == "integer") {
    if (value.is_int64()) return value.get_int64();
    if (value.is_string()) {
      if (const auto number = integer_of(text_of(value.get_string()))) return *number;
    }
  } else if (type == "boolean") {
    if (value.is_bool()) return value.get_bool();
    if (value.is_string() && value.get_string() == "true") return true;
    if (value.is_string() && value.get_string() == "false") return false;
  } else if (type == "strings") {
    if (value.is_string()) return Texts{text_of(value.get_string())};
    if (!value.is_array()) return std::nullopt;
    Texts texts;
    for (const json::value& item : value.get_array()) {
      if (!item.is_string() && !item.is_int64()) return std::nullopt;
      texts.push_back(item.is_string() ? text_of(item.get_string())
                                       : std::to_string(item.get_int64()));
    }
    return texts;
  } else if (type == "map") {
    if (!value.is_object()) return std::nullopt;
    TextMap map;
    for (const auto& item : value.get_object()) {
      const auto text = typed("string", item.value());
      if (!text) return std::nullopt;
      map[std::string(item.key().data(), item.key().size())] = std::get<std::string>(*text);
    }
    return map;
  }
  return std::nullopt;
}

Value default_of(const ConfigField& field) {
  const std::string& text = field.default_value;
  if (field.type == "string") return text;
  if (field.type == "boolean") return text == "true";
  if (field.type == "integer") return integer_of(text).value_or(0);
  if (field.type == "map") return TextMap();
  if (field.type != "strings") {
    fatal(
        fmt::format("config field '{}' has type '{}'; use string, integer, boolean, strings or map",
                    field.name, field.type));
  }
  Texts texts;
  if (!text.empty()) {
    for (const std::string_view part : base::split(text, ',')) texts.emplace_back(part);
  }
  return texts;
}

class MapConfig final : public Config {
 public:
  MapConfig(std::map<std::string, Value, std::less<>> values, ConfigInput input)
      : values_(std::move(values)), input_(std::move(input)) {}

  std::string text(std::string_view field) const override {
    return get<std::string>(field, "string");
  }
  std::int64_t integer(std::string_view field) const override {
    return get<std::int64_t>(field, "integer");
  }
  bool boolean(std::string_view field) const override { return get<bool>(field, "boolean"); }
  Texts texts(std::string_view field) const override { return get<Texts>(field, "strings"); }
  TextMap map(std::string_view field) const override { return get<TextMap>(field, "map"); }
  std::string json() const override { return input_.json; }
  std::string secret(std::string_view name) const override {
    const auto found = input_.secrets.find(std::string(name));
    return found == input_.secrets.end() ? "" : found->second;
  }
  std::string folder() const override { return input_.folder; }
  std::string time_zone() const override { return input_.time_zone; }
  std::string path(std::string_view field) const override {
    std::string given = text(field);
    if (given.empty() || given.front() == '/' || input_.folder.empty()) return given;
    return input_.folder + "/" + given;
  }

 private:
  template <typename T>
  T get(std::string_view field, std::string_view type) const {
    const auto found = values_.find(field);
    if (found == values_.end()) {
      fatal(fmt::format("config field '{}' is not declared in describe()", field));
    }
    const T* value = std::get_if<T>(&found->second);
    if (value == nullptr) fatal(fmt::format("config field '{}' is not of type {}", field, type));
    return *value;
  }

  std::map<std::string, Value, std::less<>> values_;
  ConfigInput input_;
};

const ConfigField* find_field(const std::vector<ConfigField>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const ConfigField& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

Problem unknown_key(const std::vector<ConfigField>& fields, const std::string& key) {
  std::vector<std::string> names;
  for (const ConfigField& field : fields) names.push_back(field.name);
  const std::string nearest = base::nearest_of(key, names);
  return {key, "unknown key",
          nearest.empty() ? "remove it; known keys: " + base::join(names, ", ")
                          : "did you mean '" + nearest + "'?"};
}

// Values of the declared plain fields; problems of the map.
std::map<std::string, Value, std::less<>> read_map(const std::vector<ConfigField>& fields,
                                                   const json::object& object,
                                                   std::vector<Problem>* problems) {
  std::map<std::string, Value, std::less<>> values;
  for (const ConfigField& field : fields) {
    if (!field.secret) values.emplace(field.name, default_of(field));
  }
  for (const auto& item : object) {
    const std::string key(item.key().data(), item.key().size());
    const ConfigField* field = find_field(fields, key);
    if (field == nullptr) {
      problems->push_back(unknown_key(fields, key));
    } else if (field->secret) {
      problems->push_back({key, "a secret is written in clear",
                           "move it under `secrets:` as a secret:// reference, and change it"});
    } else if (!item.value().is_null()) {
      auto value = typed(field->type, item.value());
      if (value) {
        values.insert_or_assign(key, std::move(*value));
      } else {
        problems->push_back({key, "is not of type " + field->type, "correct the value"});
      }
    }
  }
  return values;
}

void check_presence(const std::vector<ConfigField>& fields, const json::object& object,
                    const ConfigInput& input, std::vector<Problem>* problems) {
  for (const ConfigField& field : fields) {
    if (!field.required) continue;
    if (field.secret && input.secrets.find(field.name) == input.secrets.end()) {
      problems->push_back({field.name, "missing secret", "name it under `secrets:`"});
    }
    const auto found = object.find(json::string_view(field.name));
    if (!field.secret && (found == object.end() || found->value().is_null())) {
      problems->push_back({field.name, "missing", "add it: " + field.help_en});
    }
  }
  for (const auto& [name, value] : input.secrets) {
    const ConfigField* field = find_field(fields, name);
    if (field == nullptr) problems->push_back(unknown_key(fields, name));
    if (field != nullptr && !field->secret) {
      problems->push_back({name, "is not a secret", "move it under `config:`"});
    }
  }
}

}  // namespace

std::unique_ptr<Config> make_config(const std::vector<ConfigField>& fields, ConfigInput input,
                                    std::vector<Problem>* problems) {
  problems->clear();
  json::error_code error;
  const std::string& text = input.json.empty() ? std::string("{}") : input.json;
  const json::value root = json::parse(json::string_view(text), error);
  if (error || !root.is_object()) {
    problems->push_back({"config", "is not a JSON object", "write a map of fields"});
    return nullptr;
  }
  auto values = read_map(fields, root.get_object(), problems);
  check_presence(fields, root.get_object(), input, problems);
  if (!problems->empty()) return nullptr;
  return std::make_unique<MapConfig>(std::move(values), std::move(input));
}

std::string to_text(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += " | ";
    text += fmt::format("{}: {}; {}", problem.field, problem.reason, problem.remedy);
  }
  return text;
}

}  // namespace passerelle::sdk
