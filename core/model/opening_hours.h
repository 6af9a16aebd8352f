// When an authority is open, by the clock on its wall: what business time is counted along. Part of
// the steering model.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/holidays.h"
#include "core/model/place.h"
#include "core/model/record.h"

namespace passerelle::model {

// Minutes of the day, the end not among them: 510 to 720 is 08:30 to 12:00; 1440 is 24:00.
struct OpeningSpan {
  std::uint16_t begin = 0;
  std::uint16_t end = 0;
  bool operator==(const OpeningSpan&) const = default;
};
using OpeningSpans = std::vector<OpeningSpan>;  // ascending, without overlap; none: closed

// Days whose hours are not those of the week.
struct ExceptionalDays {
  base::Days first = 0;
  base::Days last = 0;  // among them
  OpeningSpans hours;   // none: closed
  Label label;          // why
  Place at;
  bool operator==(const ExceptionalDays&) const = default;
};

// What decides about a day: `exceptions`, then `holidays` (closed), then `week`.
struct OpeningCalendar {
  std::string id;
  Label label;
  std::string time_zone;             // empty: the authority's
  std::array<OpeningSpans, 7> week;  // Monday first
  base::HolidayList holidays = base::HolidayList::kNone;
  std::vector<ExceptionalDays> exceptions;  // ascending, without overlap
  Place at;
  bool operator==(const OpeningCalendar&) const = default;
};

}  // namespace passerelle::model
