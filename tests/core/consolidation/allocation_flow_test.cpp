// E34 end to end: staff, finance, tickets and support of one direction in January, through a model
// folder of several files.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/model/labels.h"
#include "core/steering/check.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation::flow_of_costs {
namespace {

constexpr const char* kReference = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
processes: {BATIMENTS: {label: {fr: Bâtiments, en: Buildings}, family: operational}}
organisation:
  DST: {kind: direction, label: {fr: Services techniques, en: Works}}
  SRV_BATIMENTS: {kind: service, label: {fr: Bâtiments}, parent: DST}
activities:
  MAINT: {label: {fr: Entretenir, en: Maintain}, process: BATIMENTS, raci: {A: DST, R: SRV_BATIMENTS}}
  CONTROLE: {label: {fr: Contrôler, en: Inspect}, process: BATIMENTS, raci: {A: DST, R: SRV_BATIMENTS}}
policies:
  EDUCATION: {label: {fr: Éducation, en: Education}, codes: [école]}
  SPORTS: {label: {fr: Sports, en: Sports}, codes: [sport]}
)yaml";

constexpr const char* kPools = R"yaml(
pools:
  DSI: {label: {fr: Informatique, en: IT}, from: payroll, where: "service == 'DSI'", to: pool}
  AUTRES: {label: {fr: Autres directions, en: Others}, to: direction}
  TRAVAUX:
    label: {fr: Agents des bâtiments, en: Building staff}
    from: payroll
    where: "service == 'BATIMENTS'"
    capacity: "fte * 1607h * 0.85 / 12"
    to: activity
  ACTIVITES:
    label: {fr: Coût des activités, en: Cost of activities}
    sources:
      - {pool: TRAVAUX}
      - {from: payment_piece, amount: amount, at: issued_on}
    each: [activity]
    to: policy
keys:
  SUPPORT: {pool: DSI, percent: {TRAVAUX: 5, AUTRES: 95}}
  AUTRES: {pool: AUTRES, share: {DST: 1}}
  TEMPS: {pool: TRAVAUX, minutes: "sum(work_time.minutes)"}
  TICKETS:
    label: {fr: Tickets mesurés, en: Measured tickets}
    pool: ACTIVITES
    of: {activity: MAINT}
    versions:
      - {from: 2026-01-01, weight: "count(ticket)", per: [activity], author: DST, reason: comité du 5 janvier}
)yaml";

constexpr const char* kRules = R"yaml(
mappings:
  - kind: payment_piece
    rules:
      - {name: fournitures, when: "nature == '60632'", set: {activity: MAINT}}
  - kind: ticket
    rules:
      - {name: tous, set: {activity: MAINT, policy: "=category"}}
)yaml";

constexpr const char* kOneMoreRule = R"yaml(
mappings:
  - kind: payment_piece
    rules:
      - {name: fournitures, when: "nature == '60632'", set: {activity: MAINT}}
      - {name: location, when: "nature == '6135'", set: {activity: MAINT}}
  - kind: ticket
    rules:
      - {name: tous, set: {activity: MAINT, policy: "=category"}}
)yaml";

constexpr const char* kIndicators = R"yaml(
indicators:
  TRAVAIL: {label: {fr: Travail}, kind: means, from: allocation, where: "pool == 'TRAVAUX'", value: sum(amount), grain: month, by: [activity], unit: EUR, round: 2}
  COUT: {label: {fr: Coût}, kind: means, from: allocation, where: "pool == 'ACTIVITES'", value: sum(amount), grain: month, by: [activity, policy], unit: EUR, round: 2}
  PAR_TICKET: {label: {fr: Coût par ticket}, kind: efficiency, value: "sum(allocation.amount, pool == 'ACTIVITES') / count(ticket)", grain: month, by: [activity], unit: EUR, round: 2}
  TOTAL: {label: {fr: Total}, kind: means, from: allocation, value: "sum(amount, pool == 'ACTIVITES') + sum(amount, pool == 'TRAVAUX' && part != 'allocated')", grain: month, unit: EUR, round: 2}
  INFORMATIQUE: {label: {fr: Informatique}, kind: means, from: allocation, where: "pool == 'DSI'", value: sum(amount), grain: month, by: [to_pool], unit: EUR, round: 2}
)yaml";

std::shared_ptr<const model::SteeringModel> folder(const char* rules) {
  return checked_model({{"reference.yaml", kReference},
                        {"allocation/pools.yaml", kPools},
                        {"mappings.yaml", rules},
                        {"indicators.yaml", kIndicators}});
}

Row ticket(int number, const std::string& category, std::int64_t version = 1) {
  return {std::to_string(number),
          version,
          {{"ticket", std::to_string(number)},
           {"opened", "2026-01-12T09:00:00Z"},
           {"category", category}},
          false};
}

Row piece(const std::string& nature, const std::string& amount) {
  return {
      nature,
      1,
      {{"exercise", "2026"}, {"nature", nature}, {"issued_on", "2026-01-20"}, {"amount", amount}},
      false};
}

