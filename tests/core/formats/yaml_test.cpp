#include "core/formats/yaml.h"

#include <gmock/gmock.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text, const YamlSettings& settings = {}) {
  return message_of(parse_yaml(text, "m.yaml", settings).status());
}

Yaml parsed(std::string_view text) {
  auto yaml = parse_yaml(text, "m.yaml");
  EXPECT_TRUE(yaml.ok()) << yaml.status().ToString();
  return yaml.ok() ? *std::move(yaml) : Yaml();
}

// The tree without its marks.
std::string shape_of(const Yaml& node) {
  std::string out;
  if (node.is_null()) return "null";
  if (node.is_scalar()) return node.quoted ? "'" + node.text + "'" : node.text;
  for (const Yaml& item : node.items) out += (out.empty() ? "" : ", ") + shape_of(item);
  for (const YamlPair& pair : node.pairs) {
    out += (out.empty() ? "" : ", ") + pair.key + ": " + shape_of(pair.value);
  }
  return node.is_map() ? "{" + out + "}" : "[" + out + "]";
}

TEST(Yaml, ScalarsKeepTheirTextAndTheirQuotes) {
  const Yaml yaml =
      parsed("code: 010\nlabel: \"010\"\nday: 2026-01-01\nyes: no\ntext: |\n  a\n  b\n");
  EXPECT_EQ(shape_of(yaml), "{code: 010, label: '010', day: 2026-01-01, yes: no, text: 'a\nb\n'}");
  EXPECT_FALSE(yaml.find("code")->quoted);
  EXPECT_TRUE(yaml.find("label")->quoted);
}

TEST(Yaml, EscapesGiveUtf8) {
  EXPECT_EQ(parsed("\"é\\_a\\u00e9\\N\\x41\\L\"").text, "é\u00A0aé\u0085A\u2028");
}

TEST(Yaml, EveryKeyAndValueHasItsPlace) {
  const Yaml yaml = parsed("# head\na: 1\nlist:\n  - x\n  - y: 2\n    z: 3\n");
  EXPECT_EQ(yaml.mark, (YamlMark{2, 1}));
  EXPECT_EQ(yaml.find("a")->mark, (YamlMark{2, 4}));
  EXPECT_EQ(yaml.find_pair("list")->key_mark, (YamlMark{3, 1}));
  const Yaml& list = *yaml.find("list");
  EXPECT_EQ(list.mark, (YamlMark{4, 3}));
  EXPECT_EQ(list.items[0].mark, (YamlMark{4, 5}));
  EXPECT_EQ(list.items[1].find_pair("z")->key_mark, (YamlMark{6, 5}));
  EXPECT_EQ(list.items[1].find("z")->mark, (YamlMark{6, 8}));
}

TEST(Yaml, ColumnsCountCharacters) {
  const Yaml yaml = parsed("\xEF\xBB\xBF\"é\": {à: ç, b: d}\n");
  const Yaml& map = *yaml.find("é");
  EXPECT_EQ(map.mark, (YamlMark{1, 6}));
  EXPECT_EQ(map.find_pair("b")->key_mark, (YamlMark{1, 13}));
}

TEST(Yaml, AValueLeftOutHasItsKeysPlace) {
  const Yaml yaml = parsed("a:\nb: ~\nc: null\n\n\n");
  EXPECT_TRUE(yaml.find("a")->is_null());
  EXPECT_EQ(yaml.find("a")->mark, (YamlMark{1, 1}));
  EXPECT_EQ(yaml.find("b")->mark, (YamlMark{2, 4}));
  EXPECT_TRUE(yaml.find("c")->is_null());
}

TEST(Yaml, AnEmptyFileIsNull) {
  EXPECT_TRUE(parsed("").is_null());
  EXPECT_TRUE(parsed("# only a remark\n").is_null());
}

TEST(Yaml, AKeyGivenTwiceIsReportedWithBothPlaces) {
  EXPECT_EQ(error_of("process:\n  code: A\n  label: B\n  code: C\n"),
            "m.yaml:4:3: the key \"code\" is already given at line 2, column 3; keep one of them");
  EXPECT_EQ(error_of("a: {x: 1}\nb: {x: 2}\n"), "");
}

