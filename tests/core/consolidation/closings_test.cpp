#include <gtest/gtest.h>

#include "core/flow/alert.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

base::Period period(const std::string& text) { return base::Period::parse(text).value(); }

model::SteeringModel town() {
  model::SteeringModel town = empty_model();
  town.units = {unit("POLE", "pole", ""), unit("DIR_A", "direction", "POLE"),
                unit("DIR_B", "direction", "POLE"), unit("SRV_1", "service", "DIR_A"),
                unit("SRV_2", "service", "DIR_B")};
  town.kinds.push_back(
      kind_of("line", "day", {"day:date", "service:string", "amount:decimal2:EUR"}));
  town.mappings.push_back({"line", "", {rule("service", "", {{"service", "=service"}})}, {}});
  model::Indicator total =
      indicator("TOTAL", "line", "sum(amount)", {"pole", "direction", "service"});
  total.round = 0;
  total.grains = {base::Grain::kMonth, base::Grain::kYear};
  town.indicators.push_back(total);
  model::Indicator count = indicator("COUNT", "line", "count()", {"direction"});
  count.round = 0;
  town.indicators.push_back(count);
  return town;
}

Row line(const std::string& id, const std::string& day, const std::string& service,
         const std::string& amount, std::int64_t version = 1) {
  return {id, version, {{"day", day}, {"service", service}, {"amount", amount}}, false, {}};
}

Row gone(const std::string& id, std::int64_t version) { return {id, version, {}, true, {}}; }

class ClosingsTest : public ::testing::Test {
 protected:
  ClosingsTest() : hub_(town()) {}

  flow::Delta close(const std::string& unit_id, const std::string& when,
                    std::vector<std::string> indicators = {}) {
    flow::Delta delta;
    model::Commit commit;
    commit.body = model::Closing{"dga", unit_id, period(when), std::move(indicators), "visa", {}};
    EXPECT_TRUE(hub_.apply(std::move(commit), &delta).ok());
    return delta;
  }
  flow::Delta reopen(model::Revision closing) {
    flow::Delta delta;
    model::Commit commit;
    commit.body = model::Reopening{closing, "dga", "erreur", {"visa-7"}};
    EXPECT_TRUE(hub_.apply(std::move(commit), &delta).ok());
    return delta;
  }
  std::string direction(const std::string& id, const std::string& when = "2026-03") {
    return hub_.cell("TOTAL", {{"direction", id}}, when);
  }
  std::string live(const std::string& id, const std::string& when = "2026-03") {
    return cell_of(hub_.engine().view()->unclosed(), "TOTAL", {{"direction", id}}, when);
  }
  Hub hub_;
};

TEST_F(ClosingsTest, E23ALateRecordAltersAClosedCellOnlyWhenItIsReopened) {
  hub_.send("line",
            {line("1", "2026-03-05", "SRV_1", "40"), line("2", "2026-03-07", "SRV_1", "2")});
  EXPECT_TRUE(close("DIR_A", "2026-03").changes.empty());
  const model::Revision closing = hub_.engine().revision();
  EXPECT_EQ(direction("DIR_A"), "42");

  const flow::Delta late = hub_.send("line", {line("3", "2026-03-31", "SRV_1", "1")});
  EXPECT_EQ(direction("DIR_A"), "42 PENDING");
  EXPECT_EQ(live("DIR_A"), "43");
  EXPECT_EQ(hub_.engine().closings().at(0).pending, 7U);  // six groupings and COUNT
  // The authority's total, and the year, are of more than what was closed.
  EXPECT_EQ(hub_.cell("TOTAL", {}, "2026-03"), "43");
  EXPECT_EQ(direction("DIR_A", "2026"), "43");

  const flow::Delta reopened = reopen(closing);
  EXPECT_EQ(reopened.cause, flow::Cause::kClosing);
  EXPECT_EQ(direction("DIR_A"), "43 RESTATED");
  ASSERT_FALSE(reopened.changes.empty());
  for (const flow::CellChange& change : reopened.changes) {
    EXPECT_NE(change.before.flags & model::kFlagRestatementPending, 0);
    EXPECT_NE(change.after.flags & model::kFlagRestated, 0);
  }
  EXPECT_EQ(hub_.engine().closings().at(0).reopened, hub_.engine().revision());
}

TEST_F(ClosingsTest, ACorrectionBackToTheClosedValueLeavesNothingPending) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "42")});
  close("DIR_A", "2026-03");
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "50", 2)});
  EXPECT_EQ(direction("DIR_A"), "42 PENDING");
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "42", 3)});
  EXPECT_EQ(direction("DIR_A"), "42");
  hub_.send("line", {gone("1", 4)});
  EXPECT_EQ(direction("DIR_A"), "42 PENDING");
  EXPECT_EQ(live("DIR_A"), "absent");
}

