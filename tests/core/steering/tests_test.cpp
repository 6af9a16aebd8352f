// The `tests` of a model folder: what is read, what is refused and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/steering/check.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

using ::testing::HasSubstr;

Checked with_tests(const std::string& text) {
  return check(sample_with("tests/all.yaml", "tests:\n" + text));
}

// The one finding of a test, "line:column: code reason; remedy".
std::string fault_of(const std::string& text) {
  const Checked checked = with_tests(text);
  EXPECT_EQ(checked.model, nullptr) << text;
  EXPECT_EQ(checked.findings.size(), 1U) << lines_of(checked.findings);
  return lines_of(checked.findings);
}

TEST(ModelTests, AWholeTestIsReadWithItsTypesAndItsMembersIds) {
  const Checked checked = with_tests(R"y(
  - name: Correction d'une ligne
    steps:
      - facts:
          - {kind: budget, connector: tickets, id: L1, exercise: 2026, flow: D, section: F, order: false, realised: "1234.5", function: "02"}
          - {kind: ticket, opened: 2026-03-01T08:00:00Z, fields: {site: Nord}}
        now: 2026-04-01
        expect: {"DEPENSES[policy=Vie citoyenne,period=2026]": "1234.50"}
      - facts: [{kind: budget, connector: tickets, id: L1, version: 2, deleted: true}]
        expect:
          "DEPENSES[policy=Citoyenneté, period=2026]": absent
          "EXECUTION[period=2026]": na ZERO_DEN
          "TICKETS[period=2026-03]": {value: 1, status: red}
)y");
  ASSERT_NE(checked.model, nullptr) << lines_of(checked.findings);
  ASSERT_EQ(checked.tests.size(), 1U);
  const ModelTest& test = checked.tests[0];
  EXPECT_EQ(test.name, "Correction d'une ligne");
  EXPECT_EQ(test.at.line, 3);
  ASSERT_EQ(test.steps.size(), 2U);
  const TestFact& fact = test.steps[0].facts[0];
  EXPECT_EQ(fact.id, "L1");
  EXPECT_EQ(fact.connector, "tickets");
  ASSERT_EQ(fact.values.size(), 6U);
  EXPECT_EQ(fact.values.back().field, "section");
  EXPECT_EQ(fact.values[4].number, 123450);  // realised
  EXPECT_EQ(test.steps[0].facts[1].connector, kTestConnector);
  EXPECT_EQ(test.steps[0].facts[1].id, "#2");
  EXPECT_EQ(*test.steps[0].now, base::parse_instant("2026-03-31T22:00:00Z").value());
  EXPECT_EQ(test.steps[0].expect[0].dimensions.at("policy"), "CITOYENNETE");
  EXPECT_TRUE(test.steps[1].facts[0].deleted);
  EXPECT_TRUE(test.steps[1].expect[0].absent);
  EXPECT_EQ(test.steps[1].expect[1].na, model::NaReason::kZeroDen);
  EXPECT_EQ(test.steps[1].expect[2].status, model::CellStatus::kRed);
}

TEST(ModelTests, AFileOfTestsIsNoPartOfTheModelsIdentity) {
  const Checked without = check(sample_model());
  const Checked with = with_tests("  - {name: a, expect: {\"SOLDE[period=2026-01]\": absent}}\n");
  ASSERT_NE(with.model, nullptr) << lines_of(with.findings);
  EXPECT_EQ(with.model->hash, without.model->hash);
  const auto files = files_of(canonical(sample_with("tests/all.yaml", "tests: []\n")));
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->size(), sample_model().size());
}

TEST(ModelTests, AFileBelowTestsHoldsNothingOfTheModel) {
  const Checked checked = check(sample_with("tests/more.yaml", "policies: {}\n"));
  EXPECT_THAT(lines_of(checked.findings), HasSubstr("tests/more.yaml:1:1: error PAS-M002"));
}

TEST(ModelTests, WhatAFactCannotBeIsRefusedWhereItStands) {
  const std::string expect = ", expect: {\"SOLDE[period=2026-01]\": absent}}\n";
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: budgett}]" + expect),
              HasSubstr("tests/all.yaml:2:30: error PAS-M010"));
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: budget, realized: 1}]" + expect),
              HasSubstr("did you mean 'realised'?"));
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: budget, realised: \"1.234\"}]" + expect),
              HasSubstr("2:48: error PAS-M009"));
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: ticket, opened: 2026-01-01}]" + expect),
              HasSubstr("write an instant with its offset"));
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: ticket, connector: ticket}]" + expect),
              HasSubstr("did you mean 'tickets'?"));
  EXPECT_THAT(fault_of("  - {name: a, facts: [{kind: ticket, deleted: true}]" + expect),
              HasSubstr("add 'id: ...'"));
  EXPECT_THAT(
      fault_of("  - {name: a, facts: [{kind: ticket, id: 1}, {kind: ticket, id: 1}]" + expect),
      HasSubstr("higher 'version'"));
}

TEST(ModelTests, ACellThatIsNeverPublishedIsRefused) {
  const auto expecting = [](const std::string& cell, const std::string& value) {
    return fault_of("  - {name: a, expect: {\"" + cell + "\": " + value + "}}\n");
  };
  EXPECT_THAT(expecting("DEPENSE[period=2026]", "1"), HasSubstr("did you mean 'DEPENSES'?"));
  EXPECT_THAT(expecting("DEPENSES[nature=6064,period=2026]", "1"), HasSubstr("PAS-M029"));
  EXPECT_THAT(expecting("DEPENSES[siret=1,period=2026]", "1"), HasSubstr("PAS-M016"));
  EXPECT_THAT(expecting("DEPENSES[policy=CITOYENETE,period=2026]", "1"), HasSubstr("PAS-M017"));
  EXPECT_THAT(expecting("DEPENSES[period=2026-01]", "1"), HasSubstr("not published by month"));
  EXPECT_THAT(expecting("DEPENSES", "1"), HasSubstr("names no period"));
  EXPECT_THAT(expecting("DEPENSES[period=2026]", "12.345"), HasSubstr("with 2 decimals"));
  EXPECT_THAT(expecting("DEPENSES[period=2026]", "na NODATA"), HasSubstr("use one of: NO_DATA"));
  EXPECT_THAT(expecting("DEPENSES[period=2026]", "douze"), HasSubstr("no value of a cell"));
}

TEST(ModelTests, AllErrorsComeAtOnce) {
  const Checked checked = with_tests(R"y(
  - {name: a, facts: [{kind: budgett}, {kind: budget, order: oui}], expect: {"X[period=2026]": 1}}
  - {name: a, expect: {"DEPENSES[period=2026]": 1}, notes: b}
)y");
  EXPECT_EQ(checked.findings.size(), 5U) << lines_of(checked.findings);
  EXPECT_TRUE(checked.tests.empty());
}

TEST(ModelTests, ATestThatExpectsNothingIsRefused) {
  EXPECT_THAT(fault_of("  - {name: a, facts: []}\n"), HasSubstr("expects nothing"));
}

}  // namespace
}  // namespace passerelle::steering
