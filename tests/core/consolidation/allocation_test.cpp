// Worked examples of allocation, each through a model folder's text: E1 to E4, E16, E19, E22, E31
// and E34.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/consolidation/spreading.h"
#include "core/steering/check.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation::spread {
namespace {

constexpr const char* kHead = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
processes:
  OP: {label: {fr: Servir}, family: operational}
organisation:
  SRV: {kind: service, label: {fr: Service}}
kinds:
  cost: {label: {fr: coût}, at: day, fields: {day: date, part: string, amount: {type: decimal, scale: 2, unit: EUR}}}
)yaml";

std::string activities(const std::vector<std::string>& ids) {
  std::string text = "activities:\n";
  for (const std::string& id : ids) {
    text += "  " + id + ": {label: {fr: " + id + "}, process: OP, raci: {A: SRV, R: SRV}}\n";
  }
  return text;
}

std::string policies(const std::vector<std::string>& ids) {
  std::string text = "policies:\n";
  for (const std::string& id : ids) text += "  " + id + ": {label: {fr: " + id + "}}\n";
  return text;
}

Row cost(const std::string& id, const std::string& day, const std::string& amount,
         std::int64_t version = 1) {
  return {id, version, {{"day", day}, {"amount", amount}}, false};
}

std::string spread_by(const std::string& key) {
  return kHead + policies({"A", "B", "C"}) + R"yaml(
pools:
  P: {label: {fr: Centre}, from: cost, to: policy}
keys:
  K: {pool: P, )yaml" +
         key + R"yaml(}
indicators:
  R: {label: {fr: Réparti}, kind: means, from: allocation, value: sum(amount), grain: month, grains: [month, year], by: [policy], unit: EUR, round: 2}
)yaml";
}

TEST(Allocation, CentsGoToTheLargestRemaindersAndNegativesMirrorE3) {
  Hub hub(*checked_model(spread_by("share: {A: 1, B: 1, C: 1}")));
  hub.send("cost", {cost("1", "2026-01-10", "100.00"), cost("2", "2026-02-10", "0.05"),
                    cost("3", "2026-03-10", "-100.00")});
  const auto months = [&](const std::string& policy) {
    std::string out;
    for (const char* month : {"2026-01", "2026-02", "2026-03"}) {
      out += hub.cell("R", {{"policy", policy}}, month) + " ";
    }
    return out;
  };
  EXPECT_EQ(months("A"), "33.34 0.02 -33.34 ");
  EXPECT_EQ(months("B"), "33.33 0.02 -33.33 ");
  EXPECT_EQ(months("C"), "33.33 0.01 -33.33 ");
  EXPECT_EQ(hub.cell("R", {}, "2026"), "0.05");
}

TEST(Allocation, WithoutAnyWeightTheAmountIsUnassignedE3) {
  for (const char* key : {"share: {A: 0, B: 0}", "weight: \"count(ticket)\"",
                          "versions: [{from: 2027-01-01, share: {A: 1}}]"}) {
    Hub hub(*checked_model(spread_by(key)));
    hub.send("cost", {cost("1", "2026-01-10", "123.45")});
    EXPECT_EQ(hub.cell("R", {{"policy", "NON_AFFECTE"}}, "2026-01"), "123.45") << key;
    EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "absent") << key;
    hub.send("cost", {{"1", 2, {}, true}});
    EXPECT_EQ(hub.cell("R", {}, "2026-01"), "absent") << key;
  }
}

TEST(Allocation, PercentsThatLeaveARestLeaveItUnassigned) {
  Hub hub(*checked_model(spread_by("percent: {A: 60, B: 30}, rest: unassigned")));
  hub.send("cost", {cost("1", "2026-01-10", "10.01")});
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "6.01");
  EXPECT_EQ(hub.cell("R", {{"policy", "B"}}, "2026-01"), "3.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "NON_AFFECTE"}}, "2026-01"), "1.00");
}

