#include "core/connectors/supervisor.h"

#include <gtest/gtest.h>

#include "core/base/text.h"
#include "core/connectors/plugin_client.h"
#include "core/connectors/process.h"
#include "core/connectors/socket_folder.h"
#include "tests/core/connectors/hub_fixture.h"

namespace passerelle::connectors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Supervisor, ReadsAConnectorUntilItIsCaughtUpAndLeavesNothing) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 2500})");
  const ConnectorStatus status = hub.wait_for("a", State::kIdle);
  EXPECT_EQ(hub.sink().records("a"), 2'500u);
  EXPECT_EQ(hub.sink().checkpoint("a"), "2500");
  EXPECT_EQ(status.plugin_version, "1.0.0");
  EXPECT_EQ(status.family, "file");
  EXPECT_EQ(status.cause, "");
  EXPECT_EQ(status.reads, 1u);
  EXPECT_EQ(status.queued_bytes, 0u);
  EXPECT_EQ(status.pid, 0);
  EXPECT_EQ(hub.things_in_runtime(), 0u);
}

TEST(Supervisor, AnotherRunGoesOnFromTheCommittedCheckpoint) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 10})");
  hub.wait_for("a", State::kIdle);
  ASSERT_TRUE(hub.supervisor().run_now("a").ok());
  hub.wait("a", [](const ConnectorStatus& status) { return status.reads == 2; });
  EXPECT_EQ(hub.sink().records("a"), 10u);
}

TEST(Supervisor, ARunAskedForDuringAReadComesAfterIt) {
  Hub hub;
  hub.sink().hold();
  hub.add("a", "chaos", R"({"count": 10})");
  hub.wait("a", [](const ConnectorStatus& status) { return status.queued_bytes > 0; });
  ASSERT_TRUE(hub.supervisor().run_now("a").ok());
  ASSERT_TRUE(hub.supervisor().run_now("a").ok());
  hub.sink().release();
  hub.wait("a", [](const ConnectorStatus& status) { return status.reads == 2; });
  hub.wait_for("a", State::kIdle);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(hub.supervisor().status("a")->reads, 2u) << "two wishes, one further read";
}

TEST(Supervisor, IsIdleOnlyWhenEveryMessageIsDone) {
  Hub hub;
  hub.sink().hold();
  hub.add("a", "chaos");
  hub.wait("a", [](const ConnectorStatus& status) { return status.queued_bytes > 0; });
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(hub.supervisor().status("a")->state, State::kReading);
  hub.sink().release();
  hub.wait_for("a", State::kIdle);
}

