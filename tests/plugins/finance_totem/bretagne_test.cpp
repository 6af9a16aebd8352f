// Real documents of two communes: a budget and its decisions, a lotissement, a single account.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/plugins/finance_totem/documents.h"
#include "tests/plugins/finance_totem/expected.h"

namespace passerelle::finance_totem::testing {
namespace {

constexpr const char* kCrach = "DOCBUDG-21560046100010-056025-";
constexpr const char* kMohon = "DOCBUDG-21560134500014-CFU-BP-2023";

class Bretagne : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = shared_data();
    if (data_.empty()) GTEST_SKIP() << "the shared data is not there (PASSERELLE_SHARED)";
  }

  sdk::Written read_document(const std::string& folder, const std::string& chart = "") {
    const std::string config = R"({"path": "budget-bretagne/)" + folder + R"(/totem.xml")" +
                               (chart.empty() ? "" : R"(, "chart": ")" + chart + "\"") + "}";
    return read(data_, "", 0, config);
  }

  // Of real expenses or receipts.
  static std::int64_t sum(const sdk::Written& written, const std::string& flow,
                          const std::string& measure, std::int64_t order = 0) {
    std::int64_t total = 0;
    for (const sdk::WrittenRecord& record : written.records) {
      if (record.stream != "budget_line" || record.texts.at("flow") != flow ||
          record.numbers.at("order") != order) {
        continue;
      }
      const auto found = record.numbers.find(measure);
      total += found == record.numbers.end() ? 0 : found->second;
    }
    return total;
  }

  std::string data_;
};

TEST_F(Bretagne, TheAccountOfCrachStatesVotedCarriedOpenAndRealised) {
  const sdk::Written written = read_document(std::string(kCrach) + "CA-2021-01032022000000");
  EXPECT_THAT(written.rejects, ::testing::IsEmpty());
  EXPECT_EQ(sum(written, "D", "proposed"), 439'739'764);
  EXPECT_EQ(sum(written, "D", "carried_in"), 69'220'100);
  EXPECT_EQ(sum(written, "D", "open"), 508'959'864);
  EXPECT_EQ(sum(written, "D", "realised"), 328'199'052);
  EXPECT_EQ(sum(written, "D", "remainder"), 38'550'358);
  EXPECT_EQ(written.records.front().texts.at("document"), "CA");
  EXPECT_EQ(written.records.front().numbers.at("carried_known"), 1);
}

TEST_F(Bretagne, ADecisionStatesItsChangesItsReportsAndNoRealisedAmount) {
  const sdk::Written written = read_document(std::string(kCrach) + "DM2-2021-25112021000000");
  EXPECT_EQ(sum(written, "D", "proposed"), 0);
  EXPECT_EQ(sum(written, "D", "previous"), 508'959'864);
  EXPECT_EQ(sum(written, "D", "carried_in"), 69'220'100);
  std::map<std::string, std::int64_t> changes;
  for (const sdk::WrittenRecord& record : written.records) {
    if (record.stream != "budget_line") continue;
    EXPECT_EQ(record.numbers.count("realised"), 0u);
    EXPECT_EQ(record.numbers.at("document_number"), 2);
    const std::int64_t proposed = record.numbers.at("proposed");
    if (proposed != 0) changes[record.texts.at("nature")] = proposed;
  }
  EXPECT_EQ(changes, (std::map<std::string, std::int64_t>{{"6535", -159'500}, {"7398", 159'500}}));
}

TEST_F(Bretagne, TheNextBudgetStatesWhatItCarriesForward) {
  const sdk::Written written = read_document("budget-crach-001");
  EXPECT_EQ(sum(written, "D", "proposed"), 568'029'791);
  EXPECT_EQ(sum(written, "D", "carried_in"), 38'550'358);
  EXPECT_EQ(sum(written, "D", "open"), 606'580'149);
  EXPECT_EQ(written.records.front().numbers.at("exercise"), 2022);
}

TEST_F(Bretagne, EveryLineOfADecisionHasTheKeyItHasInTheAccount) {
  const auto keys = [](const sdk::Written& written) {
    std::set<std::string> out;
    for (const sdk::WrittenRecord& record : written.records) {
      if (record.stream == "budget_line") out.insert(record.texts.at("line"));
    }
    return out;
  };
  const auto account = keys(read_document(std::string(kCrach) + "CA-2021-01032022000000"));
  for (const std::string& key :
       keys(read_document(std::string(kCrach) + "DM3-2021-17122021000000"))) {
    EXPECT_TRUE(account.contains(key)) << key;
  }
}

TEST_F(Bretagne, TheTotalsOfEveryDocumentAgree) {
  const formats::Json expected = expected_values(data_);
  std::size_t documents = 0;
  for (const auto& [folder, values] : expected.find("bretagne")->members) {
    if (folder == kMohon) continue;  // its totals hold the calculated lines
    const sdk::Written written = read_document(folder);
    EXPECT_THAT(written.rejects, ::testing::IsEmpty()) << folder;
    const formats::Json& totals = *values.find("totaux");
    const bool is_account = values.find("NatDec")->text == "09";
    const std::map<std::string, std::string> measures = {{"CredOuv", "open"},
                                                         {"MtPropNouv", "proposed"},
                                                         {"MtBudgPrec", "previous"},
                                                         {"MtReal", "realised"},
                                                         {"MtRAR3112", "remainder"}};
    for (const auto& [key, value] : totals.members) {
      const auto measure = measures.find(key.substr(4));
      if (measure == measures.end()) continue;
      const bool is_stated = is_account || measure->second != "realised";
      EXPECT_EQ(sum(written, key.substr(0, 1), measure->second, key[2] - '0'),
                is_stated ? scaled(value) : 0)
          << folder << " " << key;
    }
    ++documents;
  }
  EXPECT_EQ(documents, 7u);
}

TEST_F(Bretagne, TheSingleAccountOfMohonHas163LinesAndDoesNotStateItsReports) {
  const sdk::Written written = read_document(kMohon, "nomenclatures/*M57_A*.xml");
  std::size_t lines = 0;
  std::set<std::string> ids;
  for (const sdk::WrittenRecord& record : written.records) {
    ids.insert(record.stream + record.id);
    if (record.stream != "budget_line") continue;
    ++lines;
    EXPECT_EQ(record.texts.at("document"), "CFU");
    EXPECT_EQ(record.numbers.at("carried_known"), 0);
    EXPECT_EQ(record.numbers.count("carried_in"), 0u);
  }
  EXPECT_EQ(lines, 163u);
  EXPECT_EQ(ids.size(), written.records.size());
  EXPECT_THAT(written.rejects, ::testing::IsEmpty());
  EXPECT_EQ(sum(written, "D", "realised"), 96'844'615);
  EXPECT_EQ(sum(written, "D", "open"), 254'195'901);
  EXPECT_EQ(sum(written, "R", "realised"), 199'827'368);
}

TEST_F(Bretagne, NoRecordHoldsANameOfThePersonsInTheAnnexes) {
  const sdk::Written written = read_document("*", "nomenclatures/*M57_A*.xml");
  const std::set<std::string> allowed = {
      "siret",     "budget", "nomenclature", "section", "flow",  "chapter",  "nature", "function",
      "operation", "line",   "document",     "status",  "grade", "category", "sector", "contract"};
  ASSERT_GT(written.records.size(), 900u);
  for (const sdk::WrittenRecord& record : written.records) {
    for (const auto& [field, text] : record.texts) EXPECT_TRUE(allowed.contains(field)) << field;
  }
}

}  // namespace
}  // namespace passerelle::finance_totem::testing
