#include "core/base/holidays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace passerelle::base {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> dates(HolidayList list, int year) {
  std::vector<std::string> out;
  for (const Days day : holidays(list, year)) out.push_back(format_date(day));
  return out;
}

TEST(Holidays, EasterFallsWhereTheTablesOfTheCalendarSay) {
  EXPECT_EQ(format_date(easter(1818)), "1818-03-22");  // the earliest there is
  EXPECT_EQ(format_date(easter(1943)), "1943-04-25");  // the latest
  EXPECT_EQ(format_date(easter(1981)), "1981-04-19");  // an exception of the epacts
  EXPECT_EQ(format_date(easter(2000)), "2000-04-23");
  EXPECT_EQ(format_date(easter(2008)), "2008-03-23");
  EXPECT_EQ(format_date(easter(2024)), "2024-03-31");
  EXPECT_EQ(format_date(easter(2025)), "2025-04-20");
  EXPECT_EQ(format_date(easter(2026)), "2026-04-05");
  EXPECT_EQ(format_date(easter(2038)), "2038-04-25");
  EXPECT_EQ(format_date(easter(2100)), "2100-03-28");
  for (int year = 1583; year <= 9999; ++year) {
    EXPECT_EQ((easter(year) + 4) % 7, 0) << year << " is no Sunday";  // 1 January 1970: Thursday
  }
}

TEST(Holidays, FranceHasElevenOfThem) {
  EXPECT_THAT(dates(HolidayList::kFrance, 2026),
              ElementsAre("2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14",
                          "2026-05-25", "2026-07-14", "2026-08-15", "2026-11-01", "2026-11-11",
                          "2026-12-25"));
}

TEST(Holidays, AlsaceAndMoselleAddGoodFridayAndTheSecondDayOfChristmas) {
  EXPECT_THAT(dates(HolidayList::kAlsaceMoselle, 2026), SizeIs(13));
  EXPECT_THAT(dates(HolidayList::kAlsaceMoselle, 2026), Contains("2026-04-03"));
  EXPECT_THAT(dates(HolidayList::kAlsaceMoselle, 2026), Contains("2026-12-26"));
  EXPECT_THAT(dates(HolidayList::kFrance, 2026), Not(Contains("2026-04-03")));
}

TEST(Holidays, TwoOnOneDayAreOneDay) {
  EXPECT_THAT(dates(HolidayList::kFrance, 2008), SizeIs(10));  // Ascension on 1 May
  EXPECT_THAT(dates(HolidayList::kNone, 2026), SizeIs(0));
}

}  // namespace
}  // namespace passerelle::base
