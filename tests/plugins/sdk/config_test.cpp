#include "plugins/sdk/config.h"

#include <gtest/gtest.h>

#include "plugins/sdk/describe.h"
#include "plugins/sdk/fatal.h"
#include "plugins/sdk/test_output.h"

namespace passerelle::sdk {
namespace {

const std::vector<ConfigField> kFields = {
    {"path", "string", true, "", false, "le fichier", "the file"},
    {"year", "integer", false, "2018", false, "l'exercice", "the exercise"},
    {"strict", "boolean", false, "true", false, "strict", "strict"},
    {"columns", "strings", false, "a,b", false, "colonnes", "columns | of the file"},
    {"settings", "map", false, "", false, "réglages", "settings"},
    {"password", "string", true, "", true, "mot de passe", "password"}};

std::unique_ptr<Config> good(const std::string& json) {
  std::vector<Problem> problems;
  auto config =
      make_config(kFields, {json, {{"password", "pw"}}, "/srv/model", "Europe/Paris"}, &problems);
  EXPECT_TRUE(problems.empty()) << to_text(problems);
  return config;
}

std::string problems_of(const std::string& json) {
  std::vector<Problem> problems;
  EXPECT_EQ(make_config(kFields, {json, {{"password", "pw"}}, "", ""}, &problems), nullptr);
  return to_text(problems);
}

TEST(Config, TakesValuesAndDefaults) {
  const auto config = good(R"({"path": "in/*.xml", "columns": ["x", 7]})");
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->path("path"), "/srv/model/in/*.xml");
  EXPECT_EQ(config->integer("year"), 2018);
  EXPECT_TRUE(config->boolean("strict"));
  EXPECT_EQ(config->texts("columns"), (std::vector<std::string>{"x", "7"}));
  EXPECT_EQ(config->secret("password"), "pw");
  EXPECT_EQ(config->time_zone(), "Europe/Paris");
}

TEST(Config, TakesAMapOfTexts) {
  const auto config = good(R"({"path": "x", "settings": {"queue": "Voirie", "company": 1}})");
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->map("settings"),
            (std::map<std::string, std::string>{{"company", "1"}, {"queue", "Voirie"}}));
  EXPECT_EQ(problems_of(R"({"path": "x", "settings": {"queue": [1]}})"),
            "settings: is not of type map; correct the value");
  EXPECT_TRUE(good(R"({"path": "x"})")->map("settings").empty());
}

TEST(Config, TakesANumberWrittenAsTextAndTheOtherWayRound) {
  const auto config = good(R"({"path": 2018, "year": "2020", "strict": "false"})");
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->text("path"), "2018");
  EXPECT_EQ(config->integer("year"), 2020);
  EXPECT_FALSE(config->boolean("strict"));
}

TEST(Config, SaysAllProblemsAtOnceWithTheirRemedies) {
  EXPECT_EQ(problems_of(R"({"paht": "x", "year": 1.5, "password": "clear"})"),
            "paht: unknown key; did you mean 'path'? | "
            "year: is not of type integer; correct the value | "
            "password: a secret is written in clear; move it under `secrets:` as a secret:// "
            "reference, and change it | path: missing; add it: the file");
  EXPECT_EQ(problems_of("[1]"), "config: is not a JSON object; write a map of fields");
}

TEST(Config, AMissingSecretIsAProblem) {
  std::vector<Problem> problems;
  EXPECT_EQ(make_config(kFields, {R"({"path": "x"})", {{"pasword", "x"}}, "", ""}, &problems),
            nullptr);
  EXPECT_EQ(to_text(problems),
            "password: missing secret; name it under `secrets:` | "
            "pasword: unknown key; did you mean 'password'?");
}

TEST(ConfigDeathTest, AnUndeclaredFieldEndsThePlugin) {
  const auto config = good(R"({"path": "x"})");
  EXPECT_EXIT(config->text("colour"), testing::ExitedWithCode(kAuthorErrorExitCode),
              "config field 'colour' is not declared");
  EXPECT_EXIT(config->text("year"), testing::ExitedWithCode(kAuthorErrorExitCode),
              "config field 'year' is not of type string");
}

TEST(Describe, TheSchemaHoldsTypesDefaultsAndBothLanguages) {
  Description description;
  description.name = "demo";
  description.config = kFields;
  const std::string schema = config_schema(description);
  EXPECT_NE(schema.find(R"("year":{"type":"integer","default":2018,"description":"the exercise",)"
                        R"("x-description-fr":"l'exercice"})"),
            std::string::npos)
      << schema;
  EXPECT_NE(schema.find(R"("required":["path","password"])"), std::string::npos) << schema;
  EXPECT_NE(schema.find(R"("writeOnly":true)"), std::string::npos);
  EXPECT_NE(schema.find(R"("additionalProperties":false)"), std::string::npos);
}

TEST(Describe, TheTableEscapesItsCells) {
  Description description;
  description.config = kFields;
  const std::string table = to_markdown(description);
  EXPECT_NE(
      table.find("| `columns` | strings | no | `a,b` | columns \\| of the file | colonnes |\n"),
      std::string::npos)
      << table;
  EXPECT_NE(table.find("| `password` | string, secret | yes |  | password | mot de passe |\n"),
            std::string::npos);
}

// Two scopes, one of them aborted, and a checkpoint after each.
class Scoped final : public Connector {
 public:
  Description describe() const override {
    Description description;
    description.config = {{"count", "integer", false, "2", false, "", ""}};
    description.streams = {{"line", "line", {{"text"}, {"cents", FieldType::kDecimal, 2}}}};
    return description;
  }
  std::vector<Problem> check(const Config&) override { return {}; }
  Status read(const Config& config, std::string_view checkpoint, Output& out) override {
    std::int64_t at = checkpoint.empty() ? 0 : std::stoll(std::string(checkpoint));
    for (; at < config.integer("count") && !out.cancelled(); ++at) {
      const std::string id = std::to_string(at);
      out.open_scope("file-" + id, {"line"}, Visibility::kAtClose, true, 1);
      out.stream("line").begin(id, 1, 7).set("text", "x").set_number("cents", 12).end();
      if (at == 1) {
        out.abort_scope({"", "file:1", "TOTAL", "", "", "wrong total", "ask for it again"});
      } else {
        out.close_scope();
      }
      out.checkpoint(std::to_string(at + 1));
    }
    return absl::OkStatus();
  }
};

TEST(ReadInProcess, KeepsEverythingInOrder) {
  Scoped connector;
  const auto written = read_in_process(connector, "{}", "/srv");
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->records.size(), 2u);
  EXPECT_EQ(written->records[0].scope, "file-0");
  EXPECT_EQ(written->records[0].texts.at("text"), "x");
  EXPECT_EQ(written->records[0].numbers.at("cents"), 12);
  EXPECT_EQ(written->records[0].position, 7u);
  ASSERT_EQ(written->scopes.size(), 2u);
  EXPECT_TRUE(written->scopes[0].closed);
  EXPECT_EQ(written->scopes[1].aborted->rule, "TOTAL");
  EXPECT_EQ(written->checkpoints, (std::vector<std::string>{"1", "2"}));
}

TEST(ReadInProcess, StopsAfterAsManyCheckpointsAsAskedAndResumes) {
  Scoped connector;
  const auto first = read_in_process(connector, R"({"count": 9})", "", "", 3);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->records.size(), 3u);
  const auto rest = read_in_process(connector, R"({"count": 9})", "", first->checkpoints.back());
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->records.size(), 6u);
}

TEST(ReadInProcess, RefusesAConfigurationAsTheHubWould) {
  Scoped connector;
  EXPECT_EQ(base::message_of(read_in_process(connector, R"({"cuont": 1})", "").status()),
            "cuont: unknown key; did you mean 'count'?");
}

}  // namespace
}  // namespace passerelle::sdk
