// The sections that say what data looks like and where it goes: kinds, dimensions, tables,
// mappings.
#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/steering/dimensions.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> names = {"string",  "integer", "decimal", "date",
                                                 "instant", "boolean", "person"};
  return names;
}

model::FieldType type_named(std::string_view name) {
  for (const model::FieldType type :
       {model::FieldType::kString, model::FieldType::kInteger, model::FieldType::kDecimal,
        model::FieldType::kDate, model::FieldType::kInstant, model::FieldType::kBoolean}) {
    if (name == model::to_string(type)) return type;
  }
  return model::FieldType::kPerson;
}

constexpr std::int64_t kFieldScaleMax = 9;

std::optional<model::Field> read_field(const formats::YamlPair& pair, NodeReader& kind,
                                       Findings* findings) {
  const Node node = kind.node(pair.value);
  const model::Place at{*node.file, pair.key_mark.line, pair.key_mark.column};
  // Words of the expression language.
  static const std::vector<std::string> kWords = {
      "as",      "break",  "const", "continue", "else", "false",     "for",
      "if",      "import", "in",    "let",      "loop", "namespace", "null",
      "package", "return", "true",  "var",      "void", "while"};
  if (!is_lower_id(pair.key) || std::count(kWords.begin(), kWords.end(), pair.key) > 0) {
    findings->error(at, code::kId, in_quotes(pair.key) + " is no name of a field",
                    "use a letter, then letters, digits and _, all of them a to z; no word of the "
                    "expression language such as true, in, if");
    return std::nullopt;
  }
  model::Field field;
  field.name = pair.key;
  field.label = {pair.key, pair.key};
  if (!pair.value.is_scalar()) {
    NodeReader reader(node, "field " + in_quotes(pair.key) + " of " + kind.what(), at, findings);
    if (!reader.is_map()) return std::nullopt;
    const std::string type = reader.choice("type", type_names(), Need::kRequired);
    field.type = type_named(type);
    field.scale = static_cast<int>(reader.integer("scale", 0, kFieldScaleMax).value_or(0));
    field.unit = reader.text("unit");
    const model::Label label = reader.label("label", Need::kOptional);
    if (!label.fr.empty()) field.label = label;
    reader.finish();
    if (type.empty()) return std::nullopt;
    if (field.type == model::FieldType::kDecimal || field.scale == 0) return field;
    findings->error(at, code::kKind, "only a decimal field has a scale",
                    "remove 'scale' or write type: decimal");
    return std::nullopt;
  }
  const std::string& type = pair.value.text;
  if (std::count(type_names().begin(), type_names().end(), type) == 0) {
    findings->error(node.place(), code::kChoice,
                    "field " + in_quotes(pair.key) + " cannot be of type " + in_quotes(type),
                    "use one of: " + base::join(type_names(), ", "));
    return std::nullopt;
  }
  field.type = type_named(type);
  return field;
}

void read_fields(NodeReader& reader, model::RecordKind* kind, Findings* findings) {
  const Yaml* fields = reader.find("fields", Need::kRequired);
  if (fields == nullptr) return;
  if (!fields->is_map()) {
    reader.error(reader.place_of(*fields), code::kShape,
                 "'fields' of " + reader.what() + " is no map", "write {name: type, ...}");
    return;
  }
  for (const formats::YamlPair& pair : fields->pairs) {
    const model::Place at{reader.at().file, pair.key_mark.line, pair.key_mark.column};
    auto field = read_field(pair, reader, findings);
    if (!field) continue;
    if (kind->find(field->name) != nullptr) {
      reader.error(at, code::kKind,
                   reader.what() + " has a field " + in_quotes(field->name) + " already",
                   "give this one another name");
    } else if (kind->fields.size() >= base::kRecordFieldsMax) {
      reader.error(
          at, code::kTooMany,
          reader.what() + " has more than " + std::to_string(base::kRecordFieldsMax) + " fields",
          "remove some");
    } else {
      kind->fields.push_back(*std::move(field));
    }
  }
}

void extend_kind(NodeReader& reader, model::RecordKind* kind, Findings* findings) {
  if (kind->derivation != model::Derivation::kNone || !kind->sendable) {
    reader.error(reader.at(), code::kKind,
                 reader.what() +
                     " is derived from documents or events: further fields would "
                     "be lost on the way",
                 "declare a kind of your own for them");
  }
  read_fields(reader, kind, findings);
}

