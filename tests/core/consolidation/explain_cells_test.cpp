// Explanations of what is made of cells of other periods and indicators, one level at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "core/flow/each_cell.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;
using testing::ElementsAre;
using testing::HasSubstr;

model::SteeringModel model_with(const std::string& indicators) {
  return model_of_facts("{day: date, dir: string, x: integer, y: integer}", indicators);
}

Row on(const std::string& id, const std::string& day, const std::string& dir, int x, int y = 1) {
  return {id, 1, {{"day", day}, {"dir", dir}, {"x", std::to_string(x)}, {"y", std::to_string(y)}}};
}

CellName named(const std::string& indicator, const std::string& period,
               const std::map<std::string, std::string>& dimensions = {}) {
  return {indicator, dimensions, base::Period::parse(period).value()};
}

// "I 2026-01: 1 of 2 facts", with the share; "(1)" where it does not add up.
std::vector<std::string> cells_of(const Explanation& explanation, std::size_t part = 0) {
  std::vector<std::string> out;
  for (const ExplainedCell& cell : explanation.cells) {
    const auto& share = cell.shares[part];
    if (!share) continue;
    out.push_back(cell.cell.indicator + " " + cell.cell.period.to_string() + ": " +
                  (share->share ? share->share->str() : "(" + share->value->str() + ")") + " of " +
                  std::to_string(share->facts));
  }
  return out;
}

class ExplainCells : public testing::Test {
 protected:
  ExplainCells()
      : hub_(model_with(defined("I", "sum(x)", "from: fact, by: [dir]") +
                        defined("N", "sum(y)", "from: fact, by: [dir]") +
                        defined("MID", "median(x)", "from: fact") +
                        defined("YTD", "ytd(I)", "by: [dir]") + defined("MIDS", "ytd(MID)") +
                        defined("RATIO", "ytd(I) / ytd(N)", "by: [dir], round: 3") +
                        defined("BEFORE", "YTD.offset('month', -1)", "by: [dir]") +
                        defined("LAST_YEAR", "ytd(I).offset('year', -1)", "by: [dir]") +
                        defined("MIXED", "I.offset('month', -1) + sum(fact.y)", "by: [dir]"))) {
    hub_.send("fact", {on("a", "2026-01-10", "A", 1), on("b", "2026-01-20", "B", 2),
                       on("c", "2026-03-10", "A", 4, 2), on("d", "2026-03-11", "A", 8)});
  }
  Explanation explained(const CellName& name, std::size_t leaves = 10) {
    const auto found = hub_.engine().explain(name, leaves);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : Explanation();
  }
  Hub hub_;
};

TEST_F(ExplainCells, AYearToDateIsMadeOfItsMonthsAndTheseOfFacts) {
  const Explanation year = explained(named("YTD", "2026-03"));
  EXPECT_THAT(cells_of(year), ElementsAre("I 2026-01: 3 of 2", "I 2026-03: 12 of 2"));
  EXPECT_EQ(year.aggregates[0].value, Rational(15));
  EXPECT_EQ(year.facts, 0u);
  const Explanation month = explained(year.cells[0].cell);
  EXPECT_TRUE(month.cells.empty());
  EXPECT_EQ(month.facts, 2u);
  EXPECT_THAT(cells_of(explained(named("YTD", "2026-03", {{"dir", "A"}}))),
              ElementsAre("I 2026-01: 1 of 1", "I 2026-03: 12 of 2"));
}

TEST_F(ExplainCells, ARatioOfTwoIndicatorsNamesTheCellsOfBoth) {
  const Explanation ratio = explained(named("RATIO", "2026-03", {{"dir", "A"}}));
  EXPECT_THAT(cells_of(ratio, 0), ElementsAre("I 2026-01: 1 of 1", "I 2026-03: 12 of 2"));
  EXPECT_THAT(cells_of(ratio, 1), ElementsAre("N 2026-01: 1 of 1", "N 2026-03: 3 of 2"));
}

TEST_F(ExplainCells, WindowsInWindowsGoBackToTheIndicatorThatIsNamed) {
  hub_.send("fact", {on("e", "2027-05-01", "A", 100)});
  EXPECT_THAT(cells_of(explained(named("BEFORE", "2026-04"))), ElementsAre("YTD 2026-03: 15 of 4"));
  EXPECT_THAT(cells_of(explained(named("LAST_YEAR", "2027-03"))),
              ElementsAre("I 2026-01: 3 of 2", "I 2026-03: 12 of 2"));
}

TEST_F(ExplainCells, MediansAreCountedAgainAndGiveNoShare) {
  const Explanation medians = explained(named("MIDS", "2026-03"));
  EXPECT_THAT(cells_of(medians), ElementsAre("MID 2026-01: (3/2) of 2", "MID 2026-03: (6) of 2"));
  EXPECT_EQ(medians.aggregates[0].value, Rational(3));
}

