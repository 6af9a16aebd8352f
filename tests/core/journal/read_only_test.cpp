#include "core/journal/read_only.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>

#include "core/journal/sqlite_journal.h"
#include "tests/core/journal/commits.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::journal {
namespace {

constexpr const char* kTownHall = "VALBRUME";

model::Commit proposal(const std::string& text) {
  model::Commit commit;
  commit.body = model::ModelProposed{base::hash128(text), text, nullptr};
  return commit;
}

model::Commit switched(model::Revision proposed) {
  model::Commit commit;
  commit.body = model::ModelSwitched{proposed};
  return commit;
}

// Genesis, a model (2, in force from 3), records (4), another model (5, 6), the first again (7, 8).
void write_journal(const std::string& folder) {
  const auto lock = DataLock::acquire(folder, "a hub");
  ASSERT_TRUE(lock.ok());
  const auto journal = SqliteJournal::open(**lock, {kTownHall, 1, 0, nullptr});
  ASSERT_TRUE(journal.ok()) << journal.status();
  Random random(7);
  std::vector<model::Commit> commits = {proposal("one"), switched(2), records_commit(random, 20),
                                        proposal("two"), switched(5), proposal("one"),
                                        switched(7)};
  for (model::Commit& commit : commits) {
    std::promise<Status> written;
    (*journal)->append(std::move(commit), [&written](const StatusOr<model::Commit>& done) {
      written.set_value(done.status());
    });
    ASSERT_TRUE(written.get_future().get().ok());
  }
}

std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

TEST(ReadOnlyJournal, GivesTheCommitsAndWritesNothing) {
  const TemporaryFolder folder;
  write_journal(folder.path());
  const auto before = files_below(folder.path());
  {
    const auto journal = ReadOnlyJournal::open(folder.path(), kTownHall);
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ((*journal)->last_revision(), 8U);
    EXPECT_NE((*journal)->epoch(), 0U);
    std::size_t commits = 0;
    EXPECT_TRUE((*journal)
                    ->read(3,
                           [&](const model::Commit& commit) {
                             EXPECT_EQ(commit.revision, 3 + commits++);
                             return absl::OkStatus();
                           })
                    .ok());
    EXPECT_EQ(commits, 6U);
    EXPECT_EQ(files_below(folder.path()), before);
  }
  EXPECT_EQ(files_below(folder.path()), before);
}

TEST(ReadOnlyJournal, NoHubStartsMeanwhileAndNoneIsReadWhileItRuns) {
  const TemporaryFolder folder;
  write_journal(folder.path());
  auto journal = ReadOnlyJournal::open(folder.path(), kTownHall);
  ASSERT_TRUE(journal.ok());
  EXPECT_TRUE(ReadOnlyJournal::open(folder.path(), kTownHall).ok());
  EXPECT_FALSE(DataLock::acquire(folder.path(), "a hub").ok());
  journal->reset();
  const auto lock = DataLock::acquire(folder.path(), "unix:/run/hub.sock");
  ASSERT_TRUE(lock.ok());
  const auto refused = ReadOnlyJournal::open(folder.path(), kTownHall);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(base::message_of(refused.status()).find("unix:/run/hub.sock"), std::string::npos);
}

TEST(ReadOnlyJournal, AFolderWithoutAJournalIsNotMadeIntoOne) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadOnlyJournal::open(folder.path() + "/none", kTownHall).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/none"));
  write_journal(folder.path());
  EXPECT_EQ(ReadOnlyJournal::open(folder.path(), "ELSEWHERE").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(ReadOnlyJournal, KnowsEveryModelThatWasProposedAndItsText) {
  const TemporaryFolder folder;
  write_journal(folder.path());
  const auto journal = ReadOnlyJournal::open(folder.path(), kTownHall);
  ASSERT_TRUE(journal.ok());
  const auto models = models_of((*journal)->path(), (*journal)->last_revision());
  ASSERT_TRUE(models.ok()) << models.status();
  ASSERT_EQ(models->size(), 3U);
  EXPECT_EQ((*models)[1].proposed, 5U);
  EXPECT_EQ((*models)[1].switched, 6U);
  EXPECT_EQ((*models)[1].hash, base::hash128("two"));
  EXPECT_GT((*models)[1].proposed_at, 0);
  EXPECT_EQ(canonical_model((*journal)->path(), 5).value(), "two");
  EXPECT_EQ(canonical_model((*journal)->path(), 4).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(find_model(*models, "5").value(), 5U);
  EXPECT_EQ(find_model(*models, "6").value(), 5U);
  EXPECT_EQ(find_model(*models, base::to_hex(base::hash128("two")).substr(0, 6)).value(), 5U);
  EXPECT_EQ(find_model(*models, base::to_hex(base::hash128("one"))).value(), 7U);
  EXPECT_EQ(find_model(*models, "4").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(find_model(*models, "").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace passerelle::journal
