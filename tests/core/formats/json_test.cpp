#include "core/formats/json.h"

#include <gmock/gmock.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text, const JsonSettings& settings = {}) {
  return message_of(parse_json(text, settings).status());
}

TEST(Json, AllKindsOfValuesAreRead) {
  const auto json = parse_json(
      R"({"s": "é\u00e9\n", "n": null, "b": true, "a": [1, -2, {"x": []}], "o": {"k": "v"}})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->find("s")->text, "éé\n");
  EXPECT_TRUE(json->find("n")->is_null());
  EXPECT_TRUE(json->find("b")->boolean);
  EXPECT_EQ(json->find("a")->items.size(), 3u);
  EXPECT_EQ(json->find("a")->items[1].text, "-2");
  EXPECT_EQ(json->find_path({"o", "k"})->text, "v");
  EXPECT_EQ(json->find_path({"o", "z", "k"}), nullptr);
  EXPECT_EQ(json->members[4].key, "o");
}

TEST(Json, NumbersKeepTheirDigits) {
  const auto json = parse_json("[118998.10, 12345678901234567890123, 1e3, 0.1000]");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->items[0].text, "118998.10");
  EXPECT_EQ(json->items[1].text, "12345678901234567890123");
  EXPECT_EQ(json->items[2].text, "1e3");
  EXPECT_EQ(json->items[3].text, "0.1000");
}

TEST(Json, ErrorsHaveTheirPlace) {
  EXPECT_THAT(error_of("{\n  \"a\": 1,\n  \"b\" 2\n}"), HasSubstr("JSON 3:7"));
  EXPECT_THAT(error_of("[1, 2"), HasSubstr("JSON 1:"));
  EXPECT_THAT(error_of("[1] x"), HasSubstr("JSON 1:5"));
  EXPECT_FALSE(error_of("").empty());
  EXPECT_FALSE(error_of("\"\xE9\"").empty());
  EXPECT_FALSE(error_of("[01]").empty());
  EXPECT_FALSE(error_of("[NaN]").empty());
}

TEST(Json, AKeyMayOccurOnce) {
  EXPECT_THAT(error_of(R"({"a": 1, "b": {"a": 2}, "a": 3})"), HasSubstr("\"a\" occurs twice"));
  EXPECT_EQ(error_of(R"([{"a": 1}, {"a": 2}])"), "");
}

TEST(Json, DepthAndSizeHaveLimits) {
  EXPECT_THAT(error_of(std::string(1'000'000, '[')), HasSubstr("deeper than 64"));
  EXPECT_THAT(error_of("[1, 2]", {.bytes_max = 5}), HasSubstr("at most 5"));
}

TEST(Json, TextsAreEscaped) {
  EXPECT_EQ(json_quoted("a\"\\\n\t\x01é"), "\"a\\\"\\\\\\n\\t\\u0001é\"");
  EXPECT_EQ(json_quoted("</script>"), "\"<\\/script>\"");
  EXPECT_EQ(json_quoted("a\xE9z\xC3"), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
}

TEST(Json, WhatIsWrittenReadsBack) {
  std::string out;
  JsonWriter writer(&out);
  writer.begin_object().member("label", "Propreté \"urbaine\"");
  writer.key("values").begin_array().number("12.50").number(3).null().boolean(false).end_array();
  writer.key("empty").begin_object().end_object().end_object();
  EXPECT_EQ(out, R"({"label":"Propreté \"urbaine\"","values":[12.50,3,null,false],"empty":{}})");
  const auto json = parse_json(out);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->find("values")->items[0].text, "12.50");
}

}  // namespace
}  // namespace passerelle::formats
