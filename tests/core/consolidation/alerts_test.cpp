// A crossing of status is told once.
#include "core/flow/alert.h"

#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel model_of(const std::string& target, int hysteresis = 1) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day", {"day:date", "dir:string", "x:decimal2"}));
  model::Indicator delay = indicator("DELAY", "fact", "sum(x)", {"dir"});
  delay.better = "lower";
  model.indicators = {delay};
  model.targets = {{"DELAY", {}, target, "15", {}, {}, hysteresis}};
  return model;
}

Row fact(int month, const std::string& x, std::int64_t version = 1) {
  Row row{"m" + std::to_string(month), version, {}, x.empty(), {}};
  if (!x.empty()) {
    row.fields = {{"day", "2026-0" + std::to_string(month) + "-01"}, {"dir", "D"}, {"x", x}};
  }
  return row;
}

std::string letter(model::CellStatus status) {
  return status == model::CellStatus::kGreen   ? "V"
         : status == model::CellStatus::kAmber ? "O"
                                               : "R";
}

// "V>R 2026-03" of each alert.
std::vector<std::string> told(Engine& engine) {
  std::vector<std::string> texts;
  const auto alerts = engine.view()->alerts();
  for (const auto& alert : alerts == nullptr ? flow::Alerts() : *alerts) {
    texts.push_back(letter(alert->from) + ">" + letter(alert->to) + " " +
                    alert->dimensions.back().second);
  }
  return texts;
}
using Texts = std::vector<std::string>;

TEST(Alerts, ACellThatOscillatesGivesOneAlertPerCrossing) {
  Hub hub(model_of("24"));
  std::int64_t version = 0;
  for (const char* x : {"20", "22", "30", "31", "30", "26", "24", "23", "29"}) {
    hub.send("fact", {fact(3, x, ++version)});
  }
  EXPECT_EQ(told(hub.engine()),
            (Texts{"V>R 2026-03", "R>O 2026-03", "O>V 2026-03", "V>R 2026-03"}));
  const auto view = hub.engine().view();
  const flow::Alert& first = *view->alerts()->front();
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(first.indicator, "DELAY");
  EXPECT_EQ(first.value, 3000);
  EXPECT_EQ(first.target, 2400);
  EXPECT_EQ(first.scale, 2);
  EXPECT_EQ(first.cause, flow::Cause::kFacts);
  EXPECT_EQ(first.revision, 5U) << "the third value, after the model's two commits";
}

TEST(Alerts, ASeriesGivesOneAlertPerCrossingFromPeriodToPeriodE20) {
  const std::vector<std::string> values = {"30", "26", "24", "25", "29", "24", "23"};
  for (const int hysteresis : {1, 2}) {
    Hub hub(model_of("24", hysteresis));
    for (int i = 0; i < 7; ++i) hub.send("fact", {fact(i + 1, values[i])});
    const Texts expected = hysteresis == 1 ? Texts{"R>O 2026-02", "O>V 2026-03", "V>O 2026-04",
                                                   "O>R 2026-05", "R>V 2026-06"}
                                           : Texts{"R>V 2026-07"};
    EXPECT_EQ(told(hub.engine()), expected);
    EXPECT_EQ(told(*hub.reloaded()), expected);
  }
}

TEST(Alerts, NoValueIsNoCrossing) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(3, "20")});
  hub.send("fact", {fact(3, "", 2)});
  hub.send("fact", {fact(3, "21", 3)});
  EXPECT_EQ(told(hub.engine()), Texts{});
  hub.send("fact", {fact(3, "", 4)});
  // Also when the hub was restarted in between.
  hub.restart();
  hub.send("fact", {fact(3, "30", 5)});
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
}

TEST(Alerts, AHistoryThatIsLoadedWholeCrossesNothing) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(1, "20"), fact(2, "30"), fact(3, "20"), fact(4, "30")});
  EXPECT_EQ(told(hub.engine()), Texts{});
  hub.send("fact", {fact(6, "20"), fact(5, "30")});
  EXPECT_EQ(told(hub.engine()), Texts{"R>V 2026-06"});
  // A month that was missing is of the past.
  hub.send("fact", {fact(1, "", 2)});
  hub.send("fact", {fact(1, "20", 3)});
  EXPECT_EQ(told(hub.engine()).size(), 1U);
}

