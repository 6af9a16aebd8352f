// The dated organisation: which direction a service belonged to on a day.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/consolidation/strings.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

enum class UnitLevel : std::uint8_t { kService, kDirection, kPole };
inline constexpr std::size_t kUnitLevels = 3;
// Of a plain dimension of the organisation.
UnitLevel level_of(std::string_view dimension);

class Organisation {
 public:
  // `units` must outlive it.
  Organisation(const std::vector<model::OrgUnit>& units, Strings* strings);
  bool empty() const { return units_->empty(); }
  // Days of one segment see the same organisation.
  std::size_t segment(base::Days day) const;
  // First days of the segments but the first, by time.
  const std::vector<base::Days>& boundaries() const { return boundaries_; }
  // By unit, the code of its id.
  const std::vector<Code>& codes() const { return codes_; }
  // The unit itself or its nearest ancestor of that level on `day`, as the code of its id;
  // kUnmappedText if there is none or `unit` (a code) is no unit's id.
  Code ancestor(Code unit, UnitLevel level, base::Days day);

 private:
  static constexpr std::uint32_t kUnknown = 0xFFFFFFFF;
  Code find(std::uint32_t unit, UnitLevel level, base::Days day) const;

  const std::vector<model::OrgUnit>* units_;  // never null
  std::unordered_map<std::string_view, std::uint32_t> by_id_;
  std::unordered_map<Code, std::uint32_t> by_code_;
  std::vector<Code> codes_;
  std::vector<base::Days> boundaries_;  // days on which some parent changes
  std::vector<Code> known_;             // [segment][unit][level], kUnknown: not asked yet
};

// An organisation, and the day whose organisation is that of today.
struct DatedOrganisation {
  Organisation* organisation = nullptr;
  base::Days today = 0;
};

}  // namespace passerelle::consolidation
