// Causes that come from single objects of a model, from time, and from what sources say of
// themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/app/value_diff.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::app {
namespace {

using consolidation::CellName;
using consolidation::Engine;
using consolidation::Hub;
using testing::ElementsAre;

Status go_on() { return absl::OkStatus(); }

// "CORRECTED connectors source, kinds fact: 12.5".
std::vector<std::string> causes(const ValueDiff& found) {
  std::vector<std::string> out;
  for (const ValueStep& step : found.steps) {
    std::string text = hub::v1::DiffCauseKind_Name(step.kind).substr(16);
    for (const hub::v1::DiffObject& object : step.objects) {
      text += " " + object.section() + "/" + object.id();
    }
    out.push_back(text + ": " + step.effect.str());
  }
  return out;
}

ValueDiff diff_of(const Hub& hub, model::Revision from, const std::string& indicator,
                  const consolidation::Fields& dimensions, const std::string& period) {
  Engine engine({});
  for (model::Revision r = 1; r <= from; ++r) {
    EXPECT_TRUE(engine.apply(hub.journal()[r - 1], nullptr).ok());
  }
  ValueDiffer differ(&engine, CellName{indicator, dimensions, base::Period::parse(period).value()},
                     {});
  for (model::Revision r = from + 1; r <= hub.journal().size(); ++r) {
    const Status taken = differ.take(hub.journal()[r - 1], go_on);
    EXPECT_TRUE(taken.ok()) << taken;
  }
  return differ.finish();
}

model::SteeringModel sums() {
  model::SteeringModel model = consolidation::empty_model();
  model.kinds.push_back(consolidation::kind_of(
      "fact", "day", {"day:date", "service:string", "amount:decimal2:EUR", "n:integer"}));
  model.units = {
      consolidation::unit("D1", "direction", ""), consolidation::unit("D2", "direction", ""),
      consolidation::unit("S1", "service", "D1"), consolidation::unit("S2", "service", "D1")};
  model.indicators.push_back(consolidation::indicator("SUM", "fact", "sum(amount)", {"direction"}));
  model.indicators.push_back(
      consolidation::indicator("RATIO", "fact", "sum(amount) / sum(n)", {"direction"}));
  return model;
}

consolidation::Row fact(const std::string& id, const std::string& service,
                        const std::string& amount, std::int64_t version = 1) {
  return {
      id, version, {{"day", "2026-01-10"}, {"service", service}, {"amount", amount}, {"n", "3"}}};
}

TEST(Diff, EveryServiceThatMovesIsACauseOfItsOwn) {
  model::SteeringModel model = sums();
  Hub hub(model);
  hub.send("fact", {fact("1", "S1", "10.00"), fact("2", "S2", "25.00")});
  const model::Revision from = hub.engine().revision();
  model.units[2].parents = {{"D2", {}}};
  model.units[3].parents = {{"D2", {}}};
  hub.apply_model(model);
  EXPECT_THAT(
      causes(diff_of(hub, from, "SUM", {{"direction", "D1"}}, "2026-01")),
      ElementsAre("ORGANISATION organisation/S1: -10", "ORGANISATION organisation/S2: -25"));
  EXPECT_THAT(causes(diff_of(hub, from, "SUM", {}, "2026-01")), ElementsAre());
}

TEST(Diff, AThirdIsToldExactlyAndTheRestIsRounding) {
  Hub hub(sums());
  hub.send("fact", {fact("1", "S1", "10.00")});
  const model::Revision from = hub.engine().revision();
  hub.send("fact", {fact("1", "S1", "11.00", 2)});
  EXPECT_THAT(causes(diff_of(hub, from, "RATIO", {{"direction", "D1"}}, "2026-01")),
              ElementsAre("CORRECTED connectors/source kinds/fact: 1/3",
                          "ROUNDING indicators/RATIO: 1/150"));
}

TEST(Diff, WhatAReplacingScopeLeavesOutIsDeleted) {
  Hub hub(sums());
  const auto read = [&](const std::vector<consolidation::Row>& rows, std::int64_t version) {
    model::Records records;
    records.connector = "source";
    records.scopes.push_back({model::ScopeEvent::Kind::kOpen, "file", {}, true, true, version});
    records.scopes.push_back({model::ScopeEvent::Kind::kClose, "file", {}, true, true, version});
    records.batches.push_back(hub.batch("fact", rows, "file"));
    hub.commit(std::move(records));
  };
  read({fact("1", "S1", "10.00"), fact("2", "S1", "20.00")}, 1);
  const model::Revision from = hub.engine().revision();
  read({fact("2", "S1", "21.00", 2), fact("3", "S1", "5.00", 2)}, 2);
  const ValueDiff found = diff_of(hub, from, "SUM", {{"direction", "D1"}}, "2026-01");
  EXPECT_THAT(causes(found), ElementsAre("NEW connectors/source kinds/fact: 5",
                                         "CORRECTED connectors/source kinds/fact: 1",
                                         "DELETED connectors/source kinds/fact: -10"));
  EXPECT_EQ(found.steps[0].examples.at(0).second, "3");
  EXPECT_EQ(found.steps[2].examples.at(0).second, "") << "the commit does not name it";
}

TEST(Diff, AnIndicatorThatComesOrGoesIsADefinition) {
  model::SteeringModel model = sums();
  Hub hub(model);
  hub.send("fact", {fact("1", "S1", "10.00")});
  const model::Revision from = hub.engine().revision();
  model.indicators[0].value = "sum(amount) * 2";
  model.indicators[0].version = 2;
  model.indicators[1].value = "sum(amount)";
  hub.apply_model(model);
  const ValueDiff found = diff_of(hub, from, "SUM", {{"direction", "D1"}}, "2026-01");
  EXPECT_THAT(causes(found), ElementsAre("DEFINITION indicators/SUM: 10"));
  EXPECT_EQ(found.steps[0].objects[0].detail(), "version 2");
  EXPECT_THAT(causes(diff_of(hub, 0, "SUM", {{"direction", "D1"}}, "2026-01")),
              ElementsAre("NEW connectors/source kinds/fact: 10", "DEFINITION indicators/SUM: 10"));
}

TEST(Diff, AClosedValueChangesWhenItIsReopenedNotBefore) {
  Hub hub(sums());
  hub.send("fact", {fact("1", "S1", "10.00")});
  const model::Revision from = hub.engine().revision();
  model::Commit commit;
  commit.body = model::Closing{"dga", "", base::Period::parse("2026-01").value(), {}, "visa", {}};
  flow::Delta delta;
  ASSERT_TRUE(hub.apply(commit, &delta).ok());
  const model::Revision closing = hub.engine().revision();
  hub.send("fact", {fact("1", "S1", "12.00", 2)});
  EXPECT_THAT(causes(diff_of(hub, from, "SUM", {}, "2026-01")), ElementsAre());
  commit.body = model::Reopening{closing, "dga", "erreur", {"visa-7"}};
  ASSERT_TRUE(hub.apply(commit, &delta).ok());
  EXPECT_THAT(causes(diff_of(hub, from, "SUM", {}, "2026-01")),
              ElementsAre("CLOSING closings/" + std::to_string(closing) + ": 2"));
}

TEST(Diff, TimeThatGoesOnIsACause) {
  model::SteeringModel model = sums();
  model.kinds.push_back(consolidation::kind_of("thing", "opened", {"opened:date", "closed:date"}));
  model::Indicator stock = consolidation::indicator("STOCK", "thing", "stock(opened, closed)", {});
  stock.time = model::TimeRule::kAtEnd;
  model.indicators.push_back(stock);
  Hub hub(model);
  hub.send("thing", {{"1", 1, {{"opened", "2026-01-10"}}}});
  const model::Revision from = hub.engine().revision();
  hub.tick("2026-03-02T00:00:00Z");
  EXPECT_THAT(causes(diff_of(hub, from, "STOCK", {}, "2026-02")),
              ElementsAre("TIME days/2026-03-02: 1"));
}

}  // namespace
}  // namespace passerelle::app
