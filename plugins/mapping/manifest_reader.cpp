#include "plugins/mapping/manifest_reader.h"

#include <algorithm>
#include <filesystem>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "core/language/record_schema.h"

namespace passerelle::mapping {
namespace {

using formats::Yaml;

// The type written, or that of the built-in kind's field.
bool set_type(const std::string& kind, const std::string& type, FieldSpec* spec) {
  static const std::map<std::string, sdk::FieldType> types = {
      {"string", sdk::FieldType::kString},   {"integer", sdk::FieldType::kInteger},
      {"decimal", sdk::FieldType::kDecimal}, {"date", sdk::FieldType::kDate},
      {"instant", sdk::FieldType::kInstant}, {"boolean", sdk::FieldType::kBoolean},
      {"person", sdk::FieldType::kPerson}};
  const auto written = types.find(type);
  if (written != types.end()) spec->field.type = written->second;
  const auto* known = model::find_kind(model::built_in_kinds(), kind);
  const auto* field = known == nullptr ? nullptr : known->find(spec->field.name);
  if (field == nullptr) return written != types.end();
  if (written == types.end()) {
    if (!type.empty()) return false;
    spec->field.type = types.at(std::string(model::to_string(field->type)));
    spec->field.scale = field->scale;
  }
  spec->field.label_fr = field->label.fr;
  spec->field.label_en = field->label.en;
  return true;
}

}  // namespace

Status ManifestReader::status() const {
  if (problems_.empty()) return absl::OkStatus();
  return base::invalid_argument(base::join(problems_, "\n"));
}

void ManifestReader::problem(const Yaml& at, std::string_view reason, std::string_view remedy) {
  problems_.push_back(file_ + ":" + at.mark.to_string() + ": " + std::string(reason) + "; " +
                      std::string(remedy));
}

bool ManifestReader::expect_map(const Yaml& node, std::string_view what) {
  if (node.is_map()) return true;
  problem(node, std::string(what) + " is not a map", "write keys and values");
  return false;
}

void ManifestReader::known(const Yaml& map, const std::vector<std::string>& keys) {
  for (const formats::YamlPair& pair : map.pairs) {
    if (std::find(keys.begin(), keys.end(), pair.key) != keys.end()) continue;
    const std::string near = base::nearest_of(pair.key, keys);
    problem(pair.value, "unknown key '" + pair.key + "'",
            near.empty() ? "known are: " + base::join(keys, ", ") : "did you mean '" + near + "'?");
  }
}

std::string ManifestReader::text(const Yaml& map, std::string_view key,
                                 std::string_view otherwise) {
  const Yaml* node = map.find(key);
  if (node == nullptr || node->is_null()) return std::string(otherwise);
  if (!node->is_scalar()) problem(*node, std::string(key) + " is not a text", "write one value");
  return node->text;
}

char ManifestReader::character(const Yaml& map, std::string_view key, char otherwise) {
  const Yaml* node = map.find(key);
  if (node == nullptr) return otherwise;
  if (node->text == "\\t" || node->text == "tab") return '\t';
  if (node->text.empty()) return 0;
  if (node->text.size() != 1) {
    problem(*node, std::string(key) + " is not one character", "write e.g. \";\" or tab");
  }
  return node->text[0];
}

std::vector<std::string> ManifestReader::texts(const Yaml& map, std::string_view key) {
  const Yaml* node = map.find(key);
  std::vector<std::string> out;
  if (node == nullptr) return out;
  if (node->is_scalar()) return {node->text};
  for (const Yaml& item : node->items) out.push_back(item.text);
  return out;
}

std::map<std::string, std::string> ManifestReader::pairs(const Yaml& map, std::string_view key) {
  std::map<std::string, std::string> out;
  const Yaml* node = map.find(key);
  if (node == nullptr || node->is_null() || !expect_map(*node, key)) return out;
  for (const formats::YamlPair& pair : node->pairs) out[pair.key] = text(*node, pair.key);
  return out;
}

std::int64_t ManifestReader::integer(const Yaml& map, std::string_view key, std::int64_t otherwise,
                                     std::int64_t min, std::int64_t max) {
  const Yaml* node = map.find(key);
  if (node == nullptr) return otherwise;
  const auto parsed = base::parse_scaled(node->text, 0);
  if (parsed.ok() && *parsed >= min && *parsed <= max) return *parsed;
  problem(*node, std::string(key) + " is '" + node->text + "'",
          "write a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return otherwise;
}

std::int64_t ManifestReader::seconds(const Yaml& map, std::string_view key,
                                     std::int64_t otherwise) {
  const Yaml* node = map.find(key);
  if (node == nullptr) return otherwise;
  static const std::map<char, std::int64_t> units = {
      {'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}};
  const std::string& written = node->text;
  const auto unit = written.empty() ? units.end() : units.find(written.back());
  const auto count = unit == units.end()
                         ? StatusOr<std::int64_t>(base::invalid_argument("no unit"))
                         : base::parse_scaled(written.substr(0, written.size() - 1), 0);
  constexpr std::int64_t kDurationMax = 3'660LL * 86'400;
  if (count.ok() && *count >= 0 && *count <= kDurationMax / unit->second) {
    return *count * unit->second;
  }
  problem(*node, std::string(key) + " is '" + written + "'",
          "write a duration of at most ten years: 90s, 10m, 2h or 30d");
  return otherwise;
}

void ManifestReader::read_dialect(const Yaml& root, Dialect* dialect) {
  dialect->time_zone = text(root, "time_zone");
  dialect->missing = texts(root, "missing");
  if (const Yaml* decimal = root.find("decimal"); decimal && expect_map(*decimal, "decimal")) {
    known(*decimal, {"point", "group"});
    dialect->point = character(*decimal, "point", '.');
    dialect->groups = texts(*decimal, "group");
  }
}

const std::vector<formats::YamlPair>* ManifestReader::streams(const Yaml& root) {
  const Yaml* streams = root.find("streams");
  if (streams != nullptr && streams->is_map() && !streams->pairs.empty()) return &streams->pairs;
  problem(root, "there is no stream", "describe at least one below `streams`");
  return nullptr;
}

StreamSpec ManifestReader::read_stream(const formats::YamlPair& pair,
                                       const std::vector<std::string>& others) {
  const Yaml& node = pair.value;
  StreamSpec stream;
  if (!expect_map(node, "stream " + pair.key)) return stream;
  std::vector<std::string> keys = {"kind",    "id",     "natural_key", "version", "when",
                                   "deleted", "repeat", "reject",      "fields",  "complete_to"};
  keys.insert(keys.end(), others.begin(), others.end());
  known(node, keys);
  stream.name = pair.key;
  stream.kind = text(node, "kind", "");
  if (stream.kind.empty()) problem(node, "no kind is given", "write kind: ticket, for example");
  const Yaml* id = node.find("id");
  if (id == nullptr) {
    problem(node, "no id is given", "write id: [column, ...]: what tells two records apart");
  } else if (id->is_sequence()) {
    stream.id_columns = texts(node, "id");
  } else {
    stream.id_expression = id->text;
  }
  const Yaml* natural_key = node.find("natural_key");
  if (natural_key != nullptr && natural_key->is_sequence()) {
    stream.natural_key_columns = texts(node, "natural_key");
  } else if (natural_key != nullptr) {
    stream.natural_key_expression = natural_key->text;
  }
  stream.version = text(node, "version", "");
  if (stream.version == "file") stream.version.clear();
  stream.when = text(node, "when", "");
  stream.deleted = text(node, "deleted", "");
  stream.complete_to = text(node, "complete_to", "");
  if (const Yaml* repeat = node.find("repeat")) {
    for (const Yaml& item : repeat->items) {
      auto& aliases = stream.repeat.emplace_back();
      for (const formats::YamlPair& alias : item.pairs) aliases[alias.key] = alias.value.text;
    }
  }
  if (const Yaml* rejects = node.find("reject")) {
    for (const Yaml& item : rejects->items) {
      known(item, {"when", "rule", "reason", "remedy"});
      stream.rejects.push_back({text(item, "when", ""), text(item, "rule", "FILE-RULE"),
                                text(item, "reason", ""), text(item, "remedy", "")});
    }
  }
  const Yaml* fields = node.find("fields");
  if (fields == nullptr || !fields->is_map()) {
    problem(node, "no fields are given", "write fields: {field: column}");
    return stream;
  }
  for (const formats::YamlPair& field : fields->pairs) read_field(stream.kind, field, &stream);
  return stream;
}

void ManifestReader::read_field(const std::string& kind, const formats::YamlPair& pair,
                                StreamSpec* stream) {
  FieldSpec spec;
  spec.field.name = pair.key;
  std::string type;
  const Yaml& node = pair.value;
  if (node.is_scalar()) {
    spec.text = node.text;
  } else if (expect_map(node, "field " + pair.key)) {
    known(node,
          {"column", "expression", "constant", "type", "scale", "unit", "scheme", "format", "map"});
    read_origin(node, &spec);
    type = text(node, "type", "");
    spec.field.unit = text(node, "unit", "");
    spec.field.scheme = text(node, "scheme", "");
    spec.format = text(node, "format", "");
    if (const Yaml* scale = node.find("scale")) {
      const auto parsed = base::parse_scaled(scale->text, 0);
      if (!parsed.ok() || *parsed < 0 || *parsed > base::kScaleMax) {
        problem(*scale, "'" + scale->text + "' is no number of decimals", "write 0 to 18");
      } else {
        spec.field.scale = static_cast<int>(*parsed);
      }
    }
    if (const Yaml* values = node.find("map")) {
      for (const formats::YamlPair& value : values->pairs) {
        spec.values[value.key] = value.value.text;
      }
    }
  }
  if (!set_type(kind, type, &spec)) {
    problem(node, "field " + pair.key + " has no type",
            "kind " + kind +
                " is not built in or has no such field: write type: string, "
                "integer, decimal, date, instant, boolean or person");
  }
  stream->fields.push_back(std::move(spec));
}

void ManifestReader::read_origin(const Yaml& node, FieldSpec* spec) {
  int origins = 0;
  for (const auto& [key, from] :
       std::initializer_list<std::pair<const char*, From>>{{"column", From::kColumn},
                                                           {"expression", From::kExpression},
                                                           {"constant", From::kConstant}}) {
    if (node.find(key) == nullptr) continue;
    ++origins;
    spec->from = from;
    spec->text = text(node, key, "");
  }
  if (origins != 1) {
    problem(node, "a field has one origin", "give column, expression or constant");
  }
}

std::string variable_of(std::string_view column) {
  std::string name;
  for (const char c : base::folded(column)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name.insert(0, "c_");
  return name;
}

sdk::Stream stream_of(const StreamSpec& spec, std::string_view version_meaning) {
  sdk::Stream stream;
  stream.name = spec.name;
  stream.kind = spec.kind;
  stream.version_meaning = spec.version.empty() ? std::string(version_meaning) : spec.version;
  for (const FieldSpec& field : spec.fields) stream.fields.push_back(field.field);
  return stream;
}

StatusOr<ManifestText> read_manifest_text(const std::string& path) {
  std::string chosen = path;
  std::error_code problem;
  if (!std::filesystem::exists(chosen, problem)) {
    // The manifests that come with the plugin lie beside its program.
    const auto program = std::filesystem::read_symlink("/proc/self/exe", problem);
    const auto own = program.parent_path() / "manifests" /
                     (std::filesystem::path(path).filename().string() + ".manifest");
    if (std::filesystem::exists(own, problem)) chosen = own.string();
  }
  PAS_ASSIGN_OR_RETURN(const auto source, formats::open_file(chosen));
  ManifestText out;
  out.name = std::filesystem::path(chosen).filename().string();
  PAS_ASSIGN_OR_RETURN(out.text, formats::read_all(*source, base::kModelFileBytesMax));
  return out;
}

}  // namespace passerelle::mapping