TEST(Allocation, AKeyRestatedOverPastMonthsReadsNoRecordE4) {
  const auto before = checked_model(spread_by("share: {A: 60, B: 40}"));
  const auto after = checked_model(spread_by(
      "versions: [{to: 2026-01-31, share: {A: 60, B: 40}}, {from: 2026-02-01, share: {A: 50, B: "
      "50}, author: DIR_FINANCES, reason: convention}]"));
  Hub hub(*before);
  std::vector<Row> rows;
  for (const char* month : {"01", "02", "03"}) {
    rows.push_back(cost(month, std::string("2026-") + month + "-15", "12000.00"));
  }
  hub.send("cost", rows);
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026"), "21600.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "B"}}, "2026"), "14400.00");
  const auto known = hub.engine().view();
  const flow::Delta delta = hub.apply_model(*after);
  EXPECT_EQ(delta.cause, flow::Cause::kModel);
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026"), "19200.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "B"}}, "2026"), "16800.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "7200.00");
  // What was known before stays as it was.
  EXPECT_EQ(cell_of(*known, "R", {{"policy", "A"}}, "2026"), "21600.00");
  EXPECT_EQ(cell_of(*delta.previous, "R", {{"policy", "A"}}, "2026"), "21600.00");
  EXPECT_EQ(known->steering()->keys[0].versions.size(), 1U);
  EXPECT_EQ(hub.engine().view()->steering()->keys[0].versions.size(), 2U);
  // The cells go on in the groups they have: nothing was folded anew.
  EXPECT_EQ(known->cuboids().data(), hub.engine().view()->cuboids().data());
  EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
  hub.send("cost", {cost("02", "2026-02-15", "10000.00", 2)});
  EXPECT_EQ(hub.cell("R", {{"policy", "B"}}, "2026"), "15800.00");
  Hub fresh(*after);
  fresh.send("cost", {rows[0], cost("02", "2026-02-15", "10000.00", 2), rows[2]});
  EXPECT_EQ(fresh.engine().state_hash(), hub.engine().state_hash());
}

