// The life of a budget over its documents, in every order of arrival.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/finance_model.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

void add(const Folder& folder, const fs::path& document, const std::string& name) {
  fs::create_directories(folder.path() / "sources");
  const fs::path to = folder.path() / "sources" / (name + ".xml");
  fs::copy_file(document, to.string() + ".part");
  fs::rename(to.string() + ".part", to);
}

void sync(const Folder& folder) {
  const Finished finished =
      passerelle({"sync", "--model", folder / "model", "--data", folder / "data"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err << finished.out;
}

// Every published cell of the five measures, as one text.
std::string state_of(const Folder& folder) {
  std::string text;
  for (const Row& row : get(folder / "data", {"VOTED", "CARRIED", "OPEN", "REALISED", "REMAINDER"},
                            "siret,section,flow,order")) {
    for (const char* column :
         {"indicator", "siret", "section", "flow", "order", "period", "value", "na", "flags"}) {
      text += row.at(column) + ";";
    }
    text += "\n";
  }
  return text;
}

std::string measure(const Folder& folder, const std::string& indicator, const std::string& flow,
                    const std::string& exercise) {
  return value_of(get(folder / "data", {indicator}, "flow,order", exercise),
                  {{"flow", flow}, {"order", "false"}});
}

const std::vector<std::pair<std::string, std::string>> kCrach = {
    {"ca2021", "DOCBUDG-21560046100010-056025-CA-2021-01032022000000"},
    {"dm2", "DOCBUDG-21560046100010-056025-DM2-2021-25112021000000"},
    {"dm3", "DOCBUDG-21560046100010-056025-DM3-2021-17122021000000"},
    {"bp2022", "budget-crach-001"}};

// False after the last one. A program watched by a sanitizer takes every fifth.
bool next_order(std::vector<std::size_t>* order) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr int kStep = 5;
#else
  constexpr int kStep = 1;
#endif
  for (int i = 0; i < kStep; ++i) {
    if (!std::next_permutation(order->begin(), order->end())) return false;
  }
  return true;
}

TEST(BudgetChain, CrachHasOneFinalStateInAll24OrdersOfArrival) {
  PAS_NEEDS_SHARED_DATA();
  std::vector<std::size_t> order = {0, 1, 2, 3};
  std::string first;
  do {
    const Folder folder;
    write_budget_model(folder, "");
    for (const std::size_t document : order) {
      add(folder,
          fs::path(shared_data()) / "budget-bretagne" / kCrach[document].second / "totem.xml",
          kCrach[document].first);
      sync(folder);
    }
    const std::string state = state_of(folder);
    if (!first.empty()) {
      ASSERT_EQ(state, first) << "order " << order[0] << order[1] << order[2] << order[3];
      continue;
    }
    first = state;
    EXPECT_EQ(measure(folder, "VOTED", "D", "2021"), "4397397.64");
    EXPECT_EQ(measure(folder, "CARRIED", "D", "2021"), "692201.00");
    EXPECT_EQ(measure(folder, "OPEN", "D", "2021"), "5089598.64");
    EXPECT_EQ(measure(folder, "REALISED", "D", "2021"), "3281990.52");
    EXPECT_EQ(measure(folder, "REMAINDER", "D", "2021"), "385503.58");
    EXPECT_EQ(measure(folder, "VOTED", "D", "2022"), "5680297.91");
    EXPECT_EQ(measure(folder, "CARRIED", "D", "2022"), "385503.58");
    EXPECT_EQ(measure(folder, "OPEN", "D", "2022"), "6065801.49");
  } while (next_order(&order));
}

TEST(BudgetChain, MohonsSingleAccountIsReadWithoutItsCalculatedLines) {
  PAS_NEEDS_SHARED_DATA();
  const Folder folder;
  write_budget_model(folder,
                     "\"" + (fs::path(shared_data()) / "nomenclatures/*.xml").string() + "\"");
  add(folder,
      fs::path(shared_data()) / "budget-bretagne/DOCBUDG-21560134500014-CFU-BP-2023/totem.xml",
      "cfu");
  const Finished finished = passerelle(
      {"sync", "--model", folder / "model", "--data", folder / "data", "--output", "csv"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err << finished.out;
  EXPECT_EQ(value_of(get(folder / "data", {"LINES"}, "", "2023"), {}), "163");
  EXPECT_EQ(measure(folder, "REALISED", "D", "2023"), "968446.15");
  EXPECT_EQ(measure(folder, "OPEN", "D", "2023"), "2541959.01");
  EXPECT_EQ(measure(folder, "REALISED", "R", "2023"), "1998273.68");
  // Its carried amounts repeat the remainders on every line, so they are not known.
  EXPECT_NE(state_of(folder).find("INCOMPLETE_CHAIN"), std::string::npos);
  EXPECT_EQ(measure(folder, "VOTED", "D", "2023").find_first_of("0123456789"), std::string::npos);
}

// A document of the invented town, one line per (nature, amount).
std::string document(const std::string& nature_of_document, int number, const std::string& date,
                     const std::string& lines) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<DocumentBudgetaire xmlns=\"http://www.minefi.gouv.fr/cp/demat/docbudgetaire\">"
         "<EnTeteDocBudgetaire><DteStr V=\"" +
         date +
         "\"/><IdColl V=\"99900001700011\"/>"
         "</EnTeteDocBudgetaire><Budget><EnTeteBudget><IdEtab V=\"99900001700011\"/>"
         "<Nomenclature V=\"M57-M57\"/></EnTeteBudget><BlocBudget><NatDec V=\"" +
         nature_of_document + "\"/><NumDec V=\"" + std::to_string(number) +
         "\"/><Exer V=\"2025\"/><DteDec V=\"" + date + "\"/><CodTypBud V=\"P\"/></BlocBudget>" +
         lines + "</Budget></DocumentBudgetaire>\n";
}

std::string line(const std::string& nature, const std::string& amounts) {
  return "<LigneBudget><Nature V=\"" + nature +
         "\"/><Fonction V=\"020\"/><ContNat V=\"011\"/>"
         "<CodRD V=\"D\"/>" +
         amounts +
         "<OpBudg V=\"0\"/><CaracSup V=\"F\" Code=\"Section\"/>"
         "</LigneBudget>";
}

TEST(BudgetChain, BpBsDmAndAccountGiveOneStateInEveryOrder) {
  const std::vector<std::string> documents = {
      document(
          "01", 1, "2025-03-20",
          line("6061", "<MtPropNouv V=\"1000.00\"/>") + line("6062", "<MtPropNouv V=\"50.00\"/>")),
      document(
          "03", 1, "2025-06-20",
          line("6061",
               "<MtBudgPrec V=\"1000.00\"/><MtRARPrec V=\"80.00\"/><MtPropNouv V=\"20.00\"/>")),
      document("02", 1, "2025-10-02",
               line("6061", "<MtBudgPrec V=\"1100.00\"/><MtPropNouv V=\"-30.00\"/>")),
      document(
          "09", 0, "2026-04-02",
          line("6061", "<CredOuv V=\"1070.00\"/><MtRARPrec V=\"80.00\"/><MtReal V=\"901.10\"/>") +
              line("6062", "<CredOuv V=\"50.00\"/><MtReal V=\"49.99\"/>"))};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  std::string first;
  do {
    const Folder folder;
    write_budget_model(folder, "");
    for (const std::size_t which : order) {
      folder.write("sources/" + std::to_string(which) + ".xml", documents[which]);
      sync(folder);
    }
    const std::string state = state_of(folder);
    if (first.empty()) first = state;
    ASSERT_EQ(state, first);
    EXPECT_EQ(measure(folder, "VOTED", "D", "2025"), "1040.00");
    EXPECT_EQ(measure(folder, "CARRIED", "D", "2025"), "80.00");
    EXPECT_EQ(measure(folder, "OPEN", "D", "2025"), "1120.00");
    EXPECT_EQ(measure(folder, "REALISED", "D", "2025"), "951.09");
  } while (next_order(&order));
}

}  // namespace
}  // namespace passerelle::test
