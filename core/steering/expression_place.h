// From an offset in an expression to the line and column in the YAML file it stands in, whatever
// the scalar's style. Internal to steering.
#pragma once

#include <cstddef>

#include "core/language/problem.h"
#include "core/steering/draft.h"

namespace passerelle::steering {

// `offset` counts bytes of the scalar's value.
model::Place place_in(const ExpressionSource& source, std::size_t offset);

// Reports a compiler's problems where they stand; `skip` bytes of the scalar precede the
// expression (the '=' of a rule's value). `what` begins the reason.
void report_problems(const std::vector<language::Problem>& problems, const ExpressionSource& source,
                     std::size_t skip, const std::string& what, Findings* findings);

}  // namespace passerelle::steering
