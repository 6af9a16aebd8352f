// What differs between two steering models, by the part of the model that it belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::app {

// In the order in which effects are told apart: a later part's effect is what it changes after the
// earlier ones.
enum class Part : std::uint8_t {
  kReference,     // processes, activities, policies, dimensions, kinds, precedence, roadmap, zone,
                  // calendars
  kOrganisation,  // units, views
  kMapping,       // rules and their tables
  kKey,           // pools, their keys and their cascade
  kDefinition,    // indicators
  kTarget,
  kConnector,  // changes no value by itself
  kText,       // RACI, the optimisation plan, the authority's label: change no value
};
inline constexpr Part kValueParts[] = {Part::kReference, Part::kOrganisation, Part::kMapping,
                                       Part::kKey,       Part::kDefinition,   Part::kTarget};
// "MAPPING".
std::string_view to_string(Part part);

struct Difference {
  enum class Change : std::uint8_t { kAdded, kChanged, kRemoved };
  Part part = Part::kText;
  Change change = Change::kChanged;
  std::string what;  // section of the folder: "tables", "mappings"
  std::string id;
  std::string detail;  // "+1 -1" rows of a table, or empty
};

// What differences call a mapping, "invoice" or "invoice@finance", and one of its rules.
std::string mapping_id(const model::Mapping& mapping);
std::string rule_id(const model::Mapping& mapping, const model::MappingRule& rule);

// Sorted by part, section and id. Where things stand in the files is no difference.
std::vector<Difference> differences(const model::SteeringModel& before,
                                    const model::SteeringModel& after);

// `base` with that part of `other`.
model::SteeringModel with_part(model::SteeringModel base, const model::SteeringModel& other,
                               Part part);

}  // namespace passerelle::app
