// What a year's total will be, and how far the same guess was from it before: BAR row 27.
#include <gtest/gtest.h>

#include "core/consolidation/landing.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation::landing {
namespace {

using base::Rational;
using Texts = std::vector<std::string>;

model::SteeringModel model_with(const std::string& indicators) {
  return model_of_facts("{day: date, dir: string, x: integer, y: integer}", indicators);
}

const std::string kAll = defined("I", "sum(x)", "from: fact, by: [dir]") +
                         defined("RATE", "landing(I, 'run_rate')", "by: [dir], round: 1") +
                         defined("LINE", "landing(I, 'trend')", "by: [dir], round: 1") +
                         defined("SEASON", "landing(I, 'seasonal')", "by: [dir], round: 1");

// `values` of the first months of the year, on the 10th of each.
void send_year(Hub* hub, int year, const std::vector<int>& values, std::int64_t version = 1) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const base::CivilDate day{year, static_cast<int>(i) + 1, 10};
    rows.push_back({std::to_string(year * 100 + day.month),
                    version,
                    {{"day", base::format_date(base::days_from_civil(day))},
                     {"dir", "A"},
                     {"x", std::to_string(values[i])},
                     {"y", "1"}},
                    false});
  }
  hub->send("fact", rows);
}

Texts months(Hub* hub, const std::string& indicator, int year) {
  Texts out;
  for (int month = 1; month <= 12; ++month) {
    out.push_back(
        hub->cell(indicator, {},
                  std::to_string(year) + "-" + (month < 10 ? "0" : "") + std::to_string(month)));
  }
  while (!out.empty() && out.back() == "absent") out.pop_back();
  return out;
}

model::Records complete_to(const std::string& day) {
  model::Records records;
  records.connector = "source";
  records.marks.push_back({"fact", base::parse_date(day).value()});
  return records;
}

TEST(LandingWeights, OfAStraightLineGiveBackTheLine) {
  const base::Period may = base::Period::parse("2026-05").value();
  const WindowWeights weights(language::Window{language::Window::Kind::kTrend, {}, 0},
                              may.packed());
  for (const int slope : {0, 3, -7}) {
    std::int64_t sum = 0;
    for (int month = 1; month <= 5; ++month) {
      sum +=
          *weights.of(may.packed() - 5 + static_cast<std::uint32_t>(month)) * (100 + slope * month);
    }
    EXPECT_EQ(Rational(sum) / Rational(weights.divisor()), Rational(12 * 100 + slope * 78));
  }
  EXPECT_FALSE(weights.of(may.packed() + 1).has_value());
  EXPECT_FALSE(weights.of(may.packed() - 5).has_value()) << "December of the year before";
}

TEST(Landing, OfARunRateGoesOnAtTheMeanOfTheMonthsThatAreOver) {
  Hub hub(model_with(kAll));
  send_year(&hub, 2026, {10, 20, 30, 7});
  hub.tick("2026-04-20T10:00:00Z");
  EXPECT_EQ(months(&hub, "RATE", 2026), (Texts{"120.0", "180.0", "240.0", "na NOT_YET"}));
  const flow::Delta may = hub.tick("2026-05-01T10:00:00Z");
  EXPECT_EQ(months(&hub, "RATE", 2026), (Texts{"120.0", "180.0", "240.0", "201.0", "na NOT_YET"}));
  EXPECT_FALSE(may.changes.empty());
  EXPECT_EQ(hub.cell("RATE", {{"dir", "A"}}, "2026-04"), "201.0");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Landing, OfATrendIsTheLineOfLeastSquaresFromTheThirdMonthOn) {
  Hub hub(model_with(kAll));
  send_year(&hub, 2026, {10, 20, 30, 7});
  hub.tick("2026-05-02T10:00:00Z");
  // Of 10, 20, 30, 7: mean 16.75, slope 0.1.
  EXPECT_EQ(months(&hub, "LINE", 2026),
            (Texts{"absent", "absent", "780.0", "205.8", "na NOT_YET"}));
  send_year(&hub, 2026, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 90}, 2);
  hub.tick("2027-01-02T10:00:00Z");
  EXPECT_EQ(hub.cell("LINE", {}, "2026-11"), "12.0");
  EXPECT_EQ(hub.cell("LINE", {}, "2026-12"), "101.0") << "nothing is left to foresee";
}

