// What the actions of a plan gained: E33 and what surrounds it.
#include "core/edge/optimisation.h"

#include "tests/core/edge/edge_fixture.h"

namespace passerelle::edge {
namespace {

class OptimisationTest : public EdgeTest {
 protected:
  // COST of policy A in 2026, against 1000 or what COST of 2025 was.
  static model::OptAction action(const std::string& id, const std::string& expected) {
    model::OptAction out;
    out.id = id;
    out.indicator = "COST";
    out.scope = {{"policy", "A"}, {"period", "2026"}};
    out.baseline = "1000";
    out.expected = expected;
    return out;
  }
  void set_plan(std::vector<model::OptAction> actions, const std::string& better = "lower") {
    auto model = std::make_shared<model::SteeringModel>(*steering());
    model->indicators[0].better = better;
    model->optimisation = std::move(actions);
    state_.set_steering(model);
  }
  hub::v1::GetOptimisationResponse plan(hub::v1::GetOptimisationRequest request = {}) {
    auto found = optimisation(request, "", *publisher_);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : hub::v1::GetOptimisationResponse();
  }
  // "12000 of 2: 7200 4800", in hundredths; "-" where an action has no part.
  std::string gains() {
    const auto response = plan();
    if (response.cells_size() != 1) return std::to_string(response.cells_size()) + " cells";
    const hub::v1::OptimisedCell& cell = response.cells(0);
    std::string out = cell.gain().has_na() ? hub::v1::NaReason_Name(cell.gain().na())
                                           : std::to_string(cell.gain().scaled());
    out += " of " + std::to_string(cell.gain().scale()) + ":";
    for (const auto& one : cell.actions()) {
      out +=
          one.has_gain() && !one.gain().has_na() ? " " + std::to_string(one.gain().scaled()) : " -";
    }
    return out;
  }
};

TEST_F(OptimisationTest, ActionsOnOneCellShareItsGainByWhatWasExpectedE33) {
  set_plan({action("OA1", "90"), action("OA2", "60")});
  set("A", 880);
  commit();
  EXPECT_EQ(gains(), "12000 of 2: 7200 4800");
}

TEST_F(OptimisationTest, SharesAddUpToTheCent) {
  set_plan({action("OA1", "1"), action("OA2", "1"), action("OA3", "1")});
  set("A", 900);
  commit();
  EXPECT_EQ(gains(), "10000 of 2: 3334 3333 3333");
  set("A", 1100);
  commit();
  EXPECT_EQ(gains(), "-10000 of 2: -3334 -3333 -3333") << "a loss is shared too";
}

TEST_F(OptimisationTest, WhatIsPlannedOrDroppedHasNoPart) {
  auto planned = action("OA2", "60");
  planned.state = model::OptAction::State::kPlanned;
  set_plan({action("OA1", "90"), planned});
  set("A", 880);
  commit();
  EXPECT_EQ(gains(), "12000 of 2: 12000 -");
  planned.id = "OA1";
  set_plan({planned});
  commit();
  EXPECT_EQ(gains(), "12000 of 2: -");
}

TEST_F(OptimisationTest, MoreMayBeBetter) {
  set_plan({action("OA1", "90")}, "higher");
  set("A", 1120);
  commit();
  EXPECT_EQ(gains(), "12000 of 2: 12000");
}

TEST_F(OptimisationTest, WithoutAValueThereIsAReasonAndNoGain) {
  set_plan({action("OA1", "90")});
  commit();
  EXPECT_EQ(gains(), "NA_REASON_NO_DATA of 2: -");
  auto framed = action("OA1", "90");
  framed.baseline.clear();
  framed.baseline_period = "2025";
  framed.baseline_known_at = "2001-01-01";
  set_plan({framed});
  set("A", 880);
  commit();
  EXPECT_EQ(gains(), "NA_REASON_NO_DATA of 2: -") << "nothing had been published by then";
}

TEST_F(OptimisationTest, ABaselineIsWhatAnotherPeriodWasKnownToBe) {
  auto framed = action("OA1", "90");
  framed.baseline.clear();
  framed.baseline_period = "2025";
  framed.baseline_known_at = "2030-01-01";
  set_plan({framed});
  state_.set(cuboid_, {"A"}, "2025", 0, publication::number(950));
  set("A", 880);
  commit();
  EXPECT_EQ(gains(), "7000 of 2: 7000");
  EXPECT_EQ(plan().cells(0).baseline_period(), "2025");
}

TEST_F(OptimisationTest, AnEarlierRevisionHasItsOwnValues) {
  set_plan({action("OA1", "90")});
  set("A", 880);
  commit();
  const auto first = plan().revision();
  set("A", 700);
  commit();
  EXPECT_EQ(gains(), "30000 of 2: 30000");
  hub::v1::GetOptimisationRequest request;
  request.set_revision(first);
  EXPECT_EQ(plan(request).cells(0).gain().scaled(), 12'000);
  EXPECT_EQ(plan(request).revision(), first);
  request.clear_revision();
  request.set_known_at("2030-01-01");
  EXPECT_EQ(plan(request).revision(), first + 1) << "the one that was known then";
}

TEST_F(OptimisationTest, IsAnsweredToAReaderWhoMayAskForOneIndicator) {
  set_plan({action("OA1", "90")});
  set("A", 880);
  commit();
  start();
  hub::v1::GetOptimisationRequest request;
  request.set_indicator("COST");
  const auto answer = client()->optimisation(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->cells(0).actions(0).id(), "OA1");
  request.set_indicator("COSTS");
  const Status unknown = client()->optimisation(request).status();
  EXPECT_TRUE(absl::IsNotFound(unknown));
  EXPECT_NE(base::message_of(unknown).find("it has some on COST"), std::string::npos) << unknown;
}

}  // namespace
}  // namespace passerelle::edge
