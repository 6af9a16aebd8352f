// passerelle explain, on the data of a stopped hub and against a running one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/binary.h"
#include "tests/support/engagement_case.h"

namespace passerelle::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Explained : public ::testing::Test {
 protected:
  void SetUp() override {
    write_engagement_model(folder_);
    folder_.write("model/connectors/e.yaml",
                  "plugin: file\nlabel: {fr: Source, en: Source}\n"
                  "config: {manifest: manifests/e.manifest, path: \"../sources/*.csv\"}\n");
    folder_.write("sources/e.csv",
                  "number,exercise,chapter,engaged\nE-1,2025,11,100.50\nE-2,2025,11,20.25\n"
                  "E-3,2025,12,7.00\nE-4,2024,11,1.00\n");
  }
  std::vector<std::string> hub_arguments(const std::string& verb) const {
    return {passerelle_binary(), "--log",           "error",  verb,
            "--model",           folder_ / "model", "--data", folder_ / "data"};
  }
  Finished explain(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"explain"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--data", folder_ / "data"});
    return passerelle(all);
  }
  const Folder folder_;
};

TEST_F(Explained, TheLeavesOfASumAddUpToItAndNameTheirRecords) {
  ASSERT_EQ(run(hub_arguments("sync")).exit_code, 0);
  const Finished finished =
      explain({"MONTANT", "--where", "chapter=11", "--period", "2025", "--output", "csv"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const std::vector<Row> rows = rows_of(finished.out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("records"), "E-1");
  EXPECT_EQ(rows[1].at("records"), "E-2");
  EXPECT_EQ(rows[0].at("connector"), "e");
  EXPECT_EQ(rows[0].at("part_1"), "100.50");
  EXPECT_EQ(rows[1].at("part_1"), "20.25");
  const Finished shown = explain({"MONTANT", "--where", "chapter=11", "--period", "2025"});
  EXPECT_THAT(shown.out, HasSubstr("120.75"));
  EXPECT_THAT(shown.out, HasSubstr("= sum(engaged)"));
  EXPECT_THAT(shown.out, HasSubstr("2 facts"));
  EXPECT_THAT(shown.out, HasSubstr("sum(engaged)         engagement  120.75"));
}

TEST_F(Explained, AnIndicatorsFactsAreShownWithTheFieldsItNames) {
  std::string model = folder_.read("model/indicators.yaml");
  const std::string value = "value: sum(engaged)";
  ASSERT_NE(model.find(value), std::string::npos) << model;
  model.replace(model.find(value), value.size(), value + ", drill: [number, chapter]");
  folder_.write("model/indicators.yaml", model);
  ASSERT_EQ(run(hub_arguments("sync")).exit_code, 0);
  const std::vector<std::string> cell = {"MONTANT", "--period", "2024"};
  EXPECT_THAT(explain(cell).out, HasSubstr("number  chapter"));
  const Finished french = run({"/usr/bin/env", "LC_ALL=fr_FR.UTF-8", passerelle_binary(), "explain",
                               "MONTANT", "--period", "2024", "--data", folder_ / "data"});
  EXPECT_THAT(french.out, HasSubstr("numéro  chapitre")) << french.err;
  std::vector<std::string> csv = cell;
  csv.insert(csv.end(), {"--output", "csv"});
  const std::vector<Row> rows = rows_of(explain(csv).out);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("number"), "E-4");
  EXPECT_EQ(rows[0].at("fields"), "chapter=11, number=E-4");
}

TEST_F(Explained, WhatIsNotPublishedOrHasNoValueIsSaid) {
  ASSERT_EQ(run(hub_arguments("sync")).exit_code, 0);
  EXPECT_THAT(explain({"AUTRE", "--period", "2025"}).err,
              HasSubstr("there is no published indicator AUTRE"));
  EXPECT_THAT(explain({"MONTANT", "--where", "nature=60", "--period", "2025"}).err,
              HasSubstr("MONTANT is not published by these dimensions at grain year"));
  EXPECT_THAT(explain({"MONTANT", "--period", "1999"}).err, HasSubstr("there is no value"));
  EXPECT_THAT(explain({"MONTANT", "--where", "chapter=99", "--period", "2025"}).err,
              HasSubstr("no fact has the chapter 99"));
  EXPECT_THAT(explain({"MONTANT", "--period", "soon"}).err, HasSubstr("write 2026, 2026-Q1"));
}

TEST_F(Explained, ARunningHubTellsTheSame) {
  ASSERT_EQ(run(hub_arguments("sync")).exit_code, 0);
  const std::vector<std::string> asked = {"MEDIANE", "--where",  "chapter=11", "--period",
                                          "2025",    "--output", "csv"};
  const Finished stopped = explain(asked);
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  Background hub(folder_, "hub", hub_arguments("serve"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  // Before the hub has its socket, explain would read the data and keep the hub from it.
  const auto is_waiting = [&] { return std::chrono::steady_clock::now() < end; };
  while (!std::filesystem::exists(folder_ / "data/VILLE/hub.sock") && is_waiting()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Finished running;
  do {
    running = explain(asked);
  } while (running.exit_code != 0 && is_waiting());
  EXPECT_EQ(running.out, stopped.out) << hub.err();
  EXPECT_EQ(rows_of(running.out).at(0).at("records"), "E-1");
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.wait(std::chrono::seconds(30)), 0);
}

}  // namespace
}  // namespace passerelle::test