TEST(Landing, OfASeasonTakesTheRestFromTheYearBefore) {
  Hub hub(model_with(kAll));
  send_year(&hub, 2025, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  send_year(&hub, 2026, {10, 20});
  hub.tick("2026-03-01T10:00:00Z");
  EXPECT_EQ(months(&hub, "SEASON", 2026), (Texts{"87.0", "105.0", "na NOT_YET"}));
  EXPECT_EQ(months(&hub, "SEASON", 2025).size(), 12u) << "December needs no year before";
  EXPECT_EQ(hub.cell("SEASON", {}, "2025-11"), "absent") << "there is no year before";
  EXPECT_EQ(hub.cell("SEASON", {}, "2025-12"), "78.0");
  // A late fact of last year's autumn moves it; one of last year's January does not.
  send_year(&hub, 2025, {100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 111, 12}, 2);
  EXPECT_EQ(months(&hub, "SEASON", 2026), (Texts{"187.0", "205.0", "na NOT_YET"}));
  hub.tick("2027-03-01T10:00:00Z");
  EXPECT_EQ(hub.cell("SEASON", {}, "2027-01"), "absent") << "a year without any fact";
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Landing, WaitsForItsSourcesToBeComplete) {
  Hub hub(model_with(kAll));
  send_year(&hub, 2026, {10, 20});
  hub.tick("2026-03-05T10:00:00Z");
  hub.commit(complete_to("2026-02-20"));
  EXPECT_EQ(months(&hub, "RATE", 2026), (Texts{"120.0", "na NOT_YET", "na NOT_YET"}));
  hub.commit(complete_to("2026-02-28"));
  EXPECT_EQ(months(&hub, "RATE", 2026), (Texts{"120.0", "180.0", "na NOT_YET"}));
}

TEST(Landing, OfAYearIsTheLatestOne) {
  Hub hub(model_with(kAll + defined("YEAR", "landing(I, 'run_rate')",
                                    "grains: [month, year], time: last, round: 1")));
  send_year(&hub, 2025, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  send_year(&hub, 2026, {10, 20, 30});
  hub.tick("2026-03-20T10:00:00Z");
  EXPECT_EQ(hub.cell("YEAR", {}, "2025"), "12.0");
  EXPECT_EQ(hub.cell("YEAR", {}, "2026"), "180.0") << "March is not over";
  hub.tick("2026-04-01T10:00:00Z");
  EXPECT_EQ(hub.cell("YEAR", {}, "2026"), "240.0");
}

TEST(Landing, OfACountAndOfARatioIsMadeOfTheirs) {
  Hub hub(model_with(
      defined("N", "count()", "from: fact") +
      defined("MEAN", "sum(x) / count()", "from: fact, round: 2") +
      defined("LN", "landing(N, 'run_rate')", "round: 2") +
      defined("LM", "landing(MEAN, 'trend')", "round: 2") +
      "  LQ: {label: {fr: L}, kind: means, value: \"landing(Q, 'run_rate')\", grain: quarter, "
      "round: 2}\n" +
      "  Q: {label: {fr: Q}, kind: means, from: fact, value: sum(x), "
      "grain: quarter}\n"));
  send_year(&hub, 2026, {10, 20, 30});
  hub.tick("2026-05-01T10:00:00Z");
  EXPECT_EQ(hub.cell("LN", {}, "2026-03"), "12.00");
  EXPECT_EQ(hub.cell("LN", {}, "2026-04"), "9.00");
  EXPECT_EQ(hub.cell("LM", {}, "2026-03"), "65.00") << "780 / 12, not a line through 10, 20, 30";
  EXPECT_EQ(hub.cell("LQ", {}, "2026-Q1"), "240.00");
  EXPECT_EQ(hub.cell("LQ", {}, "2026-Q2"), "na NOT_YET");
}

TEST(LandingError, IsTheMeanOfWhatTheSameGuessMissedInYearsBefore) {
  Hub hub(model_with(
      kAll + defined("ERR", "landing_error(I, 'run_rate')", "by: [dir], unit: '%', round: 2") +
      defined("ERR1", "landing_error(I, 'run_rate', 1)", "unit: '%', round: 2") +
      defined("ERRS", "landing_error(I, 'seasonal')", "unit: '%', round: 2")));
  send_year(&hub, 2024, {10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 30});  // 140
  send_year(&hub, 2025, {20, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 80});  // 200
  send_year(&hub, 2026, {10, 10});
  hub.tick("2026-03-01T10:00:00Z");
  // January: 120 for 140, 240 for 200: 14.29 % and 20 %.
  EXPECT_EQ(months(&hub, "ERR", 2026), (Texts{"17.14", "12.14", "17.14"}));
  EXPECT_EQ(hub.cell("ERR1", {}, "2026-01"), "20.00");
  EXPECT_EQ(hub.cell("ERR1", {}, "2026-02"), "10.00");
  // Of seasons only 2025 has a year before: 150 for 200.
  EXPECT_EQ(hub.cell("ERRS", {}, "2026-01"), "25.00");
  EXPECT_EQ(hub.cell("ERR", {}, "2024-05"), "absent");
  EXPECT_EQ(hub.cell("ERRS", {}, "2025-05"), "na NO_DATA") << "nothing to foresee 2024 from";
  send_year(&hub, 2025, {20, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 120}, 2);
  EXPECT_EQ(hub.cell("ERR1", {}, "2026-01"), "0.00");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(LandingError, LeavesOutAYearWhoseTotalIsZero) {
  Hub hub(model_with(defined("I", "sum(x)", "from: fact") +
                     defined("ERR", "landing_error(I, 'run_rate', 2)", "unit: '%', round: 1")));
  send_year(&hub, 2024, {5, -5});
  send_year(&hub, 2025, {10, 10});
  send_year(&hub, 2026, {1});
  hub.tick("2026-03-01T10:00:00Z");
  EXPECT_EQ(hub.cell("ERR", {}, "2026-01"), "500.0") << "120 for 20";
  EXPECT_EQ(hub.cell("ERR", {}, "2025-01"), "na NO_DATA");
}

TEST(Landing, IsExplainedByTheWeightOfEachMonth) {
  Hub hub(model_with(kAll));
  send_year(&hub, 2025, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  send_year(&hub, 2026, {10, 20, 30});
  hub.tick("2026-04-01T10:00:00Z");
  for (const auto& [id, cells, value] : std::vector<std::tuple<std::string, std::size_t, Rational>>{
           {"RATE", 3, 240}, {"LINE", 3, 780}, {"SEASON", 12, 60 + 78 - 6}}) {
    const auto found = hub.engine().explain({id, {}, base::Period::parse("2026-03").value()}, 10);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->cells.size(), cells) << id;
    Rational sum = 0;
    for (const ExplainedCell& cell : found->cells) {
      EXPECT_EQ(cell.cell.indicator, "I");
      ASSERT_TRUE(cell.shares[0] && cell.shares[0]->share);
      sum += *cell.shares[0]->share;
    }
    EXPECT_EQ(sum, value) << id;
    EXPECT_EQ(found->aggregates[0].value, value) << id;
  }
}

}  // namespace
}  // namespace passerelle::consolidation::landing
