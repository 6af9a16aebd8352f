#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/limits.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Parse, BindsTighterFromOrToUnary) {
  EXPECT_EQ(evaluated("1 + 2 * 3"), "7");
  EXPECT_EQ(evaluated("(1 + 2) * 3"), "9");
  EXPECT_EQ(evaluated("10 - 3 - 2"), "5");
  EXPECT_EQ(evaluated("-2 * -3"), "6");
  EXPECT_EQ(evaluated("- -2"), "2");
  EXPECT_EQ(evaluated("!true || true && !false"), "true");
  EXPECT_EQ(evaluated("false ? 1 : true ? 2 : 3"), "2");
  EXPECT_EQ(evaluated("1 < 2 == true"), "true");
  EXPECT_EQ(evaluated("7 - 2 in [5] && 1 + 1 == 2"), "true");
  EXPECT_EQ(evaluated("[1, 2, 3,][1] + {'a': 4,}['a']"), "6");
}

TEST(Parse, ReadsNumbersExactly) {
  EXPECT_EQ(evaluated("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(evaluated("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(evaluated("0x1F"), "31");
  EXPECT_EQ(evaluated("0.1 + 0.2 == 0.3"), "true");
  EXPECT_EQ(evaluated(".50"), "0.50");
  EXPECT_EQ(evaluated("123456789.123456789"), "123456789.123456789");
}

TEST(Parse, ReadsUnitsOfTime) {
  EXPECT_EQ(evaluated("24h == 1d && 15min == 900s && 1.5h == 90min"), "true");
  EXPECT_EQ(evaluated("-30s"), "-30.000000s");
  EXPECT_THAT(to_string(problems_of("waited > 15m")), HasSubstr("minutes are written min"));
  EXPECT_THAT(places(problems_of("waited > 0.0000001s")), ElementsAre("1:10 invalid constant"));
}

TEST(Parse, ReadsTextsWithTheirEscapes) {
  EXPECT_EQ(evaluated(R"('a\n\x41\u00e9\101\'')"), "'a\nAéA''");
  EXPECT_EQ(evaluated(R"(r'a\n')"), R"('a\n')");
  EXPECT_EQ(evaluated("'''it's\n'''"), "'it's\n'");
  EXPECT_EQ(evaluated("\"l'été\""), "'l'été'");
  EXPECT_THAT(places(problems_of(R"(state == 'a\q')")), ElementsAre("1:12 syntax"));
  EXPECT_THAT(places(problems_of("state == 'abc")), ElementsAre("1:10 syntax"));
  EXPECT_THAT(places(problems_of(R"('\ud800')")), ElementsAre("1:2 syntax"));
}

TEST(Parse, SkipsCommentsAndNoBreakSpaces) {
  EXPECT_EQ(evaluated("1 // one\n+ 1"), "2");
  EXPECT_EQ(evaluated("1\u00A0+ 1"), "2");
}

TEST(Parse, SaysWhereInLinesAndCharacters) {
  const auto problems = problems_of("state == 'été' &&\n  montant > 3");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_EQ(problems[0].column, 3);
  EXPECT_EQ(problems[0].offset, 22u);
  EXPECT_THAT(places(problems_of("'été' + 1 + foo")), ElementsAre("1:7 type", "1:13 unknown name"));
}

TEST(Parse, TellsEveryProblemOfAText) {
  EXPECT_THAT(places(problems_of("sate == 'open' && amount > 1u && lines == 1e3 || b'x' == state")),
              ElementsAre("1:1 unknown name", "1:28 unsigned integers", "1:43 floating point",
                          "1:50 bytes"));
}

TEST(Parse, SaysOneThingWhenTheSyntaxIsBroken) {
  EXPECT_THAT(places(problems_of("state ==")), ElementsAre("1:9 syntax"));
  EXPECT_THAT(places(problems_of("(1 + 2")), ElementsAre("1:7 syntax"));
  EXPECT_THAT(places(problems_of("1 2")), ElementsAre("1:3 syntax"));
  EXPECT_THAT(places(problems_of("state = 'open'")), ElementsAre("1:7 syntax", "1:7 syntax"));
  EXPECT_THAT(to_string(problems_of("state = 'open'")), HasSubstr("compare with =="));
  EXPECT_THAT(places(problems_of("[1, 2")), ElementsAre("1:6 syntax"));
  EXPECT_THAT(places(problems_of("size(state,)")), ElementsAre("1:12 syntax"));
  EXPECT_THAT(places(problems_of("")), ElementsAre("1:1 syntax"));
  EXPECT_THAT(places(problems_of("\xff")), ElementsAre("1:1 syntax"));
  EXPECT_THAT(places(problems_of("let")), ElementsAre("1:1 syntax"));
}

TEST(Parse, RefusesWhatTheSubsetLeavesOut) {
  EXPECT_THAT(places(problems_of("1u")), ElementsAre("1:1 unsigned integers"));
  EXPECT_THAT(places(problems_of("1.5e3")), ElementsAre("1:1 floating point"));
  EXPECT_THAT(places(problems_of("double(1)")), ElementsAre("1:1 floating point"));
  EXPECT_THAT(places(problems_of("b'a'")), ElementsAre("1:1 bytes"));
  EXPECT_THAT(places(problems_of("google.protobuf.Value{a: 1, b: {}}")),
              ElementsAre("1:1 protobuf messages"));
  EXPECT_THAT(places(problems_of("type(1)")), ElementsAre("1:1 types as values"));
  EXPECT_THAT(places(problems_of("1234567890123456789012.0")), ElementsAre("1:1 floating point"));
  EXPECT_THAT(places(problems_of("cost(EC)")), ElementsAre("1:1 aggregate"));
}

TEST(Parse, BoundsLengthAndDepth) {
  EXPECT_THAT(places(problems_of(std::string(base::kExpressionBytesMax + 1, ' '))),
              ElementsAre("1:1 limit"));
  const std::string deep = std::string(5'000, '(') + "1" + std::string(5'000, ')');
  EXPECT_THAT(places(problems_of(deep)), ElementsAre("1:101 limit"));
  std::string sum = "1";
  for (int i = 0; i < 2'000; ++i) sum += "+1";
  EXPECT_THAT(problems_of(sum), testing::SizeIs(1));
  EXPECT_THAT(problems_of(std::string(9'000, '!') + "urgent"), testing::SizeIs(1));
  std::string conditions = "urgent";
  for (int i = 0; i < 1'000; ++i) conditions += "||urgent";
  EXPECT_THAT(problems_of(conditions), IsEmpty());  // && and || take any number
}

}  // namespace
}  // namespace passerelle::language
