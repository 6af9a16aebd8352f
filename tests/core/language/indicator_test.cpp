#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/language/indicator.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using base::Rational;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = Finalised::State;

const std::map<std::string, Schema>& kinds() {
  static const std::map<std::string, Schema> kKinds = {
      {"budget", Schema({{"chapter", TypeKind::kString},
                         {"open", TypeKind::kDecimal, 2, "EUR"},
                         {"realised", TypeKind::kDecimal, 2, "EUR"},
                         {"activity", TypeKind::kString}})},
      {"staff_position",
       Schema({{"filled", TypeKind::kDecimal, 4, "ETP"}, {"activity", TypeKind::kString}})},
      {"ticket", Schema({{"state", TypeKind::kString},
                         {"agent", TypeKind::kString},
                         {"opened", TypeKind::kTimestamp},
                         {"solved", TypeKind::kTimestamp},
                         {"moves", TypeKind::kInt, 0, "count"}})}};
  return kKinds;
}

CompiledIndicator compiled(std::string_view value, std::string_view from = "",
                           std::string_view where = "") {
  return compile_indicator(value, from, kinds(), where);
}

IndicatorPlan plan_of(std::string_view value, std::string_view from = "",
                      std::string_view where = "") {
  CompiledIndicator out = compiled(value, from, where);
  EXPECT_THAT(to_string(out.problems), IsEmpty());
  EXPECT_THAT(to_string(out.where_problems), IsEmpty());
  return out.plan.value_or(IndicatorPlan{});
}

std::vector<std::string> problems(std::string_view value, std::string_view from = "") {
  return places(compiled(value, from).problems);
}

bool holds(const Program& filter, std::vector<Value> record) {
  Frame frame;
  frame.bind(record);
  return filter.eval(frame).is_true();
}

