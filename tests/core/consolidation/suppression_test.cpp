// Small counts: which cells are hidden, and that nothing else tells of them. E25.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/consolidation/suppression.h"
#include "core/flow/each_cell.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

using Cell = SuppressionTable::Cell;

// "x" for each hidden cell, "." for each other.
std::string pattern_of(const SuppressionTable& table) {
  std::string out;
  for (const Cell& cell : table.cells) out += cell.hidden ? 'x' : '.';
  return out;
}

// A table by a and b, both of `size`, with its margins: the atoms, the sums over b, over a, all.
SuppressionTable square(std::uint32_t size, const std::vector<std::uint64_t>& counts,
                        std::uint64_t below) {
  SuppressionTable table;
  table.below = below;
  table.finer = {{}, {0}, {0}, {1, 2}};
  const auto add = [&](std::uint32_t publication, const auto& is_in) {
    Cell cell{publication, 0, false, {}};
    for (std::uint32_t atom = 0; atom < size * size; ++atom) {
      if (counts[atom] == 0 || !is_in(atom)) continue;
      cell.n += counts[atom];
      cell.atoms.push_back(atom);
    }
    cell.hidden = cell.n < below;
    if (!cell.atoms.empty()) table.cells.push_back(std::move(cell));
  };
  for (std::uint32_t i = 0; i < size * size; ++i) add(0, [&](auto atom) { return atom == i; });
  for (std::uint32_t i = 0; i < size; ++i) add(1, [&](auto atom) { return atom / size == i; });
  for (std::uint32_t i = 0; i < size; ++i) add(2, [&](auto atom) { return atom % size == i; });
  add(3, [](auto) { return true; });
  return table;
}

TEST(SuppressionTable, WithoutASmallCountNothingIsHidden) {
  SuppressionTable table = square(2, {5, 6, 7, 8}, 5);
  EXPECT_TRUE(hide_what_would_tell(&table));
  EXPECT_EQ(pattern_of(table), ".........");
}

TEST(SuppressionTable, InATableOfTwoByTwoOneSmallCountHidesAllFourButNoMargin) {
  SuppressionTable table = square(2, {2, 6, 7, 8}, 5);
  EXPECT_TRUE(hide_what_would_tell(&table));
  EXPECT_EQ(pattern_of(table), "xxxx.....");
}

TEST(SuppressionTable, OfCellsThatCouldBeHiddenTheOneOfTheFewestFactsIsAndThenTheFirst) {
  SuppressionTable table = square(3, {2, 9, 6, 9, 9, 9, 6, 9, 6}, 5);
  EXPECT_TRUE(hide_what_would_tell(&table));
  EXPECT_EQ(pattern_of(table), "x.x...x.x.......");
}

TEST(SuppressionTable, HiddenCellsOfALineAreTogetherNoSmallCount) {
  // Two of one fact each would both be known by their sum: no hidden cell has none.
  SuppressionTable table;
  table.below = 5;
  table.finer = {{}, {0}};
  for (std::uint32_t i = 0; i < 4; ++i) table.cells.push_back({0, i < 2 ? 1U : 7U, i < 2, {i}});
  table.cells.push_back({1, 16, false, {0, 1, 2, 3}});
  EXPECT_TRUE(hide_what_would_tell(&table));
  EXPECT_EQ(pattern_of(table), "xxx..");
}

TEST(SuppressionTable, ARelationThatNoGroupingShowsIsFoundByTheProof) {
  // By service and by direction, neither refining the other by name: S1 and S2 make D1.
  SuppressionTable table;
  table.below = 5;
  table.finer = {{}, {}, {0, 1}};
  const std::vector<std::uint64_t> services = {3, 12, 8, 20};
  for (std::uint32_t i = 0; i < 4; ++i) {
    table.cells.push_back({0, services[i], services[i] < 5, {i}});
  }
  table.cells.push_back({1, 15, false, {0, 1}});
  table.cells.push_back({1, 28, false, {2, 3}});
  table.cells.push_back({2, 43, false, {0, 1, 2, 3}});
  // The line of services hides S3, the smallest; D1 - S2 still tells S1, and D2 - S4 tells S3.
  EXPECT_TRUE(hide_what_would_tell(&table));
  EXPECT_TRUE(disclosures(table)->empty());
  EXPECT_TRUE(table.cells[0].hidden);
  EXPECT_FALSE(table.cells[6].hidden);
}

TEST(SuppressionTable, ADisclosureNamesTheCellsThatTell) {
  SuppressionTable table = square(2, {2, 6, 7, 8}, 5);
  const auto found = disclosures(table);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().cell, 0U);
  EXPECT_FALSE(found->front().from.empty());
}

