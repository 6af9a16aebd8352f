#include "core/steering/draft.h"

namespace passerelle::steering {

std::string_view to_string(Entity entity) {
  switch (entity) {
    case Entity::kProcess:
      return "process";
    case Entity::kActivity:
      return "activity";
    case Entity::kUnit:
      return "organisation unit";
    case Entity::kPolicy:
      return "policy";
    case Entity::kRoadmapItem:
      return "roadmap item";
    case Entity::kDimension:
      return "dimension";
    case Entity::kKind:
      return "record kind";
    case Entity::kTable:
      return "table";
    case Entity::kIndicator:
      return "indicator";
    case Entity::kPool:
      return "pool";
    case Entity::kKey:
      return "key";
    case Entity::kCalendar:
      return "calendar";
    case Entity::kOptAction:
      return "optimisation action";
    case Entity::kConnector:
      break;
  }
  return "connector";
}

bool Registry::declare(Entity entity, const std::string& id, const model::Place& at,
                       Findings* findings) {
  const auto [first, is_new] = declared_.emplace(std::make_pair(entity, id), at);
  if (is_new) return true;
  findings->error(at, code::kDuplicate,
                  std::string(to_string(entity)) + ' ' + in_quotes(id) + " is there already, at " +
                      first->second.file + ':' + std::to_string(first->second.line),
                  "keep one of the two, or give this one another id");
  return false;
}

void Registry::refer(Entity entity, const Placed& id, std::string owner) {
  if (!id.empty()) references_.push_back({entity, id, std::move(owner)});
}

bool Registry::has(Entity entity, const std::string& id) const {
  return declared_.count({entity, id}) > 0;
}

std::vector<std::string> Registry::ids(Entity entity) const {
  std::vector<std::string> all;
  for (auto at = declared_.lower_bound({entity, ""});
       at != declared_.end() && at->first.first == entity; ++at) {
    all.push_back(at->first.second);
  }
  return all;
}

void Registry::report_dangling(Findings* findings) const {
  for (const Reference& reference : references_) {
    if (has(reference.entity, reference.id.text)) continue;
    const std::string what(to_string(reference.entity));
    findings->error(
        reference.id.at, code::kReference,
        reference.owner + " names the " + what + ' ' + in_quotes(reference.id.text) +
            ", which does not exist",
        suggestion(reference.id.text, ids(reference.entity), "add it, or name another " + what));
  }
}

void read_entities(Node section, Entity entity, bool (*is_id)(std::string_view), Draft* draft,
                   Findings* findings,
                   const std::function<void(const std::string& id, NodeReader& reader)>& read) {
  const std::string what(to_string(entity));
  if (section.yaml->is_null()) return;
  if (!section.yaml->is_map()) {
    findings->error(section.place(), code::kShape, "this section is no map",
                    "write one " + what + " a line: 'ID: {label: ...}'");
    return;
  }
  for (const formats::YamlPair& pair : section.yaml->pairs) {
    const model::Place at{*section.file, pair.key_mark.line, pair.key_mark.column};
    if (!is_id(pair.key)) {
      const std::string_view range = is_id("A") ? "A to Z" : "a to z";
      findings->error(at, code::kId, in_quotes(pair.key) + " is no id of a " + what,
                      "use a letter, then letters, digits and _, all of them " +
                          std::string(range) + " without accents");
      continue;
    }
    if (!draft->registry.declare(entity, pair.key, at, findings)) continue;
    NodeReader reader(section.child(pair.value), what + ' ' + in_quotes(pair.key), at, findings);
    if (!reader.is_map()) continue;
    read(pair.key, reader);
    reader.finish();
  }
}

ExpressionSource expression_of(const formats::Yaml* scalar, const Draft& draft) {
  if (scalar == nullptr || !scalar->is_scalar()) return {};
  return {scalar, draft.file};
}

}  // namespace passerelle::steering