TEST(Allocation, AKeyThatMeasuresSomethingNewIsFoldedAnew) {
  Hub hub(*checked_model(spread_by("share: {A: 60, B: 40}")));
  hub.send("cost", {cost("1", "2026-01-15", "100.00")});
  hub.send("work_time", {{"1", 1, {{"day", "2026-01-05"}, {"minutes", "60"}}, false}});
  hub.apply_model(*checked_model(spread_by("weight: \"sum(work_time.minutes)\"") + R"yaml(
mappings: [{kind: work_time, rules: [{set: {policy: C}}]}]
)yaml"));
  EXPECT_EQ(hub.cell("R", {{"policy", "C"}}, "2026-01"), "100.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "absent");
}

std::string two_policies(const std::string& more) {
  return kHead + activities({"ACT"}) + R"yaml(
policies:
  P1: {label: {fr: P1}, activities: [ACT]}
  P2: {label: {fr: P2}, activities: [ACT]}
mappings: [{kind: cost, rules: [{set: {activity: ACT}}]}]
)yaml" + more;
}

TEST(Allocation, AnActivityThatServesTwoPoliciesNeedsAKeyE16) {
  const steering::Checked refused = steering::check({{"model.yaml", two_policies("")}});
  ASSERT_EQ(refused.findings.size(), 1U);
  EXPECT_THAT(steering::to_string(refused.findings[0]), testing::HasSubstr("E-FANOUT"));
  Hub hub(*checked_model(two_policies(R"yaml(
pools: {ACTIVITES: {label: {fr: Activités}, from: cost, each: [activity], to: policy}}
keys: {K: {pool: ACTIVITES, of: {activity: ACT}, percent: {P1: 70, P2: 30}}}
indicators:
  R: {label: {fr: Réparti}, kind: means, from: allocation, value: sum(amount), grain: month, by: [policy, activity], unit: EUR}
)yaml")));
  hub.send("cost", {cost("1", "2026-01-10", "10000.00")});
  EXPECT_EQ(hub.cell("R", {{"policy", "P1"}}, "2026-01"), "7000");
  EXPECT_EQ(hub.cell("R", {{"policy", "P2"}}, "2026-01"), "3000");
  EXPECT_EQ(hub.cell("R", {{"policy", "P2"}, {"activity", "ACT"}}, "2026-01"), "3000");
  EXPECT_EQ(hub.cell("R", {}, "2026-01"), "10000");
}

TEST(Allocation, AnActivityThatServesOnePolicyNeedsNoKey) {
  Hub hub(*checked_model(kHead + activities({"ACT"}) + R"yaml(
policies: {P1: {label: {fr: P1}, activities: [ACT]}}
mappings: [{kind: cost, rules: [{when: "part == 'A'", set: {activity: ACT}}]}]
pools: {ACTIVITES: {label: {fr: Activités}, from: cost, each: [activity], to: policy}}
indicators:
  R: {label: {fr: Réparti}, kind: means, from: allocation, value: sum(amount), grain: month, by: [policy], round: 2}
  DIRECT: {label: {fr: Direct}, kind: means, from: cost, value: sum(amount), grain: month, by: [policy], round: 2}
)yaml"));
  hub.send("cost", {{"1", 1, {{"day", "2026-01-10"}, {"amount", "7.00"}, {"part", "A"}}, false},
                    {"2", 1, {{"day", "2026-01-10"}, {"amount", "5.00"}, {"part", "B"}}, false}});
  EXPECT_EQ(hub.cell("R", {{"policy", "P1"}}, "2026-01"), "7.00");
  EXPECT_EQ(hub.cell("R", {{"policy", "NON_AFFECTE"}}, "2026-01"), "5.00");
  EXPECT_EQ(hub.cell("DIRECT", {{"policy", "P1"}}, "2026-01"), "7.00");
  EXPECT_EQ(hub.cell("DIRECT", {{"policy", "UNMAPPED"}}, "2026-01"), "5.00");
}

TEST(Allocation, PoliciesAndActionsAreTwoAxesAndOneAfterTheOtherTheirProduct) {
  Hub hub(*checked_model(kHead + activities({"ACT"}) + policies({"P1", "P2"}) + R"yaml(
roadmap:
  PROJET: {level: project, label: {fr: Projet}}
  AXE: {level: axis, parent: PROJET, label: {fr: Axe}}
  OBJ: {level: objective, parent: AXE, label: {fr: Objectif}}
  ACTION_1: {level: action, parent: OBJ, label: {fr: Action 1}, activities: [ACT]}
  ACTION_2: {level: action, parent: OBJ, label: {fr: Action 2}, activities: [ACT]}
mappings: [{kind: cost, rules: [{set: {activity: ACT}}]}]
pools:
  POLITIQUES: {label: {fr: Politiques}, from: cost, each: [activity], to: policy}
  ACTIONS: {label: {fr: Actions}, from: cost, each: [activity], to: action}
  CROISES: {label: {fr: Croisés}, sources: [{pool: POLITIQUES}], each: [activity, policy], to: action}
keys:
  P: {pool: POLITIQUES, percent: {P1: 70, P2: 30}}
  A: {pool: ACTIONS, of: {activity: ACT}, share: {ACTION_1: 1, ACTION_2: 3}}
  C: {pool: CROISES, share: {ACTION_1: 1, ACTION_2: 3}}
indicators:
  R: {label: {fr: Réparti}, kind: means, from: allocation, value: sum(amount), grain: month, by: [pool, policy, action], publish: [[pool, policy], [pool, action], [pool, policy, action]], round: 2}
)yaml"));
  hub.send("cost", {cost("1", "2026-01-10", "100.00")});
  const auto cell = [&](Fields dimensions, const std::string& pool) {
    dimensions["pool"] = pool;
    return hub.cell("R", dimensions, "2026-01");
  };
  EXPECT_EQ(cell({{"policy", "P1"}}, "POLITIQUES"), "70.00");
  EXPECT_EQ(cell({{"action", "ACTION_2"}}, "ACTIONS"), "75.00");
  EXPECT_EQ(cell({{"policy", "P2"}, {"action", "ACTION_1"}}, "CROISES"), "7.50");
  EXPECT_EQ(cell({{"action", "ACTION_2"}}, "CROISES"), "75.00");
}

TEST(Allocation, ARuleMayGiveAFactToAPool) {
  Hub hub(*checked_model(kHead + policies({"A", "B"}) + R"yaml(
mappings:
  - kind: cost
    rules:
      - {name: chauffage, when: "part == 'GAZ'", pool: FLUIDES}
      - {name: reste, set: {policy: B}}
pools: {FLUIDES: {label: {fr: Fluides}, from: cost, mapped: true, to: policy}}
keys: {K: {pool: FLUIDES, share: {A: 1, B: 1}}}
indicators:
  R: {label: {fr: Réparti}, kind: means, from: allocation, value: sum(amount), grain: month, by: [policy], round: 2}
  CENTRES: {label: {fr: Par centre}, kind: means, from: cost, value: sum(amount), grain: month, by: [pool], round: 2}
)yaml"));
  hub.send("cost", {{"1", 1, {{"day", "2026-01-10"}, {"amount", "7.01"}, {"part", "GAZ"}}, false},
                    {"2", 1, {{"day", "2026-01-10"}, {"amount", "5.00"}, {"part", "B"}}, false}});
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "3.51");
  EXPECT_EQ(hub.cell("R", {}, "2026-01"), "7.01");
  EXPECT_EQ(hub.cell("CENTRES", {{"pool", "FLUIDES"}}, "2026-01"), "7.01");
  EXPECT_EQ(hub.cell("CENTRES", {{"pool", "UNMAPPED"}}, "2026-01"), "5.00");
}

TEST(Allocation, TheBudgetReadByPoliciesIsTheBudgetReadByNatureE31) {
  Hub hub(
      *checked_model(kHead + activities({"ETATCIVIL", "VOIRIE", "CULTUREL"}) +
                     policies({"CITOYENNETE", "SOLIDARITE", "MOBILITES", "CULTURE", "EDUCATION"}) +
                     R"yaml(
mappings: [{kind: budget, rules: [{set: {activity: "=function"}}]}]
pools:
  LECTURE: {label: {fr: Lecture par politiques}, from: budget, amount: realised, grain: year, each: [activity], to: policy}
keys:
  EC: {pool: LECTURE, of: {activity: ETATCIVIL}, percent: {CITOYENNETE: 85, SOLIDARITE: 15}}
  VO: {pool: LECTURE, of: {activity: VOIRIE}, share: {MOBILITES: 1}}
  CU: {pool: LECTURE, of: {activity: CULTUREL}, share: {CULTURE: 2, EDUCATION: 1}}
indicators:
  POLITIQUES: {label: {fr: Par politiques}, kind: means, from: allocation, value: sum(amount), by: [policy], unit: EUR, round: 2}
  NATURES: {label: {fr: Par natures}, kind: means, from: budget, value: sum(realised), by: [nature], unit: EUR, round: 2}
)yaml"));
  const auto line = [](const std::string& nature, const std::string& activity,
                       const std::string& amount) {
    return Row{
        nature + activity,
        1,
        {{"exercise", "2026"}, {"nature", nature}, {"function", activity}, {"realised", amount}},
        false};
  };
  hub.send("budget", {line("64", "ETATCIVIL", "63000.00"), line("60", "ETATCIVIL", "4500.01"),
                      line("64", "VOIRIE", "81000.00"), line("65", "CULTUREL", "12000.00")});
  EXPECT_EQ(hub.cell("POLITIQUES", {{"policy", "CITOYENNETE"}}, "2026"), "57375.01");
  EXPECT_EQ(hub.cell("POLITIQUES", {{"policy", "SOLIDARITE"}}, "2026"), "10125.00");
  EXPECT_EQ(hub.cell("POLITIQUES", {{"policy", "MOBILITES"}}, "2026"), "81000.00");
  EXPECT_EQ(hub.cell("POLITIQUES", {{"policy", "CULTURE"}}, "2026"), "8000.00");
  EXPECT_EQ(hub.cell("POLITIQUES", {{"policy", "EDUCATION"}}, "2026"), "4000.00");
  EXPECT_EQ(hub.cell("NATURES", {{"nature", "64"}}, "2026"), "144000.00");
  EXPECT_EQ(hub.cell("NATURES", {{"nature", "60"}}, "2026"), "4500.01");
  EXPECT_EQ(hub.cell("NATURES", {{"nature", "65"}}, "2026"), "12000.00");
  EXPECT_EQ(hub.cell("POLITIQUES", {}, "2026"), "160500.01");
  EXPECT_EQ(hub.cell("NATURES", {}, "2026"), "160500.01");
}

constexpr const char* kTimeIndicators = R"yaml(
indicators:
  COUT: {label: {fr: Coût}, kind: means, from: allocation, value: sum(amount), grain: quarter, by: [activity], unit: EUR, round: 2}
  MINUTES: {label: {fr: Minutes}, kind: means, from: allocation, value: sum(minutes), grain: quarter, by: [activity], unit: min, round: 2}
  TAUX: {label: {fr: Taux par minute}, kind: efficiency, from: allocation, value: "sum(amount) / sum(minutes)", grain: quarter, round: 6}
  CHARGE: {label: {fr: Charge}, kind: means, from: allocation, value: "sum(minutes, part == 'allocated') / sum(minutes)", grain: quarter, unit: "%", round: 2}
  CHARGE_ETP: {label: {fr: Charge en ETP}, kind: means, value: "sum(allocation.minutes, part == 'allocated') / (sum(allocation.minutes) / sum(payroll.fte))", grain: quarter, unit: ETP, round: 4}
  MANQUE_ETP: {label: {fr: ETP manquants}, kind: means, value: "sum(allocation.minutes, part == 'allocated') / (sum(allocation.minutes) / sum(payroll.fte)) - sum(payroll.fte)", grain: quarter, unit: ETP, round: 4}
)yaml";

Row volume(const std::string& activity, const std::string& value, std::int64_t version = 1) {
  return {
      activity, version, {{"activity", activity}, {"day", "2026-02-10"}, {"value", value}}, false};
}

std::string timed(const std::string& pool, const std::string& key) {
  return kHead + activities({"TITRES", "ACTES", "MARIAGES"}) + "pools:\n  EC: {label: {fr: EC}, " +
         pool + ", grain: quarter, to: activity}\nkeys:\n  TEMPS: {pool: EC, " + key + "}\n" +
         kTimeIndicators;
}

TEST(Allocation, UnusedCapacityIsShownE1) {
  Hub hub(*checked_model(
      timed("from: payroll, capacity: {from: work_time, value: minutes}",
            "volume: \"sum(declared_value.value)\", times: {TITRES: 40, ACTES: 220, MARIAGES: "
            "250}")));
  hub.send("payroll", {{"1", 1, {{"from", "2026-01-01"}, {"employer_cost", "560000"}}, false}});
  hub.send("work_time", {{"1", 1, {{"day", "2026-01-01"}, {"minutes", "700000"}}, false}});
  hub.send("declared_value",
           {volume("TITRES", "9800"), volume("ACTES", "280"), volume("MARIAGES", "500")});
  EXPECT_EQ(hub.cell("TAUX", {}, "2026-Q1"), "0.800000");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "TITRES"}}, "2026-Q1"), "313600.00");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "ACTES"}}, "2026-Q1"), "49280.00");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "MARIAGES"}}, "2026-Q1"), "100000.00");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "NON_EMPLOYE"}}, "2026-Q1"), "97120.00");
  EXPECT_EQ(hub.cell("MINUTES", {{"activity", "NON_EMPLOYE"}}, "2026-Q1"), "121400.00");
  EXPECT_EQ(hub.cell("COUT", {}, "2026-Q1"), "560000.00");
}

