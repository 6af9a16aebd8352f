#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/yaml.h"
#include "core/steering/check.h"
#include "core/steering/connector_config.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

TEST(Connector, ItsConfigBecomesJsonWithItsTypes) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::ConnectorConfig& connector = checked.model->connectors[0];
  EXPECT_EQ(connector.id, "tickets");
  EXPECT_EQ(connector.plugin, "ticketing_csv");
  EXPECT_FALSE(connector.enabled);
  EXPECT_EQ(connector.config_json,
            R"({"path":"../sources/*.csv","code":"010","rows":12,"strict":true,"ratio":0.5,)"
            R"("nothing":null,"zip":"010","list":[1,"1"]})");
  EXPECT_EQ(connector.secrets.at("password"), "secret://file/run/credentials/x");
  EXPECT_EQ(connector.schedule, "*/15 6-20 * * 1-5");
  EXPECT_THAT(connector.streams, testing::ElementsAre("ticket"));
}

TEST(Connector, ItsLinksNameTwoPersonFieldsOfOneRecord) {
  std::vector<ModelFile> files = sample_model();
  files.push_back({"kinds.yaml", "kinds: {assignment: {fields: {former_agent: person}}}\n"});
  files.push_back({"connectors/hris.yaml",
                   "plugin: file\nlabel: {fr: SIRH, en: HRIS}\n"
                   "links: [{field: agent, same_as: former_agent}, "
                   "{stream: s, field: agent, same_as: former_agent}]\n"});
  const Checked checked = check(files);
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const auto& connectors = checked.model->connectors;
  const auto hris = std::find_if(connectors.begin(), connectors.end(),
                                 [](const auto& connector) { return connector.id == "hris"; });
  ASSERT_NE(hris, connectors.end());
  EXPECT_THAT(hris->links,
              testing::ElementsAre(model::PersonLink{"", "agent", "former_agent", {}},
                                   model::PersonLink{"s", "agent", "former_agent", {}}));
  // The applied model comes from its canonical text.
  const auto again = check(*files_of(canonical(files)));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.model->hash, checked.model->hash);
}

TEST(Connector, SchedulesAreCron) {
  for (const char* text : {"* * * * *", "*/15 * * * *", "0 6,18 1-15/2 * 1-5", "59 23 31 12 7"}) {
    EXPECT_EQ(schedule_fault(text), "") << text;
  }
  for (const char* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                           "* * * 13 *", "* * * * 8", "*/0 * * * *", "5/2 * * * *", "9-5 * * * *",
                           "a * * * *", ", * * * *", "-1 * * * *"}) {
    EXPECT_NE(schedule_fault(text), "") << text;
  }
}

TEST(Connector, SecretsInTheOpenAreFound) {
  const auto count = [](const std::string& text) {
    const auto tree = formats::parse_yaml(text, "x.yaml");
    EXPECT_TRUE(tree.ok()) << text;
    return open_secrets(*tree).size();
  };
  for (const char* text :
       {"password: x", "db: {Mot-de-passe: x}", "api_key: x", "client_secret: x", "apiKey: x",
        "list: [{token: x}]", "url: 'https://me:word@host/x'", "auth: secret://env/X",
        "passwords: {password: [a]}", "secret_access_key: x"}) {
    EXPECT_EQ(count(text), 1u) << text;
  }
  for (const char* text : {"path: x", "token_url: x", "password: ", "url: 'https://host:80/x'",
                           "url: 'https://host/a:b@c'", "key: [ticket]", "mail: me@host"}) {
    EXPECT_EQ(count(text), 0u) << text;
  }
}

}  // namespace
}  // namespace passerelle::steering
