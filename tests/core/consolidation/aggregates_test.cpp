// The worked examples on aggregates: E5, E8 to E13, E24, E26, E28, E29.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel model_of(const std::vector<std::string>& fields,
                              std::vector<model::Indicator> indicators) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day", fields));
  model.indicators = std::move(indicators);
  return model;
}

const std::vector<std::string> kFields = {"day:date",       "dir:string", "part:decimal2",
                                          "whole:decimal2", "x:integer",  "user:string"};

Row fact(const std::string& id, Fields fields, std::int64_t version = 1) {
  if (!fields.contains("day")) fields["day"] = "2026-01-10";
  return {id, version, std::move(fields), false};
}
Row gone(const std::string& id, std::int64_t version = 2) { return {id, version, {}, true}; }

TEST(Aggregates, ARatioIsTheRatioOfTheSumsE5) {
  model::Indicator rate = indicator("RATE", "fact", "sum(part) / sum(whole)", {"dir"});
  rate.unit = "%";
  rate.round = 1;
  Hub hub(model_of(kFields, {rate}));
  hub.send("fact", {fact("a", {{"dir", "A"}, {"part", "1"}, {"whole", "10"}}),
                    fact("b", {{"dir", "B"}, {"part", "90"}, {"whole", "100"}})});
  EXPECT_EQ(hub.cell("RATE", {{"dir", "A"}}, "2026-01"), "10.0");
  EXPECT_EQ(hub.cell("RATE", {{"dir", "B"}}, "2026-01"), "90.0");
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "82.7");
}

TEST(Aggregates, ACorrectionMovesAFactToAnotherPeriodE8) {
  Hub hub(model_of(kFields, {indicator("PAID", "fact", "sum(part)", {})}));
  hub.send("fact", {fact("a", {{"part", "1000.00"}})});
  EXPECT_EQ(hub.cell("PAID", {}, "2026-01"), "1000.00");
  const flow::Delta delta =
      hub.send("fact", {fact("a", {{"part", "800.00"}, {"day", "2026-02-10"}}, 2)});
  EXPECT_EQ(hub.cell("PAID", {}, "2026-01"), "absent");
  EXPECT_EQ(hub.cell("PAID", {}, "2026-02"), "800.00");
  ASSERT_EQ(delta.changes.size(), 2u);
  for (const flow::CellChange& change : delta.changes) {
    EXPECT_NE(change.before.absent, change.after.absent);
  }
}

TEST(Aggregates, AMaximumFollowsDeletionsE9) {
  model::Indicator most = indicator("MAX", "fact", "max(x)", {});
  most.round = 0;
  Hub hub(model_of(kFields, {most}));
  hub.send("fact", {fact("a", {{"x", "5"}}), fact("b", {{"x", "9"}}), fact("c", {{"x", "9"}}),
                    fact("d", {{"x", "12"}})});
  EXPECT_EQ(hub.cell("MAX", {}, "2026-01"), "12");
  hub.send("fact", {gone("d")});
  EXPECT_EQ(hub.cell("MAX", {}, "2026-01"), "9");
  EXPECT_TRUE(hub.send("fact", {gone("b")}).changes.empty());
  EXPECT_EQ(hub.cell("MAX", {}, "2026-01"), "9");
  hub.send("fact", {gone("c")});
  EXPECT_EQ(hub.cell("MAX", {}, "2026-01"), "5");
  hub.send("fact", {gone("a")});
  EXPECT_EQ(hub.cell("MAX", {}, "2026-01"), "absent");
}

TEST(Aggregates, AMedianIsExactAndAPercentileTakesTheNearestRankE10) {
  model::Indicator median = indicator("MEDIAN", "fact", "median(x)", {});
  median.round = 1;
  model::Indicator p90 = indicator("P90", "fact", "pct(90, x)", {});
  p90.round = 0;
  Hub hub(model_of(kFields, {median, p90}));
  std::vector<Row> rows;
  for (int i = 1; i <= 10; ++i) {
    rows.push_back(fact(std::to_string(i), {{"x", std::to_string(i)}}));
  }
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("MEDIAN", {}, "2026-01"), "5.5");
  EXPECT_EQ(hub.cell("P90", {}, "2026-01"), "9");
  hub.send("fact", {gone("10")});
  EXPECT_EQ(hub.cell("MEDIAN", {}, "2026-01"), "5.0");
  EXPECT_EQ(hub.cell("P90", {}, "2026-01"), "9");
  hub.send("fact", {fact("new", {{"x", "100"}})});
  EXPECT_EQ(hub.cell("MEDIAN", {}, "2026-01"), "5.5");
  EXPECT_EQ(hub.cell("P90", {}, "2026-01"), "9");
}