TEST(Allocation, ACivilRegistryIsCostedByTheTimeItTakesE2) {
  const std::string pool =
      "from: payroll, where: \"service == 'EC'\", capacity: \"fte * 1607h * 0.85 / 4\"";
  Hub hub(*checked_model(timed(pool,
                               "volume: \"sum(declared_value.value)\", times: {TITRES: 25, ACTES: "
                               "6, MARIAGES: 180}")));
  const auto pay = [](const std::string& amount, std::int64_t version) {
    return Row{
        "1",
        version,
        {{"from", "2026-01-01"}, {"service", "EC"}, {"fte", "5.8"}, {"employer_cost", amount}},
        false};
  };
  hub.send("declared_value",
           {volume("TITRES", "2400"), volume("ACTES", "5200"), volume("MARIAGES", "60")});
  hub.send("payroll", {pay("60000", 1)});
  hub.send("payroll", {pay("63000", 2)});
  EXPECT_EQ(hub.cell("MINUTES", {}, "2026-Q1"), "118837.65");
  EXPECT_EQ(hub.cell("MINUTES", {{"activity", "NON_EMPLOYE"}}, "2026-Q1"), "16837.65");
  EXPECT_EQ(hub.cell("TAUX", {}, "2026-Q1"), "0.530135");
  EXPECT_EQ(hub.cell("CHARGE", {}, "2026-Q1"), "85.83");
  EXPECT_EQ(hub.cell("CHARGE_ETP", {}, "2026-Q1"), "4.9782");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "TITRES"}}, "2026-Q1"), "31808.10");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "ACTES"}}, "2026-Q1"), "16540.21");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "MARIAGES"}}, "2026-Q1"), "5725.46");
  EXPECT_EQ(hub.cell("COUT", {{"activity", "NON_EMPLOYE"}}, "2026-Q1"), "8926.23");
  EXPECT_EQ(hub.cell("COUT", {}, "2026-Q1"), "63000.00");
}

