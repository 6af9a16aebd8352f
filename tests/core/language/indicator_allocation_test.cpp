// cost() and alloc(): sums over what pools gave, said by the names of pools and keys; and what an
// indicator says where it has no value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/language/indicator.h"
#include "core/language/indicator_order.h"
#include "core/language/model_names.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using base::Rational;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

model::SteeringModel model_with_pools() {
  model::SteeringModel model;
  const auto add_pool = [&](const std::string& id, const std::string& to,
                            std::vector<model::PoolSource> sources) {
    model::Pool pool;
    pool.id = id;
    pool.to = to;
    pool.sources = std::move(sources);
    model.pools.push_back(std::move(pool));
  };
  const auto add_key = [&](const std::string& id, const std::string& pool,
                           model::KeyVersion::Kind kind) {
    model::AllocationKey key;
    key.id = id;
    key.pool = pool;
    key.versions.emplace_back().kind = kind;
    model.keys.push_back(std::move(key));
  };
  model::PoolSource payroll;
  payroll.amount.value = "employer_cost";
  payroll.amount.from = "payroll";
  add_pool("EC", "activity", {payroll});
  add_pool("DSI", "pool", {payroll, payroll});
  add_pool("MIXTE", "activity", {payroll});
  add_key("TEMPS", "EC", model::KeyVersion::Kind::kVolume);
  add_key("DSI_PARTS", "DSI", model::KeyVersion::Kind::kPercent);
  add_key("MIXTE_TEMPS", "MIXTE", model::KeyVersion::Kind::kMinutes);
  add_key("MIXTE_PARTS", "MIXTE", model::KeyVersion::Kind::kShare);
  model.cascade.method = model::Cascade::Method::kStepDown;
  return model;
}

const std::map<std::string, Schema>& kinds_with_pools() {
  static const std::map<std::string, Schema> kKinds = [] {
    std::map<std::string, Schema> all = {
        {"allocation", Schema({{"pool", TypeKind::kString},
                               {"key", TypeKind::kString},
                               {"amount", TypeKind::kDecimal, 2, "EUR"},
                               {"minutes", TypeKind::kDecimal, 2, "min"},
                               {"activity", TypeKind::kString}})},
        {"titre", Schema({{"activity", TypeKind::kString}, {"delay", TypeKind::kDuration}})}};
    const auto names = ModelNames::of(model_with_pools());
    for (auto& [kind, schema] : all) schema.set_names(names);
    return all;
  }();
  return kKinds;
}

CompiledIndicator compiled_with_pools(std::string_view value, std::string_view from = "",
                                      std::string_view where = "") {
  return compile_indicator(value, from, kinds_with_pools(), where);
}

std::string allocation_refusal(std::string_view value) {
  return to_string(compiled_with_pools(value).problems);
}

// The texts of the aggregates.
std::vector<std::string> aggregates_in(std::string_view value, std::string_view where = "") {
  const CompiledIndicator out = compiled_with_pools(value, "", where);
  EXPECT_THAT(to_string(out.problems) + to_string(out.where_problems), IsEmpty()) << value;
  std::vector<std::string> texts;
  if (!out.plan) return texts;
  for (const Aggregate& aggregate : out.plan->aggregates) texts.push_back(aggregate.text);
  return texts;
}

TEST(Cost, IsTheSumOfWhatAPoolGave) {
  EXPECT_THAT(aggregates_in("cost(EC)"), ElementsAre("sum(allocation.amount, pool == 'EC')"));
  EXPECT_THAT(aggregates_in("cost(pool.EC, tdabc) / count(titre)", "activity == 'OP_EC_TITRES'"),
              ElementsAre("sum(allocation.amount, pool == 'EC')", "count(titre)"));
  EXPECT_EQ(compiled_with_pools("cost(EC)").plan->unit, "EUR");
  EXPECT_TRUE(compiled_with_pools("cost(EC)", "", "activity == 'A'").plan->aggregates[0].filter);
}

TEST(Cost, IsOneAggregateHoweverOftenItIsSaid) {
  EXPECT_THAT(aggregates_in("cost(EC) + cost(pool.EC) - sum(allocation.amount, pool == 'EC')"),
              ElementsAre("sum(allocation.amount, pool == 'EC')"));
}

TEST(Cost, ChecksThatThePoolGivesByTheMethodNamed) {
  EXPECT_THAT(aggregates_in("cost(DSI, step_down)"),
              ElementsAre("sum(allocation.amount, pool == 'DSI')"));
  EXPECT_THAT(allocation_refusal("cost(DSI, reciprocal)"), HasSubstr("but by share and step_down"));
  EXPECT_THAT(allocation_refusal("cost(EC, share)"),
              HasSubstr("does not give by share but by tdabc"));
  EXPECT_THAT(allocation_refusal("cost(MIXTE, tdabc)"), HasSubstr("but by share and tdabc"));
  EXPECT_THAT(places(compiled_with_pools("cost(EC, abc)").problems),
              ElementsAre("1:10 unknown name"));
}