TEST(Supervisor, AFloodStaysUnderTheLimitOfBytesAndThePluginWaits) {
  constexpr std::size_t kLimit = 2 << 20;
  Hub hub([](SupervisorSettings& settings) { settings.queue_bytes_max = kLimit; });
  hub.sink().hold();
  hub.add("a", "chaos", R"({"count": 20000, "bytes": 1000})");
  hub.wait("a", [](const ConnectorStatus& status) { return status.queued_bytes > kLimit / 2; });
  // Longer than the limit of heartbeats: a waiting plugin still answers them.
  std::this_thread::sleep_for(milliseconds(1'500));
  EXPECT_EQ(hub.supervisor().status("a")->state, State::kReading);
  EXPECT_LE(hub.sink().held_bytes_max(), kLimit);
  EXPECT_LT(hub.sink().records("a"), 20'000u);
  hub.sink().release();
  hub.wait_for("a", State::kIdle);
  EXPECT_EQ(hub.sink().records("a"), 20'000u);
}

TEST(Supervisor, AllConnectorsTogetherStayUnderTheTotal) {
  constexpr std::size_t kTotal = 3 << 20;
  Hub hub([](SupervisorSettings& settings) { settings.queue_bytes_max_total = kTotal; });
  hub.sink().hold();
  hub.add("a", "chaos", R"({"count": 10000, "bytes": 1000})");
  hub.add("b", "chaos", R"({"count": 10000, "bytes": 1000})");
  std::this_thread::sleep_for(milliseconds(1'500));
  EXPECT_LE(hub.sink().held_bytes_max(), kTotal);
  hub.sink().release();
  hub.wait_for("a", State::kIdle);
  hub.wait_for("b", State::kIdle);
  EXPECT_EQ(hub.sink().records("a") + hub.sink().records("b"), 20'000u);
}

TEST(Supervisor, StopsInTheMiddleOfAReadWithoutATrace) {
  Hub hub;
  hub.add("a", "chaos", R"({"then": "wait"})");
  const int pid =
      hub.wait("a", [](const ConnectorStatus& status) { return status.state == State::kReading; })
          .pid;
  ASSERT_TRUE(is_alive(pid));
  EXPECT_EQ(hub.things_in_runtime(), 1u);
  hub.stop();
  EXPECT_FALSE(is_alive(pid));
  EXPECT_EQ(hub.things_in_runtime(), 0u);
}

TEST(Supervisor, APluginThatIgnoresTheEndOfItsInputIsEndedAllTheSame) {
  Hub hub;
  hub.add_rude("silent");
  hub.add("a", "silent");
  hub.add("b", "chaos", R"({"then": "stubborn"})");
  const int silent = hub.wait("a", [](const auto& status) { return status.pid != 0; }).pid;
  const int stubborn = hub.wait_for("b", State::kReading).pid;
  const auto start = std::chrono::steady_clock::now();
  hub.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(3));
  EXPECT_FALSE(is_alive(silent));
  EXPECT_FALSE(is_alive(stubborn));
  EXPECT_EQ(hub.things_in_runtime(), 0u);
}

TEST(Supervisor, DisableEndsAReadAndEnableGoesOn) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 5, "then": "wait"})");
  hub.wait("a", [&](const ConnectorStatus&) { return hub.sink().records("a") == 5; });
  ASSERT_TRUE(hub.supervisor().disable("a").ok());
  EXPECT_EQ(hub.wait_for("a", State::kDisabled).pid, 0);
  EXPECT_EQ(base::message_of(hub.supervisor().run_now("a")),
            "connector 'a' is disabled; enable it first");
  ASSERT_TRUE(hub.supervisor().enable("a").ok());
  hub.wait_for("a", State::kReading);
  EXPECT_EQ(hub.sink().records("a"), 5u);
}

TEST(Supervisor, AnotherConfigurationReplacesTheReadUnderWay) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 5, "then": "wait"})");
  hub.wait("a", [&](const ConnectorStatus&) { return hub.sink().records("a") == 5; });
  hub.add("a", "chaos", R"({"count": 8})");
  hub.wait_for("a", State::kIdle);
  EXPECT_EQ(hub.sink().records("a"), 8u);
  hub.add("a", "chaos", R"({"count": 8})");  // no change: no read
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(hub.supervisor().status("a")->reads, 1u);
}

TEST(Supervisor, ARemovedConnectorIsForgotten) {
  Hub hub;
  hub.add("a", "chaos", R"({"then": "wait"})");
  const int pid = hub.wait_for("a", State::kReading).pid;
  ASSERT_TRUE(hub.supervisor().remove("a").ok());
  EXPECT_FALSE(hub.supervisor().status("a").has_value());
  EXPECT_FALSE(hub.supervisor().enable("a").ok());
  const auto end = std::chrono::steady_clock::now() + seconds(5);
  while (is_alive(pid) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_FALSE(is_alive(pid));
}

TEST(Supervisor, AScheduleIsShownAndABadOneChangesNothing) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 3})", "0 3 * * *");
  // No checkpoint yet: it reads at once, then waits.
  const ConnectorStatus status = hub.wait_for("a", State::kIdle);
  ASSERT_TRUE(status.next_run.has_value());
  EXPECT_GT(*status.next_run, hub.clock.now());
  EXPECT_EQ(hub.sink().records("a"), 3u);
  model::ConnectorConfig bad;
  bad.id = "a";
  bad.plugin = "chaos";
  bad.schedule = "every day";
  EXPECT_FALSE(hub.supervisor().configure(bad).ok());
  EXPECT_EQ(hub.supervisor().status("a")->next_run, status.next_run);
}

