#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result result_of(std::string_view text) {
  const Compiled compiled = compile(text, sample_schema());
  EXPECT_THAT(to_string(compiled.problems), IsEmpty());
  return compiled.program ? compiled.program->result() : Result{};
}

TEST(Check, SuggestsTheNearestField) {
  EXPECT_THAT(to_string(problems_of("amuont > 3")), HasSubstr("did you mean 'amount'?"));
  EXPECT_THAT(to_string(problems_of("state.startWith('a')")), HasSubstr("'startsWith'"));
  EXPECT_THAT(to_string(problems_of("xyzzy > 3")), HasSubstr("the fields are amount, "));
  EXPECT_THAT(to_string(problems_of("budget.chapitre == '012'")), HasSubstr("budget.chapter"));
}

TEST(Check, RefusesOperandsOfDifferentTypes) {
  EXPECT_THAT(places(problems_of("state == 1")), ElementsAre("1:7 type"));
  EXPECT_THAT(places(problems_of("state + 1 == 'a'")), ElementsAre("1:7 type"));
  EXPECT_THAT(places(problems_of("lines && urgent")), ElementsAre("1:1 type"));
  EXPECT_THAT(places(problems_of("urgent ? 1 : 'a'")), ElementsAre("1:8 type"));
  EXPECT_THAT(places(problems_of("state in [1, 2]")), ElementsAre("1:7 type"));
  EXPECT_THAT(places(problems_of("day < opened")), ElementsAre("1:5 type"));
  EXPECT_THAT(places(problems_of("tags < tags")), ElementsAre("1:6 type"));
  EXPECT_THAT(places(problems_of("state.size")), ElementsAre("1:7 type"));
  EXPECT_THAT(places(problems_of("size(lines)")), ElementsAre("1:1 type"));
  EXPECT_THAT(places(problems_of("!lines")), ElementsAre("1:1 type"));
  EXPECT_THAT(places(problems_of("lines % 1.5")), ElementsAre("1:7 type"));
}

TEST(Check, SendsComparisonsWithNullToHas) {
  EXPECT_THAT(to_string(problems_of("solved == null")), HasSubstr("has(field)"));
  EXPECT_THAT(places(problems_of("has(1)")), ElementsAre("1:1 type"));
  EXPECT_THAT(places(problems_of("has(solvd)")), ElementsAre("1:5 unknown name"));
}

TEST(Check, RefusesDifferentUnits) {
  EXPECT_THAT(places(problems_of("amount + fte > 1")), ElementsAre("1:8 unit"));
  EXPECT_THAT(places(problems_of("amount > lines")), ElementsAre("1:8 unit"));
  EXPECT_THAT(places(problems_of("amount in [fte]")), ElementsAre("1:8 unit"));
  EXPECT_THAT(problems_of("amount > 1000 && amount * 2 + 3.5 > open"), IsEmpty());
  EXPECT_THAT(problems_of("amount / open > 0.5"), IsEmpty());
}

TEST(Check, CombinesUnitsAndDecimals) {
  EXPECT_EQ(result_of("amount / fte").unit, "EUR/ETP");
  EXPECT_EQ(result_of("amount / fte").scale, std::nullopt);
  EXPECT_EQ(result_of("amount * fte").unit, "ETP*EUR");
  EXPECT_EQ(result_of("amount * fte").scale, 6);
  EXPECT_EQ(result_of("amount / fte * fte").unit, "EUR");
  EXPECT_EQ(result_of("amount * 1.5").scale, 3);
  EXPECT_EQ(result_of("amount * (3 / 2)").scale, 3);
  EXPECT_EQ(result_of("amount - open").scale, 2);
  EXPECT_EQ(result_of("lines * 2").scale, 0);
  EXPECT_EQ(result_of("urgent ? amount : 0").scale, 2);
  EXPECT_EQ(result_of("minutes(waited)").unit, "min");
  EXPECT_EQ(result_of("value + 1.0").scale, std::nullopt);
  EXPECT_EQ(result_of("fte * 1607h * 0.85 / 4").type, Type(TypeKind::kDuration));
}

TEST(Check, RefusesConstantsThatAreNeverValid) {
  EXPECT_THAT(places(problems_of("opened > timestamp('yesterday')")),
              ElementsAre("1:20 invalid constant"));
  EXPECT_THAT(places(problems_of("day == date('2026-02-30')")),
              ElementsAre("1:13 invalid constant"));
  EXPECT_THAT(places(problems_of("waited > duration('3 hours')")),
              ElementsAre("1:19 invalid constant"));
  EXPECT_THAT(places(problems_of("state.matches('(')")), ElementsAre("1:15 invalid constant"));
  EXPECT_THAT(places(problems_of("date(opened, 'Europe/Pari') == day")),
              ElementsAre("1:14 invalid constant"));
  EXPECT_THAT(places(problems_of("{'a': 1, 'a': 2}.a")), ElementsAre("1:1 invalid constant"));
  EXPECT_THAT(places(problems_of("opened == timestamp('2026-01-01T00:00:00.0000001Z')")),
              ElementsAre("1:21 finer than a microsecond"));
}

TEST(Check, WantsPatternsAndZonesAsConstants) {
  EXPECT_THAT(places(problems_of("state.matches(state)")), ElementsAre("1:15 type"));
  EXPECT_THAT(places(problems_of("opened.getHours(state)")), ElementsAre("1:17 type"));
}

TEST(Check, WantsAConditionToBeTrueOrFalse) {
  const Schema schema = sample_schema();
  EXPECT_TRUE(compile_predicate("lines > 1", schema).program);
  EXPECT_THAT(places(compile_predicate("lines + 1", schema).problems), ElementsAre("1:1 type"));
}

TEST(Check, TellsAggregatesApart) {
  EXPECT_THAT(places(problems_of("sum(amount) > 1")), ElementsAre("1:1 aggregate"));
}

TEST(Check, ListsTheFieldsAProgramReads) {
  const Schema schema = sample_schema();
  const Compiled compiled =
      compile("state == 'a' && (has(solved) || budget.chapter == '012') && state != 'b'", schema);
  ASSERT_TRUE(compiled.program);
  EXPECT_THAT(compiled.program->fields(), ElementsAre(0u, 6u, 12u));
  EXPECT_FALSE(compiled.program->is_constant());
  EXPECT_TRUE(compile("1 + 1", schema).program->is_constant());
}

}  // namespace
}  // namespace passerelle::language
