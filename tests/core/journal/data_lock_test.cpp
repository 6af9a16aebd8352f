#include "core/journal/data_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/core/journal/temporary_folder.h"

namespace passerelle::journal {
namespace {

TEST(DataLock, ASecondOpenIsRefusedAndNamesTheAddressOfTheFirst) {
  const TemporaryFolder folder;
  auto lock = DataLock::acquire(folder.path() + "/data", "starting");
  ASSERT_TRUE(lock.ok()) << lock.status();
  ASSERT_TRUE((*lock)->set_address("unix:/run/passerelle/hub.sock").ok());
  const auto second = DataLock::acquire(folder.path() + "/data", "other");
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(base::message_of(second.status()).find("unix:/run/passerelle/hub.sock"),
            std::string::npos);
  EXPECT_EQ(read_lock_holder(folder.path() + "/data"), "unix:/run/passerelle/hub.sock");
  lock->reset();
  EXPECT_EQ(read_lock_holder(folder.path() + "/data"), "");
  EXPECT_TRUE(DataLock::acquire(folder.path() + "/data", "other").ok());
}

TEST(DataLock, AnotherProcessIsRefusedToo) {
  const TemporaryFolder folder;
  const auto lock = DataLock::acquire(folder.path(), "parent");
  ASSERT_TRUE(lock.ok());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(DataLock::acquire(folder.path(), "child").ok() ? 0 : 42);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(DataLock, AFolderThatWasNeverLockedHasNoHolder) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_lock_holder(folder.path()), "");
  EXPECT_EQ(read_lock_holder(folder.path() + "/missing"), "");
}

TEST(DataLock, AFolderThatCannotBeMadeIsAnErrorWithItsPath) {
  const auto lock = DataLock::acquire("/proc/nowhere", "x");
  EXPECT_EQ(lock.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(base::message_of(lock.status()).find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace passerelle::journal