void read_new_kind(NodeReader& reader, const std::string& id, Draft* draft, Findings* findings) {
  model::RecordKind kind;
  kind.name = id;
  kind.fact_kind = id;
  kind.label = reader.label("label", Need::kRequired);
  read_fields(reader, &kind, findings);
  const Placed at = reader.placed("at", Need::kRequired);
  kind.default_at = at.text;
  if (!at.empty() && !places_a_fact(kind, at.text)) {
    findings->error(
        at.at, code::kKind,
        in_quotes(at.text) + " of " + reader.what() + " cannot place a fact in a period",
        "name a field of type date or instant, or an integer field 'exercise'");
  }
  draft->model.kinds.push_back(std::move(kind));
}

void read_set(NodeReader& rule, model::MappingRule* out, RuleDraft* places, const Draft& draft) {
  // `pool: ID` is short for `set: {pool: ID}`.
  const Placed pool = rule.placed("pool");
  if (!pool.empty()) {
    out->set.emplace(model::kPoolDimension,
                     model::RuleValue{model::RuleValue::Kind::kConstant, pool.text, pool.at});
  }
  const Yaml* set = rule.find("set", pool.empty() ? Need::kRequired : Need::kOptional);
  if (set == nullptr) return;
  if (!set->is_map() || set->pairs.empty()) {
    rule.error(rule.place_of(*set), code::kShape, "'set' of " + rule.what() + " gives no value",
               "write {policy: $column, activity: ID, service: \"=expression\"}");
    return;
  }
  for (const formats::YamlPair& pair : set->pairs) {
    const model::Place at = rule.place_of(pair.value);
    if (!pair.value.is_scalar() || pair.value.text.empty()) {
      rule.error(at, code::kShape, in_quotes(pair.key) + " of " + rule.what() + " has no value",
                 "write $column, \"=expression\" or a constant");
      continue;
    }
    const std::string& text = pair.value.text;
    model::RuleValue value{model::RuleValue::Kind::kConstant, text, at};
    if (text.front() == '$') {
      value.kind = model::RuleValue::Kind::kColumn;
      value.text = text.substr(1);
    } else if (text.front() == '=') {
      value.kind = model::RuleValue::Kind::kExpression;
      value.text = text.substr(1);
      places->set[pair.key] = expression_of(&pair.value, draft);
    }
    out->set.emplace(pair.key, std::move(value));
  }
}

void read_on(NodeReader& rule, model::MappingRule* out, RuleDraft* places, const Draft& draft) {
  const Yaml* on = rule.find("on");
  if (on == nullptr) return;
  if (!on->is_map()) {
    rule.error(rule.place_of(*on), code::kShape, "'on' of " + rule.what() + " is no map",
               "write {key column: \"expression\"}");
    return;
  }
  for (const formats::YamlPair& pair : on->pairs) {
    if (!pair.value.is_scalar()) {
      rule.error(rule.place_of(pair.value), code::kShape,
                 in_quotes(pair.key) + " of " + rule.what() + " is no expression",
                 "write an expression over the record, as in \"function\"");
      continue;
    }
    out->on[pair.key] = pair.value.text;
    out->on_at[pair.key] = rule.place_of(pair.value);
    places->on[pair.key] = expression_of(&pair.value, draft);
  }
}

void read_rule(const Node& node, std::size_t number, Draft* draft, Findings* findings) {
  model::Mapping& mapping = draft->model.mappings.back();
  NodeReader reader(
      node, "rule " + std::to_string(number) + " of the mapping of " + in_quotes(mapping.kind),
      node.place(), findings);
  if (!reader.is_map()) return;
  model::MappingRule rule;
  RuleDraft places;
  rule.at = reader.at();
  const Placed name = reader.placed("name");
  rule.name = name.empty() ? "rule " + std::to_string(number) : name.text;
  for (const model::MappingRule& other : mapping.rules) {
    if (other.name != rule.name) continue;
    reader.error(name.at, code::kDuplicate,
                 "a rule " + in_quotes(rule.name) + " is there already, at line " +
                     std::to_string(other.at.line),
                 "give each rule of a mapping its own name");
  }
  const Placed when = reader.placed("when");
  rule.when = when.text;
  rule.when_at = when.at;
  places.when = expression_of(reader.find("when"), *draft);
  const Placed table = reader.placed("table");
  draft->registry.refer(Entity::kTable, table, reader.what());
  rule.table = table.text;
  read_on(reader, &rule, &places, *draft);
  read_set(reader, &rule, &places, *draft);
  for (const char* later : {"match", "key", "share"}) reader.not_available(later);
  reader.finish();
  mapping.rules.push_back(std::move(rule));
  draft->mappings.back().rules.push_back(std::move(places));
}

}  // namespace

