// Public holidays by their rules: what a law names in words, as days of a year.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/calendar.h"

namespace passerelle::base {

// Easter Sunday of the Gregorian calendar; years 1583 to 9999.
Days easter(int year);

enum class HolidayList : std::uint8_t {
  kNone,
  kFrance,         // the eleven of the Labour Code, everywhere in the country
  kAlsaceMoselle,  // the same, Good Friday and 26 December
};
// Ascending; years 1583 to 9999. A day that two rules name (Ascension and 1 May 2008) is there
// once.
std::vector<Days> holidays(HolidayList list, int year);

}  // namespace passerelle::base
