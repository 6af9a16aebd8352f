// What the actions of the optimisation plan gained, from the published values of one revision.
#pragma once

#include "core/publication/publisher.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

// The plan is that of the model in force; the values are those of the revision asked for, as the
// account (empty: who sees everything) sees them. Any thread. NOT_FOUND: the plan has no action on
// that indicator, or there is no such indicator.
StatusOr<hub::v1::GetOptimisationResponse> optimisation(
    const hub::v1::GetOptimisationRequest& request, const std::string& account,
    publication::Publisher& publisher);

}  // namespace passerelle::edge
