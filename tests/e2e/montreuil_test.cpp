// Four administrative accounts of a real town, read through the town's own table of policies.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "tests/e2e/finance_model.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

class Montreuil : public ::testing::Test {
 protected:
  void SetUp() override {
    PAS_NEEDS_SHARED_DATA();
    write_montreuil_model(folder_);
    fs::create_directories(folder_.path() / "sources");
  }
  void add(const std::string& year) {
    const fs::path to = folder_.path() / "sources" / ("CA_" + year + ".xml");
    // Copied under another name first: the connector never sees half a file.
    const fs::path half = to.string() + ".part";
    fs::copy_file(fs::path(shared_data()) / "budget-montreuil" / ("CA_" + year + ".xml"), half);
    fs::rename(half, to);
  }
  void sync() {
    const Finished finished =
        passerelle({"sync", "--model", folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err << finished.out;
  }
  std::vector<Row> values(const std::string& indicator, const std::string& by,
                          const std::string& period) {
    return get(folder_ / "data", {indicator}, by, period);
  }
  // The value of the policy with that French label.
  std::string policy(const std::vector<Row>& rows, const std::string& label) {
    const std::string model = folder_.read("model/policies.yaml");
    const std::size_t at = model.find("{fr: \"" + label + "\"");
    const std::size_t id = model.rfind("\n  ", at) + 3;
    return value_of(rows, {{"policy", model.substr(id, model.find(':', id) - id)}});
  }
  Folder folder_;
};

TEST_F(Montreuil, TheAccountOf2018IsReadByPolicyFunctionAndChapterToTheCent) {
  add("2018");
  sync();
  const std::vector<Row> total = values("DF", "", "2018");
  EXPECT_EQ(value_of(total, {}), "191602651.45");
  const std::vector<Row> policies = values("DF", "policy", "2018");
  EXPECT_EQ(policies.size(), 18U);
  const std::map<std::string, std::string> expected = {
      {"Administration et frais généraux", "41277404.06"},
      {"Assemblée locale", "2471855.02"},
      {"Bâtiments publics", "10140555.36"},
      {"Charge de la dette", "3790656.43"},
      {"Coopération Internationale", "387959.64"},
      {"Culture", "4513788.80"},
      {"Divers", "673290.52"},
      {"Education", "39372466.63"},
      {"Espaces publics", "18591997.05"},
      {"Intercommunalité", "30984101.79"},
      {"Interventions sociales", "5445176.63"},
      {"Jeunesse", "5620437.50"},
      {"Logement", "2066087.75"},
      {"Petite Enfance", "8569808.21"},
      {"Péréquation", "751845.00"},
      {"Santé", "5512736.52"},
      {"Sports", "3979228.56"},
      {"Sécurité Publique", "7453255.98"}};
  for (const auto& [label, amount] : expected) EXPECT_EQ(policy(policies, label), amount) << label;
  EXPECT_EQ(value_of(policies, {{"policy", "UNMAPPED"}}), "");

  std::map<char, long long> digits;
  for (const Row& row : values("DF_FUNCTION", "function", "2018")) {
    std::string cents = row.at("value");
    cents.erase(cents.find('.'), 1);
    digits[row.at("function")[0]] += std::stoll(cents);
  }
  const std::map<char, long long> expected_digits = {
      {'0', 9065984612}, {'1', 745325598}, {'2', 2635491558}, {'3', 451378880},  {'4', 2261721711},
      {'5', 1031791634}, {'6', 920980502}, {'7', 206608775},  {'8', 1773821723}, {'9', 67160152}};
  EXPECT_EQ(digits, expected_digits);
  EXPECT_EQ(value_of(values("DF_CHAPTER", "chapter", "2018"), {{"chapter", "012"}}),
            "106775683.65");
}

TEST_F(Montreuil, RealAndOrderFlowsOfBothSectionsAgreeWithTheAccount) {
  add("2018");
  sync();
  const std::vector<Row> rows = values("REALISED", "section,flow,order", "2018");
  const auto at = [&](const char* section, const char* flow, const char* order) {
    return value_of(rows, {{"section", section}, {"flow", flow}, {"order", order}});
  };
  EXPECT_EQ(at("F", "D", "false"), "191602651.45");
  EXPECT_EQ(at("I", "D", "false"), "64735529.24");
  EXPECT_EQ(at("F", "R", "false"), "223779557.58");
  EXPECT_EQ(at("I", "R", "false"), "40225319.73");
  EXPECT_EQ(at("F", "D", "true"), "11802538.97");
}

TEST_F(Montreuil, StaffIsCountedBySectorAndCategoryAndCostsPerFte) {
  add("2018");
  sync();
  EXPECT_EQ(value_of(values("ETP", "", "2018"), {}), "2266.46");
  const std::vector<Row> categories = values("ETP", "category", "2018");
  EXPECT_EQ(value_of(categories, {{"category", "A"}}), "269.16");
  EXPECT_EQ(value_of(categories, {{"category", "B"}}), "284.49");
  EXPECT_EQ(value_of(categories, {{"category", "C"}}), "1712.81");
  EXPECT_EQ(value_of(values("COUT_ETP", "", "2018"), {}), "47111.21");
}

TEST_F(Montreuil, LaterAccountsReachASubscriberAsWholeRevisionsAndShowWhatIsUnmapped) {
  add("2018");
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "info", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data"});
  const auto connector = [&](const std::string& verb) {
    return passerelle({"connector", verb, "budgets", "--data", folder_ / "data"});
  };
  const auto settle = [&] {
    return passerelle({"connector", "list", "--wait", "--data", folder_ / "data"}).exit_code;
  };
  ASSERT_EQ(settle(), 0) << hub.err();
  Background watch(folder_, "watch",
                   {passerelle_binary(), "watch", "DF", "--by", "policy", "--data",
                    folder_ / "data", "--output", "json"});
  ASSERT_TRUE(eventually([&] { return watch.out().find("\"progress\"") != std::string::npos; }))
      << watch.err();
  const std::map<std::string, std::string> unmapped = {
      {"2019", "2719.82"}, {"2020", "526.44"}, {"2021", "1024506.67"}};
  for (const auto& [year, amount] : unmapped) {
    add(year);
    ASSERT_EQ(connector("run").exit_code, 0);
    EXPECT_TRUE(eventually([&] {
      return value_of(values("DF", "policy", year), {{"policy", "UNMAPPED"}}) == amount;
    })) << year;
    // The whole account came with one Progress: the subscriber never saw a part of it.
    EXPECT_TRUE(eventually([&] {
      return watch.out().find("\"period\":\"" + year + "\"") != std::string::npos;
    })) << watch.out();
  }
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.wait(std::chrono::seconds(20)), 0) << hub.err();
  std::size_t batches_of_2019 = 0;
  std::size_t line = 0;
  const std::string out = watch.out();
  while (line < out.size()) {
    const std::size_t end = out.find('\n', line);
    const std::string message = out.substr(line, end - line);
    if (message.find("\"period\":\"2019\"") != std::string::npos) ++batches_of_2019;
    line = end + 1;
  }
  EXPECT_EQ(batches_of_2019, 1U);
  EXPECT_EQ(value_of(values("DF", "", "2019"), {}), "196920984.00");
  EXPECT_EQ(value_of(values("DF", "", "2020"), {}), "198066542.72");
  EXPECT_EQ(value_of(values("DF", "", "2021"), {}), "203092267.29");
}

}  // namespace
}  // namespace passerelle::test
