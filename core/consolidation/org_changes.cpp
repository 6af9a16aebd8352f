#include "core/consolidation/org_changes.h"

#include <algorithm>
#include <limits>

#include "core/model/org_view.h"

namespace passerelle::consolidation {

OrgChanges::OrgChanges(DatedOrganisation before, DatedOrganisation after, UnitLevel named,
                       bool with_new)
    : before_(before),
      after_(after),
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

Ancestors OrgChanges::ancestors(const DatedOrganisation& by, Code unit, base::Days day) const {
  Ancestors out;
  out.fill(kUnmappedText);
  for (std::size_t level = named_; level < kUnitLevels; ++level) {
    out[level] = by.organisation->ancestor(unit, static_cast<UnitLevel>(level), day);
  }
  return out;
}

std::vector<UnitMove> OrgChanges::moves_between(base::Days before, base::Days after) const {
  std::vector<UnitMove> moves(1);
  moves[0].before.fill(kUnmappedText);  // facts without a unit stay so
  moves[0].after.fill(kUnmappedText);
  for (const Code unit : units_) {
    moves.push_back({ancestors(before_, unit, before), ancestors(after_, unit, after)});
  }
  std::sort(moves.begin(), moves.end());
  moves.erase(std::unique(moves.begin(), moves.end()), moves.end());
  return moves;
}

std::uint32_t OrgChanges::span_between(std::size_t first, std::size_t last) {
  const auto next = static_cast<std::uint32_t>(spans_.size());
  const auto [known, is_new] = by_segments_.try_emplace({first, last}, next);
  if (!is_new) return known->second;
  std::vector<UnitMove> all;
  for (std::size_t segment = first; segment <= last; ++segment) {
    const base::Days day =
        segment == 0 ? std::numeric_limits<base::Days>::min() : boundaries_[segment - 1];
    const std::vector<UnitMove> moves = moves_between(day, day);
    all.insert(all.end(), moves.begin(), moves.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  spans_.push_back(std::move(all));
  return next;
}

std::uint32_t OrgChanges::span_of(std::string_view view, std::uint32_t period) {
  if (!view.empty()) {
    const auto known = by_view_.find(view);
    if (known != by_view_.end()) return known->second;
    const bool is_today = view == model::kOrgIs;
    const base::Days day = is_today ? 0 : base::parse_date(view).value_or(0);
    spans_.push_back(is_today ? moves_between(before_.today, after_.today)
                              : moves_between(day, day));
    return by_view_[std::string(view)] = static_cast<std::uint32_t>(spans_.size() - 1);
  }
  const auto [known, is_new] = by_period_.try_emplace(period);
  if (!is_new) return known->second;
  const base::Period days = base::Period::from_packed(period);
  const auto segment = [&](base::Days day) {
    return static_cast<std::size_t>(
        std::upper_bound(boundaries_.begin(), boundaries_.end(), day) - boundaries_.begin());
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