TEST(Aggregates, AMedianOfADirectionIsThatOfItsFactsE11) {
  model::Indicator median = indicator("MEDIAN", "fact", "median(x)", {"dir"});
  median.round = 1;
  Hub hub(model_of(kFields, {median}));
  std::vector<Row> rows;
  for (const char* x : {"1", "2", "9"})
    rows.push_back(fact(std::string("a") + x, {{"dir", "A"}, {"x", x}}));
  for (const char* x : {"3", "4", "5", "6", "7"}) {
    rows.push_back(fact(std::string("b") + x, {{"dir", "B"}, {"x", x}}));
  }
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("MEDIAN", {{"dir", "A"}}, "2026-01"), "2.0");
  EXPECT_EQ(hub.cell("MEDIAN", {{"dir", "B"}}, "2026-01"), "5.0");
  EXPECT_EQ(hub.cell("MEDIAN", {}, "2026-01"), "4.5");
}

TEST(Aggregates, DistinctCountsForgetWhatIsRetractedE12) {
  model::Indicator users = indicator("USERS", "fact", "distinct(user)", {"dir"});
  users.round = 0;
  Hub hub(model_of(kFields, {users}));
  const auto cells = [&] {
    return hub.cell("USERS", {}, "2026-01") + " " + hub.cell("USERS", {{"dir", "A"}}, "2026-01") +
           " " + hub.cell("USERS", {{"dir", "B"}}, "2026-01");
  };
  hub.send("fact",
           {fact("1", {{"dir", "A"}, {"user", "u1"}}), fact("2", {{"dir", "A"}, {"user", "u2"}}),
            fact("3", {{"dir", "A"}, {"user", "u3"}}), fact("4", {{"dir", "A"}, {"user", "u3"}}),
            fact("5", {{"dir", "B"}, {"user", "u3"}}), fact("6", {{"dir", "B"}, {"user", "u4"}})});
  EXPECT_EQ(cells(), "4 3 2");
  hub.send("fact", {gone("3")});
  EXPECT_EQ(cells(), "4 3 2");
  hub.send("fact", {gone("4")});
  EXPECT_EQ(cells(), "4 2 2");
  hub.send("fact", {gone("5")});
  EXPECT_EQ(cells(), "3 2 1");
}

TEST(Aggregates, SourceVersionsDecideNotTheirArrivalE24) {
  Hub hub(model_of(kFields, {indicator("SUM", "fact", "sum(part)", {})}));
  hub.send("fact", {fact("a", {{"part", "100"}}, 1)});
  hub.send("fact", {fact("a", {{"part", "300"}}, 3)});
  EXPECT_TRUE(hub.send("fact", {fact("a", {{"part", "200"}}, 2)}).changes.empty());
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), "300.00");
  hub.send("fact", {fact("a", {{"part", "300"}}, 3)});
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), "300.00");
  hub.send("fact", {gone("a", 4)});
  hub.send("fact", {fact("a", {{"part", "200"}}, 2)});
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), "absent");
  const ConnectorStatistics counts = hub.engine().statistics().at("source");
  EXPECT_EQ(counts.kept, 3u);
  EXPECT_EQ(counts.stale, 2u);
  EXPECT_EQ(counts.unchanged, 1u);
  EXPECT_EQ(counts.read, counts.kept + counts.stale + counts.unchanged);
}

TEST(Aggregates, AShareWithinALimitE26) {
  model::Indicator loose = indicator("LOOSE", "fact", "share_le(x, 24)", {});
  model::Indicator tight = indicator("TIGHT", "fact", "share_le(x, 20)", {});
  for (model::Indicator* one : {&loose, &tight}) {
    one->unit = "%";
    one->round = 1;
  }
  Hub hub(model_of(kFields, {loose, tight}));
  std::vector<Row> rows;
  for (const char* x : {"5", "10", "20", "24", "30", "48"}) rows.push_back(fact(x, {{"x", x}}));
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("LOOSE", {}, "2026-01"), "66.7");
  EXPECT_EQ(hub.cell("TIGHT", {}, "2026-01"), "50.0");
}

TEST(Aggregates, MeanAndVarianceAreExactE28) {
  model::Indicator mean = indicator("MEAN", "fact", "avg(x)", {});
  model::Indicator variance = indicator("VAR", "fact", "var(x)", {});
  mean.round = variance.round = 6;
  Hub hub(model_of(kFields, {mean, variance}));
  std::vector<Row> rows;
  int number = 0;
  for (const char* x : {"2", "4", "4", "4", "5", "5", "7", "9"}) {
    rows.push_back(fact(std::to_string(number++), {{"x", x}}));
  }
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("MEAN", {}, "2026-01"), "5.000000");
  EXPECT_EQ(hub.cell("VAR", {}, "2026-01"), "4.000000");
  hub.send("fact", {gone("7")});
  EXPECT_EQ(hub.cell("MEAN", {}, "2026-01"), "4.428571");  // 31/7
  EXPECT_EQ(hub.cell("VAR", {}, "2026-01"), "1.959184");   // 96/49
}