TEST(Indicator, DividesSumsOfTwoKinds) {
  const IndicatorPlan plan =
      plan_of("sum(budget.realised, chapter == '012') / sum(staff_position.filled)");
  ASSERT_EQ(plan.aggregates.size(), 2u);
  EXPECT_EQ(plan.aggregates[0].fn, AggregateFn::kSum);
  EXPECT_EQ(plan.aggregates[0].kind, "budget");
  EXPECT_EQ(plan.aggregates[0].scale, 2);
  EXPECT_THAT(plan.aggregates[0].argument->fields(), ElementsAre(2u));
  EXPECT_THAT(plan.aggregates[0].filter->fields(), ElementsAre(0u));
  EXPECT_EQ(plan.aggregates[1].kind, "staff_position");
  EXPECT_EQ(plan.aggregates[1].scale, 4);
  EXPECT_FALSE(plan.aggregates[1].filter);
  EXPECT_EQ(plan.unit, "EUR/ETP");
  EXPECT_EQ(plan.scale, std::nullopt);
  // Montreuil 2018: 106,775,683.65 EUR for 2,266.46 ETP.
  const std::vector<std::optional<Rational>> sums = {Rational(10'677'568'365, 100),
                                                     Rational(226'646, 100)};
  const Finalised result = evaluate_finaliser(plan, sums);
  ASSERT_EQ(result.state, State::kValue);
  EXPECT_EQ(base::round_to_scaled(result.value, 2), 4'711'121);
}

TEST(Indicator, PropagatesMissingDataAndZeroDenominators) {
  const IndicatorPlan plan = plan_of("100 * sum(budget.realised) / sum(budget.open) - 1");
  const auto state = [&](std::optional<Rational> realised, std::optional<Rational> open) {
    const std::vector<std::optional<Rational>> values = {realised, open};
    return evaluate_finaliser(plan, values).state;
  };
  EXPECT_EQ(state(Rational(1), Rational(2)), State::kValue);
  EXPECT_EQ(state(std::nullopt, Rational(2)), State::kNoData);
  EXPECT_EQ(state(Rational(1), Rational(0)), State::kZeroDenominator);
  EXPECT_EQ(state(std::nullopt, Rational(0)), State::kNoData);
  EXPECT_EQ(evaluate_finaliser(plan, {}).state, State::kNoData);
}

TEST(Indicator, KeepsTheDecimalsOfSums) {
  const IndicatorPlan plan = plan_of("sum(open) - sum(realised) * 1.5", "budget");
  EXPECT_EQ(plan.unit, "EUR");
  EXPECT_EQ(plan.scale, 3);
  EXPECT_EQ(plan_of("count()", "ticket").scale, 0);
  EXPECT_EQ(plan_of("avg(open)", "budget").scale, std::nullopt);
}

TEST(Indicator, FiltersByWhereAndByItsOwnCondition) {
  const IndicatorPlan plan = plan_of("count(moves > 1) / count()", "ticket", "state == 'solved'");
  ASSERT_EQ(plan.aggregates.size(), 2u);
  std::vector<Value> record(5);
  record[0] = Value::string("solved");
  record[4] = Value::integer(1);
  EXPECT_FALSE(holds(*plan.aggregates[0].filter, record));
  EXPECT_TRUE(holds(*plan.aggregates[1].filter, record));
  record[4] = Value::integer(2);
  EXPECT_TRUE(holds(*plan.aggregates[0].filter, record));
  record[0] = Value::string("open");
  EXPECT_FALSE(holds(*plan.aggregates[0].filter, record));
}

TEST(Indicator, AppliesWhereToItsFromOnly) {
  const IndicatorPlan plan =
      plan_of("sum(open) / sum(staff_position.filled)", "budget", "chapter == '012'");
  EXPECT_TRUE(plan.aggregates[0].filter);
  EXPECT_FALSE(plan.aggregates[1].filter);
}

TEST(Indicator, AppliesWhereToEveryKindWithoutFrom) {
  const std::string_view value = "sum(budget.open) / sum(staff_position.filled)";
  const IndicatorPlan plan = plan_of(value, "", "activity == 'OP-EC-TITRES'");
  EXPECT_TRUE(plan.aggregates[0].filter);
  EXPECT_TRUE(plan.aggregates[1].filter);
  const CompiledIndicator refused = compiled(value, "", "chapter == '012'");
  EXPECT_FALSE(refused.plan);
  EXPECT_THAT(to_string(refused.where_problems), HasSubstr("kind 'staff_position'"));
  EXPECT_THAT(refused.problems, IsEmpty());
}

TEST(Indicator, CountsKindsAndConditions) {
  EXPECT_EQ(plan_of("count(ticket)").aggregates[0].kind, "ticket");
  const IndicatorPlan plan = plan_of("count(ticket, state == 'open') / count(budget)");
  EXPECT_TRUE(plan.aggregates[0].filter);
  EXPECT_EQ(plan.aggregates[1].kind, "budget");
  EXPECT_THAT(problems("count()"), ElementsAre("1:1 aggregate"));
  EXPECT_THAT(problems("count(moves)", "ticket"), ElementsAre("1:7 type"));
}

TEST(Indicator, GivesDurationsInHours) {
  const IndicatorPlan plan = plan_of("median(solved - opened)", "ticket", "has(solved)");
  EXPECT_EQ(plan.unit, "h");
  EXPECT_EQ(plan.aggregates[0].scale, 0);
  const std::vector<std::optional<Rational>> micros = {Rational(5'400'000'000)};
  EXPECT_EQ(evaluate_finaliser(plan, micros).value, Rational(3, 2));
  EXPECT_EQ(plan_of("median(minutes(solved - opened))", "ticket").unit, "min");
  EXPECT_EQ(plan_of("median(solved - opened) / 24h", "ticket").unit, "");
}

TEST(Indicator, HasEveryAggregate) {
  const IndicatorPlan plan = plan_of(
      "pct(90, solved - opened) + avg(solved - opened) + min(solved - opened) + "
      "max(solved - opened) + sum(solved - opened)",
      "ticket");
  EXPECT_EQ(plan.aggregates.size(), 5u);
  EXPECT_EQ(plan.aggregates[0].parameter, 90);
  EXPECT_EQ(plan_of("var(open)", "budget").unit, "EUR*EUR");
  const IndicatorPlan share =
      plan_of("share_le(solved - opened, 48h, state == 'solved')", "ticket");
  EXPECT_EQ(share.aggregates[0].parameter, Rational(48) * 3'600'000'000);
  EXPECT_EQ(plan_of("share_le(open, 1000.5)", "budget").aggregates[0].parameter,
            Rational(2'001, 2));
  const IndicatorPlan stock = plan_of("stock(opened, solved)", "ticket");
  EXPECT_THAT(stock.aggregates[0].second->fields(), ElementsAre(3u));
  EXPECT_EQ(plan_of("distinct(agent) + distinct(date(opened, 'Europe/Paris'))", "ticket").unit, "");
  EXPECT_EQ(to_string(AggregateFn::kShareLe), "share_le");
  EXPECT_EQ(to_string(AggregateFn::kVar), "var");
}

TEST(Indicator, ReadsAnAggregateThatStandsTwiceOnce) {
  const IndicatorPlan plan = plan_of("(sum(open) - sum(realised)) / sum(open)", "budget");
  EXPECT_EQ(plan.aggregates.size(), 2u);
  const std::vector<std::optional<Rational>> sums = {Rational(4), Rational(1)};
  EXPECT_EQ(evaluate_finaliser(plan, sums).value, Rational(3, 4));
}

TEST(Indicator, RefusesAPathThroughTwoKinds) {
  EXPECT_THAT(problems("sum(budget.open, staff_position.filled > 1)"),
              ElementsAre("1:1 aggregate"));
  EXPECT_THAT(to_string(compiled("sum(budget.open * staff_position.filled)").problems),
              HasSubstr("E-FANOUT"));
}

TEST(Indicator, RefusesUnitsThatDoNotAddUp) {
  EXPECT_THAT(problems("sum(budget.open) + sum(staff_position.filled)"), ElementsAre("1:18 unit"));
  EXPECT_THAT(problems("sum(budget.open) + 3"), IsEmpty());
}

TEST(Indicator, RefusesDivisionInsideAnAggregate) {
  EXPECT_THAT(problems("sum(open / 3)", "budget"), ElementsAre("1:5 aggregate"));
  EXPECT_THAT(problems("sum(open * 0.85)", "budget"), IsEmpty());
}

TEST(Indicator, RefusesWhatIsNotAnAggregate) {
  EXPECT_THAT(problems("open + sum(realised)", "budget"), ElementsAre("1:1 aggregate"));
  EXPECT_THAT(problems("42", "budget"), ElementsAre("1:1 aggregate"));
  EXPECT_THAT(problems("sum(open) > 3", "budget"), ElementsAre("1:11 aggregate"));
  EXPECT_THAT(problems("sum(sum(open))", "budget"), ElementsAre("1:5 aggregate"));
  EXPECT_THAT(problems("size('a') + count()", "budget"), ElementsAre("1:1 aggregate"));
  EXPECT_THAT(problems("count() / 0", "budget"), ElementsAre("1:9 invalid constant"));
}

TEST(Indicator, TellsAllProblemsAtOnce) {
  const CompiledIndicator out =
      compiled("sum(opne) / count(sate == 'open') + pct(101, moves)", "ticket", "stat == 'x'");
  EXPECT_THAT(places(out.problems),
              ElementsAre("1:5 unknown name", "1:19 unknown name", "1:41 invalid constant"));
  EXPECT_THAT(places(out.where_problems), ElementsAre("1:1 unknown name"));
  EXPECT_THAT(to_string(compiled("count()", "tiket").problems), HasSubstr("'ticket'"));
}

TEST(Indicator, ChecksTheArgumentsOfAggregates) {
  EXPECT_THAT(problems("sum(state)", "ticket"), ElementsAre("1:5 type"));
  EXPECT_THAT(problems("sum()", "ticket"), ElementsAre("1:1 aggregate"));
  EXPECT_THAT(problems("stock(opened, state)", "ticket"), ElementsAre("1:7 type"));
  EXPECT_THAT(problems("share_le(moves, 48h)", "ticket"), ElementsAre("1:17 type"));
  EXPECT_THAT(problems("share_le(moves, moves)", "ticket"), ElementsAre("1:17 type"));
  EXPECT_THAT(problems("pct(moves, moves)", "ticket"), ElementsAre("1:5 type"));
}

TEST(Units, ConvertWhereTheyMeasureTheSame) {
  EXPECT_EQ(unit_factor("min", "h"), Rational(1, 60));
  EXPECT_EQ(unit_factor("", "%"), Rational(100));
  EXPECT_EQ(unit_factor("count", ""), Rational(1));
  EXPECT_EQ(unit_factor("EUR", "EUR"), Rational(1));
  EXPECT_EQ(unit_factor("EUR", "h"), std::nullopt);
  EXPECT_EQ(unit_quotient("EUR", "EUR*h"), "1/h");
  EXPECT_EQ(unit_product("EUR/ETP", "ETP"), "EUR");
}

}  // namespace
}  // namespace passerelle::language
