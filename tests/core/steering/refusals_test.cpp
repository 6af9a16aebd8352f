// What a bad model is told: one row per mistake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/steering/check.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

struct Refusal {
  std::string yaml;   // a further file, second.yaml, beside the sample
  const char* where;  // line:column
  std::string_view code;
  const char* words;  // of the reason or the remedy
};

void expect_refusal(const std::string& path, const Refusal& refusal) {
  const Checked checked = check(sample_with(path, refusal.yaml));
  EXPECT_FALSE(checked.ok()) << refusal.yaml;
  const std::string start = path + ':' + refusal.where + ": error " + std::string(refusal.code);
  for (const Finding& finding : checked.findings) {
    const std::string text = to_string(finding);
    if (text.rfind(start, 0) == 0 && text.find(refusal.words) != std::string::npos) return;
  }
  ADD_FAILURE() << refusal.yaml << "\nexpected: " << start << " ... " << refusal.words
                << "\nfound:\n"
                << lines_of(checked.findings);
}

void expect_refusals(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) expect_refusal("second.yaml", refusal);
}

TEST(Refusals, OfTheFileItself) {
  expect_refusals({
      {"a: [", "1:1", code::kSyntax, ""},
      {"- a\n", "1:1", code::kShape, "a map is expected"},
      {"proceses: {}\n", "1:1", code::kUnknownKey, "did you mean 'processes'?"},
      {"alerts: {}\n", "1:1", code::kNotAvailable, "not available in this version"},
      {"policies: [a]\n", "1:11", code::kShape, "no map"},
      {"processes:\n  op1: {}\n", "2:3", code::kId, "no id"},
      {"processes:\n  OP_TITRES: {}\n", "2:3", code::kDuplicate, "at reference.yaml:11"},
      {"authority: {id: A}\n", "1:12", code::kDuplicate, "authority.yaml:1"},
  });
}

TEST(Refusals, OfTheAuthority) {
  expect_refusal("authority.yaml",
                 {"authority: {id: a b, label: {fr: x}}\n", "1:17", code::kId, ""});
  expect_refusal("authority.yaml", {"authority: {id: A, label: {fr: x}, time_zone: Europe/Pari}\n",
                                    "1:47", code::kZone, "IANA"});
  expect_refusal("authority.yaml",
                 {"authority: {id: A, label: {fr: x}, exercise_closed_by: vote}\n", "1:56",
                  code::kFormat, "write closing"});
  expect_refusal("authority.yaml", {"policies: {}\n", "1:1", code::kMissing, "'authority'"});
}

TEST(Refusals, OfProcessesAndActivities) {
  expect_refusals({
      {"processes:\n  P: {label: {fr: P}}\n", "2:3", code::kMissing, "has no 'family'"},
      {"processes:\n  P: {label: P, family: support}\n", "2:14", code::kShape,
       "{fr: ..., en: ...}"},
      {"processes:\n  P: {label: {fr: P}, family: suport}\n", "2:31", code::kChoice, "managerial"},
      {"processes:\n  P: {label: {fr: P}, family: support, parent: Q}\n", "2:48", code::kReference,
       "the process 'Q'"},
      {"processes:\n  P: {label: {fr: P}, family: support, parent: Q}\n"
       "  Q: {label: {fr: P}, family: support, parent: P}\n",
       "2:48", code::kCycle, "P > Q > P"},
      {"processes:\n  P: {label: {fr: P}, family: support, from: 2026-02-30}\n", "2:46",
       code::kFormat, "no date"},
      {"processes:\n  P: {label: {fr: P}, family: support, from: 2026-02-01, to: 2026-01-01}\n",
       "2:62", code::kDates, "before its 'from'"},
      {"processes:\n  P: {label: {fr: P}, family: support, risks: []}\n", "2:40",
       code::kNotAvailable, "'risks'"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRE, raci: {A: POLE_POP, R: POLE_POP}}\n",
       "2:32", code::kReference, "did you mean 'OP_TITRES'?"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRES, raci: {A: X, R: POLE_POP}}\n",
       "2:53", code::kReference, "'X'"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRES}\n", "2:3", code::kRaci, "no A"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRES, raci: {A: POLE_POP}}\n", "2:3",
       code::kRaci, "no R"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRES, raci: {A: [POLE_POP, "
       "DIR_FINANCES], R: POLE_POP}}\n",
       "2:64", code::kRaci, "second A"},
      {"activities:\n  A: {label: {fr: A}, process: OP_TITRES, unit_minutes: -1, raci: {A: "
       "POLE_POP, R: POLE_POP}}\n",
       "2:57", code::kFormat, "whole number"},
  });
}

