#include "core/base/calendar.h"

#include <gtest/gtest.h>

namespace passerelle::base {
namespace {

TEST(Calendar, DatesAreReadStrictly) {
  EXPECT_EQ(*parse_date("1970-01-01"), 0);
  EXPECT_EQ(*parse_date("2024-02-29"), 19782);
  EXPECT_FALSE(parse_date("2023-02-29").ok());
  EXPECT_FALSE(parse_date("2024-2-29").ok());
  EXPECT_EQ(format_date(*parse_date("1899-12-31")), "1899-12-31");
}

TEST(Calendar, InstantsAreReadWithTheirOffset) {
  EXPECT_EQ(*parse_instant("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(format_instant(*parse_instant("2026-11-23T08:12:00Z")), "2026-11-23T08:12:00Z");
  EXPECT_FALSE(parse_instant("2026-11-23").ok());
}

TEST(Calendar, AnInstantFallsIntoTheLocalDay) {
  const Zone paris = *Zone::load("Europe/Paris");
  EXPECT_EQ(paris.local_day(*parse_instant("2026-06-30T22:30:00Z")), *parse_date("2026-07-01"));
  EXPECT_EQ(Zone::utc().local_day(*parse_instant("2026-06-30T22:30:00Z")),
            *parse_date("2026-06-30"));
  EXPECT_FALSE(Zone::load("Europe/Atlantis").ok());
}

TEST(Calendar, BothNightsOfDaylightSavingAreKnown) {
  const Zone paris = *Zone::load("Europe/Paris");
  EXPECT_TRUE(paris.is_ambiguous_or_skipped(*parse_date("2026-10-25"), 2 * 3600 + 1800));
  EXPECT_TRUE(paris.is_ambiguous_or_skipped(*parse_date("2026-03-29"), 2 * 3600 + 1800));
  EXPECT_EQ(paris.instant_of(*parse_date("2026-10-25"), 2 * 3600 + 1800),
            *parse_instant("2026-10-25T00:30:00Z"));
  EXPECT_EQ(paris.instant_of(*parse_date("2026-03-29"), 2 * 3600 + 1800),
            *parse_instant("2026-03-29T01:00:00Z"));
}

TEST(Calendar, APeriodHoldsItsFirstAndLastDay) {
  for (const char* text : {"2024-02-29", "2024-02", "2024-Q1", "2024", "2025-12", "2025-Q4"}) {
    const Period period = *Period::parse(text);
    EXPECT_EQ(period.to_string(), text);
    EXPECT_EQ(Period::of(period.first_day(), period.grain()), period);
    EXPECT_EQ(Period::of(period.last_day(), period.grain()), period);
    EXPECT_NE(Period::of(period.last_day() + 1, period.grain()), period);
  }
  EXPECT_EQ(Period::parse("2024-11")->coarsened(Grain::kQuarter).to_string(), "2024-Q4");
  EXPECT_FALSE(Period::parse("2024-Q5").ok());
  EXPECT_FALSE(Period::parse("24").ok());
}

}  // namespace
}  // namespace passerelle::base
