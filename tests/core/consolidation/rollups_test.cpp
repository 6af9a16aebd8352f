// What a coarser cell is made of: ratios over uneven groups (E6), levels over time (E13, E14).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "core/flow/each_cell.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

const std::vector<std::string> kFields = {"day:date",      "dir:string",     "pol:string",
                                          "part:decimal2", "whole:decimal2", "x:integer"};

model::SteeringModel model_of(std::vector<model::Indicator> indicators) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day", kFields));
  model.kinds.push_back(kind_of("other", "day", {"day:date", "dir:string", "y:integer"}));
  model.indicators = std::move(indicators);
  return model;
}

model::Indicator rate(const std::string& value, const std::vector<std::string>& by) {
  model::Indicator out = indicator("RATE", "fact", value, by);
  out.unit = "%";
  out.round = 1;
  return out;
}

Row fact(const std::string& id, Fields fields, std::int64_t version = 1) {
  if (!fields.contains("day")) fields["day"] = "2026-01-10";
  return {id, version, std::move(fields), false};
}

TEST(UnevenRatio, ATotalOverAGroupWithoutDenominatorIsFlaggedE6) {
  Hub hub(model_of({rate("sum(part) / sum(whole)", {"dir"})}));
  hub.send("fact",
           {fact("a", {{"dir", "A"}, {"part", "5"}, {"whole", "0"}}), fact("b", {{"dir", "B"}}),
            fact("c", {{"dir", "C"}, {"part", "3"}, {"whole", "10"}})});
  EXPECT_EQ(hub.cell("RATE", {{"dir", "A"}}, "2026-01"), "na ZERO_DEN");
  EXPECT_EQ(hub.cell("RATE", {{"dir", "B"}}, "2026-01"), "absent");
  EXPECT_EQ(hub.cell("RATE", {{"dir", "C"}}, "2026-01"), "30.0");
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "80.0 HETEROGENEOUS");
  const flow::Delta delta =
      hub.send("fact", {fact("a", {{"dir", "A"}, {"part", "5"}, {"whole", "10"}}, 2)});
  EXPECT_EQ(delta.changes.size(), 2u);
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "40.0");
}

struct UnevenCase {
  const char* why;
  const char* value;
  Fields fields;
  bool flagged;
};

TEST(UnevenRatio, AGroupIsUnevenWhereOneSideIsMissing) {
  const UnevenCase kCases[] = {
      {"a numerator only", "sum(part) / sum(whole)", {{"part", "5"}}, true},
      {"a denominator only", "sum(part) / sum(whole)", {{"whole", "5"}}, true},
      {"a numerator of 0 is there",
       "sum(part) / sum(whole)",
       {{"part", "0"}, {"whole", "5"}},
       false},
      {"both are 0", "sum(part) / sum(whole)", {{"part", "0"}, {"whole", "0"}}, false},
      {"none selected is a real 0",
       "sum(part, part > 9) / sum(whole)",
       {{"part", "5"}, {"whole", "5"}},
       false},
      {"a count of none is a real 0", "count(part > 9) / count()", {{"part", "5"}}, false},
      {"within a longer formula", "100 - sum(part) / sum(whole) * 2", {{"part", "5"}}, true},
      {"no ratio at all", "sum(part) - sum(whole) / 2", {{"part", "5"}}, false},
  };
  for (const UnevenCase& test : kCases) {
    Hub hub(model_of({rate(test.value, {"dir", "pol"})}));
    Fields fields = test.fields;
    fields["dir"] = "A";
    fields["pol"] = "P";
    const Fields whole = {{"dir", "A"}, {"pol", "Q"}, {"part", "3"}, {"whole", "10"}};
    hub.send("fact", {fact("a", fields), fact("b", whole)});
    for (const Fields& above : {Fields{}, Fields{{"dir", "A"}}}) {
      const std::string cell = hub.cell("RATE", above, "2026-01");
      EXPECT_EQ(cell.find("HETEROGENEOUS") != std::string::npos, test.flagged)
          << test.why << ": " << cell;
    }
    EXPECT_EQ(hub.cell("RATE", {{"pol", "Q"}}, "2026-01").find("HETEROGENEOUS"), std::string::npos);
  }
}

TEST(UnevenRatio, TwoKindsOfFactsMayMissEachOther) {
  Hub hub(model_of({rate("sum(fact.part) / sum(other.y)", {"dir"})}));
  hub.send("fact", {fact("a", {{"dir", "A"}, {"part", "5"}})});
  hub.send("other", {fact("b", {{"dir", "A"}, {"y", "10"}})});
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "50.0");
  hub.send("other", {fact("c", {{"dir", "B"}, {"y", "10"}})});
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "25.0 HETEROGENEOUS");
  EXPECT_EQ(cell_of(*hub.reloaded()->view(), "RATE", {}, "2026-01"), "25.0 HETEROGENEOUS");
}

