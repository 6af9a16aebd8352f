#include "core/consolidation/organisation.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

std::string_view kind_of(UnitLevel level) {
  switch (level) {
    case UnitLevel::kService:
      return "service";
    case UnitLevel::kDirection:
      return "direction";
    case UnitLevel::kPole:
      break;
  }
  return "pole";
}

}  // namespace

UnitLevel level_of(std::string_view dimension) {
  if (dimension == "service") return UnitLevel::kService;
  return dimension == "direction" ? UnitLevel::kDirection : UnitLevel::kPole;
}

Organisation::Organisation(const std::vector<model::OrgUnit>& units, Strings* strings)
    : units_(&units) {
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    by_id_.emplace(units[i].id, i);
    codes_.push_back(strings->intern(units[i].id));
    by_code_.emplace(codes_.back(), i);
    for (const model::OrgParent& parent : units[i].parents) {
      if (parent.valid.from) boundaries_.push_back(*parent.valid.from);
      if (parent.valid.to) boundaries_.push_back(*parent.valid.to + 1);
    }
  }
  std::sort(boundaries_.begin(), boundaries_.end());
  boundaries_.erase(std::unique(boundaries_.begin(), boundaries_.end()), boundaries_.end());
  known_.assign((boundaries_.size() + 1) * units.size() * kUnitLevels, kUnknown);
}

std::size_t Organisation::segment(base::Days day) const {
  return static_cast<std::size_t>(std::upper_bound(boundaries_.begin(), boundaries_.end(), day) -
                                  boundaries_.begin());
}

Code Organisation::ancestor(Code unit, UnitLevel level, base::Days day) {
  const auto at = by_code_.find(unit);
  if (at == by_code_.end()) return kUnmappedText;
  Code& known = known_[(segment(day) * units_->size() + at->second) * kUnitLevels +
                       static_cast<std::size_t>(level)];
  if (known == kUnknown) known = find(at->second, level, day);
  return known;
}

Code Organisation::find(std::uint32_t unit, UnitLevel level, base::Days day) const {
  // At most as many steps as there are units: a cycle ends.
  for (std::size_t step = 0; step <= units_->size(); ++step) {
    const model::OrgUnit& here = (*units_)[unit];
    if (here.kind == kind_of(level)) return codes_[unit];
    const auto parent = std::find_if(here.parents.begin(), here.parents.end(),
                                     [&](const auto& p) { return p.valid.holds(day); });
    if (parent == here.parents.end()) return kUnmappedText;
    const auto next = by_id_.find(parent->unit);
    if (next == by_id_.end()) return kUnmappedText;
    unit = next->second;
  }
  return kUnmappedText;
}

}  // namespace passerelle::consolidation