TEST(Refusals, OfOrganisationPoliciesAndRoadmap) {
  expect_refusals({
      {"organisation:\n  U: {kind: service, label: {fr: U}, codes: [CIT]}\n", "2:46",
       code::kDuplicate, "code 'CIT'"},
      {"organisation:\n  U: {kind: pole, label: {fr: U}, parent: SRV_ETAT_CIVIL}\n", "2:3",
       code::kLevel, "below the service"},
      {"organisation:\n  U: {kind: service, label: {fr: U}, parents: [{unit: POLE_POP, to: "
       "2025-01-31}, {unit: DIR_FINANCES, from: 2025-01-31}]}\n",
       "2:3", code::kDates, "two parents on 2025-01-31"},
      {"organisation:\n  U: {kind: service, label: {fr: U}, parents: [{unit: POLE_POP, to: "
       "2025-01-31}, {unit: DIR_FINANCES, from: 2025-02-02}]}\n",
       "2:3", code::kDates, "no parent before 2025-02-02"},
      {"organisation:\n  U: {kind: service, label: {fr: U}, parents: [{unit: POLE_POP, to: "
       "2025-01-31}]}\n",
       "2:3", code::kDates, "no parent from 2025-02-01 on"},
      {"organisation:\n  U: {kind: service, label: {fr: U}, parents: [{unit: V}]}\n"
       "  V: {kind: service, label: {fr: V}, parents: [{unit: U, from: 2025-01-01}, {unit: null, "
       "to: 2024-12-31}]}\n",
       "2:3", code::kCycle, "U > V > U"},
      {"policies:\n  P: {label: {fr: P}, parent: P}\n", "2:31", code::kCycle, "P > P"},
      {"roadmap:\n  X: {level: axis, label: {fr: X}}\n", "2:3", code::kLevel, "no parent"},
      {"roadmap:\n  X: {level: action, label: {fr: X}, parent: AXE_1}\n", "2:3", code::kLevel,
       "level objective"},
      {"roadmap:\n  X: {level: project, label: {fr: X}, activities: [NONE]}\n", "2:52",
       code::kReference, "activity 'NONE'"},
  });
}

TEST(Refusals, OfKindsDimensionsAndTables) {
  expect_refusals({
      {"kinds:\n  budget: {fields: {x: string}}\n", "2:3", code::kKind, "derived"},
      {"kinds:\n  absence: {fields: {agent: string}}\n", "2:22", code::kKind, "already"},
      {"kinds:\n  k: {label: {fr: k}, at: x, fields: {x: string}}\n", "2:27", code::kKind,
       "cannot place"},
      {"kinds:\n  k: {label: {fr: k}, at: x, fields: {x: dat}}\n", "2:42", code::kChoice, "date"},
      {"dimensions:\n  policy: {label: {fr: p}}\n", "2:3", code::kDimension, "built in"},
      {"dimensions:\n  d: {label: {fr: p}, members: [A, A]}\n", "2:36", code::kDuplicate, "twice"},
      {"tables:\n  t: {file: none.csv, key: [a]}\n", "2:13", code::kReference, "does not exist"},
      {"tables:\n  t: {file: ../x.csv, key: [a]}\n", "2:13", code::kTable,
       "below the model folder"},
      {"tables:\n  t: {file: tables/fonctions.csv, key: [fonctio]}\n", "2:41", code::kTable,
       "did you mean 'fonction'?"},
      {"tables:\n  t: {file: tables/fonctions.csv, key: [fonction, note], match: prefix}\n", "2:51",
       code::kTable, "one key column"},
  });
}