TEST(Alerts, AnotherTargetCrossesToo) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(3, "22")});
  hub.apply_model(model_of("15"));
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
  EXPECT_EQ(hub.engine().view()->alerts()->front()->cause, flow::Cause::kModel);
  hub.apply_model(model_of("15"));
  EXPECT_EQ(told(hub.engine()).size(), 1U);
}

TEST(Alerts, AClosedCellCrossesWhenItIsReopened) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(3, "20")});
  model::Commit closing;
  closing.body = model::Closing{"dga", "", base::Period::parse("2026-03").value(), {}, "visa", {}};
  ASSERT_TRUE(hub.apply(std::move(closing), nullptr).ok());
  const model::Revision closed = hub.engine().revision();
  hub.send("fact", {fact(3, "30", 2)});
  EXPECT_EQ(told(hub.engine()), Texts{});
  model::Commit reopening;
  reopening.body = model::Reopening{closed, "dga", "erreur", {}};
  ASSERT_TRUE(hub.apply(std::move(reopening), nullptr).ok());
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
  EXPECT_EQ(hub.engine().view()->alerts()->front()->cause, flow::Cause::kClosing);
}

void scope(Hub* hub, model::ScopeEvent::Kind kind) {
  model::Records records;
  records.connector = "source";
  records.scopes.push_back({kind, "file", {"fact"}, false, false, 0});
  hub->commit(std::move(records));
}

TEST(Alerts, WhatHalfOfAReadShowsIsNotTold) {
  for (const bool restarted : {false, true}) {
    Hub hub(model_of("24"));
    hub.send("fact", {fact(3, "20"), fact(4, "20")});
    scope(&hub, model::ScopeEvent::Kind::kOpen);
    hub.send("fact", {fact(3, "30", 2)}, "file");
    hub.send("fact", {fact(4, "30", 2)}, "file");
    EXPECT_EQ(told(hub.engine()), Texts{});
    if (restarted) hub.restart();
    hub.send("fact", {fact(4, "23", 3)}, "file");
    EXPECT_EQ(told(hub.engine()), Texts{});
    scope(&hub, model::ScopeEvent::Kind::kClose);
    EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
    hub.send("fact", {fact(4, "25", 4)});
    EXPECT_EQ(told(hub.engine()), (Texts{"V>R 2026-03", "V>O 2026-04"}));
    EXPECT_EQ(told(*hub.reloaded()), told(hub.engine()));
  }
}

TEST(Alerts, AReadThatHangsHoldsBackNoAlertLongerThanToTheNextTick) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(3, "20")});
  scope(&hub, model::ScopeEvent::Kind::kOpen);
  hub.send("fact", {fact(3, "30", 2)}, "file");
  hub.tick("2026-04-02T00:00:00Z");
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
  hub.send("fact", {fact(3, "20", 3)}, "file");
  hub.apply_model(model_of("15"));
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
  scope(&hub, model::ScopeEvent::Kind::kAbort);
  EXPECT_EQ(told(*hub.reloaded()), told(hub.engine())) << "still red, of another target";
  EXPECT_EQ(told(hub.engine()), Texts{"V>R 2026-03"});
}

TEST(Alerts, AnAcknowledgementSurvivesARestart) {
  Hub hub(model_of("24"));
  hub.send("fact", {fact(3, "20")});
  hub.send("fact", {fact(3, "30", 2)});
  const model::AlertAcknowledged seen{1, "dga", "vu en dialogue de gestion"};
  ASSERT_TRUE(hub.engine().check(seen).ok());
  EXPECT_EQ(hub.engine().check(model::AlertAcknowledged{2, "dga", ""}).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(hub.engine().check(model::AlertAcknowledged{1, "", ""}).code(),
            absl::StatusCode::kInvalidArgument);
  model::Commit commit;
  commit.body = seen;
  ASSERT_TRUE(hub.apply(std::move(commit), nullptr).ok());
  EXPECT_EQ(hub.engine().check(seen).code(), absl::StatusCode::kFailedPrecondition);
  hub.restart();
  const flow::Acknowledgement& known = hub.engine().view()->alerts()->front()->acknowledged;
  EXPECT_EQ(known.author, "dga");
  EXPECT_EQ(known.comment, "vu en dialogue de gestion");
  EXPECT_EQ(known.revision, hub.engine().revision());
  hub.send("fact", {fact(3, "20", 3)});
  EXPECT_EQ(told(hub.engine()), (Texts{"V>R 2026-03", "R>V 2026-03"}));
}

}  // namespace
}  // namespace passerelle::consolidation