TEST(Allocation, WorkBeyondTheCapacityShowsWhatIsMissingE22) {
  Hub hub(*checked_model(timed(
      "from: payroll, capacity: \"fte * 1607h * 0.85\"",
      "volume: \"sum(declared_value.value)\", times: {TITRES: 240, ACTES: 90, MARIAGES: 12}")));
  hub.send("payroll", {{"1", 1, {{"from", "2026-01-01"}, {"fte", "6"}}, false}});
  hub.send("declared_value",
           {volume("TITRES", "1800"), volume("ACTES", "900"), volume("MARIAGES", "3000")});
  EXPECT_EQ(hub.cell("MINUTES", {}, "2026-Q1"), "491742.00");
  EXPECT_EQ(hub.cell("MINUTES", {{"activity", "NON_EMPLOYE"}}, "2026-Q1"), "-57258.00");
  EXPECT_EQ(hub.cell("CHARGE_ETP", {}, "2026-Q1"), "6.6986");
  EXPECT_EQ(hub.cell("MANQUE_ETP", {}, "2026-Q1"), "0.6986");
  EXPECT_EQ(hub.cell("CHARGE", {}, "2026-Q1"), "111.64");
}

TEST(Allocation, WithoutCapacityThereIsNoRateAndNothingIsSpread) {
  Hub hub(
      *checked_model(timed("from: payroll, capacity: \"fte * 1607h / 4\"",
                           "volume: \"sum(declared_value.value)\", times: {TITRES: 25, ACTES: 6, "
                           "MARIAGES: 1}")));
  hub.send("payroll", {{"1", 1, {{"from", "2026-01-01"}, {"employer_cost", "100"}}, false}});
  hub.send("declared_value", {volume("TITRES", "10")});
  EXPECT_EQ(hub.cell("COUT", {{"activity", "NON_AFFECTE"}}, "2026-Q1"), "100.00");
  EXPECT_EQ(hub.cell("MINUTES", {{"activity", "TITRES"}}, "2026-Q1"), "250.00");
}