TEST(Refusals, OfMappings) {
  expect_refusals({
      {"mappings:\n  - {kind: budget_line, rules: []}\n", "2:12", code::kReference,
       "write 'budget'"},
      {"mappings:\n  - {kind: ticket, connector: none, rules: []}\n", "2:31", code::kReference,
       "connector 'none'"},
      {"mappings:\n  - kind: absence\n    rules:\n      - {when: \"famly == 'x'\", set: {policy: "
       "ACCUEIL}}\n",
       "4:17", code::kExpression, "did you mean 'family'?"},
      {"mappings:\n  - kind: absence\n    rules:\n      - {when: \"days + 1\", set: {policy: "
       "ACCUEIL}}\n",
       "4:17", code::kExpression, "true or false"},
      {"mappings:\n  - {kind: absence, rules: [{set: {process: OP_TITRES}}]}\n", "2:45",
       code::kDimension, "set the activity"},
      {"mappings:\n  - {kind: absence, rules: [{set: {policy: ACCEUIL}}]}\n", "2:44", code::kMember,
       "did you mean"},
      {"mappings:\n  - {kind: absence, rules: [{set: {ecological: GOOD}}]}\n", "2:48",
       code::kMember, "'GOOD'"},
      {"mappings:\n  - {kind: absence, rules: [{set: {service: \"=servce\"}}]}\n", "2:47",
       code::kExpression, "did you mean 'service'?"},
      {"mappings:\n  - {kind: absence, rules: [{set: {service: $x}}]}\n", "2:45", code::kMapping,
       "no table"},
      {"mappings:\n  - {kind: absence, rules: [{table: fonctions, on: {fonction: service}, set: "
       "{policy: $politiqe}}]}\n",
       "2:87", code::kTable, "did you mean 'politique'?"},
      {"mappings:\n  - {kind: absence, rules: [{table: fonctions, set: {policy: $politique}}]}\n",
       "2:29", code::kMapping, "key column 'fonction'"},
      {"mappings:\n  - {kind: absence, rules: [{table: fonctions, on: {fonction: service, x: "
       "service}, set: {policy: $politique}}]}\n",
       "2:75", code::kMapping, "no key column"},
      {"mappings:\n  - {kind: absence, rules: [{table: fonction, set: {policy: ACCUEIL}}]}\n",
       "2:37", code::kReference, "did you mean 'fonctions'?"},
      {"mappings:\n  - {kind: budget, rules: []}\n", "2:5", code::kDuplicate, "already"},
      {"mappings:\n  - {kind: absence, rules: [{pool: X, set: {policy: ACCUEIL}}]}\n", "2:36",
       code::kDimension, "cannot set 'pool'"},
  });
}

TEST(Refusals, OfTableRowsNameTheLineOfTheCsv) {
  const char* path = "tables/fonctions.csv";
  expect_refusal(
      path, {"fonction;politique;activité\n0;Nulle part;\n1;nulle part;\n2;Nulle part;\n", "2:1",
             code::kMember, "'Nulle part'"});
  expect_refusal(path, {"fonction;politique;activité\n\n0;20\n", "3:1", code::kTable, "2 cells"});
  expect_refusal(
      path, {"fonction;politique;activité\n0;20;\n0;ACCUEIL;\n", "3:1", code::kTable, "line 2"});
  expect_refusal(path, {"fonction;politique;activit\xe9\n", "1:1", code::kSyntax, "UTF-8"});
  expect_refusal(path, {"", "1:1", code::kTable, "empty"});
  expect_refusal(path, {"fonction;politique;activité\n0;\"a\n", "2:1", code::kSyntax, ""});
}

TEST(Refusals, AnUnknownMemberOfATableIsReportedOnce) {
  const Checked checked = check(sample_with(
      "tables/fonctions.csv", "fonction;politique;activité\n0;Ailleurs;\n1;Ailleurs;\n2;Autre;\n"));
  EXPECT_EQ(checked.findings.size(), 2u) << lines_of(checked.findings);
}