TEST(SuppressionTable, PastTheLimitsNothingButTheCoarsestCellsAreShown) {
  SuppressionTable table = square(2, {2, 6, 7, 8}, 5);
  hide_all_but_the_coarsest(&table);
  EXPECT_EQ(pattern_of(table), "xxxxxxxx.");
  // Unless one of them is another cell by another name.
  SuppressionTable single = square(2, {9, 0, 0, 0}, 5);
  hide_all_but_the_coarsest(&single);
  EXPECT_EQ(pattern_of(single), "xxxx");
  EXPECT_TRUE(disclosures(single)->empty());
}

model::SteeringModel model_of(std::uint32_t below) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("day_off", "day", {"day:date", "service:string", "days:integer"}));
  for (const auto& [id, value] : {std::pair("DAYS", "sum(days)"), std::pair("CASES", "count()"),
                                  std::pair("MEAN", "sum(days) / count()")}) {
    model.indicators.push_back(indicator(id, "day_off", value, {"service"}));
    model.indicators.back().round = 0;
    model.indicators.back().suppress_below = below;
  }
  return model;
}

// `count` facts of one service, of `days` together.
std::vector<Row> absences(const std::string& service, int count, int days,
                          const std::string& day = "2026-03-10", std::int64_t version = 1) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) {
    const int own = days / count + (i < days % count ? 1 : 0);
    rows.push_back({service + day + std::to_string(i),
                    version,
                    {{"day", day}, {"service", service}, {"days", std::to_string(own)}}});
  }
  return rows;
}

std::string march(Hub& hub, const std::string& id, const std::string& service = "") {
  return hub.cell(id, service.empty() ? Fields() : Fields{{"service", service}}, "2026-03");
}

Hub& with_e25(Hub& hub) {
  hub.send("day_off", absences("S1", 3, 9));
  hub.send("day_off", absences("S2", 12, 30));
  hub.send("day_off", absences("S3", 25, 61));
  return hub;
}

TEST(Suppression, ASmallCountAndTheOneThatWouldTellItE25) {
  Hub hub(model_of(5));
  with_e25(hub);
  EXPECT_EQ(march(hub, "DAYS"), "100");
  EXPECT_EQ(march(hub, "DAYS", "S1"), "na SUPPRESSED");
  EXPECT_EQ(march(hub, "DAYS", "S2"), "na SUPPRESSED");
  EXPECT_EQ(march(hub, "DAYS", "S3"), "61");
  EXPECT_EQ(march(hub, "DAYS", "S4"), "absent");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Suppression, IndicatorsOfTheSameFactsHideTheSameCells) {
  Hub hub(model_of(5));
  with_e25(hub);
  for (const char* id : {"CASES", "MEAN"}) {
    EXPECT_EQ(march(hub, id, "S1"), "na SUPPRESSED");
    EXPECT_EQ(march(hub, id, "S2"), "na SUPPRESSED");
  }
  EXPECT_EQ(march(hub, "CASES", "S3"), "25");
}

TEST(Suppression, ASuppressedCellCarriesItsReasonOnly) {
  model::SteeringModel model = model_of(5);
  model.indicators[0].better = "lower";
  model.targets = {{"DAYS", {{"service", "S1"}}, "5", "", {}}, {"DAYS", {}, "5", "", {}}};
  Hub hub(model);
  with_e25(hub);
  EXPECT_EQ(march(hub, "DAYS", "S1"), "na SUPPRESSED");
  EXPECT_EQ(march(hub, "DAYS"), "100 RED");
  const auto view = hub.engine().view();
  flow::each_cell(*view, [](model::CellRef, const model::CellValue& value) {
    if (value.na != model::NaReason::kSuppressed) return;
    EXPECT_EQ(value.n, 0U);
    EXPECT_EQ(value.scaled, 0);
    EXPECT_EQ(value.flags, 0);
    EXPECT_EQ(value.status, model::CellStatus::kNone);
  });
}

TEST(Suppression, ACellThatIsHiddenOrShownAgainIsAChange) {
  Hub hub(model_of(5));
  with_e25(hub);
  const flow::Delta shown = hub.send("day_off", absences("S1", 6, 18, "2026-03-11"));
  EXPECT_EQ(march(hub, "DAYS", "S1"), "27");
  EXPECT_EQ(march(hub, "DAYS", "S2"), "30");
  std::size_t again = 0;
  for (const flow::CellChange& change : shown.changes) {
    again += change.before.na == model::NaReason::kSuppressed;
    EXPECT_TRUE(change.before.na != model::NaReason::kSuppressed || change.before.n == 0U);
  }
  EXPECT_EQ(again, 6U) << "S1 and S2 of three indicators";
  std::vector<Row> gone = absences("S1", 6, 18, "2026-03-11", 2);
  for (Row& row : gone) row.deleted = true;
  const flow::Delta hidden = hub.send("day_off", gone);
  EXPECT_EQ(march(hub, "DAYS", "S1"), "na SUPPRESSED");
  EXPECT_EQ(march(hub, "DAYS", "S2"), "na SUPPRESSED");
  for (const flow::CellChange& change : hidden.changes) {
    EXPECT_TRUE(change.after.na != model::NaReason::kSuppressed || change.after.n == 0U);
  }
}

