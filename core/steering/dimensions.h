// What can be a dimension, and what places a fact in time. Internal to steering.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::steering {

// activity, process, family, policy, service, direction, pole, connector, period.
bool is_built_in_dimension(std::string_view name);
// Whether a rule of a mapping may give the dimension a value.
bool can_be_set(const model::SteeringModel& model, std::string_view name);
// The dimensions that an indicator over `kind` may be broken down by, sorted.
std::vector<std::string> dimensions_of(const model::SteeringModel& model,
                                       const model::RecordKind& kind);
// Whether a field is a date, an instant or an exercise.
bool places_a_fact(const model::RecordKind& kind, std::string_view field);
// Whether facts are only known by exercise: no grain finer than a year.
bool is_by_exercise(const model::RecordKind& kind, std::string_view field);

}  // namespace passerelle::steering