TEST(Refusals, RowsOfOneKeyMayDifferInColumnsThatNoRuleReads) {
  EXPECT_TRUE(check(sample_with("tables/fonctions.csv",
                                "fonction;politique;activité;x\n0;20;;a\n0;20;;b\n"))
                  .ok());
}

TEST(Refusals, OfIndicators) {
  const auto one = [](const std::string& rest) {
    return "indicators:\n  I: {label: {fr: I}, kind: means, " + rest + "}\n";
  };
  const auto refuse = [&](const std::string& rest, const char* where, std::string_view code,
                          const char* words) {
    const std::string text = one(rest);
    expect_refusal("second.yaml", {text.c_str(), where, code, words});
  };
  refuse("from: budget", "2:3", code::kMissing, "'value'");
  refuse("from: budget, value: sum(open), drill: [natur]", "2:76", code::kIndicator,
         "did you mean 'nature'?");
  refuse("from: payroll, value: count(), drill: [agent]", "2:75", code::kIndicator,
         "or is a person");
  const auto status = [&](const std::string& more, const char* where, const char* words) {
    refuse("from: budget, value: sum(open), better: lower, " + more, where, code::kIndicator,
           words);
  };
  status("status: {green: 'value >= 3', amber: 'value <= 4'}", "2:100", "'better: higher'");
  status("status: {green: 'value <= 3', amber: 'value <= 2'}", "2:121", "no value is amber");
  status("status: {green: 'value <= target', amber: 'value <= 2'}", "2:100", "it has none");
  status("hysteresis: 2", "2:95", "has no effect");
  const auto malformed = [&](const std::string& green, const char* where, const char* words) {
    refuse("from: budget, value: sum(open), better: lower, status: {green: '" + green +
               "', amber: 'value <= 9'}",
           where, code::kExpression, words);
  };
  malformed("value <= target * target", "2:109", "by itself");
  malformed("target <= 3", "2:100", "neither side");
  malformed("value", "2:100", "is a comparison");
  malformed("value <= open", "2:109", "numbers and 'target' only");
  malformed("value <= 3 / (2 - 2)", "2:109", "other than 0");
  malformed("value <= ", "2:108", "ends too early");
  refuse("from: budget, value: sum(open), fresh: soon", "2:75", code::kFormat, "366d");
  refuse("from: budget, value: sum(open), fresh: 400d", "2:75", code::kFormat, "366d");
  refuse("from: budgt, value: sum(open)", "2:42", code::kReference, "did you mean 'budget'?");
  refuse("from: budget, value: sum(opn)", "2:61", code::kExpression, "did you mean 'open'?");
  refuse("from: budget, value: sum(open), where: \"flow == 1\"", "2:81", code::kExpression, "");
  refuse("from: budget, value: sum(open), at: nature", "2:72", code::kIndicator, "cannot place");
  refuse("from: budget, value: sum(open), at: year", "2:72", code::kIndicator, "does not exist");
  refuse("from: budget, value: sum(open), grain: month", "2:75", code::kIndicator,
         "by exercise only");
  refuse("from: budget, value: sum(open), grain: week", "2:75", code::kChoice, "quarter");
  refuse("from: ticket, value: count(), grain: month, grains: [day]", "2:89", code::kIndicator,
         "computed by month");
  refuse("from: budget, value: sum(open), by: [polcy]", "2:73", code::kDimension,
         "did you mean 'policy'?");
  refuse("from: budget, value: sum(open), by: [period]", "2:73", code::kDimension, "always there");
  refuse("from: budget, value: sum(open), by: [realised]", "2:73", code::kDimension,
         "no dimension of");
  refuse("value: sum(budget.open) / sum(staff_position.filled), by: [nature]", "2:95",
         code::kDimension, "'staff_position'");
  refuse("from: budget, value: sum(open), by: [policy], publish: [[nature]]", "2:93",
         code::kIndicator, "not in 'by'");
  refuse("from: budget, value: sum(open), unit: h", "2:74", code::kUnit, "'EUR'");
  refuse("from: ticket, value: count(), unit: EUR", "2:72", code::kUnit, "'count'");
  refuse("from: budget, value: sum(open), round: 7", "2:75", code::kFormat, "0 to 6");
  refuse("from: budget, value: sum(open), better: more", "2:76", code::kChoice, "higher");
  refuse("from: budget, value: sum(open), owner: NONE", "2:75", code::kReference, "'NONE'");
  refuse("from: ticket, value: \"stock(opened, closed)\", time: sum", "2:88", code::kIndicator,
         "E-SEMIADD");
  refuse("from: assignment, value: sum(fte), grain: month, grains: [month, quarter]", "2:101",
         code::kIndicator, "E-SEMIADD");
  refuse("from: assignment, value: sum(fte), grain: month, grains: [year], time: sum", "2:107",
         code::kIndicator, "time: last");
  refuse("from: ticket, value: median(reopen_count), grain: month, grains: [year], time: average",
         "2:115", code::kIndicator, "of all its facts");
}

TEST(Refusals, OfIndicatorsMadeOfOthers) {
  const auto refuse = [&](const std::string& rest, const char* where, std::string_view code,
                          const char* words) {
    const std::string text = "indicators:\n  I: {label: {fr: I}, kind: means, " + rest + "}\n";
    expect_refusal("second.yaml", {text.c_str(), where, code, words});
  };
  refuse("value: DEPENSE * 2", "2:43", code::kExpression, "did you mean 'DEPENSES'?");
  refuse("value: DEPENSES + TICKETS", "2:52", code::kExpression, "between 'EUR' and ''");
  refuse("value: DEPENSES, by: [section]", "2:43", code::kExpression, "not broken down by");
  refuse("value: DEPENSES, grain: month", "2:43", code::kExpression, "known by year, not by month");
  refuse("value: ytd(STOCK), grain: day", "2:47", code::kExpression, "E-SEMIADD");
  refuse("value: DEPENSES, where: \"flow == 'D'\"", "2:60", code::kIndicator, "about nothing");
  refuse("value: DEPENSES, at: exercise", "2:57", code::kIndicator, "about nothing");
  refuse("value: DEPENSES, drill: [nature]", "2:61", code::kIndicator, "that it names show");
  refuse("value: DEPENSES, unit: h", "2:59", code::kUnit, "'EUR'");
  refuse("value: \"I + 1\"", "2:44", code::kIndicator, "I -> I");
}

TEST(Refusals, OfSmallCounts) {
  const auto refuse = [&](const std::string& rest, const char* where, std::string_view code,
                          const char* words) {
    const std::string text =
        "indicators:\n  I: {label: {fr: I}, kind: means, " + rest +
        "}\n  P: {label: {fr: P}, kind: means, from: ticket, value: count(), grain: month, "
        "suppress_below: 5}\n";
    expect_refusal("second.yaml", {text.c_str(), where, code, words});
  };
  refuse("from: ticket, value: count(), suppress_below: 1", "2:82", code::kFormat, "2 to 1000");
  refuse("from: ticket, value: count(), suppress_below: 5, grain: day", "2:92", code::kIndicator,
         "by the month or coarser");
  refuse("from: ticket, value: \"stock(opened, closed)\", grain: month, suppress_below: 5", "2:112",
         code::kNotAvailable, "is a stock");
  refuse("value: P, grain: month", "2:43", code::kIndicator, "suppress_below: 5' or more");
  refuse("value: P / TICKETS, grain: month, suppress_below: 4", "2:86", code::kIndicator,
         "'P' suppresses below 5 facts");
  refuse("value: TICKETS, grain: month, suppress_below: 5", "2:82", code::kIndicator, "in vain");
}

TEST(Refusals, OfIndicatorsThatNameEachOtherInACircle) {
  expect_refusal("second.yaml",
                 {"indicators:\n"
                  "  A: {label: {fr: A}, kind: means, value: \"1 + B\"}\n"
                  "  B: {label: {fr: B}, kind: means, value: \"ytd(C)\", grain: month}\n"
                  "  C: {label: {fr: C}, kind: means, value: A * 2}\n",
                  "2:48", code::kIndicator, "(R9): A -> B -> C -> A"});
}

TEST(Refusals, OfTheOptimisationPlan) {
  const auto action = [](const std::string& rest) {
    return "optimisation: {A: {label: {fr: A}, indicator: DEPENSES, " + rest + "}}\n";
  };
  const std::string cell = "scope: {period: 2026}, baseline: 10";
  expect_refusals({
      {action("scope: {period: 2026}, expected: 1"), "1:16", code::kMissing, "baseline"},
      {action(cell + ", expected: 0"), "1:16", code::kFormat, "not above 0"},
      {action(cell + ", expected: many"), "1:104", code::kFormat, "no number"},
      {action(cell + ", expected: 1, state: late"), "1:114", code::kChoice, "under_way"},
      {action("scope: {}, baseline: 10, expected: 1"), "1:16", code::kMissing, "no period"},
      {action("scope: {period: 2026, direction: X}, baseline: 10, expected: 1"), "1:79",
       code::kTarget, "not broken down"},
      {action("scope: {period: 2026}, baseline: {period: 2025}, expected: 1"), "1:90",
       code::kMissing, "known_at"},
      {action("scope: {period: 2026}, baseline: {period: 2025-03, known_at: 2026-01-31}, "
              "expected: 1"),
       "1:99", code::kTarget, "not published by month"},
      {"optimisation:\n"
       "  A: {label: {fr: A}, indicator: DEPENSES, " +
           cell +
           ", expected: 1}\n  B: {label: {fr: B}, indicator: DEPENSES, "
           "scope: {period: 2026}, baseline: 11, expected: 1}\n",
       "3:77", code::kTarget, "count twice"},
  });
}

TEST(Refusals, OfTargets) {
  expect_refusals({
      {"targets: [{indicator: NONE, scope: {}, value: 1}]\n", "1:23", code::kReference, "NONE"},
      {"targets: [{indicator: DEPENSES, scope: {}, value: 1 000}]\n", "1:51", code::kFormat,
       "no number"},
      {"targets: [{indicator: DEPENSES, scope: {direction: X}, value: 1}]\n", "1:41", code::kTarget,
       "not broken down"},
      {"targets: [{indicator: DEPENSES, scope: {nature: X}, value: 1}]\n", "1:11", code::kTarget,
       "never be met"},
      {"targets: [{indicator: DEPENSES, scope: {period: 2026-01}, value: 1}]\n", "1:49",
       code::kTarget, "not published by month"},
      {"targets: [{indicator: DEPENSES, scope: {period: soon}, value: 1}]\n", "1:49", code::kFormat,
       "no period"},
      {"targets: [{indicator: DEPENSES, scope: {policy: X}, value: 1}]\n", "1:49", code::kMember,
       "'X'"},
      {"targets: [{indicator: DEPENSES, scope: {policy: Vie Citoyenne, period: 2026}, value: 1}]\n",
       "1:11", code::kDuplicate, "indicators/all.yaml"},
      {"targets: [{indicator: DEPENSES, scope: {}}]\n", "1:11", code::kMissing, "neither"},
      {"targets: [{indicator: SOLDE, scope: {}, value: 1, linear: {2025: 1, 2026: 2}}]\n", "1:11",
       code::kShape, "'value' and 'linear'"},
      {"targets: [{indicator: SOLDE, scope: {}, linear: {2025: 1}}]\n", "1:49", code::kShape,
       "two periods"},
      {"targets: [{indicator: SOLDE, scope: {}, linear: {2025: 1, soon: 2}}]\n", "1:65",
       code::kFormat, "'soon: 2'"},
      {"targets: [{indicator: SOLDE, scope: {}, linear: {2025: 1, 2025-12: 2}}]\n", "1:49",
       code::kFormat, "two values at the end of 2025-12"},
      {"targets: [{indicator: SOLDE, scope: {period: 2026-01}, value: 1, hysteresis: 2}]\n", "1:78",
       code::kTarget, "'hysteresis' of a target of one period"},
      {"targets: [{indicator: SOLDE, scope: {}, value: 1, hysteresis: 25}]\n", "1:63",
       code::kFormat, "1 to 24"},
  });
}

TEST(Refusals, OfPrecedence) {
  expect_refusals({
      {"precedence: {ticke: [tickets, totem]}\n", "1:14", code::kReference, "'ticket'"},
      {"precedence: {budget: [tickets, totem]}\n", "1:14", code::kReference, "send no 'budget'"},
      {"precedence: {ticket: [tickets, nobody]}\n", "1:32", code::kReference, "'nobody'"},
      {"precedence: {ticket: [tickets, tickets]}\n", "1:32", code::kDuplicate, "twice"},
      {"precedence: [ticket]\n", "1:13", code::kShape, "a map"},
  });
  expect_refusal("connectors/tickets.yaml", {"plugin: x\nlabel: {fr: x}\nprecedence: [a]\n", "3:13",
                                             code::kConnector, "of a record kind"});
}

TEST(Refusals, OfConnectors) {
  expect_refusal("connectors/Bad-Name.yaml", {"plugin: x\n", "1:1", code::kConnector, "no id"});
  const char* path = "connectors/tickets.yaml";
  expect_refusal(path, {"label: {fr: x}\n", "1:1", code::kMissing, "'plugin'"});
  expect_refusal(path, {"plugin: x\nlabel: {fr: x}\nconfg: {}\n", "3:1", code::kUnknownKey,
                        "did you mean 'config'?"});
  expect_refusal(path, {"plugin: x\nlabel: {fr: x}\nconfig: {password: hunter2}\n", "3:20",
                        code::kSecret, "under 'secrets'"});
  expect_refusal(path, {"plugin: x\nlabel: {fr: x}\nsecrets: {a: hunter2}\n", "3:14", code::kSecret,
                        "no reference"});
  expect_refusal(path, {"plugin: x\nlabel: {fr: x}\nschedule: \"61 * * * *\"\n", "3:11",
                        code::kSchedule, "0 to 59"});
  expect_refusal(
      path, {"plugin: x\nlabel: {fr: x}\nenabled: yes\n", "3:10", code::kChoice, "true, false"});
}

TEST(Refusals, OfLinks) {
  const char* path = "connectors/tickets.yaml";
  const std::string head = "plugin: x\nlabel: {fr: x}\n";
  const auto refuse = [&](const std::string& links, const char* where, std::string_view code,
                          const char* words) {
    const std::string yaml = head + links + "\n";
    expect_refusal(path, {yaml.c_str(), where, code, words});
  };
  refuse("links: agent", "3:8", code::kShape, "no list");
  refuse("links: [agent]", "3:9", code::kShape, "");
  refuse("links: [{field: agent}]", "3:9", code::kMissing, "'same_as'");
  refuse("links: [{field: agnet, same_as: requester}]", "3:9", code::kReference,
         "did you mean 'agent'?");
  refuse("links: [{field: service, same_as: agent}]", "3:9", code::kReference,
         "a person in no kind");
  refuse("links: [{field: agent, same_as: requester}]", "3:9", code::kConnector,
         "which no kind has both");
  refuse("links: [{field: agent, same_as: agent}]", "3:9", code::kConnector, "one field twice");
  refuse("streams: [a]\nlinks: [{stream: b, field: agent, same_as: requester}]", "4:9",
         code::kConnector, "does not read");
}

TEST(Refusals, NeverRepeatASecret) {
  const Checked checked = check(sample_with(
      "connectors/tickets.yaml",
      "plugin: x\nlabel: {fr: x}\nconfig: {password: hunter2}\nsecrets: {a: hunter2}\n"));
  EXPECT_FALSE(checked.ok());
  EXPECT_THAT(lines_of(checked.findings), testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace passerelle::steering
