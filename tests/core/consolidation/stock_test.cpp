// Stocks (E13) and the organisation at the fact's date (E15, as_was).
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

Row ticket(const std::string& id, const std::string& opened, const std::string& closed,
           std::int64_t version = 1) {
  Fields fields = {{"ticket", id}, {"opened", opened + "T09:00:00Z"}};
  if (!closed.empty()) fields["closed"] = closed + "T17:00:00Z";
  return {id, version, std::move(fields), false};
}

model::SteeringModel stock_model() {
  model::SteeringModel model = empty_model();
  model::Indicator stock = indicator("STOCK", "ticket", "stock(opened, closed)", {});
  stock.grain = base::Grain::kDay;
  stock.grains = {base::Grain::kDay, base::Grain::kMonth};
  stock.time = model::TimeRule::kAtEnd;
  stock.round = 0;
  model.indicators = {stock};
  return model;
}

TEST(Stock, AFactIsInStockFromItsOpeningUntilTheDayItClosesE13) {
  Hub hub(stock_model());
  hub.send("ticket",
           {ticket("T1", "2026-01-05", "2026-01-20"), ticket("T2", "2026-01-10", "2026-02-03"),
            ticket("T3", "2026-01-15", ""), ticket("T4", "2026-01-31", "2026-01-31")});
  hub.tick("2026-02-28T00:00:00Z");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-15"), "3");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-31"), "2");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-02-28"), "1");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-04"), "absent");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01"), "2");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-02"), "1");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-03"), "absent");
  hub.send("ticket", {ticket("T1", "2026-01-05", "2026-02-10", 2)});
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-15"), "3");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-31"), "3");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-02-28"), "1");
}

TEST(Stock, TimeAloneExtendsTheSeries) {
  Hub hub(stock_model());
  hub.send("ticket", {ticket("T1", "2026-01-05", "")});
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-06"), "absent");
  const flow::Delta delta = hub.tick("2026-01-07T12:00:00Z");
  EXPECT_EQ(delta.cause, flow::Cause::kTime);
  EXPECT_EQ(delta.changes.size(), 2u);
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-07"), "1");
  EXPECT_TRUE(hub.tick("2026-01-07T13:00:00Z").changes.empty());
}

TEST(Stock, WithoutFactsLeftTheSeriesIsGone) {
  Hub hub(stock_model());
  hub.send("ticket", {ticket("T1", "2026-01-05", "2026-01-07")});
  hub.send("ticket", {{"T1", 2, {}, true}});
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-05"), "absent");
  EXPECT_EQ(hub.engine().state_hash(), 0u);
}

TEST(Stock, ADateFarAheadIsNotThePresent) {
  Hub hub(stock_model());
  hub.tick("2026-01-10T00:00:00Z");
  hub.send("ticket", {ticket("T1", "2026-01-05", "2099-01-01")});
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-10"), "1");
  EXPECT_EQ(hub.cell("STOCK", {}, "2026-01-11"), "absent");
}

TEST(Organisation, AFactStaysWithTheDirectionOfItsDayE15) {
  model::SteeringModel model = empty_model();
  model.units = {unit("D1", "direction", ""), unit("D2", "direction", "")};
  model::OrgUnit service = unit("S", "service", "");
  service.codes = {"1200"};
  const base::Days moved = base::parse_date("2026-02-01").value();
  service.parents = {{"D1", {std::nullopt, moved - 1}}, {"D2", {moved, std::nullopt}}};
  model.units.push_back(service);
  model::Indicator cost = indicator("COST", "payroll", "sum(gross)", {"service", "direction"});
  cost.grains = {base::Grain::kMonth, base::Grain::kYear};
  model.indicators = {cost};
  Hub hub(model);
  const auto pay = [](const std::string& id, const std::string& day, const std::string& gross) {
    return Row{id, 1, {{"service", "1200"}, {"from", day}, {"gross", gross}}, false};
  };
  hub.send("payroll", {pay("1", "2026-01-15", "1200"), pay("2", "2026-02-15", "1300"),
                       pay("3", "2026-03-15", "1100")});
  EXPECT_EQ(hub.cell("COST", {{"direction", "D1"}}, "2026"), "1200.00");
  EXPECT_EQ(hub.cell("COST", {{"direction", "D2"}}, "2026"), "2400.00");
  EXPECT_EQ(hub.cell("COST", {{"service", "S"}}, "2026"), "3600.00");
  EXPECT_EQ(hub.cell("COST", {{"direction", "D2"}, {"service", "S"}}, "2026-02"), "1300.00");
  hub.send("payroll",
           {{"4", 1, {{"service", "nowhere"}, {"from", "2026-02-15"}, {"gross", "5"}}, false}});
  EXPECT_EQ(hub.cell("COST", {{"direction", "UNMAPPED"}}, "2026"), "5.00");
  EXPECT_EQ(hub.cell("COST", {}, "2026"), "3605.00");
}

}  // namespace
}  // namespace passerelle::consolidation
