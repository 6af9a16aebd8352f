#include "core/journal/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <string_view>
#include <thread>

#include "tests/core/journal/commits.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::journal {
namespace {

class SqliteJournalTest : public testing::Test {
 protected:
  void SetUp() override {
    auto lock = DataLock::acquire(folder_.path(), "unix:/run/hub.sock");
    ASSERT_TRUE(lock.ok()) << lock.status();
    lock_ = *std::move(lock);
    open();
  }
  void open() {
    journal_.reset();
    auto journal = SqliteJournal::open(*lock_, settings_);
    ASSERT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }
  StatusOr<model::Commit> append(model::Commit commit) {
    std::promise<StatusOr<model::Commit>> promise;
    journal_->append(std::move(commit), [&promise](StatusOr<model::Commit> written) {
      promise.set_value(std::move(written));
    });
    return promise.get_future().get();
  }
  std::string file() const { return folder_.path() + "/VALBRUME/journal.db"; }

  TemporaryFolder folder_;
  std::unique_ptr<DataLock> lock_;
  JournalSettings settings_{"VALBRUME", 3, 0, nullptr};
  std::unique_ptr<SqliteJournal> journal_;
};

TEST_F(SqliteJournalTest, ANewJournalBeginsWithGenesisAndAnEpoch) {
  EXPECT_TRUE(journal_->is_new());
  EXPECT_EQ(journal_->last_revision(), 1U);
  const std::uint64_t epoch = journal_->epoch();
  EXPECT_NE(epoch, 0U);
  std::vector<model::Commit> commits;
  ASSERT_TRUE(journal_
                  ->read(1,
                         [&](model::Commit commit) {
                           commits.push_back(std::move(commit));
                           return absl::OkStatus();
                         })
                  .ok());
  ASSERT_EQ(commits.size(), 1U);
  EXPECT_EQ(std::get<model::Genesis>(commits[0].body).epoch, epoch);
  EXPECT_EQ(std::get<model::Genesis>(commits[0].body).authority, "VALBRUME");
  EXPECT_EQ(commits[0].engine, 3U);
  EXPECT_GT(commits[0].at, 0);
  open();
  EXPECT_FALSE(journal_->is_new());
  EXPECT_EQ(journal_->epoch(), epoch);
  struct stat found = {};
  ASSERT_EQ(::stat(file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(SqliteJournalTest, WhatWasAppendedIsReadBackInOrderAlsoAfterARestart) {
  Random random(1);
  std::vector<model::Commit> written;
  for (int i = 0; i < 600; ++i) {
    const auto commit = append(random_commit(random));
    ASSERT_TRUE(commit.ok()) << commit.status();
    EXPECT_EQ(commit->revision, static_cast<model::Revision>(i) + 2);
    written.push_back(*commit);
  }
  open();
  EXPECT_EQ(journal_->last_revision(), 601U);
  for (const model::Revision from : {2, 257, 400, 601}) {
    model::Revision next = from;
    ASSERT_TRUE(journal_
                    ->read(from,
                           [&](model::Commit commit) {
                             EXPECT_EQ(commit.revision, next);
                             expect_same(commit, written[next - 2]);
                             ++next;
                             return absl::OkStatus();
                           })
                    .ok());
    EXPECT_EQ(next, 602U);
  }
  EXPECT_TRUE(journal_->read(602, [](model::Commit) { return base::internal("none"); }).ok());
  EXPECT_TRUE(journal_->verify(nullptr).ok());
}

TEST_F(SqliteJournalTest, ReadingStopsAtTheFirstErrorOfItsReader) {
  Random random(2);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(random_commit(random)).ok());
  int seen = 0;
  const Status status = journal_->read(1, [&seen](model::Commit) {
    return ++seen == 3 ? base::cancelled("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen, 3);
}

TEST_F(SqliteJournalTest, CommitsThatWaitGoIntoOneTransactionAndAreAnsweredInOrder) {
  Random random(3);
  const int kCommits = 2'000;
  const model::Commit commit = records_commit(random, 100);
  std::vector<model::Revision> answered;
  std::promise<void> all;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kCommits; ++i) {
    journal_->append(commit, [&](StatusOr<model::Commit> written) {
      ASSERT_TRUE(written.ok()) << written.status();
      answered.push_back(written->revision);
      if (answered.size() == static_cast<std::size_t>(kCommits)) all.set_value();
    });
  }
  all.get_future().wait();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  for (std::size_t i = 0; i < answered.size(); ++i) EXPECT_EQ(answered[i], i + 2);
  EXPECT_LT(journal_->transactions(), 1'000U);
  EXPECT_EQ(journal_->queued_bytes(), 0U);
  std::printf("%d commits of 100 records in %llu transactions, %.0f records/s\n", kCommits,
              static_cast<unsigned long long>(journal_->transactions()),
              kCommits * 100 / spent.count());
}

TEST_F(SqliteJournalTest, WhatWaitsAtTheEndIsWrittenBeforeTheJournalCloses) {
  Random random(4);
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    journal_->append(random_commit(random), [&answered](StatusOr<model::Commit> written) {
      answered += written.ok() ? 1 : 0;
    });
  }
  open();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(journal_->last_revision(), 101U);
}

TEST_F(SqliteJournalTest, AReaderIsNotDisturbedByTheWriter) {
  Random random(5);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(append(records_commit(random, 20)).ok());
  std::thread writer([this] {
    Random other(6);
    for (int i = 0; i < 300; ++i) {
      journal_->append(records_commit(other, 20), nullptr);
    }
  });
  for (int round = 0; round < 5; ++round) {
    model::Revision next = 1;
    const Status status = journal_->read(1, [&next](model::Commit commit) {
      EXPECT_EQ(commit.revision, next++);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_GT(next, 301U);
  }
  writer.join();
}

TEST_F(SqliteJournalTest, AFullDiskFailsTheCommitAndAllLaterOnesWithTheReason) {
  settings_.file_bytes_max = 200'000;
  open();
  Random random(7);
  StatusOr<model::Commit> written = append(records_commit(random, 100));
  int kept = 0;
  for (; written.ok() && kept < 1'000; ++kept) written = append(records_commit(random, 100));
  ASSERT_EQ(written.status().code(), absl::StatusCode::kDataLoss) << written.status();
  EXPECT_NE(base::message_of(written.status()).find("see to the disk"), std::string::npos);
  EXPECT_GT(kept, 3);
  const model::Revision last = journal_->last_revision();
  EXPECT_EQ(append(model::Commit{}).status().code(), absl::StatusCode::kDataLoss)
      << "a small one would have fitted, but would leave a hole in its connector's records";
  EXPECT_FALSE(journal_->health().ok());
  settings_.file_bytes_max = 0;
  open();
  EXPECT_EQ(journal_->last_revision(), last);
  EXPECT_TRUE(journal_->verify(nullptr).ok());
  EXPECT_TRUE(append(records_commit(random, 100)).ok());
}

TEST_F(SqliteJournalTest, TheJournalOfAnotherAuthorityIsRefused) {
  journal_.reset();
  std::filesystem::rename(folder_.path() + "/VALBRUME", folder_.path() + "/AUTRE");
  settings_.authority = "AUTRE";
  const auto other = SqliteJournal::open(*lock_, settings_);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition) << other.status();
  settings_.authority = "../etc";
  EXPECT_EQ(SqliteJournal::open(*lock_, settings_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SqliteJournalTest, StatsTellWhatIsThere) {
  Random random(8);
  const auto written = append(records_commit(random, 10));
  const auto stats = journal_->stats();
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->last_revision, 2U);
  EXPECT_EQ(stats->epoch, journal_->epoch());
  EXPECT_EQ(stats->authority, "VALBRUME");
  EXPECT_GT(stats->commit_bytes, 100U);
  EXPECT_GT(stats->file_bytes, stats->commit_bytes);
  EXPECT_EQ(stats->last_at, written->at);
  EXPECT_TRUE(SqliteJournal::exists(folder_.path(), "VALBRUME"));
  EXPECT_FALSE(SqliteJournal::exists(folder_.path(), "AUTRE"));
}

TEST_F(SqliteJournalTest, ATableThatIsNotAsItWasMadeIsToldBeforeAnythingIsWritten) {
  Random random(10);
  ASSERT_TRUE(append(records_commit(random, 10)).ok());
  journal_.reset();
  std::string bytes;
  {
    std::ifstream in(file(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto opened_with = [&](const std::string& damaged) {
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << damaged;
    auto journal = SqliteJournal::open(*lock_, settings_);
    journal_ = journal.ok() ? *std::move(journal) : nullptr;
    return journal.status();
  };
  const std::size_t table = bytes.find("revision INTEGER");
  ASSERT_NE(table, std::string::npos);
  for (const std::size_t at : {table, table + 8, table + 30}) {
    std::string damaged = bytes;
    damaged[at] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(opened_with(damaged)));
  }
  ASSERT_TRUE(opened_with(bytes).ok());
  EXPECT_EQ(journal_->last_revision(), 2U);
}

TEST_F(SqliteJournalTest, AFlippedByteOfTheFileIsReportedOrTouchesNoCommit) {
  Random random(9);
  std::vector<model::Commit> written;
  for (int i = 0; i < 12; ++i) written.push_back(*append(records_commit(random, 40)));
  journal_.reset();  // the last connection moves the write-ahead log into the file
  std::ifstream in(file(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  in.close();
  ASSERT_GT(bytes.size(), 40'000U);
  int reported = 0;
  int harmless = 0;
  // More of the first two pages (schema, tree) than of the rest; every night every byte.
  const char* const nightly = std::getenv("PASSERELLE_NIGHTLY");
  const bool all = nightly != nullptr && std::string_view(nightly) == "1";
  for (std::size_t at = 0; at < bytes.size(); at += all ? 1 : at < 8'192 ? 7 : 61) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 + random() % 255));
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << damaged;
    std::filesystem::remove(file() + "-wal");
    std::filesystem::remove(file() + "-shm");
    auto journal = SqliteJournal::open(*lock_, settings_);
    if (!journal.ok() || !(*journal)->verify(nullptr).ok()) {
      ++reported;
      continue;
    }
    ++harmless;
    ASSERT_EQ((*journal)->last_revision(), 13U) << "byte " << at;
    const Status read = (*journal)->read(2, [&](model::Commit commit) {
      expect_same(commit, written[commit.revision - 2]);
      return absl::OkStatus();
    });
    ASSERT_TRUE(read.ok()) << "byte " << at << ": " << read;
    ASSERT_FALSE(HasFailure()) << "byte " << at;
  }
  std::printf("%d flipped bytes: %d reported, %d in unused space or flags\n", reported + harmless,
              reported, harmless);
  EXPECT_GT(reported, 500);
}

}  // namespace
}  // namespace passerelle::journal
