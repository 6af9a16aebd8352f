#include "core/connectors/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::connectors {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Reach reach(std::vector<std::string> paths, std::vector<std::string> hosts,
            const std::string& config) {
  PluginFile plugin;
  plugin.folder = "/srv/plugins/file";
  plugin.executable = "/srv/plugins/file/file";
  plugin.permissions = {std::move(hosts), std::move(paths)};
  return reach_of(plugin, config, "/srv/model", "/run/x");
}

TEST(Reach, HoldsTheFoldersOfPatternsAndTheFilesThatAreNamed) {
  const Reach found =
      reach({"config.path", "config.manifest", "/srv/fixed", "config.absent"}, {},
            R"({"path": "../sources/*/a.xml; one.csv;/abs/x[12].csv", "manifest": "m/f.manifest",)"
            R"( "other": "/etc/shadow"})");
  EXPECT_THAT(found.read, Contains("/srv/model/../sources"));
  EXPECT_THAT(found.read, Contains("/srv/model/one.csv"));
  EXPECT_THAT(found.read, Contains("/abs"));
  EXPECT_THAT(found.read, Contains("/srv/model/m/f.manifest"));
  EXPECT_THAT(found.read, Contains("/srv/fixed"));
  EXPECT_THAT(found.read, Contains("/srv/plugins/file"));
  EXPECT_THAT(found.read, Not(Contains("/etc/shadow")));
  EXPECT_THAT(found.read, Not(Contains("/srv/model")));
  EXPECT_THAT(found.read, Not(Contains("/")));
  EXPECT_THAT(found.write, ElementsAre("/run/x", "/dev/null"));
  EXPECT_FALSE(found.may_connect);
}

TEST(Reach, HoldsThePortsOfTheHostsAndThatOfNames) {
  const auto ports = [](const std::string& url) {
    return reach({}, {"config.url"}, R"({"url": ")" + url + "\"}").ports;
  };
  EXPECT_THAT(ports("https://rt.example.fr/REST/2.0"), ElementsAre(443, 53));
  EXPECT_THAT(ports("http://127.0.0.1:18002/x"), ElementsAre(18002, 53));
  EXPECT_THAT(ports("http://[::1]/x:9"), ElementsAre(80, 53));
  EXPECT_THAT(ports("https://[::1]:8443"), ElementsAre(8443, 53));
  EXPECT_THAT(ports("db.example.fr:5432"), ElementsAre(5432, 53));
  EXPECT_THAT(ports("db.example.fr"), IsEmpty()) << "any port";
  EXPECT_TRUE(reach({}, {"config.url"}, "{}").may_connect);
}

}  // namespace
}  // namespace passerelle::connectors