TEST_F(ClosingsTest, OfADirectionOtherDirectionsAndPeriodsGoOn) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "1"), line("2", "2026-03-05", "SRV_2", "2"),
                     line("3", "2026-04-05", "SRV_1", "3")});
  close("DIR_A", "2026-03");
  hub_.send("line", {line("4", "2026-03-06", "SRV_2", "5"), line("5", "2026-04-06", "SRV_1", "5")});
  EXPECT_EQ(direction("DIR_A"), "1");
  EXPECT_EQ(direction("DIR_B"), "7");
  EXPECT_EQ(direction("DIR_A", "2026-04"), "8");
  EXPECT_EQ(hub_.cell("TOTAL", {{"pole", "POLE"}}, "2026-03"), "8");
}

TEST_F(ClosingsTest, OfAYearHoldsItsMonthsAndOfAPoleItsServices) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_2", "7")});
  close("POLE", "2026");
  hub_.send("line", {line("2", "2026-03-06", "SRV_2", "1")});
  EXPECT_EQ(hub_.cell("TOTAL", {{"service", "SRV_2"}}, "2026-03"), "7 PENDING");
  EXPECT_EQ(hub_.cell("TOTAL", {{"pole", "POLE"}}, "2026"), "7 PENDING");
  EXPECT_EQ(hub_.cell("TOTAL", {}, "2026"), "8");
}

TEST_F(ClosingsTest, ACellThatDidNotExistStaysWithoutAValueAndSaysSo) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  close("", "2026-03");
  hub_.send("line", {line("2", "2026-03-06", "SRV_2", "1")});
  EXPECT_EQ(direction("DIR_B"), "na NO_DATA PENDING");
  EXPECT_EQ(cell_of(*hub_.reloaded()->view(), "TOTAL", {{"direction", "DIR_B"}}, "2026-03"),
            "na NO_DATA PENDING");
  hub_.send("line", {gone("2", 2)});
  EXPECT_EQ(direction("DIR_B"), "absent");
}

TEST_F(ClosingsTest, OfOneIndicatorLeavesTheOthersOpen) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  close("", "2026-03", {"COUNT"});
  hub_.send("line", {line("2", "2026-03-06", "SRV_1", "1")});
  EXPECT_EQ(hub_.cell("COUNT", {{"direction", "DIR_A"}}, "2026-03"), "1 PENDING");
  EXPECT_EQ(direction("DIR_A"), "8");
}

TEST_F(ClosingsTest, ACellHeldTwiceIsLetGoByTheLastReopening) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  close("DIR_A", "2026-03");
  const model::Revision first = hub_.engine().revision();
  hub_.send("line", {line("2", "2026-03-06", "SRV_1", "1")});
  close("", "2026");
  const model::Revision second = hub_.engine().revision();
  reopen(first);
  EXPECT_EQ(direction("DIR_A"), "7 PENDING");
  reopen(second);
  EXPECT_EQ(direction("DIR_A"), "8 RESTATED");
  // Closed anew it is the restated value that stands.
  close("DIR_A", "2026-03");
  hub_.send("line", {line("3", "2026-03-06", "SRV_1", "1")});
  EXPECT_EQ(direction("DIR_A"), "8 PENDING RESTATED");
}

TEST_F(ClosingsTest, TheOrganisationOfTheClosingDecidesWhatIsHeld) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7"), line("2", "2026-03-05", "SRV_2", "5")});
  close("DIR_A", "2026-03");
  model::SteeringModel moved = town();
  moved.units[3].parents = {{"DIR_B", {}}};  // SRV_1, always
  hub_.apply_model(moved);
  EXPECT_EQ(direction("DIR_A"), "7 PENDING");
  EXPECT_EQ(live("DIR_A"), "absent");
  EXPECT_EQ(direction("DIR_B"), "12");
  hub_.send("line", {line("3", "2026-03-06", "SRV_1", "1")});
  EXPECT_EQ(hub_.cell("TOTAL", {{"service", "SRV_1"}}, "2026-03"), "7 PENDING");
  EXPECT_EQ(hub_.cell("TOTAL", {{"direction", "DIR_B"}, {"service", "SRV_1"}}, "2026-03"),
            "na NO_DATA PENDING");
}

