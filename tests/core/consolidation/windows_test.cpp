// Indicators made of others, at the same period and at others: E7, E21.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel checked(const std::string& indicators) {
  return model_of_facts(
      "{day: date, due: date, dir: string, x: integer, y: integer,\n"
      "             amount: {type: decimal, scale: 2, unit: EUR},\n"
      "             fte: {type: decimal, scale: 4, unit: ETP}}",
      indicators);
}

Row fact(const std::string& id, const std::string& day, Fields fields, std::int64_t version = 1) {
  fields["day"] = day;
  return {id, version, std::move(fields), false};
}

std::vector<std::string> months(Hub* hub, const std::string& indicator, const std::string& year,
                                const Fields& dimensions = {}) {
  std::vector<std::string> out;
  for (int month = 1; month <= 12; ++month) {
    out.push_back(hub->cell(indicator, dimensions,
                            year + "-" + (month < 10 ? "0" : "") + std::to_string(month)));
  }
  while (!out.empty() && out.back() == "absent") out.pop_back();
  return out;
}
using Texts = std::vector<std::string>;

model::Records complete_to(const std::string& day) {
  model::Records records;
  records.connector = "source";
  records.marks.push_back({"fact", base::parse_date(day).value()});
  return records;
}

TEST(Windows, AYearToDateCarriesOnThroughMonthsWithoutFactsE7) {
  Hub hub(checked(defined("I", "sum(x)", "from: fact") + defined("YTD", "ytd(I)")));
  hub.send("fact", {fact("a", "2026-02-10", {{"x", "1"}}), fact("b", "2026-03-10", {{"x", "2"}}),
                    fact("c", "2026-05-10", {{"x", "3"}})});
  EXPECT_EQ(months(&hub, "YTD", "2026"), (Texts{"absent", "1", "3", "3", "6"}));
  const flow::Delta june = hub.tick("2026-06-02T10:00:00Z");
  EXPECT_EQ(months(&hub, "YTD", "2026"), (Texts{"absent", "1", "3", "3", "6", "6"}));
  EXPECT_EQ(june.changes.size(), 1u);
  EXPECT_EQ(hub.cell("YTD", {}, "2027-01"), "absent");
}

TEST(Windows, AMonthWithoutFactsIsNotYetWhileItsSourceOwesSomeE7) {
  Hub hub(checked(defined("I", "sum(x)", "from: fact") + defined("YTD", "ytd(I)") +
                  defined("BEFORE", "YTD.offset('month', -1)")));
  hub.send("fact", {fact("a", "2026-02-10", {{"x", "1"}}), fact("b", "2026-03-10", {{"x", "2"}}),
                    fact("c", "2026-05-10", {{"x", "3"}})});
  hub.tick("2026-06-30T10:00:00Z");
  const flow::Delta delta = hub.commit(complete_to("2026-04-29"));
  EXPECT_EQ(delta.changes.size(), 3u) << "April, June, and May's month before";
  EXPECT_EQ(months(&hub, "YTD", "2026"),
            (Texts{"absent", "1", "3", "na NOT_YET", "6", "na NOT_YET"}));
  EXPECT_EQ(hub.cell("BEFORE", {}, "2026-05"), "na NOT_YET");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
  hub.commit(complete_to("2026-04-30"));
  EXPECT_EQ(months(&hub, "YTD", "2026"), (Texts{"absent", "1", "3", "3", "6", "na NOT_YET"}));
  EXPECT_EQ(hub.cell("BEFORE", {}, "2026-05"), "3");
  hub.commit(complete_to("2026-06-30"));
  EXPECT_EQ(months(&hub, "YTD", "2026"), (Texts{"absent", "1", "3", "3", "6", "6"}));
}

