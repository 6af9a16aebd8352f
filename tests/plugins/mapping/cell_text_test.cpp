#include "plugins/mapping/cell_text.h"

#include <gtest/gtest.h>

#include "core/base/clock.h"

namespace passerelle::mapping {
namespace {

base::Zone paris() { return *base::Zone::load("Europe/Paris"); }

std::string utc(std::string_view text, std::string_view format) {
  const auto moment = parse_moment(text, format, paris());
  return moment.ok() ? write_moment(*moment, "%Y-%m-%dT%H:%M:%S.%fZ", base::Zone::utc()) : "error";
}

TEST(CellText, ReadsInstantsAsSourcesWriteThem) {
  EXPECT_EQ(utc("2026-07-01T10:00:00.000+0200", ""), "2026-07-01T08:00:00.000000Z");
  EXPECT_EQ(utc("2026-07-01T10:00:00Z", ""), "2026-07-01T10:00:00.000000Z");
  EXPECT_EQ(utc("2026-07-01T10:00:00.123456-01:30", ""), "2026-07-01T11:30:00.123456Z");
  EXPECT_EQ(utc("2026-07-01 10:00:00", ""), "2026-07-01T08:00:00.000000Z");
  EXPECT_EQ(utc("2026-07-01 10:00:00.5", ""), "2026-07-01T08:00:00.500000Z");
  EXPECT_EQ(utc("1782900000", "epoch"), "2026-07-01T10:00:00.000000Z");
  EXPECT_EQ(utc("1782900000250", "epoch_ms"), "2026-07-01T10:00:00.250000Z");
  EXPECT_EQ(utc("01/07/2026 10:00 +0200", "%d/%m/%Y %H:%M %z"), "2026-07-01T08:00:00.000000Z");
  for (const char* bad : {"2026-02-29T10:00:00Z", "2026-07-01T24:00:00Z",
                          "2026-07-01T10:00:00+25:00", "2026-07-01T10:00:00.Z", "x"}) {
    EXPECT_EQ(utc(bad, ""), "error") << bad;
  }
  EXPECT_EQ(utc("99999999999999", "epoch"), "error");
}

TEST(CellText, TakesTheLocalDayOfAnEpoch) {
  // 2026-06-30 22:30 UTC is July in Paris.
  EXPECT_EQ(base::format_date(*parse_day("1782858600", "epoch", paris())), "2026-07-01");
}

TEST(CellText, WritesAnInstantAsItIsAskedFor) {
  const base::Instant july = *parse_moment("2026-07-01T10:00:00Z", "", paris());
  EXPECT_EQ(write_moment(july, "", paris()), "2026-07-01T10:00:00Z");
  EXPECT_EQ(write_moment(july, "%Y-%m-%d %H:%M:%S", paris()), "2026-07-01 12:00:00");
  EXPECT_EQ(write_moment(july, "%Y-%m-%dT%H:%M:%S%z", paris()), "2026-07-01T10:00:00+00:00");
  EXPECT_EQ(write_moment(july, "epoch", paris()), "1782900000");
  EXPECT_EQ(write_moment(july, "epoch_ms", paris()), "1782900000000");
}

// Whatever the hour of both nights: what is asked is never later than what is meant, by three hours
// at most.
TEST(CellText, NeverAsksFromTooLateWhenClocksChange) {
  for (const char* night : {"2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"}) {
    const base::Instant begin = *parse_moment(night, "", paris());
    for (int minute = 0; minute < 12 * 60; minute += 7) {
      const base::Instant meant = begin + minute * 60 * base::kMicrosPerSecond;
      const std::string asked = write_moment(meant, "%Y-%m-%d %H:%M:%S", paris());
      // A server that takes the later of two equal local times.
      const base::Instant first = *parse_moment(asked, "", paris());
      EXPECT_LE(first, meant) << asked;
      EXPECT_GE(first, meant - 3 * 3'600 * base::kMicrosPerSecond) << asked;
      EXPECT_FALSE(asked.substr(0, 13) == "2026-10-25 02" || asked.substr(0, 13) == "2026-03-29 02")
          << asked;
    }
  }
}

}  // namespace
}  // namespace passerelle::mapping