TEST(Cost, NamesAPoolThatThereIs) {
  EXPECT_THAT(places(compiled_with_pools("cost(pool.EX)").problems),
              ElementsAre("1:6 unknown name"));
  EXPECT_THAT(allocation_refusal("cost(MIXT)"), HasSubstr("did you mean 'MIXTE'?"));
  EXPECT_THAT(allocation_refusal("cost()"), HasSubstr("write cost(POOL)"));
  EXPECT_THAT(to_string(compiled_with_pools("sum(cost(EC))", "titre").problems),
              HasSubstr("a sum over many facts"));
  EXPECT_THAT(to_string(compile_indicator("cost(EC)", "", {{"titre", Schema()}}, "").problems),
              HasSubstr("the model has no pools"));
}

TEST(Alloc, IsTheSumOfWhatAKeyGave) {
  EXPECT_THAT(aggregates_in("alloc(amount, TEMPS)"),
              ElementsAre("sum(allocation.amount, key == 'TEMPS')"));
  EXPECT_THAT(aggregates_in("alloc(minutes, key.TEMPS)"),
              ElementsAre("sum(allocation.minutes, key == 'TEMPS')"));
  EXPECT_THAT(aggregates_in("alloc(payroll.employer_cost, TEMPS)"),
              ElementsAre("sum(allocation.amount, key == 'TEMPS')"));
  EXPECT_THAT(aggregates_in("alloc( employer_cost, TEMPS)"),
              ElementsAre("sum(allocation.amount, key == 'TEMPS')"));
}

TEST(Alloc, SpreadsOnlyWhatThePoolOfTheKeyCollects) {
  EXPECT_THAT(allocation_refusal("alloc(gross, TEMPS)"),
              HasSubstr("is of the pool 'EC', which spreads 'employer_cost', not 'gross'"));
  EXPECT_THAT(allocation_refusal("alloc(employer_cost, DSI_PARTS)"),
              HasSubstr("amounts of several sources"));
  EXPECT_THAT(places(compiled_with_pools("alloc(amount, TEMP)").problems),
              ElementsAre("1:15 unknown name"));
}

TEST(IndicatorOrder, TakesPoolsAndKeysForNoIndicators) {
  EXPECT_THAT(indicators_named("cost(EC) / COUT + alloc(amount, TEMPS)"), testing::SizeIs(1));
}

model::Indicator with_clauses(const std::string& value, const std::string& unit,
                              const std::string& when_empty, const std::string& when_zero_den) {
  model::Indicator indicator;
  indicator.id = "X";
  indicator.from = "titre";
  indicator.value = value;
  indicator.unit = unit;
  indicator.when_empty = when_empty;
  indicator.when_zero_den = when_zero_den;
  return indicator;
}

TEST(Clauses, StandForWhatThereIsNot) {
  const auto plan =
      compile_indicator(with_clauses("count(has(delay)) / count(activity == 'A')", "%", "0", "100"),
                        kinds_with_pools(), {})
          .plan;
  ASSERT_TRUE(plan);
  EXPECT_EQ(evaluate_finaliser(*plan, {{Rational(1), Rational(4), Rational(9)}}).value,
            Rational(1, 4));
  EXPECT_EQ(evaluate_finaliser(*plan, {{Rational(1), Rational(0), Rational(9)}}).value, 1);
  EXPECT_EQ(evaluate_finaliser(*plan, {{std::nullopt, Rational(4), Rational(9)}}).value, 0);
  EXPECT_EQ(evaluate_finaliser(*plan, {{std::nullopt, Rational(4), Rational(9)}}).state,
            Finalised::State::kValue);
}

TEST(Clauses, AreInTheUnitPublished) {
  const auto plan =
      compile_indicator(with_clauses("median(delay)", "min", "30", ""), kinds_with_pools(), {})
          .plan;
  ASSERT_TRUE(plan);
  EXPECT_EQ(*plan->when_empty, Rational(1, 2));  // hours
}

TEST(Clauses, ACellIsKnownByEveryFactOfItsKinds) {
  const auto plan = compile_indicator(with_clauses("median(delay, activity == 'A')", "h", "0", ""),
                                      kinds_with_pools(), {})
                        .plan;
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->aggregates.size(), 2u);
  EXPECT_TRUE(plan->aggregates[1].is_presence);
  EXPECT_FALSE(plan->aggregates[1].filter);
  EXPECT_EQ(plan->aggregates[1].kind, "titre");
}

}  // namespace
}  // namespace passerelle::language
