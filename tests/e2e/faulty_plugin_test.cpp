// A plugin that crashes, hangs or answers garbage: the others go on, and its state says why.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

// Speaks the handshake and then no gRPC at all.
constexpr const char* kGarbage = R"py(#!/usr/bin/python3
import json, socket, sys
where = json.loads(sys.stdin.readline())["socket"]
door = socket.socket(socket.AF_UNIX)
door.bind(where)
door.listen(4)
print("passerelle-plugin 1 ready", flush=True)
while True:
    talk, _ = door.accept()
    talk.sendall(b"\x00\xffgarbage" * 200)
    talk.close()
)py";

class FaultyPlugin : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/authority.yaml",
                  "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n");
    folder_.write("model/model.yaml", R"yaml(
kinds:
  thing: {label: {fr: chose, en: thing}, at: day, fields: {text: string, number: integer, day: date}}
indicators:
  MONTANT: {label: {fr: Montant, en: Amount}, kind: means, from: engagement, value: sum(engaged), by: [chapter], unit: EUR, round: 2}
)yaml");
    folder_.write("model/manifests/e.manifest", R"yaml(
streams:
  engagement:
    kind: engagement
    id: [number]
    fields: {number: number, exercise: exercise, chapter: chapter, engaged: engaged}
)yaml");
    folder_.write("sources/e.csv", "number,exercise,chapter,engaged\n1,2025,011,10.25\n");
    folder_.write("model/connectors/good.yaml",
                  "plugin: file\nlabel: {fr: Bon, en: Good}\n"
                  "config: {manifest: manifests/e.manifest, path: ../sources/*.csv}\n");
    const std::string built = fs::path(passerelle_binary()).parent_path().parent_path();
    for (const char* name : {"file", "chaos"}) {
      const fs::path from =
          fs::path(built) / (name == std::string("file") ? "" : "tests") / "plugins" / name;
      fs::create_directories(folder_.path() / "plugins");
      fs::copy(from, folder_ / ("plugins/" + std::string(name)), fs::copy_options::recursive);
    }
    folder_.write("plugins/garbage/plugin.yaml",
                  "name: garbage\nfamily: file\nversion: 1.0.0\ncontract: [1, 1]\n"
                  "executable: garbage\n");
    folder_.write("plugins/garbage/garbage", kGarbage);
    chmod((folder_ / "plugins/garbage/garbage").c_str(), 0755);
  }
  void add(const std::string& id, const std::string& plugin, const std::string& config) {
    folder_.write(
        "model/connectors/" + id + ".yaml",
        "plugin: " + plugin + "\nlabel: {fr: Mauvais, en: Bad}\nconfig: {" + config + "}\n");
  }
  std::map<std::string, std::string> cells(const std::string& id) {
    const Finished list =
        passerelle({"connector", "list", "--data", folder_ / "data", "--output", "csv"});
    for (const Row& row : rows_of(list.out)) {
      if (row.at("connector") == id) return row;
    }
    return {};
  }
  Folder folder_;
};

TEST_F(FaultyPlugin, TheOthersGoOnAndTheStateSaysTheCause) {
  add("exits", "chaos", "then: exit");
  add("crashes", "chaos", "then: segv");
  add("hangs", "chaos", "then: stop");
  add("babbles", "garbage", "");
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "warn", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data", "--plugins", folder_ / "plugins"});
  ASSERT_TRUE(eventually([&] { return cells("good")["facts"] == "1"; })) << hub.err();
  EXPECT_TRUE(eventually([&] {
    return cells("exits")["cause"].find("exited with code 3") != std::string::npos;
  })) << cells("exits")["cause"];
  EXPECT_TRUE(eventually([&] {
    return cells("crashes")["cause"].find("SIGSEGV") != std::string::npos;
  })) << cells("crashes")["cause"];
  EXPECT_TRUE(eventually([&] { return !cells("babbles")["cause"].empty(); }));
  // A hang is found at the missed-heartbeat limit.
  EXPECT_TRUE(
      eventually([&] { return !cells("hangs")["cause"].empty(); }, std::chrono::seconds(40)));
  // A new file is read while the bad ones fail and are tried again.
  folder_.write("sources/f.csv", "number,exercise,chapter,engaged\n2,2025,65,1.50\n");
  EXPECT_EQ(passerelle({"connector", "run", "good", "--data", folder_ / "data"}).exit_code, 0);
  EXPECT_TRUE(
      eventually([&] { return value_of(get(folder_ / "data", {"MONTANT"}, ""), {}) == "11.75"; }));
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.wait(std::chrono::seconds(30)), 0) << hub.err();
  EXPECT_FALSE(fs::exists(folder_ / "data/VILLE/hub.sock"));
}