TEST(Aggregates, LargeAmountsCancelToTheCentE29) {
  Hub hub(model_of(kFields, {indicator("SUM", "fact", "sum(part)", {})}));
  hub.send("fact", {fact("a", {{"part", "10000000000000.00"}}), fact("b", {{"part", "0.01"}}),
                    fact("c", {{"part", "-10000000000000.00"}})});
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), "0.01");
}

TEST(Aggregates, ASumPastSixtyFourBitsIsExactAndFlaggedOnlyWhileItDoesNotFit) {
  Hub hub(model_of(kFields, {indicator("SUM", "fact", "sum(part)", {}),
                             indicator("AVG", "fact", "avg(part)", {})}));
  const std::string huge = "90000000000000000.00";
  const auto held = hub.engine().view();
  hub.send("fact", {fact("a", {{"part", huge}}), fact("b", {{"part", huge}})});
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), "na NO_DATA OVERFLOW");
  EXPECT_EQ(hub.cell("AVG", {}, "2026-01"), huge);
  const auto overflown = hub.engine().view();
  const flow::Delta delta = hub.send("fact", {gone("b")});
  EXPECT_EQ(hub.cell("SUM", {}, "2026-01"), huge);
  EXPECT_EQ(delta.changes.size(), 1u);
  EXPECT_EQ(cell_of(*overflown, "SUM", {}, "2026-01"), "na NO_DATA OVERFLOW");
}

TEST(Aggregates, ANetZeroChangeIsNoChange) {
  Hub hub(model_of(kFields, {indicator("SUM", "fact", "sum(part)", {})}));
  hub.send("fact", {fact("a", {{"part", "10"}})});
  const flow::Delta delta =
      hub.send("fact", {fact("a", {{"part", "11"}}, 2), fact("a", {{"part", "10"}}, 3)});
  EXPECT_TRUE(delta.changes.empty());
}

TEST(Aggregates, AStatusComparesWithItsTarget) {
  model::Indicator cost = indicator("COST", "fact", "sum(part)", {"dir"});
  cost.better = "lower";
  model::SteeringModel model = model_of(kFields, {cost});
  model.targets.push_back({"COST", {{"dir", "A"}}, "100", "5", {}});
  model.targets.push_back({"COST", {{"dir", "A"}, {"period", "2026-02"}}, "200", "", {}});
  Hub hub(model);
  hub.send("fact",
           {fact("1", {{"dir", "A"}, {"part", "100"}}), fact("2", {{"dir", "B"}, {"part", "1"}}),
            fact("3", {{"dir", "A"}, {"part", "150"}, {"day", "2026-02-01"}})});
  EXPECT_EQ(hub.cell("COST", {{"dir", "A"}}, "2026-01"), "100.00 GREEN");
  EXPECT_EQ(hub.cell("COST", {{"dir", "A"}}, "2026-02"), "150.00 GREEN");
  EXPECT_EQ(hub.cell("COST", {{"dir", "B"}}, "2026-01"), "1.00");
  hub.send("fact", {fact("1", {{"dir", "A"}, {"part", "105"}}, 2)});
  EXPECT_EQ(hub.cell("COST", {{"dir", "A"}}, "2026-01"), "105.00 AMBER");
  hub.send("fact", {fact("1", {{"dir", "A"}, {"part", "105.01"}}, 3)});
  EXPECT_EQ(hub.cell("COST", {{"dir", "A"}}, "2026-01"), "105.01 RED");
}

TEST(Aggregates, LargeGroupsKeepTheirOrder) {
  model::Indicator median = indicator("MEDIAN", "fact", "median(x)", {});
  model::Indicator users = indicator("USERS", "fact", "distinct(x)", {});
  Hub hub(model_of(kFields, {median, users}));
  std::vector<Row> rows;
  for (int i = 0; i < 3'000; ++i) {
    rows.push_back(fact(std::to_string(i), {{"x", std::to_string(i * 7919 % 1'000)}}));
  }
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("MEDIAN", {}, "2026-01"), "499.50");
  EXPECT_EQ(hub.cell("USERS", {}, "2026-01"), "1000.00");
  rows.clear();
  for (int i = 0; i < 2'990; ++i) rows.push_back(gone(std::to_string(i)));
  hub.send("fact", rows);
  EXPECT_EQ(hub.cell("USERS", {}, "2026-01"), "10.00");
}

}  // namespace
}  // namespace passerelle::consolidation
