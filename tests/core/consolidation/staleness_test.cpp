// STALE: a source that is late with what it should have told.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation::staleness {
namespace {

model::Records source_complete_to(const std::string& day) {
  model::Records records;
  records.connector = "source";
  records.marks.push_back({"fact", base::parse_date(day).value()});
  return records;
}

class Stale : public testing::Test {
 protected:
  Stale()
      : hub_(model_of_facts(
            "{day: date, dir: string, x: integer}",
            defined("I", "sum(x)", "from: fact, by: [dir], grains: [month, year], fresh: 36h") +
                defined("YTD", "ytd(I)", "fresh: 7d") + defined("CALM", "sum(x)", "from: fact"))) {
    hub_.send("fact", {on("1", "2026-01-10"), on("2", "2026-02-10"), on("3", "2026-03-02")});
  }
  static Row on(const std::string& id, const std::string& day, std::int64_t version = 1) {
    return {id, version, {{"day", day}, {"dir", "A"}, {"x", "1"}}, false};
  }
  Hub hub_;
};

TEST_F(Stale, NothingIsLateWhereNoSourceSaysSoOrTimeIsUnknown) {
  hub_.tick("2026-06-01T10:00:00Z");
  EXPECT_EQ(hub_.cell("I", {}, "2026-03"), "1");
  Hub timeless(*hub_.engine().steering());
  timeless.send("fact", {on("1", "2026-01-10")});
  timeless.commit(source_complete_to("2026-01-05"));
  EXPECT_EQ(timeless.cell("I", {}, "2026-01"), "1");
}

TEST_F(Stale, ThePeriodsFromTheFirstMissingDayOnAreFlaggedOnceTheTimeHasPassed) {
  hub_.commit(source_complete_to("2026-02-27"));
  // 28 February ends on 1 March at 0:00; 36 hours later is 2 March at noon, 11:00 in UTC.
  hub_.tick("2026-03-02T11:00:00Z");
  EXPECT_EQ(hub_.cell("I", {}, "2026-02"), "1");
  const flow::Delta late = hub_.tick("2026-03-02T11:00:01Z");
  EXPECT_EQ(hub_.cell("I", {}, "2026-02"), "1 STALE");
  EXPECT_EQ(hub_.cell("I", {{"dir", "A"}}, "2026-03"), "1 STALE");
  EXPECT_EQ(hub_.cell("I", {}, "2026"), "3 STALE");
  EXPECT_EQ(hub_.cell("I", {}, "2026-01"), "1") << "it is complete";
  EXPECT_EQ(hub_.cell("YTD", {}, "2026-03"), "3") << "it may take 7 days";
  EXPECT_EQ(hub_.cell("CALM", {}, "2026-03"), "1");
  EXPECT_EQ(late.changes.size(), 6u) << "February, March and the year, in both groupings";
  EXPECT_EQ(hub_.reloaded()->state_hash(), hub_.engine().state_hash());
  hub_.tick("2026-03-09T10:00:00Z");
  EXPECT_EQ(hub_.cell("YTD", {}, "2026-03"), "3 STALE");
}

TEST_F(Stale, TheSourceThatComesTakesTheFlagAway) {
  hub_.commit(source_complete_to("2026-02-27"));
  hub_.tick("2026-03-09T10:00:00Z");
  hub_.send("fact", {on("4", "2026-04-01")});
  EXPECT_EQ(hub_.cell("I", {}, "2026-04"), "1 STALE") << "new cells too";
  hub_.commit(source_complete_to("2026-02-28"));
  EXPECT_EQ(hub_.cell("I", {}, "2026-02"), "1");
  EXPECT_EQ(hub_.cell("I", {}, "2026-03"), "1 STALE") << "1 March is missing for a week";
  hub_.commit(source_complete_to("2026-03-08"));
  EXPECT_EQ(hub_.cell("I", {}, "2026-03"), "1");
  EXPECT_EQ(hub_.cell("I", {}, "2026"), "4");
  EXPECT_EQ(hub_.reloaded()->state_hash(), hub_.engine().state_hash());
}

}  // namespace
}  // namespace passerelle::consolidation::staleness
