// What survives when the process that writes is killed: everything it was told is durable.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "core/journal/sqlite_journal.h"
#include "tests/core/journal/commits.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::journal {
namespace {

// Appends for ever and writes each revision to `answers` once it is durable.
[[noreturn]] void append_until_killed(const std::string& data_dir, int answers,
                                      std::uint64_t seed) {
  auto lock = DataLock::acquire(data_dir, "child");
  if (!lock.ok()) ::_exit(1);
  auto journal = SqliteJournal::open(**lock, {"VALBRUME", 1, 0, nullptr});
  if (!journal.ok()) ::_exit(2);
  Random random(seed);
  for (;;) {
    while ((*journal)->queued_bytes() > 1'000'000) std::this_thread::yield();
    (*journal)->append(records_commit(random, random() % 200), [answers](auto written) {
      const model::Revision revision = written.ok() ? written->revision : 0;
      if (::write(answers, &revision, sizeof revision) != sizeof revision) ::_exit(3);
    });
  }
}

// Kills the child once it was told of `commits` revisions, some `microseconds` later; returns the
// last revision it was told.
model::Revision run_and_kill(const std::string& data_dir, std::uint64_t seed, std::uint64_t commits,
                             std::uint64_t microseconds) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_until_killed(data_dir, ends[1], seed);
  }
  ::close(ends[1]);
  model::Revision last = 0;
  model::Revision told = 0;
  const auto is_told = [&] { return ::read(ends[0], &told, sizeof told) == sizeof told; };
  for (std::uint64_t i = 0; i < commits && is_told(); ++i) last = told;
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  ::kill(child, SIGKILL);
  while (is_told()) last = told;
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return last;
}

TEST(JournalCrash, AKilledWriterLosesNothingThatWasDurableAndLeavesNoHole) {
  const TemporaryFolder folder;
  Random random(11);
  const char* const nightly = std::getenv("PASSERELLE_NIGHTLY");
  const int rounds = nightly != nullptr && std::string_view(nightly) == "1" ? 1'000 : 25;
  model::Revision total = 0;
  for (int round = 0; round < rounds; ++round) {
    const model::Revision durable =
        run_and_kill(folder.path(), random(), random() % 60, random() % 5'000);
    EXPECT_EQ(read_lock_holder(folder.path()), "") << "the kernel releases a dead holder's lock";
    auto lock = DataLock::acquire(folder.path(), "parent");
    ASSERT_TRUE(lock.ok()) << lock.status();
    auto journal = SqliteJournal::open(**lock, {"VALBRUME", 1, 0, nullptr});
    ASSERT_TRUE(journal.ok()) << journal.status();
    ASSERT_GE((*journal)->last_revision(), durable);
    model::Revision next = total + 1;  // what an earlier round saw is read again at the end
    const Status status = (*journal)->read(next, [&next](model::Commit commit) {
      EXPECT_EQ(commit.revision, next++);
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(next, (*journal)->last_revision() + 1);
    total = (*journal)->last_revision();
    EXPECT_TRUE(round + 1 < rounds || (*journal)->verify(nullptr).ok());
  }
  std::printf("%d kills, %llu commits, none lost\n", rounds,
              static_cast<unsigned long long>(total));
  EXPECT_GT(total, 20U);
}

}  // namespace
}  // namespace passerelle::journal
