#include "core/connectors/catalogue.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace passerelle::connectors {
namespace {

namespace fs = std::filesystem;

class Plugins : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "catalogue-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& yaml) {
    fs::create_directories(folder_ / name);
    std::ofstream(folder_ / name / "plugin.yaml") << yaml;
    std::ofstream(folder_ / name / "program") << "#!/bin/sh\n";
    fs::permissions(folder_ / name / "program", fs::perms::owner_all);
  }
  std::string error_of(const std::string& yaml) {
    write("one", yaml);
    const auto plugin = read_plugin_file(folder_ / "one");
    return plugin.ok() ? "" : base::message_of(plugin.status());
  }

  fs::path folder_;
};

constexpr const char* kGood =
    "name: finance_totem\nfamily: finance\nversion: 1.2.0\ncontract: [1, 2]\n"
    "executable: program\npermissions:\n  hosts: []\n  paths: [/srv/finance]\n";

TEST_F(Plugins, AreFoundByTheirPluginFile) {
  write("totem", kGood);
  Catalogue catalogue({folder_});
  const auto plugin = catalogue.find("finance_totem");
  ASSERT_TRUE(plugin.ok()) << plugin.status();
  EXPECT_EQ(plugin->family, "finance");
  EXPECT_EQ(plugin->version, "1.2.0");
  EXPECT_EQ(plugin->contract, (ContractRange{1, 2}));
  EXPECT_EQ(plugin->executable, folder_ / "totem" / "program");
  EXPECT_EQ(plugin->permissions.paths, std::vector<std::string>{"/srv/finance"});
}

TEST_F(Plugins, OneDroppedInLaterIsFoundWithoutARestart) {
  Catalogue catalogue({folder_});
  EXPECT_FALSE(catalogue.find("finance_totem").ok());
  write("totem", kGood);
  EXPECT_TRUE(catalogue.find("finance_totem").ok());
  EXPECT_EQ(catalogue.plugins().size(), 1u);
}

TEST_F(Plugins, AnUnknownNameIsAnsweredWithTheNearestOne) {
  write("totem", kGood);
  Catalogue catalogue({folder_});
  const std::string text = base::message_of(catalogue.find("finance_totm").status());
  EXPECT_NE(text.find("did you mean 'finance_totem'?"), std::string::npos) << text;
  EXPECT_NE(text.find(folder_.string()), std::string::npos) << text;
}

TEST_F(Plugins, AWrongFileNamesItsPlaceAndTheRemedyAndDoesNotHideTheOthers) {
  write("totem", kGood);
  write("broken", "name: broken\nfamly: hr\n");
  Catalogue catalogue({folder_});
  const std::vector<Status> errors = catalogue.scan();
  ASSERT_EQ(errors.size(), 1u);
  const std::string text = base::message_of(errors[0]);
  EXPECT_NE(text.find("broken/plugin.yaml:2:1"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean `family`?"), std::string::npos) << text;
  EXPECT_EQ(catalogue.plugins().size(), 1u);
  EXPECT_EQ(base::message_of(catalogue.find("broken").status()), text);
}

TEST_F(Plugins, EachMistakeOfAPluginFileIsSaid) {
  const std::string head = "name: a\nfamily: hr\nversion: 1\n";
  const auto expect = [this](const std::string& yaml, const std::string& part) {
    const std::string text = error_of(yaml);
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect("name: a\n", "`family` is missing");
  expect(head + "contract: 1\nexecutable: program\n", "must be [MIN, MAX]");
  expect(head + "contract: [2, 1]\nexecutable: program\n", "must be [MIN, MAX]");
  expect(head + "contract: [1, 1]\nexecutable: absent\n", "there is no file 'absent'");
  expect(head + "contract: [1, 1]\nexecutable: ../program\n", "must lie in the plugin's folder");
  expect(head + "contract: [1, 1]\nexecutable: /bin/sh\n", "must lie in the plugin's folder");
  expect(head + "contract: [1, 1]\nexecutable: plugin.yaml\n", "cannot be executed");
  expect("[1, 2]\n", "must be a map");
  expect("name: [\n", "plugin.yaml:");
}

TEST(Contract, TheHighestCommonMajorIsTaken) {
  EXPECT_EQ(negotiate("p", {1, 3}, {2, 5}).value(), 3u);
  EXPECT_EQ(negotiate("p", {1, 1}, {1, 1}).value(), 1u);
}

TEST(Contract, AMismatchNamesBothRangesAndWhichSideToUpgrade) {
  const std::string old_plugin = base::message_of(negotiate("dsn 1.0", {1, 1}, {2, 3}).status());
  EXPECT_EQ(old_plugin,
            "plugin dsn 1.0 speaks contract 1, this hub speaks 2 to 3; install a newer version of "
            "the plugin");
  const std::string old_hub = base::message_of(negotiate("dsn 9.0", {4, 5}, {2, 3}).status());
  EXPECT_NE(old_hub.find("a newer version of the hub"), std::string::npos) << old_hub;
}

}  // namespace
}  // namespace passerelle::connectors