TEST(Yaml, AnchorsAliasesAndTagsAreRefused) {
  EXPECT_THAT(error_of("a: &x 1\nb: *x\n"), HasSubstr("m.yaml:1:"));
  EXPECT_THAT(error_of("a: &x [1]\n"), HasSubstr("anchors"));
  EXPECT_THAT(error_of("a: !python/object 1\n"), HasSubstr("tag"));
  EXPECT_EQ(shape_of(parsed("a: !!str 12\n")), "{a: '12'}");
}

TEST(Yaml, ALaughingFileIsRefused) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            "]\n";
  }
  EXPECT_THAT(error_of(text), HasSubstr("anchors"));
}

TEST(Yaml, DeepNestingIsRefused) {
  EXPECT_THAT(error_of(std::string(65, '[') + std::string(65, ']')), HasSubstr("deeper than 64"));
  EXPECT_EQ(error_of(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_NE(error_of(std::string(100'000, '[')), "");
  EXPECT_NE(error_of(std::string(100'000, '{')), "");
  std::string blocks;
  for (int i = 0; i < 2'000; ++i) blocks += "- ";
  EXPECT_NE(error_of(blocks + "x"), "");
}

TEST(Yaml, OtherMistakesHaveTheirPlaceAndRemedy) {
  EXPECT_THAT(error_of("a: b: c\n"), testing::AllOf(HasSubstr("m.yaml:1:"), HasSubstr("quotes")));
  EXPECT_THAT(error_of("a: [1, 2\n"), HasSubstr("m.yaml:"));
  EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
  EXPECT_THAT(error_of("[a, b]: 1\n"), HasSubstr("only texts can be keys"));
  EXPECT_THAT(error_of("a: \xE9\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of("abcdef", {.bytes_max = 5}), HasSubstr("at most 5"));
}

TEST(Yaml, AQuoteThatIsNeverClosedIsReportedWhereItOpened) {
  for (const std::string text :
       {"a: \"open\nb: 1\n", "a: 'it''\n", "a: \"x\\\"\n", "\"open: 1\n"}) {
    EXPECT_THAT(error_of(text), testing::AllOf(HasSubstr("m.yaml:1:"), HasSubstr("never closed")));
  }
  EXPECT_EQ(error_of("a: \"x\\\"\"\n"), "");
  EXPECT_EQ(error_of("a: 'it''s'\n"), "");
  EXPECT_EQ(error_of("a: it's\n"), "");
  EXPECT_EQ(error_of("a: |\n  \"open\n"), "");
}

TEST(Yaml, TextsAreQuotedWhereTheyWouldReadAsSomethingElse) {
  EXPECT_EQ(yaml_quoted("Propreté urbaine"), "Propreté urbaine");
  for (const std::string text :
       {"",     "yes",  "No",  "010", "1e3", "-5", ".5",   "null", "~",       "2026-01-01",
        "a: b", "a #b", "- a", "*a",  "&a",  "{",  "a\nb", " a",   "a ",      "a:",
        "\"",   "'",    "@a",  "%a",  "!a",  "|",  "---",  "\x01", "\xC2\x85"}) {
    const std::string quoted = yaml_quoted(text);
    EXPECT_EQ(quoted[0], '"') << text;
    const Yaml yaml = parsed("k: " + quoted + "\n");
    EXPECT_EQ(yaml.find("k")->text, text);
  }
}

TEST(Yaml, WhatIsWrittenReadsBack) {
  const std::string text =
      "version: 1\nlabel: \"Aide: sociale\"\ncode: '010'\nempty: []\nnone: {}\nnull_one:\n"
      "list:\n  - a\n  - [1, [2, 3], {x: y}]\n  - k: v\n    deep:\n      - 1\n"
      "\"odd: key\": -1.5\n";
  const Yaml yaml = parsed(text);
  const std::string written = write_yaml(yaml);
  EXPECT_EQ(shape_of(parsed(written)), shape_of(yaml)) << written;
  EXPECT_EQ(write_yaml(parsed(written)), written);
}

TEST(Yaml, TreesCanBeBuilt) {
  Yaml root = Yaml::map();
  root.set("code", "SUP-01").set("label", Yaml::scalar("010", true));
  root.set("roles", Yaml::sequence().add(Yaml::map().set("who", "DRH").set("what", "R")));
  EXPECT_EQ(write_yaml(root), "code: SUP-01\nlabel: \"010\"\nroles:\n  - who: DRH\n    what: R\n");
}

}  // namespace
}  // namespace passerelle::formats
