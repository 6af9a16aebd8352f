// Time along a calendar of opening hours. Open is what the clock on the wall says: an hour that the
// clocks skip in spring is not counted, one that they repeat in autumn counts twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/status.h"
#include "core/model/opening_hours.h"

namespace passerelle::language {

// Immutable, any thread. Some 6 bytes a day of the years from kCalendarYearFirst to
// kCalendarYearLast; a question costs two lookups, whatever lies between the instants.
class BusinessCalendar {
 public:
  // `authority_zone` where the calendar names none. NOT_FOUND: the zone is unknown.
  static StatusOr<BusinessCalendar> build(const model::OpeningCalendar& calendar,
                                          const std::string& authority_zone);

  // Open microseconds from `begin` to `end`, below 0 where the end comes first. None: one of them
  // lies outside the years.
  std::optional<std::int64_t> between(base::Instant begin, base::Instant end) const;
  // The instant at which that day begins where the calendar holds.
  base::Instant start_of(base::Days day) const { return zone_.instant_of(day, 0); }

 private:
  // Seconds of one UTC day in which it is open, ascending.
  using Pattern = std::vector<std::pair<std::int32_t, std::int32_t>>;

  explicit BusinessCalendar(base::Zone zone) : zone_(std::move(zone)) {}
  // Open microseconds from the first day on.
  std::optional<std::int64_t> until(base::Instant instant) const;

  base::Zone zone_;
  std::vector<Pattern> patterns_;
  // By UTC day, from the first one.
  std::vector<std::uint32_t> open_before_;  // seconds
  std::vector<std::uint16_t> pattern_of_;
};

}  // namespace passerelle::language
