#include "core/model/steering.h"

#include <algorithm>
#include <array>

namespace passerelle::model {

std::string_view to_string(OptAction::State state) {
  constexpr std::array<std::string_view, 4> kNames = {"planned", "under_way", "done", "dropped"};
  return kNames[static_cast<std::size_t>(state)];
}

bool SteeringModel::same_but_for_keys(const SteeringModel& other) const {
  return units == other.units && same_beside_keys_and_units(other);
}

bool SteeringModel::same_but_for_units(const SteeringModel& other) const {
  return keys == other.keys && same_beside_keys_and_units(other);
}

bool SteeringModel::same_beside_keys_and_units(const SteeringModel& other) const {
  return authority == other.authority && authority_label == other.authority_label &&
         time_zone == other.time_zone && processes == other.processes &&
         activities == other.activities && raci == other.raci && org_views == other.org_views &&
         exercises_end_by_closing == other.exercises_end_by_closing && policies == other.policies &&
         roadmap == other.roadmap && optimisation == other.optimisation &&
         dimensions == other.dimensions && kinds == other.kinds && tables == other.tables &&
         mappings == other.mappings && indicators == other.indicators && targets == other.targets &&
         connectors == other.connectors && precedence == other.precedence && pools == other.pools &&
         cascade == other.cascade && calendars == other.calendars;
}

void carry_pool_dimensions(SteeringModel* model) {
  const auto kind = std::find_if(model->kinds.begin(), model->kinds.end(),
                                 [](const RecordKind& one) { return one.name == kAllocationKind; });
  if (kind == model->kinds.end()) return;
  const auto carry = [&](const std::string& dimension) {
    if (dimension.empty() || dimension == kPoolDimension || kind->find(dimension) != nullptr)
      return;
    Label label{dimension, dimension};
    for (const Dimension& declared : model->dimensions) {
      if (declared.id == dimension) label = declared.label;
    }
    kind->fields.push_back({dimension, FieldType::kString, 0, "", label});
  };
  for (const Pool& pool : model->pools) {
    carry(pool.to);
    for (const std::string& dimension : pool.each) carry(dimension);
  }
}

}  // namespace passerelle::model
