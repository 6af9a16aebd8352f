#include "core/connectors/process.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <thread>

namespace passerelle::connectors {
namespace {

TEST(Process, AProgramThatEndsBeforeItsFirstLineDoesNotEndTheHub) {
  boost::asio::io_context io;
  Process::Handlers handlers;
  Exit seen;
  bool exited = false;
  handlers.on_output = [](std::string) {};
  handlers.on_log = [](std::string) {};
  handlers.on_exit = [&](Exit exit) {
    seen = exit;
    exited = true;
  };
  ProcessSettings settings;
  settings.executable = "/bin/true";
  settings.working_folder = "/";
  settings.time_zone = "UTC";
  settings.reach.read = {"/"};
  const auto process = Process::start(io.get_executor(), settings, handlers);
  ASSERT_TRUE(process.ok()) << process.status();
  // It has ended, and nobody has noticed yet, when the pipe takes nothing any more.
  Status written;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (written.ok() && std::chrono::steady_clock::now() < until) {
    written = (*process)->write_line("{}");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(absl::IsUnavailable(written)) << written;
  io.run_for(std::chrono::seconds(20));
  EXPECT_TRUE(exited);
  EXPECT_EQ(seen.to_string(), "exited with code 0");
}

}  // namespace
}  // namespace passerelle::connectors