std::string cascaded(const std::string& cascade) {
  return std::string(kHead) + R"yaml(
pools:
  DSI: {label: {fr: Informatique}, from: cost, where: "part == 'DSI'", to: pool}
  RH: {label: {fr: Ressources humaines}, from: cost, where: "part == 'RH'", to: pool}
  P1: {label: {fr: P1}, from: cost, where: "part == 'P1'", to: service}
  P2: {label: {fr: P2}, from: cost, where: "part == 'P2'", to: service}
keys:
  DSI: {pool: DSI, percent: {RH: 10, P1: 50, P2: 40}}
  RH: {pool: RH, percent: {DSI: 20, P1: 48, P2: 32}}
  P1: {pool: P1, share: {SRV: 1}}
  P2: {pool: P2, share: {SRV: 1}}
indicators:
  COMPLET: {label: {fr: Coût complet}, kind: means, from: allocation, where: "pool == 'P1' || pool == 'P2'", value: sum(amount), grain: month, by: [pool], round: 2}
  SUPPORT: {label: {fr: Support}, kind: means, from: allocation, where: "has(to_pool)", value: sum(amount), grain: month, by: [pool, to_pool], publish: [[pool, to_pool]], round: 2}
  BRUT: {label: {fr: Coût brut}, kind: means, from: allocation, value: sum(gross), grain: month, by: [pool], publish: [[pool]], round: 2}
)yaml" + cascade;
}