TEST(Supervisor, ReadsWhenItsScheduleSaysSo) {
  Hub hub;
  // A second and a half before a full minute.
  const base::Instant into_minute = hub.clock.now() % base::kMicrosPerMinute;
  hub.clock.move(base::kMicrosPerMinute - into_minute - base::kMicrosPerSecond * 3 / 2);
  hub.add("a", "chaos", R"({"count": 3})", "* * * * *");
  const ConnectorStatus first = hub.wait("a", [](const auto& status) { return status.reads == 1; });
  hub.wait(
      "a", [](const auto& status) { return status.reads == 2; }, std::chrono::seconds(5));
  EXPECT_EQ(*hub.wait_for("a", State::kIdle).next_run % base::kMicrosPerMinute, 0);
  EXPECT_EQ(first.restarts, 0u);
}

TEST(Supervisor, ARotatedSecretStartsTheReadAgainFromTheCommittedCheckpoint) {
  Hub hub;
  hub.add("a", "chaos", R"({"count": 5, "then": "wait"})");
  const int before =
      hub.wait("a", [&](const auto&) { return hub.sink().checkpoint("a") == "5"; }).pid;
  ASSERT_TRUE(hub.supervisor().restart("a").ok());
  const ConnectorStatus status = hub.wait("a", [before](const ConnectorStatus& now) {
    return now.pid != before && now.state == State::kReading;
  });
  EXPECT_EQ(status.restarts, 0u);
  EXPECT_EQ(hub.sink().records("a"), 5u);
}

TEST(Supervisor, ApplyingTheSameFileAgainEnablesWhatAnAdministratorDisabled) {
  Hub hub;
  hub.add("a", "hello");
  hub.wait_for("a", State::kIdle);
  ASSERT_TRUE(hub.supervisor().disable("a").ok());
  hub.wait_for("a", State::kDisabled);
  hub.add("a", "hello");
  hub.wait_for("a", State::kIdle);
}

TEST(Supervisor, SecretsReachThePluginByValueOnly) {
  Hub hub;
  hub.secrets["secret://db"] = "twelve chars";
  model::ConnectorConfig config;
  config.id = "a";
  config.plugin = "chaos";
  config.config_json = R"({"then": "secret"})";
  config.secrets["password"] = "secret://db";
  ASSERT_TRUE(hub.supervisor().configure(config).ok());
  EXPECT_EQ(hub.wait_for("a", State::kRefused).cause, "Read: the secret has 12 characters");
  config.secrets["password"] = "secret://lost";
  ASSERT_TRUE(hub.supervisor().configure(config).ok());
  hub.wait("a", [](const ConnectorStatus& status) {
    return status.cause == "secret `password`: there is no secret secret://lost";
  });
}

TEST(Supervisor, AnUnknownConnectorIsAnsweredWithTheNearestOne) {
  Hub hub;
  hub.add("finance", "hello");
  EXPECT_EQ(base::message_of(hub.supervisor().run_now("finances")),
            "there is no connector 'finances'; did you mean 'finance'?");
  hub.wait_for("finance", State::kIdle);
}

TEST(Supervisor, WhatAKilledHubHasLeftIsSweptAway) {
  Hub hub;
  const auto old = hub.runtime() / "passerelle-abcdef";
  std::filesystem::create_directories(old);
  std::filesystem::last_write_time(
      old, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5));
  const auto mine = SocketFolder::create(hub.runtime());
  ASSERT_TRUE(mine.ok()) << mine.status();
  std::filesystem::last_write_time(
      (*mine)->path(), std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5));
  sweep(hub.runtime());
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists((*mine)->path()));
}

}  // namespace
}  // namespace passerelle::connectors
