#include "core/steering/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/base/limits.h"
#include "core/language/indicator.h"
#include "core/language/indicator_order.h"
#include "core/language/program.h"
#include "core/language/record_schema.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

using testing::ElementsAre;

const model::Indicator& indicator_named(const model::SteeringModel& model, std::string_view id) {
  for (const model::Indicator& one : model.indicators) {
    if (one.id == id) return one;
  }
  ADD_FAILURE() << "no indicator " << id;
  return model.indicators.front();
}

TEST(Check, AWholeModelIsAcceptedWithoutAFinding) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  EXPECT_TRUE(checked.findings.empty()) << lines_of(checked.findings);
  const model::SteeringModel& model = *checked.model;
  EXPECT_EQ(model.authority, "CA_VALBRUME");
  EXPECT_EQ(model.processes.size(), 2u);
  EXPECT_EQ(model.activities.size(), 2u);
  EXPECT_EQ(model.units.size(), 4u);
  EXPECT_EQ(model.policies.size(), 2u);
  EXPECT_EQ(model.roadmap.size(), 4u);
  EXPECT_EQ(model.mappings.size(), 2u);
  EXPECT_EQ(model.indicators.size(), 6u);
  EXPECT_EQ(model.targets.size(), 3u);
  EXPECT_EQ(model.connectors.size(), 1u);
  EXPECT_EQ(model.hash, hash_of(canonical(sample_model())));
}

TEST(Check, TheModelHoldsWhatTheFilesSay) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::SteeringModel& model = *checked.model;
  const model::Process& process = model.processes[0];
  EXPECT_EQ(process.label, (model::Label{"État civil", "Civil status"}));
  EXPECT_EQ(process.number, "2.1");
  EXPECT_THAT(process.inputs, ElementsAre("demande", "pièce ; copie"));
  EXPECT_EQ(process.valid.from, base::parse_date("2024-01-01").value());
  EXPECT_EQ(process.at.file, "reference.yaml");
  EXPECT_EQ(process.at.line, 2);
  EXPECT_EQ(process.at.column, 3);
  EXPECT_EQ(model.processes[1].label.en, "Titres") << "French stands for both";
  EXPECT_EQ(model.activities[0].unit_minutes, 25);
  ASSERT_EQ(model.raci.size(), 6u);
  EXPECT_EQ(model.raci[0].letter, 'A') << "A, R, C, I whatever the file's order";
  EXPECT_EQ(model.raci[2].role, "Agent d'accueil");
  EXPECT_EQ(model.raci[3].letter, 'I');
  const model::OrgUnit& unit = model.units[3];
  ASSERT_EQ(unit.parents.size(), 2u);
  EXPECT_EQ(unit.parents[0].unit, "DIR_FINANCES") << "in the order of their dates";
  EXPECT_EQ(unit.parents[1].valid.from, base::parse_date("2025-07-01").value());
}

TEST(Check, DefaultsAreResolved) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::SteeringModel& model = *checked.model;
  const auto& expenses = indicator_named(model, "DEPENSES");
  using Groupings = std::vector<std::vector<std::string>>;
  EXPECT_EQ(expenses.publish, (Groupings{{}, {"policy"}, {"nature", "policy"}}));
  EXPECT_THAT(expenses.grains, ElementsAre(base::Grain::kYear));
  const auto& tickets = indicator_named(model, "TICKETS");
  EXPECT_EQ(tickets.at, "opened");
  EXPECT_EQ(tickets.publish.size(), 8u);
  EXPECT_THAT(tickets.grains, ElementsAre(base::Grain::kMonth, base::Grain::kYear));
  EXPECT_EQ(indicator_named(model, "STOCK").time, model::TimeRule::kAtEnd);
  EXPECT_EQ(indicator_named(model, "SOLDE").unit, "EUR");
  EXPECT_EQ(indicator_named(model, "SOLDE").at, "date");
  EXPECT_EQ(model.targets[0].scope.at("policy"), "CITOYENNETE") << "a label resolves to its id";
  EXPECT_TRUE(std::is_sorted(model.kinds.begin(), model.kinds.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(model.kinds.size(), model::built_in_kinds().size() + 1);
  EXPECT_NE(model::find_kind(model.kinds, "ticket")->find("site"), nullptr);
}

TEST(Check, ATablesColumnsAreNamedAsInItsFile) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::LookupTable& table = checked.model->tables[0];
  EXPECT_THAT(table.columns, ElementsAre("fonction", "politique", "activité", "note"));
  EXPECT_THAT(table.rows[2], ElementsAre("022", "20", "UNMAPPED", "c; d"));
  EXPECT_TRUE(table.prefix);
  const model::MappingRule& rule = checked.model->mappings[0].rules[0];
  EXPECT_EQ(rule.on.at("fonction"), "function") << "written 'Fonction'";
  EXPECT_EQ(rule.set.at("activity").text, "activité");
  EXPECT_EQ(rule.set.at("ecological").kind, model::RuleValue::Kind::kConstant);
  EXPECT_EQ(checked.model->mappings[0].rules[1].name, "rule 2");
}

TEST(Check, WhatItAcceptsCompiles) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::SteeringModel& model = *checked.model;
  const auto schemas = language::fact_schemas(model.kinds);
  language::NamedIndicators named;
  std::map<std::string, language::IndicatorPlan> plans;
  for (const std::size_t number : language::order_of(model.indicators).order) {
    const model::Indicator& one = model.indicators[number];
    auto plan = language::compile_indicator(one, schemas, named).plan;
    ASSERT_TRUE(plan) << one.id;
    named[one.id] = {&one, &(plans[one.id] = *std::move(plan))};
  }
  EXPECT_EQ(plans.size(), model.indicators.size());
  for (const model::Mapping& mapping : model.mappings) {
    const language::Schema& schema = schemas.at(mapping.kind);
    for (const model::MappingRule& rule : mapping.rules) {
      if (!rule.when.empty()) {
        EXPECT_TRUE(language::compile_predicate(rule.when, schema).program);
      }
      for (const auto& [column, text] : rule.on) {
        EXPECT_TRUE(language::compile(text, schema).program) << text;
      }
    }
  }
}

TEST(Check, EveryErrorOfEveryFileIsReportedAtOnceAndInOrder) {
  auto files = sample_with("data.yaml", "dimension: {}\nmappings: [{kind: bugdet, rules: []}]\n");
  files.push_back({"more.yaml", "processes:\n  P: {label: {fr: P}, family: other}\n"});
  const Checked checked = check(files);
  EXPECT_FALSE(checked.ok());
  ASSERT_GE(checked.findings.size(), 3u);
  EXPECT_TRUE(std::is_sorted(
      checked.findings.begin(), checked.findings.end(), [](const Finding& a, const Finding& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
      }));
  const std::string all = lines_of(checked.findings);
  EXPECT_THAT(all, testing::HasSubstr("data.yaml:1:1: error PAS-M002"));
  EXPECT_THAT(all, testing::HasSubstr("did you mean 'dimensions'?"));
  EXPECT_THAT(all, testing::HasSubstr("data.yaml:2:19: error PAS-M010"));
  EXPECT_THAT(all, testing::HasSubstr("did you mean 'budget'?"));
  EXPECT_THAT(all, testing::HasSubstr("more.yaml:2:31: error PAS-M008"));
}

TEST(Check, AnEmptyFolderSaysWhatIsMissing) {
  const Checked checked = check({});
  ASSERT_EQ(checked.findings.size(), 1u);
  EXPECT_EQ(checked.findings[0].code, code::kMissing);
  EXPECT_EQ(checked.findings[0].file, ".");
}

TEST(Check, AFloodOfFindingsIsCutAndCounted) {
  std::string text = "activities:\n";
  for (int i = 0; i < 1'200; ++i) text += "  A" + std::to_string(i) + ": {}\n";
  const Checked checked = check({{"a.yaml", text}});
  EXPECT_EQ(checked.findings.size(), base::kModelFindingsMax + 1);
  EXPECT_EQ(checked.findings.back().code, code::kTooMany);
}

TEST(Check, AFileBeyondTheLimitIsRefused) {
  const Checked checked = check({{"a.yaml", std::string(base::kModelFileBytesMax + 1, '#')}});
  ASSERT_EQ(checked.findings.size(), 1u);
  EXPECT_EQ(checked.findings[0].code, code::kTooMany);
}

TEST(Check, AThousandActivitiesAreCheckedInNoTime) {
  std::string text = "activities:\n";
  for (int i = 0; i < 1'000; ++i) {
    text += "  ACT_" + std::to_string(i) + ": {label: {fr: Activité " + std::to_string(i) +
            "}, process: OP_TITRES, raci: {A: DIR_CITOYENNETE, R: [SRV_ETAT_CIVIL]}}\n";
  }
  const auto start = std::chrono::steady_clock::now();
  const Checked checked = check(sample_with("more.yaml", text));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  EXPECT_EQ(checked.model->activities.size(), 1'002u);
}

}  // namespace
}  // namespace passerelle::steering
