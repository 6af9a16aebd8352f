// Worked examples that need a hub that runs: what was published before, what is pushed, what was
// known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// The example's folder with a source of its own.
class RunningHub : public ::testing::Test {
 protected:
  ~RunningHub() override {
    if (hub_) {
      hub_->signal(SIGTERM);
      EXPECT_EQ(hub_->wait(std::chrono::seconds(60)), 0) << hub_->err();
    }
  }
  void lay_out(const std::string& example, const std::string& manifest, const std::string& csv) {
    fs::copy(std::string(PASSERELLE_SOURCE_DIR "/tests/e2e/examples/") + example,
             folder_.path() / "model", fs::copy_options::recursive);
    folder_.write("model/manifests/e.manifest", manifest);
    folder_.write("model/connectors/e.yaml",
                  "plugin: file\nlabel: {fr: Source, en: Source}\n"
                  "config: {manifest: manifests/e.manifest, path: \"../sources/*.csv\"}\n");
    folder_.write("sources/e.csv", csv);
  }
  void start() {
    hub_ = std::make_unique<Background>(
        folder_, "hub",
        std::vector<std::string>{passerelle_binary(), "--log", "warn", "serve", "--model",
                                 folder_ / "model", "--data", folder_ / "data"});
    ASSERT_TRUE(eventually([&] { return fs::exists(folder_ / "data/EXEMPLE/hub.sock"); }))
        << hub_->err();
  }
  Finished ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", folder_ / "data", "--output", "csv"});
    return passerelle(arguments);
  }
  std::vector<Row> rows(const std::vector<std::string>& arguments) const {
    const Finished finished = ask(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return rows_of(finished.out);
  }

  const Folder folder_;
  std::unique_ptr<Background> hub_;
};

constexpr const char* kCosts = R"yaml(
streams:
  cost:
    kind: cost
    id: [number]
    fields: {day: {column: day, type: date, format: "%Y-%m-%d"}, amount: {column: amount, type: decimal, scale: 2, unit: EUR}}
)yaml";

TEST_F(RunningHub, E4AKeyRestatedForThePastMovesWhatWasGivenAndWhatWasKnownStays) {
  lay_out(
      "E04", kCosts,
      "number,day,amount\n1,2026-01-15,12000.00\n2,2026-02-15,12000.00\n3,2026-03-15,12000.00\n");
  const std::string restated = folder_.read("model/keys.yaml");
  folder_.write("model/keys.yaml", "keys: {COMMUN: {pool: COMMUN, share: {A: 60, B: 40}}}\n");
  start();
  const auto quarter = [&](const std::string& policy, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"get",    "CHARGES",  "--by",
                                          "policy", "--period", "2026-Q1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return value_of(rows(arguments), {{"policy", policy}});
  };
  ASSERT_TRUE(eventually([&] { return quarter("A") == "21600.00"; })) << hub_->err();
  EXPECT_EQ(quarter("B"), "14400.00");
  const std::string before =
      rows({"get", "CHARGES", "--period", "2026-Q1", "--by", "policy"}).at(0).at("revision");
  const auto read = [&] { return rows({"connector", "list"}).at(0).at("read"); };
  const std::string records = read();
  const Finished then = run({"/bin/date", "-u", "+%Y-%m-%dT%H:%M:%S.%6NZ"});
  const std::string moment = then.out.substr(0, then.out.find('\n'));

  Background watch(folder_, "watch",
                   {passerelle_binary(), "--log", "warn", "watch", "CHARGES", "--by", "policy",
                    "--period", "2026-Q1", "--data", folder_ / "data"});
  ASSERT_TRUE(eventually([&] { return watch.out().find("token") != std::string::npos; }));
  folder_.write("model/keys.yaml", restated);
  const Finished applied = passerelle({"apply", folder_ / "model", "--data", folder_ / "data"});
  ASSERT_EQ(applied.exit_code, 0) << applied.out << applied.err;

  EXPECT_EQ(quarter("A"), "19200.00");
  EXPECT_EQ(quarter("B"), "16800.00");
  EXPECT_EQ(value_of(rows({"get", "CHARGES", "--period", "2026-Q1"}), {}), "36000.00");
  // -2 400 and +2 400 are pushed, in one revision, and nothing else.
  ASSERT_TRUE(eventually([&] { return watch.out().find("16800.00") != std::string::npos; }))
      << watch.out();
  EXPECT_THAT(watch.out(), HasSubstr("19200.00"));
  EXPECT_EQ(quarter("A", {"--revision", before}), "21600.00");
  EXPECT_EQ(quarter("A", {"--known-at", moment}), "21600.00");
  EXPECT_EQ(quarter("B", {"--known-at", moment}), "14400.00");
  EXPECT_EQ(read(), records) << "no record was read again";
  watch.signal(SIGTERM);
}

constexpr const char* kInvoices = R"yaml(
streams:
  facture:
    kind: facture
    id: [number]
    fields: {day: {column: day, type: date, format: "%Y-%m-%d"}, direction: {column: direction, type: string}, amount: {column: amount, type: decimal, scale: 2, unit: EUR}}
)yaml";

TEST_F(RunningHub, E33TwoActionsOnOneIndicatorShareWhatWasGained) {
  lay_out("E33", kInvoices,
          "number,day,direction,amount\n1,2026-03-15,DSI,500\n2,2026-09-15,DSI,380\n");
  start();
  const auto plan = [&] { return rows({"report", "optimisation"}); };
  ASSERT_TRUE(eventually([&] { return plan().at(0).at("actual") == "880"; })) << hub_->err();
  const std::vector<Row> actions = plan();
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].at("action"), "OA1");
  EXPECT_EQ(actions[0].at("baseline"), "1000");
  EXPECT_EQ(actions[0].at("cell_gain"), "120") << "not 150";
  EXPECT_EQ(actions[0].at("gain"), "72");
  EXPECT_EQ(actions[1].at("gain"), "48");
  EXPECT_EQ(actions[1].at("state"), "done");
  // Once it is dropped, the other has it all.
  std::string model = folder_.read("model/model.yaml");
  model.replace(model.find("state: done"), 11, "state: dropped");
  folder_.write("model/model.yaml", model);
  ASSERT_EQ(passerelle({"apply", folder_ / "model", "--data", folder_ / "data"}).exit_code, 0);
  EXPECT_EQ(plan().at(0).at("gain"), "120");
  EXPECT_EQ(plan().at(1).at("gain"), "");
  const Finished none = ask({"report", "optimisation", "--indicator", "AUTRE"});
  EXPECT_NE(none.exit_code, 0);
  EXPECT_THAT(none.err, HasSubstr("no action on AUTRE"));
}

}  // namespace
}  // namespace passerelle::test
