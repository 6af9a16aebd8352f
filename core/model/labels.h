// What people read instead of ids.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::model {

// Of a dimension: built-in ones have the glossary's labels, declared ones their own, fields of a
// record kind the field's. Its id in both languages if it has none.
Label dimension_label(const SteeringModel& model, const std::string& dimension);

// The members of a dimension that have labels, UNMAPPED among them, in the model's order.
std::vector<std::pair<std::string, Label>> member_labels(const SteeringModel& model,
                                                         const std::string& dimension);

}  // namespace passerelle::model
