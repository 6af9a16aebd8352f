// Targets along a trajectory, and statuses that wait: E20.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel model_of(model::Target target) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day", {"day:date", "dir:string", "x:decimal2"}));
  model::Indicator delay = indicator("DELAY", "fact", "sum(x)", {});
  delay.better = "lower";
  model.indicators = {delay};
  target.indicator = "DELAY";
  model.targets = {std::move(target)};
  return model;
}

Row month(int number, const std::string& x, std::int64_t version = 1) {
  const base::Days day =
      base::days_from_civil({2026 + (number - 1) / 12, (number - 1) % 12 + 1, 1});
  Row row{std::to_string(number), version, {}, x.empty()};
  if (!x.empty()) row.fields = {{"day", base::format_date(day)}, {"x", x}};
  return row;
}

// "R", "O", "V" or "." of each month of 2026.
std::string statuses(const flow::CellView& view, int months) {
  std::string out;
  for (int number = 1; number <= months; ++number) {
    const std::string text =
        cell_of(view, "DELAY", {}, (number < 10 ? "2026-0" : "2026-") + std::to_string(number));
    out += text.ends_with("GREEN")   ? 'V'
           : text.ends_with("AMBER") ? 'O'
           : text.ends_with("RED")   ? 'R'
                                     : '.';
  }
  return out;
}

TEST(Statuses, AStatusWaitsForItsHysteresisE20) {
  const std::vector<std::string> values = {"30", "26", "24", "25", "29", "24", "23"};
  for (const int hysteresis : {1, 2}) {
    Hub hub(model_of({"", {}, "24", "15", {}, {}, hysteresis}));
    for (int i = 0; i < 7; ++i) hub.send("fact", {month(i + 1, values[i])});
    EXPECT_EQ(statuses(*hub.engine().view(), 7), hysteresis == 1 ? "ROVORVV" : "RRRRRRV");
    EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
  }
}

TEST(Statuses, ACorrectionReachesTheMonthsAfterIt) {
  Hub hub(model_of({"", {}, "24", "15", {}, {}, 2}));
  const std::vector<std::string> values = {"30", "26", "24", "25", "29", "24", "23"};
  for (int i = 0; i < 7; ++i) hub.send("fact", {month(i + 1, values[i])});
  // Two greens in a row hold until two others do.
  const flow::Delta delta = hub.send("fact", {month(2, "24", 2)});
  EXPECT_EQ(statuses(*hub.engine().view(), 7), "RRVVVVV");
  EXPECT_EQ(delta.changes.size(), 5u) << "the value of February, four statuses";
  hub.send("fact", {month(2, "", 3)});
  EXPECT_EQ(statuses(*hub.engine().view(), 7), "R.RRRRV")
      << "a month without a value is passed over";
}

TEST(Statuses, ATrajectoryIsAStraightLineBetweenItsPointsE20) {
  const auto point = [](const char* period, const char* value) {
    return model::TargetPoint{base::Period::parse(period).value(), value};
  };
  Hub hub(model_of({"", {}, "", "", {}, {point("2025-12", "36"), point("2026-12", "24")}, 1}));
  // The target is 30 in June and 24 in December, and stays there.
  hub.send("fact", {month(6, "30"), month(7, "29.01"), month(12, "24"), month(14, "24.01")});
  EXPECT_EQ(hub.cell("DELAY", {}, "2026-06"), "30.00 GREEN");
  EXPECT_EQ(hub.cell("DELAY", {}, "2026-07"), "29.01 RED");
  EXPECT_EQ(hub.cell("DELAY", {}, "2026-12"), "24.00 GREEN");
  EXPECT_EQ(hub.cell("DELAY", {}, "2027-02"), "24.01 RED");
  hub.send("fact", {{"old", 1, {{"day", "2025-11-01"}, {"x", "1"}}, false},
                    {"first", 1, {{"day", "2025-12-01"}, {"x", "36"}}, false}});
  EXPECT_EQ(hub.cell("DELAY", {}, "2025-11"), "1.00") << "before its first point there is none";
  EXPECT_EQ(hub.cell("DELAY", {}, "2025-12"), "36.00 GREEN");
}

TEST(Statuses, ShownAreThoseOfTheOracleWhateverTheOrder) {
  const bool holds = rc::check([] {
    const int hysteresis = *rc::gen::inRange(1, 4);
    Hub hub(model_of({"", {}, "24", "15", {}, {}, hysteresis}));
    std::map<int, std::string> kept;
    const int steps = *rc::gen::inRange(1, 40);
    for (int version = 1; version <= steps; ++version) {
      const int number = *rc::gen::inRange(1, 13);
      kept[number] = *rc::gen::element<std::string>("20", "26", "40", "");
      hub.send("fact", {month(number, kept[number], version)});
    }
    std::string expected;
    std::string instants;
    char shown = '.';
    for (int number = 1; number <= 12; ++number) {
      const std::string& x = kept[number];
      if (x.empty()) {
        expected += '.';
        continue;
      }
      instants += x == "20" ? 'V' : x == "26" ? 'O' : 'R';
      const std::size_t n = instants.size();
      const std::size_t wanted = static_cast<std::size_t>(hysteresis);
      const bool agreed =
          n >= wanted && instants.substr(n - wanted) == std::string(wanted, instants.back());
      if (n == 1 || agreed) shown = instants.back();
      expected += shown;
    }
    RC_ASSERT(statuses(*hub.engine().view(), 12) == expected);
    RC_ASSERT(hub.reloaded()->state_hash() == hub.engine().state_hash());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation
