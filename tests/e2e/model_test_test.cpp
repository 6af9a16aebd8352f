// passerelle test, through the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kModel = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
policies:
  CULTURE: {label: {fr: Culture, en: Culture}}
  SPORTS: {label: {fr: Sports, en: Sports}}
tables:
  fonctions: {file: tables/fonctions.csv, key: [fonction], match: prefix}
mappings:
  - kind: budget
    rules:
      - {name: "piscine", when: "nature == '6068'", set: {policy: SPORTS}}
      - {name: "table", table: fonctions, on: {fonction: function}, set: {policy: $politique}}
      - {name: "doublon", when: "function == '311'", set: {policy: SPORTS}}
      - {name: "jamais", when: "function == '99'", set: {policy: SPORTS}}
      - {name: "reste", set: {policy: CULTURE}}
      - {name: "après", when: "order", set: {policy: SPORTS}}
indicators:
  DEPENSES: {label: {fr: Dépenses, en: Expense}, kind: means, from: budget, where: "flow == 'D'", value: "sum(realised)", by: [policy], unit: EUR, round: 2}
  TAUX: {label: {fr: Taux, en: Rate}, kind: efficiency, from: budget, value: "sum(realised) / sum(open)", unit: "%", round: 1}
)yaml";

// The example of core/steering/README.md.
constexpr const char* kTests = R"yaml(
tests:
  - name: une correction remplace, une suppression retire
    steps:
      - facts:
          - {kind: budget, id: L1, exercise: 2026, flow: D, function: "311", realised: "100.00", open: "120.00"}
          - {kind: budget, id: L2, exercise: 2026, flow: D, function: "32", realised: "50.00", open: "60.00"}
        expect:
          "DEPENSES[policy=CULTURE,period=2026]": "100.00"
          "TAUX[period=2026]": "83.3"
      - facts:
          - {kind: budget, id: L1, version: 2, exercise: 2026, flow: D, function: "311", realised: "90.00", open: "0.00"}
          - {kind: budget, id: L2, version: 2, deleted: true}
        expect:
          "DEPENSES[period=2026]": "90.00"
          "DEPENSES[policy=SPORTS,period=2026]": absent
          "TAUX[period=2026]": na ZERO_DEN
)yaml";

void write_model(const Folder& folder) {
  folder.write("model/model.yaml", kModel);
  folder.write("model/tables/fonctions.csv", "fonction;politique\n31;CULTURE\n32;SPORTS\n");
  folder.write("model/tests/budget.yaml", kTests);
}

