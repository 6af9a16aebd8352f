// Accounts through the real program: granted, seen through, narrowed, revoked, kept over a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/desk_model.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kModel = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
organisation:
  DIR_A: {kind: direction, label: {fr: A, en: A}}
  SRV_1: {kind: service, label: {fr: Un, en: One}, parent: DIR_A}
  DIR_B: {kind: direction, label: {fr: B, en: B}}
  SRV_2: {kind: service, label: {fr: Deux, en: Two}, parent: DIR_B}
kinds:
  visit: {label: {fr: Visites, en: Visits}, at: day, fields: {day: date, desk: string, amount: {type: decimal, scale: 2, unit: EUR}}}
mappings:
  - {kind: visit, rules: [{name: guichet, set: {service: "=desk"}}]}
indicators:
  RECETTES: {label: {fr: Recettes, en: Receipts}, kind: activity, from: visit, value: "sum(amount)", grain: month, by: [direction], unit: EUR, round: 0}
)yaml";

class Accounts : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/model.yaml", kModel);
    write_desk(folder_);
    folder_.write("sources/v.csv", "id,d,s,a\n1,2026-03-05,SRV_1,40.00\n2,2026-03-07,SRV_2,2.00\n");
    start();
  }
  void TearDown() override { stop(); }
  void start() {
    hub_ = std::make_unique<Background>(
        folder_, "hub" + std::to_string(++starts_),
        std::vector<std::string>{passerelle_binary(), "serve", "--model", folder_ / "model",
                                 "--data", folder_ / "data", "--listen", "127.0.0.1:0"});
    ASSERT_TRUE(eventually([&] { return !address().empty(); })) << hub_->err();
    ASSERT_TRUE(eventually([&] {
      return passerelle({"get", "RECETTES", "--by", "direction", "--data", folder_ / "data"})
                 .out.find("40") != std::string::npos;
    })) << hub_->err();
  }
  void stop() {
    if (!hub_) return;
    hub_->signal(SIGTERM);
    EXPECT_EQ(hub_->wait(std::chrono::seconds(60)), 0) << hub_->err();
    hub_.reset();
  }
  // The TCP door's, as the hub says at start.
  std::string address() const {
    const std::string said = hub_->out() + hub_->err();
    const std::size_t at = said.find("127.0.0.1:");
    if (at == std::string::npos) return "";
    return said.substr(at, said.find_first_not_of("0123456789", at + 10) - at);
  }
  Finished administer(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "access");
    arguments.insert(arguments.end(), {"--author", "dga", "--reason", "tableau de bord", "--data",
                                       folder_ / "data"});
    return passerelle(arguments);
  }
  Finished grant(std::vector<std::string> more) const {
    more.insert(more.begin(), {"grant", "tableau", "--role", "lecteur", "--write-token",
                               folder_ / "tableau.token"});
    return administer(more);
  }
  Finished as_account(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(),
                     {"--connect", address(), "--token-file", folder_ / "tableau.token"});
    return passerelle(arguments);
  }
  std::string value(const std::string& direction) const {
    const Finished got = as_account({"get", "RECETTES", "--by", "direction", "--output", "csv"});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return value_of(rows_of(got.out), {{"direction", direction}});
  }

  const Folder folder_;
  std::unique_ptr<Background> hub_;
  int starts_ = 0;
};

TEST_F(Accounts, AnAccountSeesItsPerimeterUntilItIsNarrowedOrRevoked) {
  const Finished granted = grant({"--unit", "DIR_A"});
  ASSERT_EQ(granted.exit_code, 0) << granted.err;
  const std::string token = folder_.read("tableau.token");
  EXPECT_THAT(granted.out + granted.err, Not(HasSubstr(token.substr(0, 64))));
  EXPECT_EQ(fs::status(folder_ / "tableau.token").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(value("DIR_A"), "40");
  EXPECT_EQ(value("DIR_B"), "na HIDDEN");
  const Finished refused = as_account({"connector", "list"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the role reader may not call"));

  Background watch(folder_, "watch",
                   {passerelle_binary(), "watch", "RECETTES", "--by", "direction", "--connect",
                    address(), "--token-file", folder_ / "tableau.token"});
  ASSERT_TRUE(eventually([&] { return watch.out().find("DIR_A") != std::string::npos; }));
  ASSERT_EQ(grant({"--unit", "DIR_B"}).exit_code, 0) << "the token stays";
  EXPECT_EQ(folder_.read("tableau.token"), token);
  EXPECT_EQ(value("DIR_A"), "na HIDDEN");
  EXPECT_EQ(value("DIR_B"), "2");
  EXPECT_TRUE(eventually([&] {
    return watch.out().find("the account may see has changed") != std::string::npos;
  })) << watch.out();

  stop();
  start();
  EXPECT_EQ(value("DIR_B"), "2") << "rights are in the journal";
  Background again(folder_, "again",
                   {passerelle_binary(), "watch", "RECETTES", "--by", "direction", "--connect",
                    address(), "--token-file", folder_ / "tableau.token"});
  ASSERT_TRUE(eventually([&] { return again.out().find("DIR_B") != std::string::npos; }));
  ASSERT_EQ(administer({"revoke", "tableau"}).exit_code, 0);
  EXPECT_EQ(again.wait(std::chrono::seconds(20)), 1);
  EXPECT_THAT(again.err(), HasSubstr("was revoked"));
  const Finished gone = as_account({"get", "RECETTES", "--by", "direction"});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, HasSubstr("bearer token"));
}

TEST_F(Accounts, TheListSaysWhoSeesWhatAndAStoppedHubAnswersToo) {
  ASSERT_EQ(grant({"--unit", "DIR_A", "--until", "2099-12-31"}).exit_code, 0);
  stop();
  const Finished listed =
      passerelle({"access", "list", "--data", folder_ / "data", "--output", "csv"});
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const std::vector<Row> rows = rows_of(listed.out);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("account"), "tableau");
  EXPECT_EQ(rows[0].at("role"), "READER");
  EXPECT_EQ(rows[0].at("perimeter"), "DIR_A");
  EXPECT_EQ(rows[0].at("until"), "2099-12-31");
  EXPECT_EQ(rows[0].at("author"), "dga");
  EXPECT_THAT(listed.out, Not(HasSubstr(folder_.read("tableau.token").substr(0, 64))));
  const Finished unknown = grant({"--unit", "DIR_C"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean DIR_A?"));
  const Finished twice = grant({"--new-token", "--unit", "DIR_A"});
  EXPECT_EQ(twice.exit_code, 1);
  EXPECT_THAT(twice.err, HasSubstr("exists; remove it"));
}

}  // namespace
}  // namespace passerelle::test
