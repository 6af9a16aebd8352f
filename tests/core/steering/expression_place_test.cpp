#include "core/steering/expression_place.h"

#include <gtest/gtest.h>

#include "core/formats/yaml.h"

namespace passerelle::steering {
namespace {

// The place of the first '@' of the value of `x`, which stands for an error at that character, is
// the place of the first '@' of the file.
void expect_exact(const std::string& text) {
  const ModelFile file{"f.yaml", text};
  const auto tree = formats::parse_yaml(file.text, file.path);
  ASSERT_TRUE(tree.ok()) << tree.status().ToString() << text;
  const formats::Yaml* scalar = tree->find("x");
  ASSERT_NE(scalar, nullptr) << text;
  const std::size_t at = text.find('@');
  const std::string before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') + 1;
  int column = 1;
  for (std::size_t i = line_start; i < at; ++i) {
    column += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 ? 1 : 0;
  }
  const model::Place place = place_in({scalar, &file}, scalar->text.find('@'));
  EXPECT_EQ(place.line, 1 + std::count(before.begin(), before.end(), '\n')) << text;
  EXPECT_EQ(place.column, column) << text;
  EXPECT_EQ(place.file, "f.yaml");
}

TEST(ExpressionPlace, IsExactInEveryStyleOfScalar) {
  expect_exact("x: a + @ + b\n");
  expect_exact("é: 1\nx: \"é == '@'\"\n");
  expect_exact("x: \"a \\\"b\\\" \\u00e9 \\t @\"\n");
  expect_exact("x: 'it''s @'\n");
  expect_exact("x: \"a &&\n\n    b && @\"\n");
  expect_exact("x: \"a \\\n    b @\"\n");
  expect_exact("x: a &&\n   b &&\n   @\n");
  expect_exact("x: |\n  a &&\n    b &&\n\n  @ c\n");
  expect_exact("x: |-\n    @ c\n");
  expect_exact("x: >\n  a &&\n  b &&\n\n  c && @\n");
  expect_exact("y: {z: 1}\nx:\n  \"a @\"\n");
  expect_exact("x: a\r\n  && @\r\n");
}

TEST(ExpressionPlace, AnOffsetBehindTheEndIsTheEnd) {
  const ModelFile file{"f.yaml", "x: ab\n"};
  const auto tree = formats::parse_yaml(file.text, file.path);
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(place_in({tree->find("x"), &file}, 99).column, 6);
}

}  // namespace
}  // namespace passerelle::steering