TEST(UnevenRatio, ChildrenAreTheGroupsThatNoPublishedGroupingRefines) {
  model::Indicator published = rate("sum(part) / sum(whole)", {"dir", "pol"});
  published.publish = {{}, {"dir"}};
  Hub hub(model_of({published}));
  hub.send("fact", {fact("a", {{"dir", "A"}, {"pol", "P"}, {"part", "5"}}),
                    fact("b", {{"dir", "A"}, {"pol", "Q"}, {"whole", "10"}})});
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "50.0");
}

model::Indicator level(model::TimeRule time, const std::string& value = "sum(x)") {
  model::Indicator out = indicator("LEVEL", "fact", value, {"dir"});
  out.time = time;
  out.grains = {base::Grain::kMonth, base::Grain::kQuarter, base::Grain::kYear, base::Grain::kAll};
  out.round = 1;
  return out;
}

// ETP in tenths.
std::vector<Row> etp() {
  std::vector<Row> rows;
  int id = 0;
  for (const auto& [dir, month, x] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"A", "01", "100"},
                                                                      {"A", "02", "105"},
                                                                      {"A", "03", "95"},
                                                                      {"B", "01", "40"},
                                                                      {"B", "02", "40"},
                                                                      {"B", "03", "40"}}) {
    rows.push_back(
        fact(std::to_string(++id), {{"dir", dir}, {"day", "2026-" + month + "-01"}, {"x", x}}));
  }
  return rows;
}

TEST(Time, ALevelIsNeverSummedOverTimeE14) {
  for (const model::TimeRule time : {model::TimeRule::kLast, model::TimeRule::kAtEnd}) {
    Hub hub(model_of({level(time)}));
    hub.send("fact", etp());
    for (const char* period : {"2026-Q1", "2026", "all"}) {
      EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, period), "95.0");
      EXPECT_EQ(hub.cell("LEVEL", {}, period), "135.0");
    }
    EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-02"), "105.0");
    // The last month goes: the one before it holds.
    hub.send("fact", {{"3", 2, {}, true}});
    EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "105.0");
    EXPECT_EQ(hub.cell("LEVEL", {}, "2026-Q1"), "40.0");
    for (const char* id : {"1", "2"}) hub.send("fact", {{id, 2, {}, true}});
    EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "absent");
  }
  Hub hub(model_of({level(model::TimeRule::kAverage)}));
  hub.send("fact", etp());
  EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "100.0");
  EXPECT_EQ(hub.cell("LEVEL", {}, "2026"), "140.0");
}

TEST(Time, AnAverageIsExactAndOverThePeriodsThatHaveAValue) {
  model::Indicator average = level(model::TimeRule::kAverage, "sum(x) / sum(whole)");
  average.round = 4;
  Hub hub(model_of({average}));
  hub.send("fact", {fact("1", {{"dir", "A"}, {"x", "1"}, {"whole", "3"}}),
                    fact("2", {{"dir", "A"}, {"day", "2026-03-01"}, {"x", "3"}, {"whole", "4"}})});
  EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "0.5714");  // 4/7, no average of ratios
  model::Indicator mean = level(model::TimeRule::kAverage);
  mean.round = 4;
  hub.apply_model(model_of({mean}));
  EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "2.0000");
  hub.send("fact", {fact("3", {{"dir", "A"}, {"day", "2026-02-01"}, {"x", "3"}})});
  EXPECT_EQ(hub.cell("LEVEL", {{"dir", "A"}}, "2026-Q1"), "2.3333");
}