TEST_F(ClosingsTest, AUnitIsHeldOnTheDaysOnWhichItLayBelow) {
  model::SteeringModel moving = town();
  moving.units[3].parents = {{"DIR_A", {{}, base::parse_date("2026-03-31").value()}},
                             {"DIR_B", {base::parse_date("2026-04-01").value(), {}}}};
  hub_.apply_model(moving);
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "1"), line("2", "2026-04-05", "SRV_1", "2")});
  close("DIR_A", "2026");
  hub_.send("line", {line("3", "2026-03-06", "SRV_1", "1"), line("4", "2026-04-06", "SRV_1", "1")});
  EXPECT_EQ(hub_.cell("TOTAL", {{"service", "SRV_1"}}, "2026-03"), "1 PENDING");
  EXPECT_EQ(hub_.cell("TOTAL", {{"service", "SRV_1"}}, "2026-04"), "3");
}

TEST_F(ClosingsTest, OutlastAModelThatDoesNotPublishTheirCells) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  close("DIR_A", "2026-03");
  hub_.send("line", {line("2", "2026-03-06", "SRV_1", "1")});
  model::SteeringModel without = town();
  without.indicators.erase(without.indicators.begin());
  hub_.apply_model(without);
  EXPECT_EQ(direction("DIR_A"), "not published");
  hub_.apply_model(town());
  EXPECT_EQ(direction("DIR_A"), "7 PENDING");
}

TEST_F(ClosingsTest, AnIndicatorThatIsNewSinceIsNotHeld) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  close("", "2026-03");
  model::SteeringModel more = town();
  more.indicators.push_back(indicator("HIGHEST", "line", "max(amount)", {"direction"}));
  hub_.apply_model(more);
  EXPECT_EQ(hub_.cell("HIGHEST", {{"direction", "DIR_A"}}, "2026-03"), "7.00");
}

TEST_F(ClosingsTest, AClosingThatMakesNoSenseIsRefusedBeforeItIsWritten) {
  const Engine& engine = hub_.engine();
  const model::Closing good{"dga", "DIR_A", period("2026-03"), {"TOTAL"}, "visa", {}};
  EXPECT_TRUE(engine.check(good).ok());
  const auto refused = [&](auto change) {
    model::Closing bad = good;
    change(bad);
    return base::message_of(engine.check(bad));
  };
  EXPECT_EQ(refused([](auto& bad) { bad.unit = "DIR_C"; }),
            "there is no org unit DIR_C, did you mean DIR_A?");
  EXPECT_EQ(refused([](auto& bad) { bad.indicators = {"TOTALS"}; }),
            "there is no indicator TOTALS, did you mean TOTAL?");
  EXPECT_EQ(refused([](auto& bad) { bad.author.clear(); }), "a closing names its author");
  EXPECT_EQ(refused([](auto& bad) { bad.reason.clear(); }), "a closing says why: its reason");
  EXPECT_NE(refused([](auto& bad) { bad.period = base::Period(); }).find("'all' never ends"),
            std::string::npos);
  close("DIR_A", "2026-03", {"TOTAL"});
  EXPECT_NE(refused([](auto&) {}).find("reopen that one first"), std::string::npos);
  EXPECT_EQ(engine.check(model::Reopening{2, "dga", "x", {}}).code(), absl::StatusCode::kNotFound);
  const model::Revision closing = engine.revision();
  reopen(closing);
  EXPECT_EQ(engine.check(model::Reopening{closing, "dga", "x", {}}).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ClosingsTest, WhatWouldBeClosedIsListedWithoutClosingIt) {
  hub_.send("line", {line("1", "2026-03-05", "SRV_1", "7")});
  const std::vector<ClosedCell> cells =
      hub_.engine().would_close({"dga", "DIR_A", period("2026-03"), {"TOTAL"}, "visa", {}});
  EXPECT_EQ(cells.size(), 6U);  // of the eight groupings those with a direction or a service
  EXPECT_TRUE(hub_.engine().closings().empty());
}

// Engagements of exercises, whose amounts are provisional until they are closed.
class ExercisesTest : public ::testing::Test {
 protected:
  static model::SteeringModel town_of_exercises(bool ends_by_closing = true) {
    model::SteeringModel model = town();
    model.exercises_end_by_closing = ends_by_closing;
    for (const char* value : {"sum(engaged)", "sum(mandated) / sum(engaged)"}) {
      const std::string id = model.indicators.size() == 2 ? "ENGAGED" : "RATE";
      model.indicators.push_back(indicator(id, "engagement", value, {"direction"}));
      model.indicators.back().grain = base::Grain::kYear;
      model.indicators.back().grains = {base::Grain::kYear};
    }
    model.indicators.push_back(indicator("DATED", "engagement", "sum(engaged)", {"direction"}));
    model.indicators.back().at = "engaged_on";
    model.indicators.push_back(indicator("BEFORE", "", "ENGAGED.offset('year', -1)", {}));
    model.indicators.back().grain = base::Grain::kYear;
    model.indicators.back().grains = {base::Grain::kYear};
    return model;
  }
  void engage(const std::string& id, const std::string& exercise, const std::string& service,
              const std::string& amount) {
    flow::Delta delta = hub_.send("engagement", {{id,
                                                  1,
                                                  {{"exercise", exercise},
                                                   {"engaged_on", "2026-03-02"},
                                                   {"service", service},
                                                   {"engaged", amount},
                                                   {"mandated", "10"}},
                                                  false,
                                                  {}}});
    ASSERT_EQ(delta.reset, false);
  }
  flow::Delta close(const std::string& unit_id, const std::string& when) {
    flow::Delta delta;
    model::Commit commit;
    commit.body = model::Closing{"dga", unit_id, period(when), {}, "visa", {}};
    EXPECT_TRUE(hub_.apply(std::move(commit), &delta).ok());
    return delta;
  }
  std::string engaged(const std::string& id, const std::string& when = "2026") {
    return hub_.cell("ENGAGED", {{"direction", id}}, when);
  }
  Hub hub_{town_of_exercises()};
};

TEST_F(ExercisesTest, AmountsAreProvisionalUntilTheirExerciseIsClosed) {
  engage("1", "2026", "SRV_1", "40");
  engage("2", "2026", "SRV_2", "60");
  EXPECT_EQ(engaged("DIR_A"), "40.00 PROVISIONAL");
  EXPECT_EQ(hub_.cell("RATE", {{"direction", "DIR_A"}}, "2026"), "0.25 PROVISIONAL");
  EXPECT_EQ(hub_.cell("DATED", {{"direction", "DIR_A"}}, "2026-03"), "40.00")
      << "placed by its date, it is of no exercise";
  EXPECT_EQ(hub_.cell("TOTAL", {}, "2026"), "absent");

  const flow::Delta closed = close("DIR_A", "2026");
  EXPECT_EQ(closed.changes.size(), 2U) << "both indicators of DIR_A are final";
  EXPECT_EQ(engaged("DIR_A"), "40.00");
  EXPECT_EQ(engaged("DIR_B"), "60.00 PROVISIONAL");
  EXPECT_EQ(hub_.cell("ENGAGED", {}, "2026"), "100.00 PROVISIONAL") << "not all of it is closed";
  close("", "2026");
  EXPECT_EQ(hub_.cell("ENGAGED", {}, "2026"), "100.00");
  engage("3", "2027", "SRV_2", "1");
  EXPECT_EQ(hub_.cell("BEFORE", {}, "2027"), "100.00 PROVISIONAL") << "of its own period";
  EXPECT_EQ(hub_.reloaded()->state_hash(), hub_.engine().state_hash());
}

TEST_F(ExercisesTest, AReopenedExerciseIsProvisionalAgain) {
  engage("1", "2026", "SRV_1", "40");
  close("", "2026");
  const model::Revision closing = hub_.engine().revision();
  engage("2", "2026", "SRV_1", "2");
  EXPECT_EQ(engaged("DIR_A"), "40.00 PENDING") << "closed is closed";
  flow::Delta reopened;
  model::Commit commit;
  commit.body = model::Reopening{closing, "dga", "erreur", {"visa-7"}};
  ASSERT_TRUE(hub_.apply(std::move(commit), &reopened).ok());
  EXPECT_EQ(engaged("DIR_A"), "42.00 PROVISIONAL RESTATED");
  for (const flow::CellChange& change : reopened.changes) {
    EXPECT_TRUE(change.after.same_value(hub_.engine().view()->cell(change.ref)));
  }
  EXPECT_EQ(hub_.reloaded()->state_hash(), hub_.engine().state_hash());
}

TEST_F(ExercisesTest, AModelThatSaysNothingOfItFlagsNothing) {
  engage("1", "2026", "SRV_1", "40");
  hub_.apply_model(town_of_exercises(false));
  EXPECT_EQ(engaged("DIR_A"), "40.00");
  hub_.apply_model(town_of_exercises());
  EXPECT_EQ(engaged("DIR_A"), "40.00 PROVISIONAL");
  const auto view = hub_.engine().view();
  hub_.apply_model(town_of_exercises(false));
  EXPECT_EQ(cell_of(*view, "ENGAGED", {{"direction", "DIR_A"}}, "2026"), "40.00 PROVISIONAL")
      << "a view stays as it was";
}

}  // namespace
}  // namespace passerelle::consolidation