TEST(Windows, ALateFactChangesTheCellsThatDependOnItAndNoOther) {
  Hub hub(checked(defined("I", "sum(x)", "from: fact, by: [dir]") +
                  defined("YTD", "ytd(I)", "by: [dir], publish: [[dir]]") +
                  defined("R3", "rolling(I, 3)", "publish: [[]]")));
  std::vector<Row> rows;
  for (int month = 1; month <= 12; ++month) {
    for (const char* dir : {"A", "B"}) {
      rows.push_back(fact(dir + std::to_string(month),
                          base::format_date(base::days_from_civil({2026, month, 5})),
                          {{"dir", dir}, {"x", "1"}}));
    }
  }
  hub.send("fact", rows);
  hub.tick("2027-01-10T10:00:00Z");
  EXPECT_EQ(hub.cell("YTD", {{"dir", "A"}}, "2026-12"), "12");
  EXPECT_EQ(hub.cell("R3", {}, "2026-02"), "4");
  EXPECT_EQ(hub.cell("R3", {}, "2027-01"), "4");
  const flow::Delta late =
      hub.send("fact", {fact("late", "2026-01-31", {{"dir", "A"}, {"x", "5"}})});
  EXPECT_EQ(late.changes.size(), 2u + 12u + 3u);
  EXPECT_EQ(hub.cell("YTD", {{"dir", "A"}}, "2026-12"), "17");
  EXPECT_EQ(hub.cell("R3", {}, "2026-03"), "11");
  EXPECT_EQ(hub.cell("R3", {}, "2026-04"), "6");
  const flow::Delta net =
      hub.send("fact", {fact("late", "2026-01-31", {{"dir", "A"}, {"x", "7"}}, 2),
                        fact("late", "2026-01-31", {{"dir", "A"}, {"x", "5"}}, 3)});
  EXPECT_TRUE(net.changes.empty());
  hub.send("fact", {{"late", 4, {}, true}});
  EXPECT_EQ(hub.cell("YTD", {{"dir", "A"}}, "2026-12"), "12");
}

TEST(Windows, AValueIsComparedWithAnEarlierPeriodE21) {
  Hub hub(checked(defined("I", "sum(amount)", "from: fact, by: [dir]") +
                  defined("GROWTH", "growth(I, 'year')", "by: [dir], unit: '%', round: 1") +
                  defined("CHANGE", "difference(I, 'year')", "by: [dir], unit: EUR") +
                  defined("WRITTEN", "(I - I.offset('year', -1)) / abs(I.offset('year', -1))",
                          "by: [dir], unit: '%', round: 1") +
                  defined("RATE", "sum(x) / sum(y)", "from: fact, by: [dir], unit: '%', round: 1") +
                  defined("POINTS", "difference(RATE, 'year')", "by: [dir], unit: pt, round: 1")));
  const auto pair = [&](const std::string& dir, const std::string& before, const std::string& now) {
    hub.send("fact", {fact(dir + "0", "2025-03-01", {{"dir", dir}, {"amount", before}}),
                      fact(dir + "1", "2026-03-01", {{"dir", dir}, {"amount", now}})});
  };
  pair("UP", "100", "120");
  pair("ZERO", "0", "120");
  pair("NEGATIVE", "-50", "-20");
  for (const char* id : {"GROWTH", "WRITTEN"}) {
    EXPECT_EQ(hub.cell(id, {{"dir", "UP"}}, "2026-03"), "20.0");
    EXPECT_EQ(hub.cell(id, {{"dir", "ZERO"}}, "2026-03"), "na ZERO_DEN");
    EXPECT_EQ(hub.cell(id, {{"dir", "NEGATIVE"}}, "2026-03"), "60.0");
    EXPECT_EQ(hub.cell(id, {{"dir", "UP"}}, "2025-03"), "na NO_DATA") << "nothing to compare with";
  }
  EXPECT_EQ(hub.cell("CHANGE", {{"dir", "ZERO"}}, "2026-03"), "120");
  hub.send("fact", {fact("r0", "2025-03-01", {{"dir", "R"}, {"x", "40"}, {"y", "100"}}),
                    fact("r1", "2026-03-01", {{"dir", "R"}, {"x", "45000"}, {"y", "105000"}})});
  EXPECT_EQ(hub.cell("RATE", {{"dir", "R"}}, "2026-03"), "42.9");
  EXPECT_EQ(hub.cell("POINTS", {{"dir", "R"}}, "2026-03"), "2.9");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Windows, ACellThatHasNotComeIsNotThere) {
  Hub hub(checked(defined("I", "sum(x)", "from: fact") + defined("N1", "I.offset('year', -1)")));
  hub.send("fact", {fact("a", "2025-03-01", {{"x", "1"}}), fact("b", "2026-01-15", {{"x", "2"}})});
  EXPECT_EQ(hub.cell("N1", {}, "2026-03"), "absent");
  hub.tick("2026-03-02T10:00:00Z");
  EXPECT_EQ(hub.cell("N1", {}, "2026-03"), "1");
  EXPECT_EQ(hub.cell("N1", {}, "2027-01"), "absent");
  // A fact tells the time where no Tick does; without it, time goes back.
  Hub told(checked(defined("I", "sum(x)", "from: fact") + defined("N1", "I.offset('year', -1)")));
  told.send("fact", {fact("a", "2025-03-01", {{"x", "1"}}), fact("b", "2026-04-01", {{"x", "2"}})});
  EXPECT_EQ(told.cell("N1", {}, "2026-03"), "1");
  told.send("fact", {{"b", 2, {}, true}});
  EXPECT_EQ(told.cell("N1", {}, "2026-03"), "absent");
}

