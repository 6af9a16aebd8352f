#include "plugins/file/manifest.h"

#include <algorithm>
#include <filesystem>

#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "core/formats/yaml.h"
#include "core/language/record_schema.h"

namespace passerelle::file {
namespace {

using formats::Yaml;

// Reads one manifest and gathers what is wrong with it.
class Reader {
 public:
  Reader(std::string_view file_name, Manifest* out) : file_(file_name), out_(out) {}

  void read(const Yaml& root) {
    if (!expect_map(root, "the manifest")) return;
    known(root, {"format", "delimiter", "encoding", "quote", "header", "entry", "decimal",
                 "time_zone", "missing", "streams"});
    if (const std::string format = text(root, "format", "csv"); format != "csv") {
      problem(*root.find("format"), "format '" + format + "' is unknown", "use csv");
    }
    out_->delimiter = character(root, "delimiter", ',');
    out_->quote = character(root, "quote", '"');
    if (const Yaml* encoding = root.find("encoding")) {
      const auto parsed = formats::parse_encoding(encoding->text);
      if (parsed.ok()) {
        out_->encoding = *parsed;
      } else {
        problem(*encoding, base::message_of(parsed.status()), "use auto, utf-8 or windows-1252");
      }
    }
    read_header(root);
    out_->entry = text(root, "entry", "*");
    out_->time_zone = text(root, "time_zone", "");
    out_->missing = texts(root, "missing");
    if (const Yaml* decimal = root.find("decimal"); decimal && expect_map(*decimal, "decimal")) {
      known(*decimal, {"point", "group"});
      out_->point = character(*decimal, "point", '.');
      out_->groups = texts(*decimal, "group");
    }
    const Yaml* streams = root.find("streams");
    if (streams == nullptr || !streams->is_map() || streams->pairs.empty()) {
      return problem(root, "there is no stream", "describe at least one below `streams`");
    }
    for (const formats::YamlPair& pair : streams->pairs) read_stream(pair);
  }

  std::vector<std::string> problems;

 private:
  void problem(const Yaml& at, std::string_view reason, std::string_view remedy) {
    problems.push_back(file_ + ":" + at.mark.to_string() + ": " + std::string(reason) + "; " +
                       std::string(remedy));
  }
  bool expect_map(const Yaml& node, std::string_view what) {
    if (node.is_map()) return true;
    problem(node, std::string(what) + " is not a map", "write keys and values");
    return false;
  }
  void known(const Yaml& map, const std::vector<std::string>& keys) {
    for (const formats::YamlPair& pair : map.pairs) {
      if (std::find(keys.begin(), keys.end(), pair.key) != keys.end()) continue;
      const std::string near = base::nearest_of(pair.key, keys);
      problem(
          pair.value, "unknown key '" + pair.key + "'",
          near.empty() ? "known are: " + base::join(keys, ", ") : "did you mean '" + near + "'?");
    }
  }
  std::string text(const Yaml& map, std::string_view key, std::string_view otherwise) {
    const Yaml* node = map.find(key);
    if (node == nullptr || node->is_null()) return std::string(otherwise);
    if (!node->is_scalar()) problem(*node, std::string(key) + " is not a text", "write one value");
    return node->text;
  }
  char character(const Yaml& map, std::string_view key, char otherwise) {
    const Yaml* node = map.find(key);
    if (node == nullptr) return otherwise;
    if (node->text == "\\t" || node->text == "tab") return '\t';
    if (node->text.empty()) return 0;
    if (node->text.size() != 1) {
      problem(*node, std::string(key) + " is not one character", "write e.g. \";\" or tab");
    }
    return node->text[0];
  }
  std::vector<std::string> texts(const Yaml& map, std::string_view key) {
    const Yaml* node = map.find(key);
    std::vector<std::string> out;
    if (node == nullptr) return out;
    if (node->is_scalar()) return {node->text};
    for (const Yaml& item : node->items) out.push_back(item.text);
    return out;
  }
  void read_header(const Yaml& root) {
    const Yaml* header = root.find("header");
    if (header == nullptr) return;
    if (header->is_sequence()) {
      out_->has_header = false;
      out_->names = texts(root, "header");
    } else if (header->text != "true") {
      problem(*header, "header is neither true nor a list", "write true, or the columns' names");
    }
  }

  void read_stream(const formats::YamlPair& pair) {
    const Yaml& node = pair.value;
    if (!expect_map(node, "stream " + pair.key)) return;
    known(node, {"kind", "id", "natural_key", "version", "when", "deleted", "repeat", "reject",
                 "fields", "complete_to"});
    StreamSpec stream;
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
      return problem(node, "no fields are given", "write fields: {field: column}");
    }
    for (const formats::YamlPair& field : fields->pairs) read_field(stream.kind, field, &stream);
    out_->streams.push_back(std::move(stream));
  }

  void read_field(const std::string& kind, const formats::YamlPair& pair, StreamSpec* stream) {
    FieldSpec spec;
    spec.field.name = pair.key;
    std::string type;
    const Yaml& node = pair.value;
    if (node.is_scalar()) {
      spec.text = node.text;
    } else if (expect_map(node, "field " + pair.key)) {
      known(node, {"column", "expression", "constant", "type", "scale", "unit", "scheme", "format",
                   "map"});
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

  void read_origin(const Yaml& node, FieldSpec* spec) {
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

  // The type written, or that of the built-in kind's field.
  static bool set_type(const std::string& kind, const std::string& type, FieldSpec* spec) {
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

  std::string file_;
  Manifest* out_;
};

}  // namespace

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

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  PAS_ASSIGN_OR_RETURN(const Yaml root, formats::parse_yaml(text, file_name));
  Manifest manifest;
  Reader reader(file_name, &manifest);
  reader.read(root);
  if (!reader.problems.empty()) return base::invalid_argument(base::join(reader.problems, "\n"));
  manifest.fingerprint = base::hash64(text);
  return manifest;
}

StatusOr<Manifest> read_manifest(const std::string& path) {
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
  PAS_ASSIGN_OR_RETURN(const std::string text,
                       formats::read_all(*source, base::kModelFileBytesMax));
  return parse_manifest(text, std::filesystem::path(chosen).filename().string());
}

}  // namespace passerelle::file
