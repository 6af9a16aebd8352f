// Real comptes administratifs against totals computed by another program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/plugins/finance_totem/documents.h"
#include "tests/plugins/finance_totem/expected.h"

namespace passerelle::finance_totem::testing {
namespace {

class Montreuil : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    data_ = shared_data();
    if (data_.empty()) GTEST_SKIP() << "the shared data is not there (PASSERELLE_SHARED)";
    const std::string config =
        std::string(R"({"path": "CA_)") + GetParam() + R"(.xml", "chart": "plan-de-compte-*.xml"})";
    written_ = read(data_ + "/budget-montreuil", "", 0, config);
    expected_ = *expected_values(data_).find_path({"montreuil", GetParam()});
  }

  // By flow, section and order or real ("DF0").
  std::map<std::string, std::int64_t> totals(const std::string& measure) const {
    std::map<std::string, std::int64_t> sums;
    for (const sdk::WrittenRecord& record : written_.records) {
      if (record.stream != "budget_line") continue;
      sums[record.texts.at("flow") + record.texts.at("section") +
           std::to_string(record.numbers.at("order"))] += record.numbers.at(measure);
    }
    return sums;
  }

  std::string data_;
  sdk::Written written_;
  formats::Json expected_;
};

TEST_P(Montreuil, EachSectionAgreesToTheCentWithTheChartOfItsYear) {
  for (const auto& [key, value] : expected_.find("realise_par_sens_section_ope")->members) {
    EXPECT_EQ(totals("realised")[key], scaled(value)) << key;
  }
  for (const auto& [key, value] : expected_.find("credits_ouverts")->members) {
    EXPECT_EQ(totals("open")[key], scaled(value)) << key;
  }
}

TEST_P(Montreuil, EveryLineIsARecordAndNoneIsRejected) {
  std::set<std::string> ids;
  std::size_t lines = 0;
  for (const sdk::WrittenRecord& record : written_.records) {
    ids.insert(record.stream + record.id);
    lines += record.stream == "budget_line" ? 1 : 0;
  }
  EXPECT_EQ(std::to_string(lines), expected_.find("lignes")->text);
  EXPECT_EQ(ids.size(), written_.records.size());
  EXPECT_THAT(written_.rejects, ::testing::IsEmpty());
}

TEST_P(Montreuil, RealOperatingExpensesSplitIntoTheChapters) {
  std::map<std::string, std::int64_t> sums;
  for (const sdk::WrittenRecord& record : written_.records) {
    if (record.stream != "budget_line" || record.texts.at("flow") != "D" ||
        record.texts.at("section") != "F" || record.numbers.at("order") != 0) {
      continue;
    }
    sums[record.texts.at("chapter")] += record.numbers.at("realised");
  }
  std::map<std::string, std::int64_t> expected;
  for (const auto& [key, value] : expected_.find("DF_reel_par_chapitre")->members) {
    expected[key] = scaled(value);
  }
  EXPECT_EQ(sums, expected);
}

TEST_P(Montreuil, TheStaffAnnexGivesTheFullTimeEquivalents) {
  const formats::Json& staff = *expected_.find("personnel");
  std::int64_t budgeted = 0;
  std::int64_t filled = 0;
  std::size_t positions = 0;
  std::map<std::string, std::int64_t> by_sector;
  std::map<std::string, std::int64_t> by_category;
  for (const sdk::WrittenRecord& record : written_.records) {
    if (record.stream != "staff_position") continue;
    ++positions;
    budgeted += record.numbers.at("budgeted");
    filled += record.numbers.at("filled");
    by_sector[record.texts.at("sector")] += record.numbers.at("filled");
    by_category[record.texts.at("category")] += record.numbers.at("filled");
  }
  EXPECT_EQ(std::to_string(positions), staff.find("agents")->text);
  EXPECT_EQ(budgeted, scaled(*staff.find("etp_budgetaires"), 4));
  EXPECT_EQ(filled, scaled(*staff.find("etp_pourvus"), 4));
  for (const auto& [sector, value] : staff.find("etp_pourvus_par_filiere")->members) {
    EXPECT_EQ(by_sector[sector], scaled(value, 4)) << sector;
  }
  for (const auto& [category, value] : staff.find("etp_pourvus_par_categorie")->members) {
    EXPECT_EQ(by_category[category], scaled(value, 4)) << category;
  }
}

TEST_P(Montreuil, StoppingAtEachCheckpointGivesTheSameRecords) {
  const std::string folder = data_ + "/budget-montreuil";
  const std::string config =
      std::string(R"({"path": "CA_)") + GetParam() + R"(.xml", "chart": "plan-de-compte-*.xml"})";
  Replica whole;
  whole.apply(written_);
  Replica resumed;
  std::string checkpoint;
  std::size_t reads = 0;
  for (; reads < 100; ++reads) {
    const sdk::Written part = read(folder, checkpoint, 1, config);
    resumed.apply(part);
    if (part.checkpoints.empty()) break;
    checkpoint = part.checkpoints.back();
  }
  EXPECT_GE(reads, 4u);
  EXPECT_EQ(resumed.rows(), whole.rows());
}

INSTANTIATE_TEST_SUITE_P(FourYears, Montreuil, ::testing::Values("2018", "2019", "2020", "2021"),
                         [](const auto& year) { return std::string("Of") + year.param; });

TEST(MontreuilWithoutAChart, LinesOfUnknownSectionAreRejectedWithTheRemedy) {
  const std::string data = shared_data();
  if (data.empty()) GTEST_SKIP() << "the shared data is not there (PASSERELLE_SHARED)";
  const sdk::Written written =
      read(data + "/budget-montreuil", "", 0, R"({"path": "CA_2018.xml"})");
  ASSERT_EQ(written.rejects.size(), 1431u);
  EXPECT_EQ(written.rejects.front().rule, "TOTEM-SECTION");
  EXPECT_THAT(written.rejects.front().remedy, ::testing::HasSubstr("M14-M14_COM_SUP3500 of 2018"));
  EXPECT_THAT(written.rejects.front().position, ::testing::StartsWith("CA_2018.xml:"));
}

}  // namespace
}  // namespace passerelle::finance_totem::testing
