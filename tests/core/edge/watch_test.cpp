#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "core/edge/mirror.h"
#include "edge_fixture.h"

namespace passerelle::edge {
namespace {

// The cells of a watch, and its last Progress.
struct Seen {
  std::map<std::string, std::int64_t> cells;
  hub::v1::Progress progress;
  int snapshots = 0;
  int resets = 0;

  void take(const hub::v1::SubscribeResponse& response) {
    if (response.has_begin()) ++snapshots;
    if (response.has_begin()) cells.clear();
    if (response.has_reset()) ++resets;
    if (response.has_progress()) progress = response.progress();
    for (const hub::v1::Cell& cell : response.cells().cells()) {
      const std::string policy = cell.key().dimensions().at("policy");
      if (cell.removed()) {
        cells.erase(policy);
      } else {
        cells[policy] = cell.scaled();
      }
    }
  }
};

class WatchTest : public EdgeTest {
 protected:
  static Client::WatchSettings watch_settings() {
    Client::WatchSettings settings;
    settings.target.set_id(300);  // two bytes in a message
    *settings.target.mutable_selector() = selector();
    return settings;
  }
  Status watch_to(Client& client, model::Revision revision, Seen* seen) {
    return client.watch(watch_settings(), [&](const hub::v1::SubscribeResponse& response) {
      EXPECT_EQ(response.target(), 300U);
      seen->take(response);
      return seen->progress.revision() < revision;
    });
  }
};

TEST_F(WatchTest, AWatchReceivesTheSnapshotAndThenChanges) {
  set("a", 1);
  commit();
  start();
  Seen seen;
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) {
      set("a", i);
      set("b" + std::to_string(i), i);
      commit();
    }
  });
  const auto watching = client();
  EXPECT_TRUE(watch_to(*watching, 52, &seen).ok());
  writer.join();
  EXPECT_EQ(seen.cells.size(), 51U);
  EXPECT_EQ(seen.cells.at("a"), 49);
  EXPECT_EQ(watching->divergences(), 0U);
}

TEST_F(WatchTest, AfterARestartOfTheHubItGoesOnFromItsToken) {
  set("a", 1);
  set("b", 2);
  commit();
  start();
  Seen seen;
  const auto watching = client();
  Status result;
  std::thread watcher([&] { result = watch_to(*watching, 4, &seen); });
  while (publisher_->counters().selections == 0) std::this_thread::yield();
  set("a", 3);
  commit();
  server_.reset();
  set("c", 4);
  commit();
  start();
  watcher.join();
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(seen.cells, (std::map<std::string, std::int64_t>{{"a", 3}, {"b", 2}, {"c", 4}}));
  EXPECT_EQ(seen.resets, 0);
}

TEST_F(WatchTest, AWrongSelectorEndsTheWatch) {
  start();
  Client::WatchSettings wrong = watch_settings();
  wrong.target.mutable_selector()->add_by("service");
  const Status status =
      client()->watch(wrong, [](const hub::v1::SubscribeResponse&) { return true; });
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_NE(base::message_of(status).find("target 300"), std::string::npos);
}

TEST_F(WatchTest, StopEndsIt) {
  start();
  const auto watching = client();
  Status result;
  std::thread watcher([&] {
    result =
        watching->watch(watch_settings(), [](const hub::v1::SubscribeResponse&) { return true; });
  });
  while (publisher_->counters().selections == 0) std::this_thread::yield();
  watching->stop();
  watcher.join();
  EXPECT_TRUE(absl::IsCancelled(result)) << result;
}

TEST_F(WatchTest, StoppingTheServerEndsStreamsThatNobodyReads) {
  start();
  const auto watching = client();
  std::thread watcher([&] {
    (void)watching->watch(watch_settings(), [](const hub::v1::SubscribeResponse&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return true;
    });
  });
  while (publisher_->counters().subscriptions == 0) std::this_thread::yield();
  for (int i = 0; i < 3000; ++i) set("group " + std::to_string(i), i);
  commit();
  const auto begin = std::chrono::steady_clock::now();
  server_->stop(std::chrono::milliseconds(500));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  watching->stop();
  watcher.join();
  while (publisher_->counters().subscriptions > 0) std::this_thread::yield();
}

TEST(Mirror, CellsThatDifferFromTheHashAreNoticed) {
  Mirror mirror;
  hub::v1::SubscribeResponse response;
  response.mutable_progress()->set_resume_token("first");
  EXPECT_TRUE(mirror.apply(response));
  EXPECT_EQ(mirror.token(), "first");
  response.mutable_progress()->set_hash(1);
  EXPECT_FALSE(mirror.apply(response));
  EXPECT_EQ(mirror.forget(), 1);
  EXPECT_EQ(mirror.token(), "");
  EXPECT_EQ(mirror.forget(), 2);
}

TEST(Mirror, ATokenKeptByAnEarlierProgramIsTrustedUntilASnapshot) {
  Mirror mirror;
  mirror.set_token("kept");
  hub::v1::SubscribeResponse response;
  response.mutable_progress()->set_hash(1);
  EXPECT_TRUE(mirror.apply(response));
  hub::v1::SubscribeResponse begin;
  begin.mutable_begin()->set_revision(1);
  EXPECT_TRUE(mirror.apply(begin));
  EXPECT_FALSE(mirror.apply(response));
}

}  // namespace
}  // namespace passerelle::edge
