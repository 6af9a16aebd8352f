// Closings and alerts through the real program: E23 by number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/e2e/desk_model.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kModel = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
organisation:
  DIR_A: {kind: direction, label: {fr: A, en: A}}
  SRV_1: {kind: service, label: {fr: Un, en: One}, parent: DIR_A}
  DIR_B: {kind: direction, label: {fr: B, en: B}}
kinds:
  visit: {label: {fr: Visites, en: Visits}, at: day, fields: {day: date, desk: string, amount: {type: decimal, scale: 2, unit: EUR}}}
mappings:
  - {kind: visit, rules: [{name: guichet, set: {service: "=desk"}}]}
indicators:
  RECETTES: {label: {fr: Recettes, en: Receipts}, kind: activity, from: visit, value: "sum(amount)", grain: month, by: [direction], unit: EUR, round: 0, better: lower}
targets:
  - {indicator: RECETTES, scope: {direction: DIR_A}, value: "42", amber: "5"}
)yaml";

constexpr const char* kMarch = "id,d,s,a\n1,2026-03-05,SRV_1,40.00\n2,2026-03-07,SRV_1,2.00\n";
// In May: one more of March.
constexpr const char* kLate =
    "id,d,s,a\n1,2026-03-05,SRV_1,40.00\n2,2026-03-07,SRV_1,2.00\n3,2026-03-31,SRV_1,1.00\n";

class Closed : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/model.yaml", kModel);
    write_desk(folder_);
    sync(kMarch);
  }
  void sync(const std::string& csv) {
    folder_.write("sources/v.csv", csv);
    const Finished synced =
        passerelle({"sync", "--model", folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(synced.exit_code, 0) << synced.out << synced.err;
  }
  Finished on_data(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", folder_ / "data"});
    return passerelle(arguments);
  }
  Finished done(const std::vector<std::string>& arguments) const {
    Finished finished = on_data(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return finished;
  }
  // The row of DIR_A in March.
  Row march(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"get",      "RECETTES", "--by",     "direction",
                                          "--period", "2026-03",  "--output", "csv"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::vector<Row> rows = rows_of(done(arguments).out);
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? Row() : rows[0];
  }
  // Closes DIR_A in March; the closing's number.
  std::string close() const {
    done({"close", "2026-03", "--unit", "DIR_A", "--author", "dga", "--reason", "visa",
          "--signatory", "visa-2026-17"});
    return rows_of(done({"closings", "--output", "csv"}).out).at(0).at("closing");
  }
  const Folder folder_;
};

TEST_F(Closed, E23ALateRecordNeverAltersTheClosedNumber) {
  const std::string closing = close();
  EXPECT_EQ(march().at("value"), "42");
  sync(kLate);
  const Row closed = march();
  EXPECT_EQ(closed.at("value"), "42");
  EXPECT_EQ(closed.at("flags"), "RESTATEMENT_PENDING");
  EXPECT_EQ(march({"--live"}).at("value"), "43");

  const std::vector<Row> pending = rows_of(done({"closings", closing, "--output", "csv"}).out);
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].at("scope"), "direction=DIR_A");
  EXPECT_EQ(pending[0].at("difference"), "1");
  const std::vector<Row> late =
      rows_of(done({"restatement", "RECETTES", "--where", "direction=DIR_A", "--period", "2026-03",
                    "--output", "csv"})
                  .out);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].at("connector"), "caisse");
  EXPECT_EQ(late[0].at("records"), "1");
  EXPECT_EQ(late[0].at("added"), "1");
  EXPECT_EQ(late[0].at("ids"), "3");

  done({"reopen", closing, "--author", "dga", "--reason", "recette oubliée"});
  const Row restated = march();
  EXPECT_EQ(restated.at("value"), "43");
  EXPECT_EQ(restated.at("previous"), "42");
  EXPECT_EQ(restated.at("flags"), "RESTATED");
  // What was published while it was closed is known for good.
  const Row then = march({"--revision", std::to_string(std::stoi(restated.at("revision")) - 1)});
  EXPECT_EQ(then.at("value"), "42");
  EXPECT_EQ(then.at("flags"), "RESTATEMENT_PENDING");
  const Row listed = rows_of(done({"closings", "--output", "csv"}).out).at(0);
  EXPECT_EQ(listed.at("reopened"), restated.at("revision"));
  EXPECT_EQ(listed.at("cells"), "1");
}

TEST_F(Closed, ADeletedRecordIsNamedToo) {
  close();
  sync("id,d,s,a\n1,2026-03-05,SRV_1,39.00\n");
  EXPECT_EQ(march().at("value"), "42");
  const Row late = rows_of(done({"restatement", "RECETTES", "--where", "direction=DIR_A",
                                 "--period", "2026-03", "--output", "csv"})
                               .out)
                       .at(0);
  EXPECT_EQ(late.at("changed"), "1");
  EXPECT_EQ(late.at("removed"), "1");
  EXPECT_EQ(late.at("ids"), "1 2");
}