TEST(Time, ASourcePeriodNeedNotBePublished) {
  model::Indicator stock = indicator("STOCK", "ticket", "stock(opened, closed)", {});
  stock.grain = base::Grain::kDay;
  stock.grains = {base::Grain::kMonth};
  stock.time = model::TimeRule::kAverage;
  stock.round = 4;
  model::Indicator daily = stock;
  daily.id = "DAILY";
  daily.grains = {base::Grain::kDay};
  model::SteeringModel model = empty_model();
  model.indicators = {stock, daily};
  Hub hub(model);
  const auto ticket = [](const std::string& id, const std::string& opened,
                         const std::string& closed) {
    Fields fields = {{"ticket", id}, {"opened", opened + "T09:00:00Z"}};
    if (!closed.empty()) fields["closed"] = closed + "T17:00:00Z";
    return Row{id, 1, std::move(fields), false};
  };
  // E13, with T1 closed on 10 February and T2 reopened from 5 to 15 February.
  hub.send("ticket",
           {ticket("T1", "2026-01-05", "2026-02-10"), ticket("T2", "2026-01-10", "2026-02-03"),
            ticket("T3", "2026-01-15", ""), ticket("T4", "2026-01-31", "2026-01-31"),
            ticket("T2 again", "2026-02-05", "2026-02-15")});
  const flow::Delta delta = hub.tick("2026-02-28T12:00:00Z");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-02"), "1.7500");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-02-09"), "not published");
  for (const auto& [day, open] : std::vector<std::pair<std::string, std::string>>{
           {"04", "2"}, {"09", "3"}, {"10", "2"}, {"14", "2"}, {"15", "1"}}) {
    EXPECT_EQ(hub.cell("DAILY", {}, "2026-02-" + day), open + ".0000");
  }
  EXPECT_EQ(delta.changes.size(), 14u) << "13 days and their month";
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Time, EveryAggregateHasALastValue) {
  for (const char* value :
       {"sum(x)", "count()", "avg(x)", "min(x)", "max(x)", "median(x)", "pct(90, x)", "distinct(x)",
        "share_le(x, 4)", "var(x)", "sum(x) / count()", "stock(day, day) + sum(x)"}) {
    Hub hub(model_of({level(model::TimeRule::kLast, value)}));
    std::vector<Row> rows;
    for (int i = 0; i < 8; ++i) {
      rows.push_back(fact(std::to_string(i), {{"dir", "A"},
                                              {"day", i < 5 ? "2026-01-05" : "2026-03-05"},
                                              {"x", std::to_string(i * i)}}));
    }
    hub.send("fact", rows);
    EXPECT_EQ(hub.cell("LEVEL", {}, "2026"), hub.cell("LEVEL", {}, "2026-03")) << value;
  }
}

TEST(Time, AnAverageOfWhatIsNoLevelIsRefused) {
  const auto model = std::make_shared<model::SteeringModel>(
      model_of({level(model::TimeRule::kAverage, "median(x)")}));
  EXPECT_EQ(Engine::check_model(model).code(), absl::StatusCode::kInvalidArgument);
}

std::vector<std::string> cells_of(const flow::CellView& view) {
  std::vector<std::string> cells;
  flow::each_cell(view, [&](model::CellRef ref, const model::CellValue& value) {
    cells.push_back(flow::key_text(view, ref) + " " + text_of(value) +
                    " n=" + std::to_string(value.n));
  });
  std::sort(cells.begin(), cells.end());
  return cells;
}

TEST(Rollups, TheIncrementalCellsAreTheRecomputedOnes) {
  std::vector<model::Indicator> all;
  for (const auto time :
       {model::TimeRule::kLast, model::TimeRule::kAverage, model::TimeRule::kSum}) {
    for (const char* value : {"sum(part) / sum(whole)", "sum(x)", "distinct(x)"}) {
      all.push_back(level(time, value));
      all.back().id += std::to_string(all.size());
      all.back().by = {"dir", "pol"};
      all.back().publish = {{}, {"dir"}, {"pol"}, {"dir", "pol"}};
      all.back().round = 6;
    }
  }
  const bool holds = rc::check([&] {
    Hub hub(model_of(all));
    std::map<int, Row> kept;
    const int steps = *rc::gen::inRange(1, 40);
    for (int version = 1; version <= steps; ++version) {
      const int id = *rc::gen::inRange(0, 12);
      Row row{std::to_string(id), version, {}, *rc::gen::inRange(0, 4) == 0};
      if (!row.deleted) {
        row = fact(row.id,
                   {{"dir", *rc::gen::element<std::string>("A", "B")},
                    {"pol", *rc::gen::element<std::string>("P", "Q")},
                    {"day", "2026-0" + std::to_string(*rc::gen::inRange(1, 6)) + "-01"}},
                   version);
        if (*rc::gen::arbitrary<bool>()) row.fields["x"] = std::to_string(*rc::gen::inRange(0, 3));
        if (*rc::gen::arbitrary<bool>()) row.fields["part"] = "5";
        if (*rc::gen::arbitrary<bool>())
          row.fields["whole"] = *rc::gen::element<std::string>("0", "7");
      }
      hub.send("fact", {row});
      kept[id] = row;
    }
    Hub fresh(model_of(all));
    std::vector<Row> rows;
    for (const auto& [id, row] : kept) rows.push_back(row);
    fresh.send("fact", rows);
    RC_ASSERT(cells_of(*hub.engine().view()) == cells_of(*fresh.engine().view()));
    RC_ASSERT(cells_of(*hub.engine().view()) == cells_of(*hub.reloaded()->view()));
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation
