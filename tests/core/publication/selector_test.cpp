#include "core/publication/selector.h"

#include <gtest/gtest.h>

#include "fake_state.h"

namespace passerelle::publication {
namespace {

class SelectorTest : public testing::Test {
 protected:
  SelectorTest() {
    state_.add_cuboid({"function"}, base::Grain::kYear, {"DEPENSES"});
    state_.add_cuboid({}, base::Grain::kYear, {"DEPENSES", "RECETTES"});
    state_.add_cuboid({"function"}, base::Grain::kMonth, {"TICKETS"});
    state_.add_cuboid({"function"}, base::Grain::kYear, {"TICKETS"});
    auto steering = std::make_shared<model::SteeringModel>();
    steering->indicators.resize(1);
    steering->indicators[0].id = "TICKETS";
    steering->indicators[0].grain = base::Grain::kMonth;
    state_.set_steering(steering);
  }
  std::string refusal(Selector selector) {
    const auto resolved = Resolved::of(normalised(std::move(selector)), *state_.view());
    EXPECT_TRUE(absl::IsInvalidArgument(resolved.status()));
    return base::message_of(resolved.status());
  }
  FakeState state_;
};

TEST_F(SelectorTest, AnUnknownIndicatorIsToldWithTheNearestAndAllOthers) {
  EXPECT_EQ(refusal({{"DEPENSE"}, {}, "", "", {}}),
            "there is no indicator DEPENSE, did you mean DEPENSES?; published: DEPENSES, RECETTES, "
            "TICKETS");
}

TEST_F(SelectorTest, AGroupingThatIsNotPublishedIsToldWithThoseThatAre) {
  EXPECT_EQ(refusal({{"DEPENSES"}, {"function"}, "", "month", {}}),
            "DEPENSES is not published by function at grain month; published: function (year); "
            "the total (year)");
  EXPECT_EQ(refusal({{"RECETTES"}, {"function"}, "", "", {}}),
            "RECETTES is not published by function at grain year; published: the total (year)");
}

TEST_F(SelectorTest, AFilterOutsideTheGroupingIsRefused) {
  EXPECT_EQ(refusal({{"DEPENSES"}, {}, "", "", {{"function", "4"}}}),
            "the filter names function, which is not a dimension of the grouping (the total); add "
            "it to the grouping");
}

TEST_F(SelectorTest, AViewOfTheOrganisationIsOneThatIsKept) {
  FakeState state;
  state.add_cuboid({"direction"}, base::Grain::kYear, {"DEPENSES"});
  state.add_cuboid({"direction@is"}, base::Grain::kYear, {"DEPENSES"});
  state.add_cuboid({}, base::Grain::kYear, {"DEPENSES"});
  auto steering = std::make_shared<model::SteeringModel>();
  steering->org_views = {"is"};
  state.set_steering(steering);
  Selector selector{{"DEPENSES"}, {"direction"}, "", "year", {{"direction", "D1"}}};
  const auto cuboid_of = [&](const std::string& org) {
    selector.org = org;
    const auto resolved = Resolved::of(normalised(selector), *state.view());
    EXPECT_TRUE(resolved.ok()) << resolved.status();
    EXPECT_EQ(resolved->parts().size(), 1U);
    EXPECT_TRUE(resolved->parts()[0].filtered.empty() || resolved->parts()[0].filtered[0]);
    return resolved->parts()[0].cuboid;
  };
  EXPECT_EQ(cuboid_of(""), 0U);
  EXPECT_EQ(cuboid_of("was"), 0U);
  EXPECT_EQ(cuboid_of("is"), 1U);
  selector.by.clear();
  selector.filter.clear();
  EXPECT_EQ(cuboid_of("is"), 2U) << "a total is the same in every view";
  selector.org = "2026-01-01";
  EXPECT_EQ(base::message_of(Resolved::of(selector, *state.view()).status()),
            "the view '2026-01-01' of the organisation is not kept; kept: was, is; add it to "
            "'organisation_views' of the authority in the model");
  selector.org = "now";
  EXPECT_NE(base::message_of(Resolved::of(selector, *state.view()).status()).find("no view"),
            std::string::npos);
  Selector was = selector;
  was.org = "was";
  Selector is = selector;
  is.org = "is";
  EXPECT_NE(hash_of(normalised(is)), hash_of(normalised(was))) << "a token is of one view";
}

TEST_F(SelectorTest, APeriodOfAnotherGrainIsRefused) {
  EXPECT_NE(refusal({{"DEPENSES"}, {}, "2026-03", "", {}}).find("2026-03 is a month"),
            std::string::npos);
  EXPECT_NE(refusal({{"DEPENSES"}, {}, "last year", "", {}}).find("is not a period"),
            std::string::npos);
}

TEST_F(SelectorTest, WithoutAGrainItIsTheIndicatorsOwnOrThatOfThePeriod) {
  const auto own = Resolved::of({{"TICKETS"}, {"function"}, "", "", {}}, *state_.view());
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->parts().at(0).cuboid, 2U);
  const auto year = Resolved::of({{"TICKETS"}, {"function"}, "2026", "", {}}, *state_.view());
  ASSERT_TRUE(year.ok());
  EXPECT_EQ(year->parts().at(0).cuboid, 3U);
  const auto months = Resolved::of({{"TICKETS"}, {"function"}, "2026-*", "", {}}, *state_.view());
  ASSERT_TRUE(months.ok());
  EXPECT_TRUE(months->matches_period("2026-03"));
  EXPECT_FALSE(months->matches_period("2025-03"));
}

TEST_F(SelectorTest, SelectorsThatAskForTheSameHaveOneHash) {
  const Selector one{{"B", "A", "B"}, {"y", "x"}, "2026", "", {{"x", "1"}}};
  const Selector two{{"A", "B"}, {"x", "y"}, "2026", "", {{"x", "1"}}};
  EXPECT_EQ(hash_of(normalised(one)), hash_of(normalised(two)));
  const Selector other{{"A", "B"}, {"x", "y"}, "2026", "", {{"x", "2"}}};
  EXPECT_NE(hash_of(normalised(one)), hash_of(normalised(other)));
}

TEST_F(SelectorTest, BeforeTheFirstModelNothingIsPublished) {
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Resolved::of({{"DEPENSES"}, {}, "", "", {}}, *FakeState().view()).status()));
}

}  // namespace
}  // namespace passerelle::publication
