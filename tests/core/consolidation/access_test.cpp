// Rights in the fold: a grant and a revocation are revisions, kept by checkpoints.
#include <gtest/gtest.h>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::AccessGranted grant_of(const std::string& id, std::vector<std::string> units = {},
                              std::vector<std::string> processes = {}) {
  model::AccessGranted granted;
  granted.account.id = id;
  granted.account.units = std::move(units);
  granted.account.processes = std::move(processes);
  granted.account.digest.assign(model::kTokenDigestBytes, 'd');
  granted.author = "dga";
  granted.reason = "tableau de bord";
  return granted;
}

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() : hub_(town()) {}
  static model::SteeringModel town() {
    model::SteeringModel town = empty_model();
    town.time_zone = "Europe/Paris";
    town.units = {unit("DIR_A", "direction", ""), unit("SRV_1", "service", "DIR_A")};
    model::Process process;
    process.id = "PAIE";
    town.processes.push_back(process);
    return town;
  }
  template <typename Act>
  flow::Delta apply(Act act) {
    flow::Delta delta;
    model::Commit commit;
    commit.body = std::move(act);
    EXPECT_TRUE(hub_.apply(std::move(commit), &delta).ok());
    return delta;
  }
  std::vector<flow::GrantedAccount> accounts() { return hub_.engine().access()->accounts; }
  template <typename Act>
  std::string refused(const Act& act) {
    const Status status = hub_.engine().check(act);
    EXPECT_FALSE(status.ok());
    return base::message_of(status);
  }

  Hub hub_;
};

TEST_F(AccessTest, AGrantIsARevisionThatTheDeltaTellsAndACheckpointKeeps) {
  const flow::Delta delta = apply(grant_of("tableau", {"DIR_A"}, {"PAIE"}));
  ASSERT_NE(delta.access, nullptr);
  EXPECT_TRUE(delta.changes.empty());
  ASSERT_EQ(delta.access->accounts.size(), 1U);
  EXPECT_EQ(delta.access->accounts[0].revision, delta.revision);
  model::AccessGranted second = grant_of("auditeur");
  second.account.role = model::Role::kAuditor;
  second.account.until = 20'000;
  apply(second);
  hub_.restart();
  ASSERT_EQ(accounts().size(), 2U);
  EXPECT_EQ(accounts()[0].account, second.account);
  EXPECT_EQ(accounts()[1].account, grant_of("tableau", {"DIR_A"}, {"PAIE"}).account);
  EXPECT_EQ(accounts()[1].revision, delta.revision);
  EXPECT_EQ(accounts()[1].reason, "tableau de bord");
}

TEST_F(AccessTest, AGrantWithoutATokenKeepsTheOneThereIs) {
  apply(grant_of("tableau", {"DIR_A"}));
  model::AccessGranted again = grant_of("tableau", {"SRV_1"});
  again.account.digest.clear();
  EXPECT_TRUE(hub_.engine().check(again).ok());
  apply(again);
  ASSERT_EQ(accounts().size(), 1U);
  EXPECT_EQ(accounts()[0].account.digest, std::string(model::kTokenDigestBytes, 'd'));
  EXPECT_EQ(accounts()[0].account.units, std::vector<std::string>{"SRV_1"});
  again.account.id = "autre";
  EXPECT_NE(refused(again).find("needs a token"), std::string::npos);
}

TEST_F(AccessTest, ARevocationEndsTheAccount) {
  apply(grant_of("tableau"));
  EXPECT_TRUE(hub_.engine().check(model::AccessRevoked{"tableau", "dga", "fin"}).ok());
  const flow::Delta delta = apply(model::AccessRevoked{"tableau", "dga", "fin"});
  ASSERT_NE(delta.access, nullptr);
  EXPECT_TRUE(delta.access->accounts.empty());
  EXPECT_NE(refused(model::AccessRevoked{"tableau", "dga", "fin"}).find("no account tableau"),
            std::string::npos);
}

TEST_F(AccessTest, ANewDayIsToldOnce) {
  const auto tick = [&](const std::string& instant) {
    return apply(model::Tick{base::parse_instant(instant).value()}).access;
  };
  ASSERT_NE(tick("2026-03-31T10:00:00Z"), nullptr);
  EXPECT_EQ(hub_.engine().access()->today, base::parse_date("2026-03-31").value());
  EXPECT_EQ(tick("2026-03-31T21:59:00Z"), nullptr);
  ASSERT_NE(tick("2026-03-31T22:00:00Z"), nullptr) << "midnight in Paris";
  hub_.restart();
  EXPECT_EQ(hub_.engine().access()->today, base::parse_date("2026-04-01").value());
}

TEST_F(AccessTest, WhatCannotBeMeantIsRefusedWithWhatIsLikeIt) {
  EXPECT_NE(refused(grant_of("tableau", {"DIR_B"})).find("no org unit DIR_B, did you mean DIR_A?"),
            std::string::npos);
  EXPECT_NE(refused(grant_of("tableau", {}, {"PAYE"})).find("no process PAYE"), std::string::npos);
  EXPECT_NE(refused(grant_of("Élodie D.")).find("no name of an account"), std::string::npos);
  model::AccessGranted silent = grant_of("tableau");
  silent.reason.clear();
  EXPECT_NE(refused(silent).find("its reason"), std::string::npos);
  model::AccessGranted half = grant_of("tableau", {"DIR_A"});
  half.account.role = model::Role::kAdministrator;
  EXPECT_NE(refused(half).find("sees everything"), std::string::npos);
  apply(model::Tick{base::parse_instant("2026-03-31T10:00:00Z").value()});
  model::AccessGranted past = grant_of("tableau");
  past.account.until = base::parse_date("2026-03-30").value();
  EXPECT_NE(refused(past).find("has passed"), std::string::npos);
}

TEST_F(AccessTest, WithoutAModelThereIsNoPerimeterToGive) {
  Engine empty({});
  EXPECT_TRUE(empty.check(grant_of("auditeur")).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(empty.check(grant_of("tableau", {"DIR_A"}))));
}

}  // namespace
}  // namespace passerelle::consolidation
