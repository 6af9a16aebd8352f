// Views of the organisation: as it was, is, or was on a day.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

constexpr const char* kQuarter = "2026-Q1";

// E15: the service S leaves D1 for D2 on 1 February.
model::SteeringModel moving_model() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(
      kind_of("spending", "day", {"day:date", "service:string", "amount:decimal2:EUR"}));
  model.units = {unit("D1", "direction", ""), unit("D2", "direction", ""),
                 unit("S", "service", "")};
  const base::Days day = base::parse_date("2026-02-01").value();
  model.units[2].parents = {{"D1", {{}, day - 1}}, {"D2", {day, {}}}};
  model::Indicator spent = indicator("SPENT", "spending", "sum(amount)", {"direction"});
  spent.grains = {base::Grain::kQuarter};
  spent.grain = base::Grain::kQuarter;
  model.indicators.push_back(spent);
  return model;
}

std::vector<Row> three_months() {
  return {{"1", 1, {{"day", "2026-01-31"}, {"service", "S"}, {"amount", "1200.00"}}},
          {"2", 1, {{"day", "2026-02-28"}, {"service", "S"}, {"amount", "1300.00"}}},
          {"3", 1, {{"day", "2026-03-31"}, {"service", "S"}, {"amount", "1100.00"}}}};
}

TEST(OrgViews, AsItIsFollowsTheDayOnWhichAUnitMoves) {
  model::SteeringModel model = moving_model();
  model.org_views = {"is"};
  Hub hub(model);
  hub.tick("2026-01-15T08:00:00Z");
  hub.send("spending", three_months());
  EXPECT_EQ(hub.cell("SPENT", {{"direction", "D1"}}, kQuarter), "1200.00");
  EXPECT_EQ(hub.cell("SPENT", {{"direction", "D2"}}, kQuarter), "2400.00");
  EXPECT_EQ(hub.cell("SPENT", {{"direction@is", "D1"}}, kQuarter), "3600.00");

  EXPECT_FALSE(hub.tick("2026-01-31T08:00:00Z").reset) << "nobody has moved yet";
  const flow::Delta moved = hub.tick("2026-02-01T08:00:00Z");
  EXPECT_FALSE(moved.reset) << "cells go on; what moved is told as any change";
  EXPECT_EQ(moved.changes.size(), 2U) << "D1 and D2 as it is";
  EXPECT_EQ(hub.cell("SPENT", {{"direction@is", "D1"}}, kQuarter), "absent");
  EXPECT_EQ(hub.cell("SPENT", {{"direction@is", "D2"}}, kQuarter), "3600.00");
  EXPECT_EQ(hub.cell("SPENT", {{"direction", "D1"}}, kQuarter), "1200.00");
  EXPECT_FALSE(hub.tick("2026-04-12T08:00:00Z").reset);
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(OrgViews, BeforeTheFirstTickUnitsAreWhereTheyComeToBe) {
  model::SteeringModel model = moving_model();
  model.org_views = {"is"};
  Hub hub(model);
  hub.send("spending", three_months());
  EXPECT_EQ(hub.cell("SPENT", {{"direction@is", "D2"}}, kQuarter), "3600.00");
}

TEST(OrgViews, ADayShowsEveryPeriodWithTheOrganisationOfThatDay) {
  model::SteeringModel model = moving_model();
  model.org_views = {"2025-06-01", "2026-02-01"};
  model.targets.push_back({});
  model.targets.back().indicator = "SPENT";
  model.targets.back().scope = {{"direction", "D1"}};
  model.targets.back().value = "3000";
  model.indicators[0].better = "lower";
  Hub hub(model);
  hub.send("spending", three_months());
  EXPECT_EQ(hub.cell("SPENT", {{"direction@2025-06-01", "D1"}}, kQuarter), "3600.00 RED")
      << "a target of the direction holds in every view";
  EXPECT_EQ(hub.cell("SPENT", {{"direction", "D1"}}, kQuarter), "1200.00 GREEN");
  EXPECT_EQ(hub.cell("SPENT", {{"direction@2026-02-01", "D2"}}, kQuarter), "3600.00");
  EXPECT_EQ(hub.cell("SPENT", {}, kQuarter), "3600.00");
}

TEST(OrgViews, WithoutAViewThereAreNoCellsOfIt) {
  Hub hub(moving_model());
  hub.tick("2026-01-15T08:00:00Z");
  hub.send("spending", three_months());
  EXPECT_FALSE(hub.tick("2026-02-01T08:00:00Z").reset);
  for (const flow::CuboidInfo& cuboid : hub.engine().view()->cuboids()) {
    for (const std::string& dimension : cuboid.dimensions) EXPECT_EQ(dimension, "direction");
  }
}

}  // namespace
}  // namespace passerelle::consolidation
