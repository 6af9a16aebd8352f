#include "core/language/status_bound.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace passerelle::language {
namespace {

StatusBound bound(const std::string& text) {
  std::vector<Problem> problems;
  const auto found = status_bound(text, &problems);
  EXPECT_TRUE(found.has_value()) << text << ": " << to_string(problems);
  return found.value_or(StatusBound{});
}

TEST(StatusBound, IsALineOfTheTarget) {
  const StatusBound amber = bound("value <= target * 1.15 + 2");
  EXPECT_TRUE(amber.at_most);
  EXPECT_FALSE(amber.is_strict);
  EXPECT_EQ(amber.of(20), 25);
  EXPECT_EQ(bound("value <= (target - 4) / 2 - -1").of(10), 4);
  EXPECT_EQ(bound("value <= 1.5 * (2 * target)").of(2), 6);
  EXPECT_EQ(bound("value <= -target").of(2), -2);
  const StatusBound number = bound("value > 12.5");
  EXPECT_EQ(number.factor, 0);
  EXPECT_EQ(number.constant, base::Rational(25, 2));
  EXPECT_FALSE(number.at_most);
  EXPECT_TRUE(number.is_strict);
}

TEST(StatusBound, MayHaveTheValueOnTheRight) {
  EXPECT_TRUE(bound("target >= value").at_most);
  EXPECT_FALSE(bound("target * 0.9 < value").at_most);
  EXPECT_TRUE(bound("target * 0.9 < value").is_strict);
}

TEST(StatusBound, SaysWhereItIsNone) {
  std::vector<Problem> problems;
  EXPECT_FALSE(status_bound("value <= target * (1 + target)", &problems).has_value());
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].column, 10);
  EXPECT_NE(problems[0].remedy.find("target * 1.15"), std::string::npos);
  for (const char* text :
       {"", "value", "target", "value == 3", "value <= value", "value <= 'a'", "value <= 1 / 0",
        "value <= 1 / target", "value <= has(target)", "value <= 3 && value > 1"}) {
    problems.clear();
    EXPECT_FALSE(status_bound(text, &problems).has_value()) << text;
    EXPECT_FALSE(problems.empty()) << text;
  }
}

}  // namespace
}  // namespace passerelle::language
