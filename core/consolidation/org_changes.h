// What units had above them in one organisation, and have in another: which cells follow when units
// move, and where to. For the facts of one kind, which all name a unit in the same way.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/consolidation/organisation.h"

namespace passerelle::consolidation {

// What lies above a unit, by OrgChanges::place_of().
using Ancestors = std::vector<Code>;

struct UnitMove {
  Ancestors before;
  Ancestors after;
  auto operator<=>(const UnitMove&) const = default;
};

class OrgChanges {
 public:
  // `views`: of the organisation, beside that of each fact's day. `named`: the dimension by which
  // facts name their unit; of finer ones they know nothing. `with_new`: whether a fact may name a
  // unit that is in `after` alone.
  OrgChanges(DatedOrganisation before, DatedOrganisation after,
             const std::vector<std::string>& views, UnitLevel named, bool with_new);

  // Where Ancestors hold a dimension of the organisation.
  std::uint32_t place_of(std::string_view dimension) const;
  // Periods in which the same happens to every unit have one span. `period` is packed, and not
  // `all`.
  std::uint32_t span_of(std::uint32_t period);
  // What happens to some unit on some day of the span, those that stay included; each once.
  const std::vector<UnitMove>& moves(std::uint32_t span) const { return spans_[span]; }
  // Whether on some day a unit comes to have none above it at one of these levels (a bit each), or
  // to have one.
  bool changes_presence(unsigned levels);

  const DatedOrganisation& before() const { return before_; }
  const DatedOrganisation& after() const { return after_; }

 private:
  Ancestors ancestors(const DatedOrganisation& by, Code unit, base::Days day) const;
  std::uint32_t span_between(std::size_t first, std::size_t last);

  DatedOrganisation before_;
  DatedOrganisation after_;
  const std::vector<std::string>& views_;
  std::size_t named_;
  std::vector<Code> units_;
  std::vector<base::Days> boundaries_;  // of both
  std::vector<std::vector<UnitMove>> spans_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> by_segments_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_period_;
};

}  // namespace passerelle::consolidation
