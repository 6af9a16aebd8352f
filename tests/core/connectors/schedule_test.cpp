#include "core/connectors/schedule.h"

#include <gtest/gtest.h>

#include "core/base/status.h"
#include "core/connectors/backoff.h"

namespace passerelle::connectors {
namespace {

using std::chrono::milliseconds;

std::string next(const std::string& schedule, const std::string& instant) {
  const auto parsed = Schedule::parse(schedule);
  if (!parsed.ok()) return base::message_of(parsed.status());
  const auto zone = base::Zone::load("Europe/Paris");
  const auto found = parsed->next_after(*base::parse_instant(instant), *zone);
  return found ? base::format_instant(*found) : "never";
}

TEST(Schedule, FindsTheNextTimeInTheAuthoritysZone) {
  EXPECT_EQ(next("30 6 * * *", "2026-11-23T04:00:00Z"), "2026-11-23T05:30:00Z");
  EXPECT_EQ(next("30 6 * * *", "2026-07-23T05:00:00Z"), "2026-07-24T04:30:00Z");
  EXPECT_EQ(next("*/15 8-17 * * 1-5", "2026-11-20T16:45:00Z"), "2026-11-23T07:00:00Z");
  EXPECT_EQ(next("0 0 1 JAN,JUL *", "2026-11-23T00:00:00Z"), "2026-12-31T23:00:00Z");
  EXPECT_EQ(next("@hourly", "2026-11-23T04:00:00Z"), "2026-11-23T05:00:00Z");
  EXPECT_EQ(next("0 12 29 2 *", "2026-11-23T00:00:00Z"), "2028-02-29T11:00:00Z");
}

TEST(Schedule, SundayIsZeroAndSeven) {
  EXPECT_EQ(next("0 3 * * 7", "2026-11-23T00:00:00Z"), "2026-11-29T02:00:00Z");
  EXPECT_EQ(next("0 3 * * 0", "2026-11-23T00:00:00Z"), "2026-11-29T02:00:00Z");
  EXPECT_EQ(next("0 3 * * SUN", "2026-11-23T00:00:00Z"), "2026-11-29T02:00:00Z");
}

TEST(Schedule, TakesADayOrAWeekdayWhenBothAreRestricted) {
  EXPECT_EQ(next("0 3 13 * 5", "2026-11-23T00:00:00Z"), "2026-11-27T02:00:00Z");
  EXPECT_EQ(next("0 3 24 * 5", "2026-11-23T00:00:00Z"), "2026-11-24T02:00:00Z");
}

TEST(Schedule, ATimeSkippedInSpringIsTakenWhereTheGapBegins) {
  EXPECT_EQ(next("30 2 * * *", "2026-03-29T00:00:00Z"), "2026-03-29T01:00:00Z");
}

TEST(Schedule, ATimeThatComesTwiceInAutumnIsTakenOnce) {
  EXPECT_EQ(next("30 2 * * *", "2026-10-24T23:00:00Z"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(next("30 2 * * *", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
}

TEST(Schedule, ADateThatNeverComesIsSaid) {
  EXPECT_EQ(next("0 0 30 2 *", "2026-01-01T00:00:00Z"), "never");
}

TEST(Schedule, AMistakeNamesItsFieldAndTheRemedy) {
  for (const auto& [text, part] : std::map<std::string, std::string>{{"60 * * * *", "minute"},
                                                                     {"* 24 * * *", "hour"},
                                                                     {"* * 0 * *", "day"},
                                                                     {"* * * FOO *", "month"},
                                                                     {"* * * * 8", "weekday"},
                                                                     {"5-1 * * * *", "minute"},
                                                                     {"*/0 * * * *", "minute"},
                                                                     {"* * * *", "4 fields"}}) {
    const auto parsed = Schedule::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.status().ToString().find(part), std::string::npos) << parsed.status();
    EXPECT_NE(parsed.status().ToString().find("write e.g."), std::string::npos);
  }
}

TEST(Backoff, GrowsWithTheSquareOfTheFailuresUpToItsLimit) {
  const milliseconds unit(1'000);
  const milliseconds max(300'000);
  EXPECT_EQ(backoff(1, unit, max, 0), milliseconds(2'000));
  EXPECT_EQ(backoff(2, unit, max, 0), milliseconds(6'000));
  EXPECT_EQ(backoff(3, unit, max, 0), milliseconds(12'000));
  EXPECT_EQ(backoff(17, unit, max, 0), max);
  EXPECT_EQ(backoff(4'000'000'000, unit, max, 20), max);
  EXPECT_EQ(backoff(1, unit, max, -20), milliseconds(1'600));
}

}  // namespace
}  // namespace passerelle::connectors
