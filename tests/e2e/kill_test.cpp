// A running hub is killed while it loads, its plugins are killed alone: what subscribers hold and
// what the hub publishes afterwards is what nobody's death has changed.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "tests/e2e/follower.h"
#include "tests/support/binary.h"
#include "tests/support/engagement_case.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

#if defined(__SANITIZE_ADDRESS__)
constexpr int kHubKills = 12;
constexpr int kPluginKills = 6;
#else
constexpr int kHubKills = 50;
constexpr int kPluginKills = 24;
#endif
constexpr int kConnectors = 4;
constexpr milliseconds kCaughtUpMax{60'000};
const Follower::Selection kSelection{{"MEDIANE", "MONTANT", "NOMBRE"}, {"chapter"}, "NOMBRE"};

unsigned milliseconds_since(Clock::time_point begin) {
  return static_cast<unsigned>(
      std::chrono::duration_cast<milliseconds>(Clock::now() - begin).count());
}

// Files of budget lines that grow and change; how many rows there should be in the end.
class Load {
 public:
  explicit Load(std::mt19937* random) : random_(*random) { write_engagement_model(folder); }

  void add_connector(const std::string& id) {
    folder.write("model/connectors/" + id + ".yaml",
                 "plugin: file\nlabel: {fr: Source, en: Source}\n"
                 "config: {manifest: manifests/e.manifest, path: \"../sources/" +
                     id + "-*.csv\"}\n");
  }

  // A new file of `rows` rows; one in three times also an older one with other rows.
  void grow(const std::string& id, int rows) {
    write(id, static_cast<int>(files_[id].size()), rows);
    if (random_() % 3 != 0) return;
    const int old = static_cast<int>(random_() % files_[id].size());
    write(id, old, 1 + static_cast<int>(random_() % static_cast<unsigned>(rows)));
  }

  std::int64_t rows() const {
    std::int64_t rows = 0;
    for (const auto& [id, files] : files_) {
      for (const int file : files) rows += file;
    }
    return rows;
  }

  std::vector<std::string> arguments(const std::string& verb, const std::string& data) const {
    return {passerelle_binary(), "--log",          "error",  verb,
            "--model",           folder / "model", "--data", folder / data};
  }
  std::int64_t restarts(const std::string& id, const std::string& data) const {
    const Finished shown =
        passerelle({"connector", "show", id, "--data", folder / data, "--output", "csv"});
    for (const Row& row : rows_of(shown.out)) {
      if (row.at("what") == "restarts") return std::stoll(row.at("value"));
    }
    ADD_FAILURE() << "no restarts shown of " << id << ": " << shown.out << shown.err;
    return 0;
  }
  std::string socket(const std::string& data) const { return folder / (data + "/VILLE/hub.sock"); }

  const Folder folder;

 private:
  // Written beside and renamed: the hub may be reading.
  void write(const std::string& id, int file, int rows) {
    std::string text = "number,exercise,chapter,engaged\n";
    for (int i = 0; i < rows; ++i) {
      text += id + "-" + std::to_string(file) + "-" + std::to_string(i) + ",2025," +
              std::to_string(10 + random_() % 20) + "," + std::to_string(random_() % 100000) +
              ".5\n";
    }
    const std::string path = "sources/" + id + "-" + std::to_string(file) + ".csv";
    folder.write(path + ".new", text);
    fs::rename(folder / (path + ".new"), folder / path);
    files_[id].resize(std::max(files_[id].size(), static_cast<std::size_t>(file) + 1));
    files_[id][static_cast<std::size_t>(file)] = rows;
  }

  std::mt19937& random_;
  std::map<std::string, std::vector<int>> files_;  // rows by connector and file
};

std::mt19937 seeded() {
  const char* chosen = std::getenv("PASSERELLE_TEST_SEED");
  const unsigned seed =
      chosen != nullptr ? static_cast<unsigned>(std::stoul(chosen)) : std::random_device{}();
  std::cout << "seed " << seed << "\n";
  return std::mt19937(seed);
}

bool waits_for(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

// What the same sources give in a hub of its own that nobody disturbs.
void expect_calm_run_agrees(const Load& load, const Follower& follower) {
  Background hub(load.folder, "calm", load.arguments("serve", "calm"));
  const Follower fresh(load.socket("calm"), kSelection);
  ASSERT_TRUE(waits_for([&] { return fresh.total() == load.rows(); }, kCaughtUpMax)) << hub.err();
  // The last rows may have come before the last of the deletions.
  EXPECT_TRUE(waits_for([&] { return fresh.hash() == follower.hash(); }, milliseconds(5'000)));
  EXPECT_EQ(fresh.cells(), follower.cells());
  EXPECT_EQ(fresh.faults(), "");
}

void stop_politely(Background* hub) {
  hub->signal(SIGTERM);
  EXPECT_EQ(hub->wait(std::chrono::seconds(30)), 0) << hub->err();
}

// The processes that `hub` has started.
std::vector<pid_t> plugins_of(pid_t hub) {
  std::vector<pid_t> all;
  std::error_code gone;
  for (const auto& thread :
       fs::directory_iterator("/proc/" + std::to_string(hub) + "/task", gone)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) all.push_back(child);
  }
  return all;
}

// Also of one that nobody has waited for.
bool has_ended(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(") ");
  return name_end == std::string::npos || stat[name_end + 2] == 'Z' || stat[name_end + 2] == 'X';
}

struct Lives {
  int all = 0;
  int killed_at_work = 0;
  // Milliseconds of a life that nobody ends: until the subscriber is served, and from then on.
  unsigned answers_after = 0;
  unsigned works_for = 0;
};

TEST(Kill, ASubscriberOfAHubKilledFiftyTimesHoldsWhatACalmHubPublishes) {
  std::mt19937 random = seeded();
  Load load(&random);
  load.add_connector("e");
  constexpr int kRowsPerLife = 8'000;
  constexpr int kLivesPerCalmOne = 8;
  Follower follower(load.socket("data"), kSelection);
  std::unique_ptr<Background> hub;
  const auto start = [&] {
    hub = std::make_unique<Background>(load.folder, "hub", load.arguments("serve", "data"));
  };
  const auto is_caught_up = [&] { return follower.total() == load.rows(); };
  Lives lives;
  for (; lives.killed_at_work < kHubKills && lives.all < 4 * kHubKills; ++lives.all) {
    load.grow("e", kRowsPerLife);
    const int streams = follower.streams();
    const auto is_back = [&] { return follower.streams() > streams; };
    const auto began = Clock::now();
    start();
    if (lives.all % kLivesPerCalmOne == 0) {
      // Nobody is killed: it says how long a life's work takes, and leaves a checkpoint.
      ASSERT_TRUE(waits_for(is_back, kCaughtUpMax)) << hub->err();
      lives.answers_after = milliseconds_since(began);
      ASSERT_TRUE(waits_for(is_caught_up, kCaughtUpMax)) << hub->err();
      lives.works_for = milliseconds_since(began) - lives.answers_after;
      stop_politely(hub.get());
      continue;
    }
    // One in four dies before it answers, the others while they read.
    if (random() % 4 == 0) {
      std::this_thread::sleep_for(milliseconds(random() % (lives.answers_after + 1)));
    } else {
      ASSERT_TRUE(waits_for(is_back, kCaughtUpMax)) << hub->err();
      std::this_thread::sleep_for(milliseconds(random() % (lives.works_for + 1)));
    }
    ASSERT_TRUE(hub->running()) << hub->err();
    if (!is_caught_up()) ++lives.killed_at_work;
    // Its plugins live in groups of their own: the kernel must end them with it.
    const std::vector<pid_t> plugins = plugins_of(hub->pid());
    hub->signal(SIGKILL);
    hub->wait(std::chrono::seconds(10));
    for (const pid_t plugin : plugins) {
      EXPECT_TRUE(waits_for([&] { return has_ended(plugin); }, milliseconds(5'000)));
    }
  }
  start();
  ASSERT_TRUE(waits_for(is_caught_up, kCaughtUpMax))
      << hub->err() << follower.total() << " of " << load.rows();
  std::cout << lives.killed_at_work << " of " << lives.all << " hubs were killed at work; "
            << follower.streams() << " streams, " << follower.resumed() << " resumed, "
            << follower.snapshots() << " snapshots, " << follower.progresses()
            << " Progress checked, " << load.rows() << " rows\n";
  EXPECT_EQ(lives.killed_at_work, kHubKills);
  EXPECT_EQ(follower.faults(), "");
  EXPECT_EQ(follower.resets(), 0);
  // The first stream only: every token given before a kill is good after it.
  EXPECT_EQ(follower.snapshots(), 1);
  EXPECT_EQ(follower.resumed(), follower.streams() - 1);
  EXPECT_GE(follower.resumed(), kHubKills / 2);
  {
    const Follower fresh(load.socket("data"), kSelection);
    ASSERT_TRUE(waits_for([&] { return fresh.total() == load.rows(); }, kCaughtUpMax));
    EXPECT_TRUE(waits_for([&] { return fresh.hash() == follower.hash(); }, milliseconds(5'000)));
    EXPECT_EQ(fresh.cells(), follower.cells());
  }
  expect_calm_run_agrees(load, follower);
  stop_politely(hub.get());
}

TEST(Kill, PluginsKilledAloneAreStartedAgainAndTheHubGoesOn) {
  std::mt19937 random = seeded();
  Load load(&random);
  std::vector<std::string> connectors;
  for (int i = 0; i < kConnectors; ++i) {
    connectors.push_back("e" + std::to_string(i));
    load.add_connector(connectors.back());
    load.grow(connectors.back(), 2'000);
  }
  Background hub(load.folder, "hub", load.arguments("serve", "data"));
  const Follower follower(load.socket("data"), kSelection);
  const auto is_caught_up = [&] { return follower.total() == load.rows(); };
  ASSERT_TRUE(waits_for(is_caught_up, kCaughtUpMax)) << hub.err();
  int killed = 0;
  int rounds = 0;
  std::int64_t restarts = 0;
  // A plugin that had said all it had to say may die unnoticed: what counts is what the hub mended.
  for (; restarts < kPluginKills && rounds < 4 * kPluginKills; ++rounds) {
    for (const std::string& id : connectors) load.grow(id, 10'000);
    for (const std::string& id : connectors) {
      const Finished run = passerelle({"connector", "run", id, "--data", load.folder / "data"});
      ASSERT_EQ(run.exit_code, 0) << run.err;
    }
    std::set<pid_t> ended;
    const auto until = Clock::now() + milliseconds(300);
    while (Clock::now() < until) {
      std::this_thread::sleep_for(milliseconds(random() % 40));
      const std::vector<pid_t> plugins = plugins_of(hub.pid());
      if (plugins.empty() || is_caught_up()) continue;
      const pid_t plugin = plugins[random() % plugins.size()];
      if (kill(plugin, SIGKILL) == 0 && ended.insert(plugin).second) ++killed;
    }
    ASSERT_TRUE(waits_for(is_caught_up, kCaughtUpMax))
        << follower.total() << " of " << load.rows() << "\n"
        << (hub.running() ? "" : "the hub has ended\n") << hub.err();
    ASSERT_TRUE(hub.running()) << hub.err();
    restarts = 0;
    for (const std::string& id : connectors) restarts += load.restarts(id, "data");
  }
  std::cout << killed << " plugins were killed in " << rounds << " rounds, " << restarts
            << " were started again\n";
  EXPECT_GE(restarts, kPluginKills);
  EXPECT_LE(restarts, killed);
  // The subscriber noticed nothing: one stream, from the beginning.
  EXPECT_EQ(follower.streams(), 1);
  EXPECT_EQ(follower.faults(), "");
  expect_calm_run_agrees(load, follower);
  stop_politely(&hub);
}

}  // namespace
}  // namespace passerelle::test