TEST(Suppression, ACommitLooksAtNoOtherPeriod) {
  Hub hub(model_of(5));
  with_e25(hub);
  const flow::Delta delta = hub.send("day_off", absences("S1", 2, 5, "2026-04-02"));
  const auto view = hub.engine().view();
  for (const flow::CellChange& change : delta.changes) {
    EXPECT_EQ(view->period(change.ref.cuboid, change.ref.group).to_string(), "2026-04");
  }
}

TEST(Suppression, AQuarterTellsOfItsMonths) {
  model::SteeringModel model = model_of(5);
  for (model::Indicator& one : model.indicators) {
    one.publish = {{}};
    one.grains = {base::Grain::kMonth, base::Grain::kQuarter};
  }
  Hub hub(model);
  hub.send("day_off", absences("S1", 3, 9, "2026-01-05"));
  hub.send("day_off", absences("S1", 12, 30, "2026-02-05"));
  hub.send("day_off", absences("S1", 25, 61, "2026-03-05"));
  EXPECT_EQ(hub.cell("DAYS", {}, "2026-Q1"), "100");
  EXPECT_EQ(hub.cell("DAYS", {}, "2026-01"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("DAYS", {}, "2026-02"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("DAYS", {}, "2026-03"), "61");
}

TEST(Suppression, WhatIsMadeOfSuppressedCellsIsSuppressed) {
  model::SteeringModel model = model_of(5);
  for (const auto& [id, value] :
       {std::pair("BEFORE", "DAYS.offset('month', -1)"), std::pair("TOTAL", "ytd(DAYS)"),
        std::pair("PART", "DAYS / CASES"), std::pair("MORE", "difference(DAYS, 'month')")}) {
    model.indicators.push_back(indicator(id, "", value, {"service"}));
    model.indicators.back().suppress_below = 5;
  }
  model.indicators.push_back(indicator("LAST", "", "DAYS", {"service"}));
  model.indicators.back().suppress_below = 5;
  model.indicators.back().time = model::TimeRule::kLast;
  model.indicators.back().grains = {base::Grain::kQuarter};
  Hub hub(model);
  with_e25(hub);
  hub.send("day_off", absences("S1", 9, 18, "2026-04-05"));
  const Fields s1 = {{"service", "S1"}};
  EXPECT_EQ(march(hub, "PART", "S1"), "na SUPPRESSED");
  EXPECT_EQ(march(hub, "TOTAL", "S1"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("TOTAL", s1, "2026-04"), "na SUPPRESSED") << "less April, it is March";
  EXPECT_EQ(hub.cell("BEFORE", s1, "2026-04"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("MORE", s1, "2026-04"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("DAYS", s1, "2026-04"), "18");
  EXPECT_EQ(hub.cell("LAST", s1, "2026-Q1"), "na SUPPRESSED");
  EXPECT_EQ(hub.cell("LAST", s1, "2026-Q2"), "18.00");
  EXPECT_EQ(hub.cell("TOTAL", {}, "2026-04"), "118.00");
  // With more facts in March all of it is shown.
  hub.send("day_off", absences("S1", 6, 18, "2026-03-11"));
  EXPECT_EQ(hub.cell("TOTAL", s1, "2026-04"), "45.00");
  EXPECT_EQ(hub.cell("BEFORE", s1, "2026-04"), "27.00");
  EXPECT_EQ(hub.cell("LAST", s1, "2026-Q1"), "27.00");
}

TEST(Suppression, AnExplanationListsNoFactsOfPersons) {
  Hub hub(model_of(5));
  with_e25(hub);
  const base::Period period = base::Period::parse("2026-03").value();
  const auto total = hub.engine().explain({"DAYS", {}, period}, 100);
  ASSERT_TRUE(total.ok());
  EXPECT_TRUE(total->is_personal);
  EXPECT_TRUE(total->leaves.empty());
  EXPECT_EQ(total->facts, 40U);
  for (const char* service : {"S1", "S2"}) {
    const auto hidden = hub.engine().explain({"DAYS", {{"service", service}}, period}, 100);
    EXPECT_EQ(hidden.status().code(), absl::StatusCode::kPermissionDenied);
    EXPECT_THAT(base::message_of(hidden.status()), ::testing::HasSubstr("suppressed"));
  }
}

TEST(Suppression, AnIndicatorWithoutItHidesNothing) {
  Hub hub(model_of(0));
  with_e25(hub);
  EXPECT_EQ(march(hub, "DAYS", "S1"), "9");
  EXPECT_EQ(hub.engine().coarsened_suppressions(), 0U);
}

}  // namespace
}  // namespace passerelle::consolidation
