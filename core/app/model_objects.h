// Single objects of a steering model, taken from one model into another.
#pragma once

#include "core/app/model_diff.h"

namespace passerelle::app {

// Gives `model` that one object as `other` has it (or has it not). False: such a difference cannot
// be taken alone (an order of rules, the zone), and nothing was done.
bool take_object(const Difference& difference, const model::SteeringModel& other,
                 model::SteeringModel* model);

}  // namespace passerelle::app
