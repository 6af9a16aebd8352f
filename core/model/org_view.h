// Views of the organisation. `was`, the default: a fact counts for the direction that its service
// belonged to on the fact's day. `is`: that of today (the last Tick). A date: that of the day.
//
// In a view other than `was` the fold names a dimension of the organisation with the view behind
// it: "direction@is", "service@2026-01-01". Readers ask for a view and see plain names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::model {

inline constexpr std::string_view kOrgWas = "was";
inline constexpr std::string_view kOrgIs = "is";

// Whether values of the dimension are units of the organisation.
bool is_org_dimension(std::string_view plain);
// "direction@is" -> "direction"; other names as they are.
std::string_view plain_dimension(std::string_view name);
// "direction@is" -> "is"; empty for other names.
std::string_view org_view_of(std::string_view name);
// The same grouping in a view, sorted; `was` and "" leave it as it is.
std::vector<std::string> in_org_view(std::vector<std::string> grouping, std::string_view view);
// INVALID_ARGUMENT unless it is was, is or a date.
Status check_org_view(std::string_view view);

}  // namespace passerelle::model
