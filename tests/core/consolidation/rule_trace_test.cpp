// What each rule makes of a fact, and every fact once.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel model_of_rules(std::vector<model::MappingRule> rules) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(
      kind_of("ledger", "day", {"day:date", "nature:string", "amount:decimal2:EUR"}));
  model::Activity roads;
  roads.id = "ROADS";
  model.activities = {roads};
  model.policies = {{}};
  model.policies[0].id = "TOWN";
  model.mappings = {{"ledger", "", std::move(rules), {}}};
  model.indicators = {indicator("SPENT", "ledger", "sum(amount)", {"activity", "policy"})};
  return model;
}

TEST(RuleTrace, TellsRulesThatDecideFromThoseThatAreShadowedVoidOrUnmatched) {
  model::LookupTable table;
  table.id = "t";
  table.keys = {"nature"};
  table.columns = {"nature", "policy"};
  table.rows = {{"60", ""}};
  table.none = {""};
  model::SteeringModel model =
      model_of_rules({rule("large", "amount > 100.00", {{"activity", "ROADS"}}),
                      rule("table", "", {{"policy", "$policy"}}),
                      rule("all", "nature == '60'", {{"activity", "ROADS"}}),
                      rule("other", "nature == '61'", {{"policy", "TOWN"}})});
  model.mappings[0].rules[1].table = "t";
  model.mappings[0].rules[1].on = {{"nature", "nature"}};
  model.tables = {table};
  Hub hub(model);
  hub.send("ledger",
           {{"1", 1, {{"day", "2026-01-01"}, {"nature", "60"}, {"amount", "500.00"}}, false}});
  const base::Hash128 key = model::key_of("source", "ledger", "1");
  EXPECT_TRUE(hub.engine().facts_of(key)[0].rules.empty());
  const auto rules = hub.engine().facts_of(key, true)[0].rules;
  ASSERT_EQ(rules.size(), 4U);
  EXPECT_TRUE(rules[0].matched && rules[0].gave && rules[0].decided);
  EXPECT_TRUE(rules[1].matched && !rules[1].gave && !rules[1].decided);
  EXPECT_TRUE(rules[2].matched && rules[2].gave && !rules[2].decided);
  EXPECT_FALSE(rules[3].matched);
  EXPECT_EQ(rules[3].rule, 3U);
}

TEST(EveryFact, ComesOnceWithItsActivityThoughSeveralRecordsMakeIt) {
  Hub hub(model_of_rules({rule("all", "", {{"activity", "ROADS"}})}));
  const Fields line = {{"siret", "1"},
                       {"exercise", "2026"},
                       {"line", "L"},
                       {"document", "BP"},
                       {"proposed", "10.00"}};
  Fields change = line;
  change["document"] = "DM";
  change["document_number"] = "1";
  hub.send("budget_line", {{"bp", 1, line, false}, {"dm", 1, change, false}});
  hub.send("ledger", {{"1", 1, {{"day", "2026-01-01"}, {"amount", "1.00"}}, false},
                      {"2", 1, {{"day", "2026-01-02"}, {"amount", "2.00"}}, false}});
  hub.send("ledger", {{"1", 2, {}, true}});
  std::vector<std::string> seen;
  hub.engine().for_each_fact([&](const FactGlance& fact) {
    seen.push_back(std::string(fact.kind) + " " + std::string(fact.activity));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"budget UNMAPPED", "ledger ROADS"}));
}

TEST(EveryFact, ARecordThatAnotherOutranksIsNone) {
  Hub hub(model_of_rules({}));
  model::RecordBatch batch =
      hub.batch("ledger", {{"1", 1, {{"day", "2026-01-01"}, {"amount", "1.00"}}, false},
                           {"2", 1, {{"day", "2026-01-01"}, {"amount", "2.00"}}, false}});
  batch.natural_keys.append("same");
  batch.natural_keys.append("same");
  model::Records records;
  records.connector = "source";
  records.batches.push_back(std::move(batch));
  hub.commit(std::move(records));
  int seen = 0;
  hub.engine().for_each_fact([&](const FactGlance&) { ++seen; });
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace passerelle::consolidation