TEST(ModelTest, TestsThatHoldPassWithoutAHubOrData) {
  const Folder folder;
  write_model(folder);
  const Finished finished = passerelle({"test", folder / "model"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("ok      une correction remplace"));
  EXPECT_THAT(finished.out, HasSubstr("1 tests, 1 passed, 0 failed"));
}

TEST(ModelTest, AFailureShowsExpectedGotAndTheFactsWithTheirRules) {
  const Folder folder;
  write_model(folder);
  folder.write("model/tests/wrong.yaml", R"yaml(
tests:
  - name: faux
    facts:
      - {kind: budget, id: L1, exercise: 2026, flow: D, function: "311", realised: "100.00"}
      - {kind: budget, id: L2, exercise: 2026, flow: D, function: "32", realised: "7.00"}
    expect: {"DEPENSES[policy=CULTURE,period=2026]": "107.00"}
)yaml");
  const Finished finished = passerelle({"test", folder / "model"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, HasSubstr("FAILED  faux  (tests/wrong.yaml:3:5)"));
  EXPECT_THAT(finished.out, HasSubstr("expected 107.00, got 100.00"));
  EXPECT_THAT(finished.out, HasSubstr("+ budget L1 (test):"));
  EXPECT_THAT(finished.out, HasSubstr("-> policy=CULTURE ('table')"));
  EXPECT_THAT(finished.out, HasSubstr("- budget L2 (test):"));
  EXPECT_THAT(finished.err, HasSubstr("1 tests failed of 2"));
  const std::vector<Row> rows =
      rows_of(passerelle({"test", folder / "model", "--output", "csv"}).out);
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows.back().at("result"), "failed");
  EXPECT_EQ(rows.back().at("got"), "100.00");
}

TEST(ModelTest, CoverageNamesTheRulesThatNoTestExercises) {
  const Folder folder;
  write_model(folder);
  const Finished finished = passerelle({"test", folder / "model", "--coverage"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("Mapping rules exercised: 1 of 6"));
  EXPECT_THAT(finished.out, HasSubstr("« doublon »  shadowed by earlier rules"));
  EXPECT_THAT(finished.out, HasSubstr("« jamais »  never matched"));
  EXPECT_THAT(finished.out, HasSubstr("« après »  unreachable"));
  EXPECT_THAT(finished.out, Not(HasSubstr("« table »")));
}

TEST(ModelTest, AWrongOperatorOrAMissingRuleThatNoTestNoticesIsNamed) {
  const Folder folder;
  write_model(folder);
  const Finished some = passerelle({"test", folder / "model", "--mutate", "--output", "csv"});
  EXPECT_EQ(some.exit_code, 1) << some.out;
  std::vector<std::string> unnoticed;
  for (const Row& row : rows_of(some.out)) {
    unnoticed.push_back(row.at("owner") + ": " + row.at("change"));
  }
  // Nothing is spent on 6068, on 311 decided otherwise, on 99; and no receipt is there to be left
  // out. What the table gives to 311 the last rule would give too.
  EXPECT_THAT(unnoticed, testing::Contains("budget « doublon »: == -> !="));
  EXPECT_THAT(unnoticed, testing::Not(testing::Contains("TAUX: / -> *")));
  EXPECT_THAT(unnoticed, testing::Not(testing::Contains("budget « table »: rule left out")));
  EXPECT_THAT(some.err, HasSubstr("add a fact or an expected cell"));

  const Folder whole;
  whole.write("model/model.yaml", R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}}
indicators:
  DEPENSES: {label: {fr: Dépenses, en: Expense}, kind: means, from: budget, where: "flow == 'D'", value: "sum(realised)", unit: EUR, round: 2}
)yaml");
  whole.write("model/tests/budget.yaml", R"yaml(
tests:
  - name: les recettes ne comptent pas
    facts:
      - {kind: budget, id: L1, exercise: 2026, flow: D, realised: "100.00"}
      - {kind: budget, id: L2, exercise: 2026, flow: R, realised: "7.00"}
    expect: {"DEPENSES[period=2026]": "100.00"}
)yaml");
  const Finished all = passerelle({"test", whole / "model", "--mutate"});
  EXPECT_EQ(all.exit_code, 0) << all.out << all.err;
  EXPECT_THAT(all.out, HasSubstr("1 mutants, 1 caught, 0 unnoticed"));
}

TEST(ModelTest, ItSpeaksFrenchToAFrenchTerminal) {
  const Folder folder;
  write_model(folder);
  const Finished finished = run({"/usr/bin/env", "LC_ALL=fr_FR.UTF-8", passerelle_binary(), "test",
                                 folder / "model", "--coverage"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("1 tests, 1 réussis, 0 échoués"));
  EXPECT_THAT(finished.out, HasSubstr("jamais satisfaite"));
}

TEST(ModelTest, ErrorsOfTheFolderAreShownAllAtOnce) {
  const Folder folder;
  write_model(folder);
  folder.write(
      "model/tests/wrong.yaml",
      "tests:\n  - {name: a, facts: [{kind: budgett}], expect: {\"X[period=2026]\": 1}}\n");
  const Finished finished = passerelle({"test", folder / "model"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("tests/wrong.yaml:2:30"));
  EXPECT_THAT(finished.err, HasSubstr("tests/wrong.yaml:2:50"));
}

TEST(ModelTest, TheDemoAuthoritysOwnTestsHold) {
  const Finished finished =
      passerelle({"test", PASSERELLE_SOURCE_DIR "/deploy/demo/model", "--coverage"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("18 tests, 18 passed"));
  EXPECT_THAT(finished.out, HasSubstr("Mapping rules exercised: 16 of 16"));
  EXPECT_THAT(finished.out, HasSubstr("Indicators expected by a test: 26 of 26"));
}

}  // namespace
}  // namespace passerelle::test
