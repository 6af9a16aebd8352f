// Declared values that are not final yet: the cells over them say so (PRACTICE 3.5).
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation::provisional {
namespace {

model::SteeringModel meals_model() {
  const auto model = checked_model(
      "authority: {id: VILLE, label: {fr: Ville}, time_zone: Europe/Paris}\n"
      "indicators:\n" +
      defined("MEALS", "sum(value)",
              "from: declared_value, where: \"measure == 'REPAS'\", by: [service], grains: [month, "
              "year]") +
      defined("LAST", "sum(value)",
              "from: declared_value, time: last, grains: [month, year], publish: [[]]") +
      defined("YTD", "ytd(MEALS)") +
      "  MEAN: {label: {fr: M}, kind: means, value: MEALS / 2, grain: month, round: 1}\n");
  return model ? *model : empty_model();
}

Row declared(const std::string& id, const std::string& day, const std::string& service,
             const std::string& state, std::int64_t version = 1) {
  Fields fields = {{"measure", "REPAS"}, {"day", day}, {"service", service}, {"value", "10.0000"}};
  if (!state.empty()) fields["state"] = state;
  return {id, version, std::move(fields), false};
}

class Provisional : public testing::Test {
 protected:
  Provisional() : hub_(meals_model()) {
    hub_.send("declared_value",
              {declared("1", "2026-01-31", "A", "définitif"),
               declared("2", "2026-01-31", "B", "Estimé"), declared("3", "2026-02-28", "A", "")});
  }
  Hub hub_;
};

TEST_F(Provisional, ACellOverOneThatIsNotFinalIsFlagged) {
  EXPECT_EQ(hub_.cell("MEALS", {{"service", "A"}}, "2026-01"), "10");
  EXPECT_EQ(hub_.cell("MEALS", {{"service", "B"}}, "2026-01"), "10 PROVISIONAL");
  EXPECT_EQ(hub_.cell("MEALS", {}, "2026-01"), "20 PROVISIONAL");
  EXPECT_EQ(hub_.cell("MEALS", {}, "2026-02"), "10") << "nothing is said of it";
  EXPECT_EQ(hub_.cell("MEALS", {}, "2026"), "30 PROVISIONAL");
}

TEST_F(Provisional, WhatIsMadeOfItIsFlaggedToo) {
  EXPECT_EQ(hub_.cell("YTD", {}, "2026-02"), "30 PROVISIONAL");
  EXPECT_EQ(hub_.cell("MEAN", {}, "2026-01"), "10.0 PROVISIONAL");
  EXPECT_EQ(hub_.cell("LAST", {}, "2026"), "10") << "the last month is not";
}

TEST_F(Provisional, TheFinalValueTakesTheFlagAway) {
  hub_.send("declared_value", {declared("2", "2026-01-31", "B", "définitif", 2)});
  EXPECT_EQ(hub_.cell("MEALS", {}, "2026-01"), "20");
  EXPECT_EQ(hub_.cell("YTD", {}, "2026-02"), "30");
  hub_.send("declared_value", {declared("3", "2026-02-28", "A", "provisional", 2)});
  EXPECT_EQ(hub_.cell("LAST", {}, "2026"), "10 PROVISIONAL");
  EXPECT_EQ(hub_.reloaded()->state_hash(), hub_.engine().state_hash());
  hub_.send("declared_value", {{"3", 3, {}, true}, {"2", 3, {}, true}});
  EXPECT_EQ(hub_.cell("LAST", {}, "2026"), "10");
  EXPECT_EQ(hub_.cell("MEALS", {{"service", "B"}}, "2026-01"), "absent");
}

}  // namespace
}  // namespace passerelle::consolidation::provisional
