#include "core/base/holidays.h"

#include <algorithm>

namespace passerelle::base {

// The anonymous Gregorian algorithm (Meeus, Jones, Butcher).
Days easter(int year) {
  const int golden = year % 19;
  const int century = year / 100;
  const int in_century = year % 100;
  const int moon_shift = (century - (century + 8) / 25 + 1) / 3;
  const int epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
  const int weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
  const int correction = (golden + 11 * epact + 22 * weekday) / 451;
  const int month_and_day = epact + weekday - 7 * correction + 114;
  return days_from_civil({year, month_and_day / 31, month_and_day % 31 + 1});
}

std::vector<Days> holidays(HolidayList list, int year) {
  if (list == HolidayList::kNone) return {};
  const auto on = [&](int month, int day) { return days_from_civil({year, month, day}); };
  const Days sunday = easter(year);
  std::vector<Days> days = {on(1, 1),  sunday + 1, on(5, 1),  on(5, 8),   sunday + 39, sunday + 50,
                            on(7, 14), on(8, 15),  on(11, 1), on(11, 11), on(12, 25)};
  if (list == HolidayList::kAlsaceMoselle) {
    days.push_back(sunday - 2);
    days.push_back(on(12, 26));
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

}  // namespace passerelle::base
