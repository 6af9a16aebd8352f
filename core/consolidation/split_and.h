// Cuts a predicate at its top-level && operators.
#pragma once

#include <string_view>
#include <vector>

namespace passerelle::consolidation {

// The operands of `text`, or the whole text where it is not a plain conjunction (a top-level || or
// conditional binds looser).
std::vector<std::string_view> split_and(std::string_view text);

}  // namespace passerelle::consolidation
