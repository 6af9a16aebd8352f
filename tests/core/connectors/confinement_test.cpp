// What the kernel keeps a plugin from, tried by a program that means harm.
#include "core/connectors/confinement.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/base/limits.h"
#include "core/connectors/process.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::connectors {
namespace {

namespace fs = std::filesystem;

class ConfinementTest : public testing::Test {
 protected:
  // How the rude program ends that does what its name says.
  Exit run(const std::string& what, bool may_connect = false,
           std::vector<std::uint16_t> ports = {}) {
    const fs::path program = fs::path(folder_.path()) / what;
    fs::create_symlink(RUDE_PLUGIN, program);
    boost::asio::io_context io;
    Exit seen{-1, 0};
    Process::Handlers handlers;
    handlers.on_output = [](const std::string&) {};
    handlers.on_log = [](const std::string& line) { ADD_FAILURE() << line; };
    handlers.on_exit = [&](Exit exit) { seen = exit; };
    PluginFile plugin;
    plugin.executable = program;
    plugin.folder = folder_.path();
    Reach reach = reach_of(plugin, "", "/", folder_.path());
    reach.may_connect = may_connect;
    reach.ports = std::move(ports);
    const auto process = Process::start(io.get_executor(), {program, folder_.path(), "UTC", reach},
                                        std::move(handlers));
    EXPECT_TRUE(process.ok()) << process.status();
    if (!process.ok()) return seen;
    (*process)->close_input();
    io.run_for(std::chrono::seconds(60));
    return seen;
  }

  TemporaryFolder folder_;
};

TEST_F(ConfinementTest, APluginStartsSignalsAndReadsNoOtherProcess) {
  EXPECT_EQ(run("alone").to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, APluginGainsNoPrivilegeWhoeverRunsTheHub) {
  EXPECT_EQ(run("humble").to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, APluginWithoutHostsHasNoNetwork) {
  EXPECT_EQ(run("offline").to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, APluginWithHostsHas) {
  EXPECT_EQ(run("online", true).to_string(), "exited with code 0");
}

// What a kernel without it cannot keep is not tried: the probe is printed. The hub says the same at
// its start.
bool has_landlock(int number) {
  const int version = Fence::version();
  if (version < number) {
    std::printf("not tried: landlock_create_ruleset(NULL, 0, VERSION) gives %d, this needs %d\n",
                version, number);
  }
  return version >= number;
}

TEST_F(ConfinementTest, APluginReachesTheFilesThatAreNamedAndNoOther) {
  if (!has_landlock(1)) return;
  EXPECT_EQ(run("fenced").to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, APluginWithHostsReachesTheirPortsAlone) {
  if (!has_landlock(4)) return;
  EXPECT_EQ(run("elsewhere", true, {1}).to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, WhatTheKernelKeepsIsSaid) {
  int kept = 0;
  for (const Guard& guard : guards_of_this_machine()) {
    EXPECT_FALSE(guard.name_fr.empty() || guard.name_en.empty() || guard.detail.empty());
    kept += guard.is_kept ? 1 : 0;
  }
  EXPECT_EQ(kept, 3 + (Fence::version() >= 1 ? 1 : 0) + (Fence::version() >= 4 ? 1 : 0));
}

TEST_F(ConfinementTest, APluginHasThreads) {
  EXPECT_EQ(run("weaves").to_string(), "exited with code 0");
}

TEST_F(ConfinementTest, APluginThatHoardsDescriptorsGetsNoMore) {
  const Exit exit = run("hoards");
  EXPECT_EQ(exit.signal, 0);
  EXPECT_GT(exit.code, 40);
  EXPECT_LE(exit.code, static_cast<int>(base::kPluginDescriptorsMax / 10));
}

TEST_F(ConfinementTest, APluginThatFillsTheDiskIsEnded) {
  EXPECT_EQ(run("fills").to_string(), "was ended by SIGXFSZ");
  EXPECT_LE(fs::file_size(fs::path(folder_.path()) / "filled"), base::kPluginFileBytesMax);
}

// As a kernel without seccomp filters does.
void refuse_filters() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, instructions};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) std::_Exit(2);
}

TEST_F(ConfinementTest, WhereTheKernelCannotConfineItNoPluginStarts) {
  const auto start = [&] {
    refuse_filters();
    boost::asio::io_context io;
    const auto process =
        Process::start(io.get_executor(), {"/bin/true", folder_.path(), "UTC", {}}, {});
    std::fputs(process.ok() ? "it started" : process.status().ToString().c_str(), stderr);
    std::_Exit(process.ok() ? 1 : 0);
  };
  EXPECT_EXIT(start(), testing::ExitedWithCode(0), "/bin/true is not started.*cannot confine it");
}

// A program under AddressSanitizer maps terabytes: there its memory is not limited.
#if !defined(__SANITIZE_ADDRESS__)
TEST_F(ConfinementTest, APluginThatDevoursMemoryGetsNoMore) {
  const Exit exit = run("devours");
  EXPECT_EQ(exit.signal, 0);
  EXPECT_GT(exit.code, 16);
  EXPECT_LE(exit.code, static_cast<int>(base::kPluginMemoryBytesMax >> 26));
}
#endif

}  // namespace
}  // namespace passerelle::connectors
