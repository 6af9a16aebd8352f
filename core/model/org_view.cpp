#include "core/model/org_view.h"

#include <algorithm>

#include "core/base/calendar.h"

namespace passerelle::model {
namespace {

constexpr char kBehind = '@';

}  // namespace

bool is_org_dimension(std::string_view plain) {
  return plain == "service" || plain == "direction" || plain == "pole";
}

std::string_view plain_dimension(std::string_view name) {
  return name.substr(0, name.find(kBehind));
}

std::string_view org_view_of(std::string_view name) {
  const std::size_t at = name.find(kBehind);
  return at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
}

std::vector<std::string> in_org_view(std::vector<std::string> grouping, std::string_view view) {
  if (view.empty() || view == kOrgWas) return grouping;
  for (std::string& dimension : grouping) {
    if (is_org_dimension(dimension)) dimension.append(1, kBehind).append(view);
  }
  std::sort(grouping.begin(), grouping.end());
  return grouping;
}

Status check_org_view(std::string_view view) {
  if (view == kOrgWas || view == kOrgIs || base::parse_date(view).ok()) return absl::OkStatus();
  return base::invalid_argument("'" + std::string(view) +
                                "' is no view of the organisation; write was (that of each fact's "
                                "day), is (today's), or a date such as 2026-01-01");
}

}  // namespace passerelle::model
