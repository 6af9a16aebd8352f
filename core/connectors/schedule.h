// When a connector reads: five cron fields (minute hour day month weekday) in the authority's time
// zone.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "core/base/calendar.h"
#include "core/base/status.h"

namespace passerelle::connectors {

// Lists, ranges, steps, names of months and weekdays (JAN, MON; 0 and 7 are Sunday), @hourly,
// @daily, @weekly, @monthly. Where both day and weekday are restricted either will do, as cron has
// it. Immutable.
class Schedule {
 public:
  // INVALID_ARGUMENT names the field, its range and an example.
  static StatusOr<Schedule> parse(std::string_view text);

  // The first time after `instant`; nothing if there is none within eight years (30 February). A
  // time that a spring night skips is taken where the gap begins; one that an autumn night has
  // twice is taken once, the first.
  std::optional<base::Instant> next_after(base::Instant instant, const base::Zone& zone) const;

 private:
  bool matches(base::Days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace passerelle::connectors
