// Real DSN samples: what is whole is published, what is not is refused as one unit.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

class Dsn : public ::testing::Test {
 protected:
  void SetUp() override {
    PAS_NEEDS_SHARED_DATA();
    folder_.write("model/model.yaml", R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}}
indicators:
  BRUT: {label: {fr: Brut, en: Gross}, kind: means, from: payroll, value: sum(gross), grain: month, by: [service], unit: EUR, round: 2}
  AGENTS: {label: {fr: Agents, en: Staff}, kind: means, from: payroll, value: distinct(agent), grain: month, unit: count}
)yaml");
    folder_.write("model/connectors/dsn.yaml",
                  "plugin: hr_dsn\nlabel: {fr: DSN, en: DSN}\nconfig: {path: ../sources/*.dsn}\n");
    fs::create_directories(folder_.path() / "sources");
  }
  void add(const std::string& sample) {
    fs::copy_file(fs::path(shared_data()) / "dsn" / sample, folder_ / ("sources/" + sample));
  }
  Row sync() {
    const Finished finished = passerelle(
        {"sync", "--model", folder_ / "model", "--data", folder_ / "data", "--output", "csv"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return rows_of(finished.out).at(0);
  }
  Folder folder_;
};

TEST_F(Dsn, AMonthIsPublishedAndItsStaffWithoutAssignmentIsUnmapped) {
  add("ben-consulting-services-2026-04-demo-light-errors.dsn");
  const Row counts = sync();
  EXPECT_EQ(counts.at("rejected"), "0");
  EXPECT_EQ(value_of(get(folder_ / "data", {"AGENTS"}, "", "2026-04"), {}), "7");
  const std::vector<Row> services = get(folder_ / "data", {"BRUT"}, "service", "2026-04");
  EXPECT_EQ(value_of(services, {{"service", "UNMAPPED"}}), "32611.12");
  // No file of the hub holds a NIR of the sample.
  const std::string source =
      folder_.read("sources/ben-consulting-services-2026-04-demo-light-errors.dsn");
  const std::string rubric = "S21.G00.30.001,'";
  std::size_t checked = 0;
  for (std::size_t at = source.find(rubric); at != std::string::npos;
       at = source.find(rubric, at + 1)) {
    const std::string nir = source.substr(at + rubric.size(), 13);
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "data")) {
      if (!entry.is_regular_file()) continue;
      const std::string name = fs::relative(entry.path(), folder_.path());
      EXPECT_EQ(folder_.read(name).find(nir), std::string::npos) << name;
      ++checked;
    }
  }
  EXPECT_GT(checked, 7U);
}

TEST_F(Dsn, BrokenDeclarationsAreRefusedAsOneUnitAndNothingOfThemIsPublished) {
  for (const char* sample : {"missing_contract_fields.dsn", "multi_establishment.dsn",
                             "with_absences.dsn", "opendsn_example_MALFORMED.dsn"}) {
    add(sample);
  }
  add("ben-consulting-services-2026-04-demo-light-errors.dsn");
  const std::string whole =
      folder_.read("sources/ben-consulting-services-2026-04-demo-light-errors.dsn");
  fs::remove(folder_ / "sources/ben-consulting-services-2026-04-demo-light-errors.dsn");
  folder_.write("sources/truncated.dsn", whole.substr(0, whole.size() / 2));
  std::string wrong = whole;
  wrong.replace(wrong.find("S90.G00.90.001,'1987'"), 21, "S90.G00.90.001,'1986'");
  folder_.write("sources/wrong_total.dsn", wrong);
  const Row counts = sync();
  EXPECT_EQ(counts.at("facts"), "0");
  EXPECT_EQ(counts.at("kept"), "0");
  EXPECT_GE(std::stoll(counts.at("rejected")) + std::stoll(counts.at("dropped")), 6);
  EXPECT_TRUE(get(folder_ / "data", {"BRUT"}, "").empty());
}

}  // namespace
}  // namespace passerelle::test