TEST(Windows, AReferenceIsExactAndNeedNotBePublishedThere) {
  Hub hub(checked(
      defined("COST", "sum(amount)", "from: fact, by: [dir], publish: [[]], round: 0") +
      defined("STAFF", "sum(fte)", "from: fact, by: [dir], publish: [[]], time: last, round: 0") +
      "  PER_HEAD: {label: {fr: P}, kind: efficiency, value: COST / STAFF, grain: month, "
      "grains: [month, year], by: [dir], publish: [[], [dir]], round: 4}\n"
      "  YEARLY: {label: {fr: Y}, kind: efficiency, value: COST / STAFF, grain: year, "
      "round: 4}\n"));
  hub.send("fact", {fact("1", "2026-01-05", {{"dir", "A"}, {"amount", "10.40"}, {"fte", "2.5"}}),
                    fact("2", "2026-02-05", {{"dir", "A"}, {"amount", "20"}, {"fte", "3.5"}}),
                    fact("3", "2026-02-05", {{"dir", "B"}, {"amount", "1"}, {"fte", "1"}})});
  EXPECT_EQ(hub.cell("COST", {{"dir", "A"}}, "2026-01"), "not published");
  EXPECT_EQ(hub.cell("PER_HEAD", {{"dir", "A"}}, "2026-01"), "4.1600");
  EXPECT_EQ(hub.cell("PER_HEAD", {}, "2026-02"), "4.6667");
  EXPECT_EQ(hub.cell("PER_HEAD", {{"dir", "A"}}, "2026"), "8.6857") << "30.40 / 3.5";
  EXPECT_EQ(hub.cell("PER_HEAD", {}, "2026"), "6.9778") << "31.40 / 4.5";
  EXPECT_EQ(hub.cell("YEARLY", {}, "2026"), "6.9778");
  hub.send("fact", {{"2", 2, {}, true}, {"3", 2, {}, true}});
  EXPECT_EQ(hub.cell("PER_HEAD", {}, "2026"), "4.1600");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(Windows, EachReferenceKeepsItsOwnDate) {
  Hub hub(checked(defined("DONE", "count()", "from: fact, where: 'has(day)'") +
                  defined("DUE", "count()", "from: fact, at: due") +
                  defined("RATE", "DONE / DUE", "round: 2")));
  hub.send("fact", {fact("1", "2026-01-05", {{"due", "2026-02-01"}}),
                    fact("2", "2026-02-05", {{"due", "2026-02-01"}})});
  EXPECT_EQ(hub.cell("RATE", {}, "2026-02"), "0.50");
  EXPECT_EQ(hub.cell("RATE", {}, "2026-01"), "na ZERO_DEN");
}

TEST(Windows, AnAverageLevelStaysAnAverage) {
  Hub hub(checked(defined("STAFF", "sum(fte)", "from: fact, time: average, round: 2") +
                  defined("SO_FAR", "ytd(STAFF)", "grains: [month, year], time: last, round: 2") +
                  defined("R2", "rolling(STAFF, 2)", "round: 2")));
  hub.send("fact",
           {fact("1", "2026-01-01", {{"fte", "10"}}), fact("2", "2026-02-01", {{"fte", "10.5"}}),
            fact("3", "2026-03-01", {{"fte", "9.5"}})});
  EXPECT_EQ(months(&hub, "SO_FAR", "2026"), (Texts{"10.00", "10.25", "10.00"}));
  EXPECT_EQ(hub.cell("SO_FAR", {}, "2026"), "10.00");
  EXPECT_EQ(months(&hub, "R2", "2026"), (Texts{"10.00", "10.25", "10.00"}));
}

TEST(Windows, MediansAndDistinctValuesAreThoseOfAllTheValues) {
  Hub hub(checked(defined("M", "median(x)", "from: fact") +
                  defined("U", "distinct(x)", "from: fact") +
                  defined("P", "share_le(x, 4)", "from: fact, unit: '%'") +
                  defined("MY", "ytd(M)", "round: 1") + defined("UY", "ytd(U)") +
                  defined("PY", "ytd(P)", "unit: '%', round: 1") +
                  defined("UN1", "ytd(U).offset('year', -1)")));
  std::vector<Row> rows;
  int id = 0;
  for (const auto& [day, values] : std::map<std::string, std::vector<int>>{
           {"2026-01-02", {1, 2, 9}}, {"2026-02-02", {3, 4, 5, 6, 7}}, {"2026-03-02", {1, 9}}}) {
    for (const int x : values) {
      rows.push_back(fact(std::to_string(++id), day, {{"x", std::to_string(x)}}));
    }
  }
  hub.send("fact", rows);
  EXPECT_EQ(months(&hub, "MY", "2026"), (Texts{"2.0", "4.5", "4.5"}));
  EXPECT_EQ(months(&hub, "UY", "2026"), (Texts{"3", "8", "8"}));
  EXPECT_EQ(months(&hub, "PY", "2026"), (Texts{"66.7", "50.0", "50.0"}));
  hub.tick("2027-02-10T10:00:00Z");
  EXPECT_EQ(months(&hub, "UN1", "2027"), (Texts{"3", "8"}));
}

TEST(Windows, DaysLookAtTheSameDayOfAShorterMonth) {
  Hub hub(
      checked("  I: {label: {fr: I}, kind: means, from: fact, value: sum(x), grain: day}\n"
              "  M1: {label: {fr: M}, kind: means, value: \"I.offset('month', -1)\", grain: day}\n"
              "  R7: {label: {fr: R}, kind: means, value: \"rolling(I, 7)\", grain: day}\n"));
  hub.send("fact", {fact("1", "2026-02-28", {{"x", "5"}}), fact("2", "2026-04-02", {{"x", "1"}})});
  for (const char* day : {"2026-03-28", "2026-03-29", "2026-03-31"}) {
    EXPECT_EQ(hub.cell("M1", {}, day), "5") << day;
  }
  EXPECT_EQ(hub.cell("M1", {}, "2026-04-01"), "absent");
  EXPECT_EQ(hub.cell("R7", {}, "2026-03-06"), "5");
  EXPECT_EQ(hub.cell("R7", {}, "2026-03-07"), "absent");
  EXPECT_EQ(hub.cell("R7", {}, "2026-04-02"), "1");
}

TEST(Windows, ACircleOrAnUnknownNameIsNoModel) {
  model::SteeringModel model = empty_model();
  model.indicators = {indicator("A", "", "B + 1", {}),
                      indicator("B", "", "A.offset('year', -1)", {})};
  const Status status = Engine::check_model(std::make_shared<model::SteeringModel>(model));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("A -> B -> A"), std::string::npos) << status;
}

}  // namespace
}  // namespace passerelle::consolidation
