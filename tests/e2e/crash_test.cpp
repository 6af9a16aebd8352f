// The hub and its plugin are killed at random moments; nothing is lost, nothing counted twice.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "tests/support/binary.h"
#include "tests/support/engagement_case.h"

namespace passerelle::test {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kKills = 15;
#else
constexpr int kKills = 50;
#endif
constexpr int kRunsMax = 400;
constexpr int kRows = 60'000;

void write_case(const Folder& folder) {
  write_engagement_model(folder);
  folder.write("model/connectors/e.yaml",
               "plugin: file\nlabel: {fr: Source, en: Source}\n"
               "config: {manifest: manifests/e.manifest, path: ../sources/*.csv}\n");
  std::mt19937 random(5);
  std::string text = "number,exercise,chapter,engaged\n";
  for (int i = 0; i < kRows; ++i) {
    text += std::to_string(i) + ",2025," + std::to_string(10 + random() % 20) + "," +
            std::to_string(random() % 100000) + ".5\n";
  }
  folder.write("sources/e.csv", text);
}

std::vector<std::string> sync_arguments(const Folder& folder, const std::string& data) {
  return {passerelle_binary(), "--log",          "off",    "sync",
          "--model",           folder / "model", "--data", folder / data};
}

std::string state_of(const Folder& folder, const std::string& data) {
  std::string text;
  for (const char* by : {"", "chapter"}) {
    for (const Row& row : get(folder / data, {"MONTANT", "MEDIANE", "NOMBRE"}, by)) {
      for (const auto& [column, value] : row) {
        // Which values came between is up to the kills.
        if (column != "revision" && column != "previous") text += column + "=" + value + ";";
      }
      text += "\n";
    }
  }
  return text;
}

TEST(Crash, AfterFiftyKillsTheValuesAreThoseOfAnUninterruptedRun) {
  const Folder folder;
  write_case(folder);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(run(sync_arguments(folder, "calm")).exit_code, 0);
  const auto calm_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::steady_clock::now() - began)
                           .count();
  const std::string expected = state_of(folder, "calm");
  ASSERT_NE(expected.find("60000"), std::string::npos);
  std::mt19937 random(std::random_device{}());
  const unsigned seed = random();
  std::cout << "seed " << seed << ", a calm run takes " << calm_ms << " ms\n";
  random.seed(seed);
  int killed = 0;
  int runs = 0;
  for (; killed < kKills && runs < kRunsMax; ++runs) {
    // The file changes before every run, so that there is always something to read.
    std::ofstream(folder / "sources/e.csv", std::ios::app)
        << kRows + runs << ",2025,11," << runs << ".25\n";
    Background hub(folder, "hub", sync_arguments(folder, "data"));
    std::this_thread::sleep_for(
        std::chrono::milliseconds(random() % static_cast<unsigned>(calm_ms)));
    if (hub.running()) ++killed;
    kill(-hub.pid(), SIGKILL);
    hub.wait(std::chrono::seconds(10));
  }
  std::cout << killed << " of " << runs << " runs were killed while they worked\n";
  EXPECT_EQ(killed, kKills);
  const Finished last = run(sync_arguments(folder, "data"));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  ASSERT_EQ(run(sync_arguments(folder, "calm")).exit_code, 0);
  EXPECT_EQ(state_of(folder, "data"), state_of(folder, "calm"));
}

}  // namespace
}  // namespace passerelle::test