void send_january(Hub* hub) {
  hub->send(
      "payroll",
      {{"1",
        1,
        {{"from", "2026-01-01"},
         {"service", "BATIMENTS"},
         {"fte", "2.8"},
         {"employer_cost", "9000.00"}},
        false},
       {"2", 1, {{"from", "2026-01-01"}, {"service", "DSI"}, {"employer_cost", "10000"}}, false}});
  hub->send(
      "work_time",
      {{"1", 1, {{"day", "2026-01-31"}, {"activity", "MAINT"}, {"minutes", "9000"}}, false},
       {"2", 1, {{"day", "2026-01-31"}, {"activity", "CONTROLE"}, {"minutes", "4500"}}, false}});
  hub->send("payment_piece", {piece("60632", "2400.00"), piece("6135", "600.00")});
  std::vector<Row> tickets;
  for (int i = 0; i < 120; ++i) tickets.push_back(ticket(i, i < 40 ? "école" : "sport"));
  hub->send("ticket", tickets);
}

std::string january(Hub* hub, const std::string& indicator, const Fields& dimensions) {
  return hub->cell(indicator, dimensions, "2026-01");
}

TEST(AllocationFlow, StaffFinanceTicketsAndSupportOfADirectionE34) {
  Hub hub(*folder(kRules));
  send_january(&hub);
  EXPECT_EQ(january(&hub, "INFORMATIQUE", {{"to_pool", "TRAVAUX"}}), "500.00");
  EXPECT_EQ(january(&hub, "TRAVAIL", {{"activity", "MAINT"}}), "4470.99");
  EXPECT_EQ(january(&hub, "TRAVAIL", {{"activity", "CONTROLE"}}), "2235.49");
  EXPECT_EQ(january(&hub, "TRAVAIL", {{"activity", "NON_EMPLOYE"}}), "2793.52");
  EXPECT_EQ(january(&hub, "COUT", {{"activity", "MAINT"}}), "6870.99");
  EXPECT_EQ(january(&hub, "PAR_TICKET", {{"activity", "MAINT"}}), "57.26");
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "EDUCATION"}}), "2290.33");
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "SPORTS"}}), "4580.66");
  EXPECT_EQ(january(&hub, "COUT", {{"activity", "UNMAPPED"}}), "600.00");
  EXPECT_EQ(january(&hub, "TOTAL", {}), "12500.00");
  // One ticket turns out to be a school's.
  const flow::Delta delta = hub.send("ticket", {ticket(119, "école", 2)});
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "EDUCATION"}}), "2347.59");
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "SPORTS"}}), "4523.40");
  EXPECT_EQ(january(&hub, "TOTAL", {}), "12500.00");
  EXPECT_EQ(delta.changes.size(), 4U) << "both policies, alone and with the activity";
  // The order of payment without a rule gets one.
  hub.apply_model(*folder(kOneMoreRule));
  EXPECT_EQ(january(&hub, "COUT", {{"activity", "MAINT"}}), "7470.99");
  EXPECT_EQ(january(&hub, "PAR_TICKET", {{"activity", "MAINT"}}), "62.26");
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "EDUCATION"}}), "2552.59");
  EXPECT_EQ(january(&hub, "COUT", {{"policy", "SPORTS"}}), "4918.40");
  EXPECT_EQ(january(&hub, "COUT", {{"activity", "UNMAPPED"}}), "absent");
  EXPECT_EQ(january(&hub, "TOTAL", {}), "12500.00");
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
}

TEST(AllocationFlow, AnAllocatedRatioIsExplainedByWhatPoolsGaveAndByItsTickets) {
  Hub hub(*folder(kRules));
  send_january(&hub);
  const auto explanation = hub.engine().explain(
      {"PAR_TICKET", {{"activity", "MAINT"}}, base::Period::parse("2026-01").value()}, 1'000);
  ASSERT_TRUE(explanation.ok()) << explanation.status();
  std::int64_t cents = 0;
  std::int64_t tickets = 0;
  for (const ExplainedFact& leaf : explanation->leaves) {
    cents += leaf.values[0].value_or(0);
    tickets += leaf.values[1].value_or(0);
    EXPECT_EQ(leaf.records.empty(), leaf.kind == "allocation");
  }
  EXPECT_EQ(cents, 687'099);
  EXPECT_EQ(tickets, 120);
  EXPECT_EQ(explanation->value.scaled, 5'726);
}

TEST(AllocationFlow, WhatPoolsMakeCountsForNoConnectorAndIsNoWorkOfMapping) {
  Hub hub(*folder(kRules));
  send_january(&hub);
  const auto statistics = hub.engine().statistics();
  ASSERT_EQ(statistics.size(), 1U);
  EXPECT_EQ(statistics.at("source").derived, 0U);
  EXPECT_EQ(statistics.at("source").live, statistics.at("source").facts);
  for (const UnmappedEntry& entry : hub.engine().unmapped()) EXPECT_NE(entry.kind, "allocation");
}

TEST(AllocationFlow, TheCellsTellTheMembersThatAreNone) {
  const auto model = folder(kRules);
  const auto labels = model::member_labels(*model, "policy");
  const auto has = [&](const std::string& id, const std::string& label) {
    return std::any_of(labels.begin(), labels.end(), [&](const auto& entry) {
      return entry.first == id && entry.second.fr == label;
    });
  };
  EXPECT_TRUE(has("NON_AFFECTE", "non affecté"));
  EXPECT_TRUE(has("NON_EMPLOYE", "capacité non employée"));
}

}  // namespace
}  // namespace passerelle::consolidation::flow_of_costs
