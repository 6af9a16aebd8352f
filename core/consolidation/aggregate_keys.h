// Which aggregates of different indicators say the same thing, so that they share their state.
#pragma once

#include <string>
#include <vector>

#include "core/language/indicator.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

// Texts that are equal only where filter and argument are the same; `field` names the argument
// where it is nothing but a field.
struct AggregateKey {
  std::string filter;  // "": every fact passes
  std::string argument;
  std::string second;
  std::string field;
};

// One per aggregate of the plan compiled from `indicator`, in its order; empty for those that come
// from other indicators.
std::vector<AggregateKey> aggregate_keys(const model::Indicator& indicator,
                                         const language::IndicatorPlan& plan);

}  // namespace passerelle::consolidation
