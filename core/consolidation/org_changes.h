// What units had above them in one organisation, and have in another: which cells follow when units
// move, and where to. For the facts of one kind, which all name a unit in the same way.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/consolidation/organisation.h"

namespace passerelle::consolidation {

using Ancestors = std::array<Code, kUnitLevels>;  // by UnitLevel

struct UnitMove {
  Ancestors before{};
  Ancestors after{};
  auto operator<=>(const UnitMove&) const = default;
};

class OrgChanges {
 public:
  // `named`: the dimension by which facts name their unit; of finer ones they know nothing.
  // `with_new`: whether a fact may name a unit that is in `after` alone.
  OrgChanges(DatedOrganisation before, DatedOrganisation after, UnitLevel named, bool with_new);

  // Periods in which the same happens to every unit have one span. `view`: of the organisation, as
  // in org_view_of(); `period` is packed, and not `all`.
  std::uint32_t span_of(std::string_view view, std::uint32_t period);
  // What happens to some unit on some day of the span, those that stay included; each once.
  const std::vector<UnitMove>& moves(std::uint32_t span) const { return spans_[span]; }
  // Whether on some day a unit comes to have none above it at one of these levels (a bit each), or
  // to have one.
  bool changes_presence(unsigned levels);

  const DatedOrganisation& before() const { return before_; }
  const DatedOrganisation& after() const { return after_; }

 private:
  Ancestors ancestors(const DatedOrganisation& by, Code unit, base::Days day) const;
  // What happens to the units between the organisation of one day and that of another.
  std::vector<UnitMove> moves_between(base::Days before, base::Days after) const;
  std::uint32_t span_between(std::size_t first, std::size_t last);

  DatedOrganisation before_;
  DatedOrganisation after_;
  std::size_t named_;
  std::vector<Code> units_;
  std::vector<base::Days> boundaries_;  // of both
  std::vector<std::vector<UnitMove>> spans_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> by_segments_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_period_;
  std::map<std::string, std::uint32_t, std::less<>> by_view_;
};

}  // namespace passerelle::consolidation