Row part(const std::string& name, const std::string& amount, std::int64_t version = 1) {
  return {name, version, {{"part", name}, {"day", "2026-01-10"}, {"amount", amount}}, false};
}

TEST(Allocation, SupportPoolsServeEachOtherE19) {
  struct Case {
    const char* cascade;
    const char* first;
    const char* second;
  };
  for (const Case& expected :
       {Case{"", "291428.57", "208571.43"},
        Case{"cascade: {method: reciprocal}\n", "291428.57", "208571.43"},
        Case{"cascade: {method: step_down, order: [DSI, RH]}\n", "292000.00", "208000.00"},
        Case{"cascade: {method: direct}\n", "291555.56", "208444.44"}}) {
    Hub hub(*checked_model(cascaded(expected.cascade)));
    hub.send("cost", {part("DSI", "1.00"), part("RH", "60000")});
    hub.send("cost", {part("P1", "200000"), part("DSI", "100000", 2), part("P2", "140000")});
    EXPECT_EQ(hub.cell("COMPLET", {{"pool", "P1"}}, "2026-01"), expected.first);
    EXPECT_EQ(hub.cell("COMPLET", {{"pool", "P2"}}, "2026-01"), expected.second);
    EXPECT_EQ(hub.cell("COMPLET", {}, "2026-01"), "500000.00");
    if (*expected.cascade != '\0') continue;
    EXPECT_EQ(hub.cell("BRUT", {{"pool", "DSI"}}, "2026-01"), "114285.71");
    EXPECT_EQ(hub.cell("BRUT", {{"pool", "RH"}}, "2026-01"), "71428.57");
    EXPECT_EQ(hub.cell("SUPPORT", {{"pool", "DSI"}, {"to_pool", "P1"}}, "2026-01"), "55918.37");
    EXPECT_EQ(hub.cell("SUPPORT", {{"pool", "DSI"}, {"to_pool", "P2"}}, "2026-01"), "44081.63");
  }
}

TEST(Allocation, WhatGoesRoundWithoutEndIsUnassigned) {
  using base::Rational;
  const SettledCascade settled = settle_cascade({{0, 1, 0}, {1, 0, 0}, {Rational(1, 2), 0, 0}},
                                                {{0, 0}, {0, 0}, {Rational(1, 2), 0}});
  EXPECT_EQ(settled.exits[0], (std::vector<Rational>{0, 1}));
  EXPECT_EQ(settled.exits[1], (std::vector<Rational>{0, 1}));
  EXPECT_EQ(settled.exits[2], (std::vector<Rational>{Rational(1, 2), Rational(1, 2)}));
}

TEST(Allocation, AmountsBeyond64BitsAreSpreadExactly) {
  Hub hub(*checked_model(spread_by("share: {A: 1, B: 0}")));
  hub.send("cost", {cost("1", "2026-01-10", "90000000000000000.00"),
                    cost("2", "2026-01-10", "90000000000000000.00"),
                    cost("3", "2026-01-10", "-89999999999999999.99"),
                    cost("6", "2026-01-10", "-90000000000000000.00"),
                    cost("4", "2026-02-10", "90000000000000000.00"),
                    cost("5", "2026-02-10", "90000000000000000.00")});
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-01"), "0.01");
  EXPECT_EQ(hub.cell("R", {{"policy", "A"}}, "2026-02"), "na NO_DATA OVERFLOW");
}

}  // namespace
}  // namespace passerelle::consolidation::spread
