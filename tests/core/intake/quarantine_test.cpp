#include "core/intake/quarantine.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/core/journal/temporary_folder.h"

namespace passerelle::intake {
namespace {

constexpr std::uint64_t kEpoch = 0xFEDCBA9876543210ULL;

// Commit r holds r % 3 rejects of connector "hr" or "finance".
model::Commit commit_of(model::Revision revision) {
  model::Records records;
  records.connector = revision % 2 == 0 ? "hr" : "finance";
  for (model::Revision i = 0; i < revision % 3; ++i) {
    model::Reject reject;
    reject.stream = "s";
    reject.key = "k" + std::to_string(revision) + "-" + std::to_string(i);
    reject.position = "7";
    reject.rule = i == 0 ? "R1" : "R2";
    reject.field = "f";
    reject.value = "é";
    reject.reason = "why";
    reject.remedy = "how";
    reject.records = 2;
    reject.stage = "decode";
    reject.sealed = std::string("\0\xff", 2);
    records.rejects.push_back(reject);
  }
  model::Commit commit;
  commit.revision = revision;
  commit.at = static_cast<base::Instant>(revision) * 1'000;
  commit.body = std::move(records);
  return commit;
}

class QuarantineTest : public testing::Test {
 protected:
  void open(std::uint64_t epoch = kEpoch, model::Revision last = 1'000) {
    quarantine_.reset();
    auto opened = Quarantine::open(folder_.path(), epoch, last);
    ASSERT_TRUE(opened.ok()) << opened.status();
    quarantine_ = *std::move(opened);
  }
  void add_until(model::Revision last) {
    for (model::Revision r = quarantine_->last_revision() + 1; r <= last; ++r) {
      ASSERT_TRUE(quarantine_->add(commit_of(r)).ok());
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<Quarantine> quarantine_;
};

TEST_F(QuarantineTest, RejectsAreNumberedInTheJournalsOrderAndListedByConnector) {
  open();
  add_until(8);  // 1, 2, 0, 1, 2, 0, 1, 2
  const auto all = quarantine_->list({});
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 9U);
  for (std::size_t i = 0; i < all->size(); ++i) EXPECT_EQ((*all)[i].number, i + 1);
  const QuarantineEntry& entry = (*all)[1];
  EXPECT_EQ(entry.revision, 2U);
  EXPECT_EQ(entry.at, 2'000);
  EXPECT_EQ(entry.connector, "hr");
  EXPECT_EQ(entry.reject.key, "k2-0");
  EXPECT_EQ(entry.reject.value, "é");
  EXPECT_EQ(entry.reject.remedy, "how");
  EXPECT_EQ(entry.reject.records, 2U);
  EXPECT_EQ(entry.reject.sealed, std::string("\0\xff", 2));
  EXPECT_EQ(quarantine_->list({"finance", "", 0, 100})->size(), 4U);
  EXPECT_EQ(quarantine_->list({"finance", "R2", 0, 100})->size(), 1U);
  const auto page = quarantine_->list({"", "", 4, 2});
  ASSERT_EQ(page->size(), 2U);
  EXPECT_EQ((*page)[0].number, 5U);
  EXPECT_EQ(quarantine_->show(9)->reject.key, "k8-1");
  EXPECT_EQ(quarantine_->show(10).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(quarantine_->show(0).status().code(), absl::StatusCode::kNotFound);
  const auto counts = quarantine_->counts();
  ASSERT_EQ(counts->size(), 2U);
  EXPECT_EQ((*counts)[0].connector, "finance");
  EXPECT_EQ((*counts)[0].entries, 4U);
  EXPECT_EQ((*counts)[1].records, 10U);
}

TEST_F(QuarantineTest, AfterARestartItGoesOnWhereItWas) {
  open();
  add_until(5);
  open();
  EXPECT_EQ(quarantine_->last_revision(), 5U);
  EXPECT_TRUE(quarantine_->add(commit_of(5)).ok()) << "known already: nothing changes";
  EXPECT_FALSE(quarantine_->add(commit_of(7)).ok()) << "a hole";
  add_until(8);
  EXPECT_EQ(quarantine_->list({})->size(), 9U);
}

TEST_F(QuarantineTest, AnIndexOfAnotherJournalOrAheadOfItOrDamagedIsMadeAgain) {
  open();
  add_until(8);
  open(kEpoch + 1);
  EXPECT_EQ(quarantine_->last_revision(), 0U);
  add_until(8);
  open(kEpoch + 1, 7);
  EXPECT_EQ(quarantine_->last_revision(), 0U);
  add_until(7);
  EXPECT_EQ(quarantine_->list({})->size(), 7U);
  quarantine_.reset();
  std::ofstream(folder_.path() + "/quarantine.db") << std::string(9'000, 'x');
  open(kEpoch + 1);
  EXPECT_EQ(quarantine_->last_revision(), 0U);
  add_until(8);
  EXPECT_EQ(quarantine_->list({})->size(), 9U);
}

}  // namespace
}  // namespace passerelle::intake