TEST_F(FaultyPlugin, AnAdministratorDisablesAConnectorForGood) {
  const auto serve = [&] {
    return std::make_unique<Background>(
        folder_, "hub",
        std::vector<std::string>{passerelle_binary(), "--log", "warn", "serve", "--model",
                                 folder_ / "model", "--data", folder_ / "data", "--plugins",
                                 folder_ / "plugins"});
  };
  auto hub = serve();
  ASSERT_TRUE(eventually([&] { return cells("good")["state"] == "idle"; })) << hub->err();
  ASSERT_EQ(passerelle({"connector", "disable", "good", "--data", folder_ / "data"}).exit_code, 0);
  EXPECT_EQ(cells("good")["state"], "disabled");
  const Finished unknown = passerelle({"connector", "disable", "god", "--data", folder_ / "data"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("good"), std::string::npos) << unknown.err;
  hub->signal(SIGTERM);
  ASSERT_EQ(hub->wait(std::chrono::seconds(30)), 0);
  hub = serve();
  ASSERT_TRUE(eventually([&] { return cells("good")["state"] == "disabled"; }));
  ASSERT_EQ(passerelle({"connector", "enable", "good", "--data", folder_ / "data"}).exit_code, 0);
  EXPECT_TRUE(eventually([&] { return cells("good")["state"] == "idle"; }));
}

TEST_F(FaultyPlugin, AChangedModelIsAppliedToHistoryWhileTheHubRuns) {
  folder_.write("model/policies.yaml",
                "policies:\n  A: {label: {fr: A, en: A}}\n  B: {label: {fr: B, en: B}}\n");
  const auto rule = [](const std::string& policy) {
    return "mappings:\n  - kind: engagement\n    rules:\n      - {name: tout, when: \"chapter == "
           "'011'\", set: "
           "{policy: " +
           policy + "}}\n";
  };
  folder_.write("model/mapping.yaml", rule("A"));
  std::string model = folder_.read("model/model.yaml");
  model.replace(model.find("by: [chapter]"), 13, "by: [policy]");
  folder_.write("model/model.yaml", model);
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "warn", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data", "--plugins", folder_ / "plugins"});
  ASSERT_TRUE(eventually([&] { return cells("good")["facts"] == "1"; })) << hub.err();
  EXPECT_EQ(value_of(get(folder_ / "data", {"MONTANT"}, "policy"), {{"policy", "A"}}), "10.25");
  folder_.write("model/mapping.yaml", rule("B"));
  const Finished applied = passerelle({"apply", folder_ / "model", "--data", folder_ / "data"});
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  const std::vector<Row> rows = get(folder_ / "data", {"MONTANT"}, "policy");
  EXPECT_EQ(value_of(rows, {{"policy", "B"}}), "10.25");
  EXPECT_EQ(value_of(rows, {{"policy", "A"}}), "");
  folder_.write("model/mapping.yaml", rule("C"));
  const Finished refused = passerelle({"apply", folder_ / "model", "--data", folder_ / "data"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("mapping.yaml:4:"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace passerelle::test
