#include "core/app/model_objects.h"

#include <algorithm>

namespace passerelle::app {
namespace {

// As in `from`: replaced, removed, or added behind what stands before it there.
template <typename Object, typename IdOf>
bool take_one(const std::vector<Object>& from, const std::string& id, const IdOf& id_of,
              std::vector<Object>* to) {
  const auto has_id = [&](const Object& object) { return id_of(object) == id; };
  const auto wanted = std::find_if(from.begin(), from.end(), has_id);
  const auto known = std::find_if(to->begin(), to->end(), has_id);
  if (wanted == from.end()) {
    if (known != to->end()) to->erase(known);
    return true;
  }
  if (known != to->end()) {
    *known = *wanted;
    return true;
  }
  auto place = to->begin();
  for (auto before = wanted; before != from.begin();) {
    --before;
    const std::string id_before = id_of(*before);
    const auto at = std::find_if(to->begin(), to->end(),
                                 [&](const Object& object) { return id_of(object) == id_before; });
    if (at == to->end()) continue;
    place = std::next(at);
    break;
  }
  to->insert(place, *wanted);
  return true;
}

bool take_rule(const model::SteeringModel& other, const std::string& id,
               model::SteeringModel* model) {
  const auto rules_with_id = [&](const model::Mapping& mapping) {
    return id.starts_with(mapping_id(mapping) + " « ");
  };
  const auto from = std::find_if(other.mappings.begin(), other.mappings.end(), rules_with_id);
  const auto to = std::find_if(model->mappings.begin(), model->mappings.end(), rules_with_id);
  // A mapping that comes or goes whole is not taken rule by rule.
  if (from == other.mappings.end() || to == model->mappings.end()) return false;
  return take_one(
      from->rules, id, [&](const model::MappingRule& rule) { return rule_id(*from, rule); },
      &to->rules);
}

}  // namespace

bool take_object(const Difference& difference, const model::SteeringModel& other,
                 model::SteeringModel* model) {
  const std::string& id = difference.id;
  const auto by_id = [](const auto& object) { return object.id; };
  const auto by_name = [](const auto& object) { return object.name; };
  if (difference.what == "processes") {
    return take_one(other.processes, id, by_id, &model->processes);
  }
  if (difference.what == "activities") {
    return take_one(other.activities, id, by_id, &model->activities);
  }
  if (difference.what == "policies") return take_one(other.policies, id, by_id, &model->policies);
  if (difference.what == "dimensions") {
    return take_one(other.dimensions, id, by_id, &model->dimensions);
  }
  if (difference.what == "kinds") return take_one(other.kinds, id, by_name, &model->kinds);
  if (difference.what == "roadmap") return take_one(other.roadmap, id, by_id, &model->roadmap);
  if (difference.what == "organisation") return take_one(other.units, id, by_id, &model->units);
  if (difference.what == "tables") return take_one(other.tables, id, by_id, &model->tables);
  if (difference.what == "mappings") return take_rule(other, id, model);
  if (difference.what == "pools") return take_one(other.pools, id, by_id, &model->pools);
  if (difference.what == "keys") return take_one(other.keys, id, by_id, &model->keys);
  if (difference.what == "indicators") {
    return take_one(other.indicators, id, by_id, &model->indicators);
  }
  return false;
}

}  // namespace passerelle::app