void read_dimensions(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kDimension, is_lower_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::Dimension dimension;
                  dimension.id = id;
                  dimension.at = reader.at();
                  dimension.label = reader.label("label", Need::kRequired);
                  for (Placed& member : reader.texts("members")) {
                    auto& all = dimension.members;
                    if (member.empty() || std::count(all.begin(), all.end(), member.text) > 0) {
                      reader.error(member.at, code::kDuplicate,
                                   "the member " + in_quotes(member.text) + " of " + reader.what() +
                                       (member.empty() ? " has no name" : " is there twice"),
                                   "remove it");
                      continue;
                    }
                    all.push_back(std::move(member.text));
                  }
                  if (is_built_in_dimension(id)) {
                    reader.error(reader.at(), code::kDimension,
                                 "the dimension " + in_quotes(id) + " is built in",
                                 "give yours another name");
                  }
                  draft->model.dimensions.push_back(std::move(dimension));
                });
}

void read_kinds(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kKind, is_lower_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  const auto is_it = [&](const model::RecordKind& kind) { return kind.name == id; };
                  auto& kinds = draft->model.kinds;
                  const auto kind = std::find_if(kinds.begin(), kinds.end(), is_it);
                  if (kind != kinds.end()) {
                    extend_kind(reader, &*kind, findings);
                  } else {
                    read_new_kind(reader, id, draft, findings);
                  }
                });
}

void read_tables(Node section, Draft* draft, Findings* findings) {
  const auto is_name = [](std::string_view id) { return is_upper_id(id) || is_lower_id(id); };
  read_entities(section, Entity::kTable, +is_name, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::LookupTable table;
                  TableDraft places;
                  table.id = id;
                  table.at = reader.at();
                  places.file = reader.placed("file", Need::kRequired);
                  table.file = places.file.text;
                  const Placed delimiter = reader.placed("delimiter");
                  places.delimiter = delimiter.text;
                  if (delimiter.text.size() > 1) {
                    reader.error(delimiter.at, code::kFormat, "'delimiter' is one character",
                                 "write \";\", \",\", \"|\" or \"\\t\"");
                    places.delimiter.clear();
                  }
                  places.keys = reader.texts("key");
                  if (places.keys.empty()) {
                    reader.error(reader.at(), code::kMissing, reader.what() + " has no 'key'",
                                 "add 'key: [column]', the columns that find a row");
                  }
                  table.prefix = reader.choice("match", {"exact", "prefix"}) == "prefix";
                  table.none = reader.find("none") == nullptr ? std::vector<std::string>{""}
                                                              : reader.plain_texts("none");
                  draft->model.tables.push_back(std::move(table));
                  draft->tables.push_back(std::move(places));
                });
}

void read_mappings(Node section, Draft* draft, Findings* findings) {
  if (section.yaml->is_null()) return;
  if (!section.yaml->is_sequence()) {
    findings->error(section.place(), code::kShape, "'mappings' is no list",
                    "write '- kind: ...' with its 'rules' below");
    return;
  }
  for (const Yaml& item : section.yaml->items) {
    const Node node = section.child(item);
    NodeReader reader(node, "a mapping", node.place(), findings);
    if (!reader.is_map()) continue;
    MappingDraft places;
    places.kind = reader.placed("kind", Need::kRequired);
    const Placed connector = reader.placed("connector");
    draft->registry.refer(Entity::kConnector, connector, "the mapping of " + places.kind.text);
    draft->model.mappings.push_back({places.kind.text, connector.text, {}, node.place()});
    draft->mappings.push_back(places);
    const Yaml* rules = reader.find("rules", Need::kRequired);
    if (rules != nullptr && !rules->is_sequence()) {
      reader.error(reader.place_of(*rules), code::kShape, "'rules' is no list",
                   "write one rule a line: '- {name: ..., when: ..., set: {...}}'");
    } else if (rules != nullptr) {
      std::size_t number = 0;
      for (const Yaml& rule : rules->items) {
        read_rule(reader.node(rule), ++number, draft, findings);
      }
    }
    reader.finish();
  }
}

}  // namespace passerelle::steering
