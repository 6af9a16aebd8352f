#include "core/consolidation/org_changes.h"

#include <algorithm>
#include <limits>

#include "core/model/org_view.h"

namespace passerelle::consolidation {

OrgChanges::OrgChanges(DatedOrganisation before, DatedOrganisation after,
                       const std::vector<std::string>& views, UnitLevel named, bool with_new)
    : before_(before),
      after_(after),
      views_(views),
      named_(static_cast<std::size_t>(named)),
      units_(before.organisation->codes()),
      boundaries_(before.organisation->boundaries()) {
  const auto unite = [](auto* all, const auto& more) {
    all->insert(all->end(), more.begin(), more.end());
    std::sort(all->begin(), all->end());
    all->erase(std::unique(all->begin(), all->end()), all->end());
  };
  if (with_new) unite(&units_, after.organisation->codes());
  unite(&boundaries_, after.organisation->boundaries());
}

std::uint32_t OrgChanges::place_of(std::string_view dimension) const {
  const auto level = static_cast<std::size_t>(level_of(model::plain_dimension(dimension)));
  const std::string_view view = model::org_view_of(dimension);
  std::size_t number = 0;
  if (!view.empty()) {
    number = 1 + static_cast<std::size_t>(std::find(views_.begin(), views_.end(), view) -
                                          views_.begin());
  }
  return static_cast<std::uint32_t>(number * kUnitLevels + level);
}

Ancestors OrgChanges::ancestors(const DatedOrganisation& by, Code unit, base::Days day) const {
  Ancestors out((1 + views_.size()) * kUnitLevels, kUnmappedText);
  for (std::size_t view = 0; view <= views_.size(); ++view) {
    base::Days of = day;
    if (view > 0) {
      const std::string& name = views_[view - 1];
      of = name == model::kOrgIs ? by.today : base::parse_date(name).value_or(0);
    }
    for (std::size_t level = named_; level < kUnitLevels; ++level) {
      out[view * kUnitLevels + level] =
          by.organisation->ancestor(unit, static_cast<UnitLevel>(level), of);
    }
  }
  return out;
}

std::uint32_t OrgChanges::span_between(std::size_t first, std::size_t last) {
  const auto next = static_cast<std::uint32_t>(spans_.size());
  const auto [known, is_new] = by_segments_.try_emplace({first, last}, next);
  if (!is_new) return known->second;
  const Ancestors none((1 + views_.size()) * kUnitLevels, kUnmappedText);
  std::vector<UnitMove> moves = {{none, none}};  // facts without a unit stay so
  for (std::size_t segment = first; segment <= last; ++segment) {
    const base::Days day =
        segment == 0 ? std::numeric_limits<base::Days>::min() : boundaries_[segment - 1];
    for (const Code unit : units_) {
      moves.push_back({ancestors(before_, unit, day), ancestors(after_, unit, day)});
    }
  }
  std::sort(moves.begin(), moves.end());
  moves.erase(std::unique(moves.begin(), moves.end()), moves.end());
  spans_.push_back(std::move(moves));
  return next;
}

std::uint32_t OrgChanges::span_of(std::uint32_t period) {
  const auto [known, is_new] = by_period_.try_emplace(period);
  if (!is_new) return known->second;
  const base::Period days = base::Period::from_packed(period);
  const auto segment = [&](base::Days day) {
    return static_cast<std::size_t>(std::upper_bound(boundaries_.begin(), boundaries_.end(), day) -
                                    boundaries_.begin());
  };
  return known->second = span_between(segment(days.first_day()), segment(days.last_day()));
}

bool OrgChanges::changes_presence(unsigned levels) {
  for (std::size_t segment = 0; segment <= boundaries_.size(); ++segment) {
    for (const UnitMove& move : spans_[span_between(segment, segment)]) {
      for (std::size_t level = 0; level < kUnitLevels; ++level) {
        const bool was = move.before[level] != kUnmappedText;
        const bool is = move.after[level] != kUnmappedText;
        if ((levels >> level & 1U) != 0 && was != is) return true;
      }
    }
  }
  return false;
}

}  // namespace passerelle::consolidation
