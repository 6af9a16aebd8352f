// Fact kinds as the model names them. Internal to steering.
#pragma once

#include <string>

#include "core/steering/draft.h"

namespace passerelle::steering {

// The kind, if its records are facts; else nullptr, reported for `owner`. An empty name is no
// error: it was reported before, or may be left out.
const model::RecordKind* find_fact_kind(const Placed& name, const std::string& owner,
                                        const model::SteeringModel& model, Findings* findings);

}  // namespace passerelle::steering