TEST_F(ExplainCells, CellsAndFactsStandSideBySide) {
  const Explanation mixed = explained(named("MIXED", "2026-03"));
  EXPECT_TRUE(cells_of(mixed).empty()) << "February has no facts";
  hub_.send("fact", {on("f", "2026-02-10", "A", 5)});
  const Explanation both = explained(named("MIXED", "2026-03"));
  ASSERT_EQ(both.aggregates.size(), 2u);
  EXPECT_EQ(both.cells.size(), 1u);
  EXPECT_EQ(both.cells[0].cell.period.to_string(), "2026-02");
}

TEST_F(ExplainCells, ACellThatIsOnlyAPartOfOthersIsExplainedToo) {
  Hub hub(model_with(defined("I", "sum(x)", "from: fact, by: [dir], publish: [[dir]]") +
                     defined("YTD", "ytd(I)", "by: [dir], publish: [[]]")));
  hub.send("fact", {on("a", "2026-01-10", "A", 1), on("b", "2026-02-20", "B", 2)});
  const auto year = hub.engine().explain(named("YTD", "2026-02"), 10);
  ASSERT_TRUE(year.ok()) << year.status();
  EXPECT_THAT(cells_of(*year), ElementsAre("I 2026-01: 1 of 1", "I 2026-02: 2 of 1"));
  const auto month = hub.engine().explain(year->cells[0].cell, 10);
  ASSERT_TRUE(month.ok()) << month.status();
  EXPECT_EQ(month->facts, 1u);
  EXPECT_THAT(std::string(hub.engine().explain(named("I", "2026"), 1).status().message()),
              HasSubstr("not published"));
}

// The shares of every additive part make its value, one level after the other down to the facts.
void expect_adds_up(Hub* hub, const CellName& name, int depth) {
  const auto found = hub->engine().explain(name, 1'000);
  ASSERT_TRUE(found.ok()) << found.status();
  for (std::size_t i = 0; i < found->aggregates.size(); ++i) {
    Rational sum = 0;
    bool is_shared = false;
    for (const ExplainedCell& cell : found->cells) {
      if (!cell.shares[i] || !cell.shares[i]->share) continue;
      sum += *cell.shares[i]->share;
      is_shared = true;
    }
    for (const ExplainedFact& leaf : found->leaves) {
      if (leaf.values[i]) sum += Rational(*leaf.values[i]);
      is_shared |= leaf.values[i].has_value();
    }
    if (is_shared && found->aggregates[i].value) {
      EXPECT_EQ(sum, *found->aggregates[i].value) << name.indicator << name.period.to_string();
    }
  }
  ASSERT_LT(depth, 4);
  for (const ExplainedCell& cell : found->cells) expect_adds_up(hub, cell.cell, depth + 1);
}

TEST(ExplainCellsRandom, SharesAddUpLevelByLevel) {
  const char* chosen = std::getenv("PASSERELLE_TEST_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::stoull(chosen) : std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(limit));
  };
  std::size_t explained = 0;
  for (int round = 0; round < 30; ++round) {
    Hub hub(model_with(defined("I", "sum(x)", "from: fact, by: [dir]") +
                       defined("N", "count()", "from: fact, by: [dir]") +
                       defined("L", "sum(y)", "from: fact, by: [dir], time: average") +
                       defined("YTD", "ytd(I)", "by: [dir]") +
                       defined("R3", "rolling(I, 3)", "by: [dir]") +
                       defined("EARLIER", "YTD.offset('month', -1)", "by: [dir]") +
                       defined("SHARE", "ytd(I) / rolling(N, 4)", "by: [dir], round: 3") +
                       defined("GROWTH", "difference(I, 'year')", "by: [dir]") +
                       defined("MEAN", "rolling(L, 3)", "by: [dir], round: 3")));
    std::vector<Row> rows;
    for (int i = 0; i < 40; ++i) {
      const base::Days day = base::days_from_civil({2025, 1, 1}) + below(600);
      rows.push_back(on(std::to_string(i), base::format_date(day), below(2) == 0 ? "A" : "B",
                        below(20) - 5, below(5)));
    }
    hub.send("fact", rows);
    const auto view = hub.engine().view();
    flow::each_cell(*view, [&](model::CellRef ref, const model::CellValue&) {
      if (below(4) != 0) return;
      const flow::CuboidInfo& info = view->cuboids()[ref.cuboid];
      CellName name{info.indicators[ref.indicator], {}, view->period(ref.cuboid, ref.group)};
      const auto values = view->values(ref.cuboid, ref.group);
      for (std::size_t d = 0; d < values.size(); ++d)
        name.dimensions[info.dimensions[d]] = values[d];
      expect_adds_up(&hub, name, 0);
      ++explained;
    });
    if (testing::Test::HasFailure()) {
      FAIL() << "PASSERELLE_TEST_SEED=" << seed << " repeats it";
    }
  }
  EXPECT_GT(explained, 500u);
}

}  // namespace
}  // namespace passerelle::consolidation
