#include "core/language/mutants.h"

#include <gtest/gtest.h>

#include "core/language/ast.h"

namespace passerelle::language {
namespace {

std::vector<std::string> texts_of(std::string_view text) {
  std::vector<std::string> texts;
  for (const Mutant& mutant : mutants_of(text)) {
    texts.push_back(mutant.text);
    EXPECT_EQ(text.substr(mutant.at, mutant.from.size()), mutant.from);
    std::vector<Problem> problems;
    parse(mutant.text, &problems);
    EXPECT_TRUE(problems.empty()) << mutant.text;
  }
  return texts;
}

TEST(Mutants, EveryOperatorIsTurnedInTheOrderOfTheText) {
  EXPECT_EQ(texts_of("a == 'x && y' && !(b < 3 || c)"),
            (std::vector<std::string>{
                "a != 'x && y' && !(b < 3 || c)", "a == 'x && y' || !(b < 3 || c)",
                "a == 'x && y' && (b < 3 || c)", "a == 'x && y' && !(b >= 3 || c)",
                "a == 'x && y' && !(b <= 3 || c)", "a == 'x && y' && !(b < 3 && c)"}));
}

TEST(Mutants, EachOfAChainIsTurnedAlone) {
  EXPECT_EQ(texts_of("a && b && c"), (std::vector<std::string>{"a || b && c", "a && b || c"}));
  EXPECT_EQ(texts_of("sum(x) / count() * 2 - 1"),
            (std::vector<std::string>{"sum(x) * count() * 2 - 1", "sum(x) / count() / 2 - 1",
                                      "sum(x) / count() * 2 + 1"}));
}

TEST(Mutants, WhatHasNoOperatorOrDoesNotParseHasNone) {
  EXPECT_TRUE(texts_of("has(field)").empty());
  EXPECT_TRUE(texts_of("'a == b'").empty());
  EXPECT_TRUE(texts_of("a == ").empty());
  EXPECT_TRUE(texts_of("").empty());
}

}  // namespace
}  // namespace passerelle::language