TEST_F(Closed, TheFlagIsSaidInWordsAndADryRunWritesNothing) {
  const Finished dry = done(
      {"close", "2026-03", "--unit", "DIR_A", "--author", "dga", "--reason", "visa", "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr("direction=DIR_A"));
  EXPECT_THAT(dry.out, HasSubstr("1 values would be frozen; nothing is written"));
  EXPECT_TRUE(rows_of(done({"closings", "--output", "csv"}).out).empty());
  close();
  sync(kLate);
  EXPECT_THAT(done({"get", "RECETTES", "--by", "direction"}).out,
              HasSubstr("closed, restatement pending"));
  const Finished refused =
      on_data({"close", "2026-03", "--unit", "DIR_X", "--author", "dga", "--reason", "visa"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("there is no org unit DIR_X, did you mean DIR_A?"));
  const Finished again =
      on_data({"close", "2026-03", "--unit", "DIR_A", "--author", "dga", "--reason", "visa"});
  EXPECT_THAT(again.err, HasSubstr("reopen that one first"));
  EXPECT_THAT(on_data({"reopen", "1", "--author", "dga", "--reason", "x"}).err,
              HasSubstr("revision 1 is no closing"));
}

TEST_F(Closed, AnAlertIsToldOnceAndItsAcknowledgementSurvivesARestart) {
  EXPECT_TRUE(rows_of(done({"alerts", "--output", "csv"}).out).empty());
  sync(kLate);
  const std::string march = kMarch;
  sync(march + "3,2026-03-31,SRV_1,2.00\n");  // 44: still amber
  sync(march + "3,2026-03-31,SRV_1,8.00\n");
  const std::vector<Row> alerts = rows_of(done({"alerts", "--output", "csv"}).out);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].at("from") + alerts[0].at("to") + alerts[0].at("value"), "GREENAMBER43");
  EXPECT_EQ(alerts[1].at("from") + alerts[1].at("to") + alerts[1].at("value"), "AMBERRED50");
  EXPECT_EQ(alerts[0].at("target"), "42");
  EXPECT_EQ(alerts[0].at("scope"), "direction=DIR_A");
  EXPECT_EQ(alerts[0].at("period"), "2026-03");
  EXPECT_EQ(alerts[0].at("cause"), "FACTS");
  done({"acknowledge", "1", "--author", "dga", "--comment", "vu"});
  EXPECT_EQ(rows_of(done({"alerts", "--output", "csv"}).out).size(), 1U);
  // Without the checkpoint the journal alone says the same.
  std::filesystem::remove_all(folder_.path() / "data/VILLE/checkpoints");
  const std::vector<Row> all = rows_of(done({"alerts", "--all", "--output", "csv"}).out);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("author") + ":" + all[0].at("comment"), "dga:vu");
  EXPECT_EQ(all[1].at("author"), "");
  EXPECT_THAT(on_data({"acknowledge", "1", "--author", "dga"}).err, HasSubstr("already"));
}

TEST_F(Closed, ARunningHubClosesReopensAndTellsItsSubscribers) {
  std::vector<std::string> serve = {
      passerelle_binary(), "--log",           "error",  "serve",
      "--model",           folder_ / "model", "--data", folder_ / "data"};
  Background hub(folder_, "hub", serve);
  // Before the hub has its socket, a verb would read the data and keep the hub from it.
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_ / "data/VILLE/hub.sock"); }));
  ASSERT_TRUE(eventually([&] { return on_data({"closings"}).exit_code == 0; })) << hub.err();
  Background watch(folder_, "watch",
                   {passerelle_binary(), "--log", "error", "watch", "RECETTES", "--by", "direction",
                    "--data", folder_ / "data"});
  ASSERT_TRUE(eventually([&] { return watch.out().find("hash") != std::string::npos; }));
  const std::string closing = close();
  folder_.write("sources/v.csv", kLate);
  done({"connector", "run", "caisse"});
  EXPECT_TRUE(eventually([&] {
    return watch.out().find("42 EUR  GREEN  RESTATEMENT_PENDING") != std::string::npos;
  })) << watch.out();
  EXPECT_THAT(watch.out(), Not(HasSubstr("alert")));
  done({"reopen", closing, "--author", "dga", "--reason", "recette oubliée"});
  EXPECT_TRUE(eventually([&] {
    return watch.out().find(
               "alert 1: RECETTES  direction=DIR_A  2026-03  GREEN -> AMBER  43 "
               "(target 42)") != std::string::npos;
  })) << watch.out();
  EXPECT_THAT(watch.out(), HasSubstr("43 EUR  AMBER  RESTATED"));
  EXPECT_EQ(march().at("previous"), "42");
  EXPECT_EQ(rows_of(done({"alerts", "--output", "csv"}).out).at(0).at("cause"), "CLOSING");
  done({"acknowledge", "1", "--author", "dga"});
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.wait(std::chrono::seconds(30)), 0);
  EXPECT_EQ(rows_of(done({"alerts", "--all", "--output", "csv"}).out).at(0).at("author"), "dga");
  EXPECT_EQ(march().at("flags"), "RESTATED");
}

}  // namespace
}  // namespace passerelle::test
