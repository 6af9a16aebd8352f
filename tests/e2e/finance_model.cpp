#include "tests/e2e/finance_model.h"

#include <filesystem>
#include <set>

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAuthority = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
)yaml";

// One indicator of the budget chain.
std::string measure(const std::string& id, const std::string& field, const std::string& by) {
  return "  " + id + ":\n    label: {fr: " + id + ", en: " + id +
         "}\n    kind: means\n    from: budget\n    value: \"sum(" + field + ")\"\n    by: [" + by +
         "]\n    unit: EUR\n    round: 2\n";
}

std::string connector(const std::string& chart) {
  std::string text =
      "plugin: finance_totem\nlabel: {fr: Budgets, en: Budgets}\nconfig:\n  path: "
      "../sources/*.xml\n";
  if (!chart.empty()) text += "  chart: " + chart + "\n";
  return text;
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// The policies of the table, one per spelling that differs by more than case and accents.
std::string policies_of(const std::string& csv) {
  std::string text = "policies:\n";
  std::set<std::string> seen;
  int number = 0;
  for (const Row& row : rows_of(csv)) {
    const auto cell = row.find("Niveau a - Politique");
    if (cell == row.end() || cell->second.empty() || cell->second == "-") continue;
    std::string folded;
    for (const char c : cell->second) folded += static_cast<char>(std::tolower(c));
    if (!seen.insert(folded).second) continue;
    text += "  P" + std::to_string(++number) + ": {label: {fr: " + quoted(cell->second) +
            ", en: " + quoted(cell->second) + "}}\n";
  }
  return text;
}

}  // namespace

void write_budget_model(const Folder& folder, const std::string& chart) {
  const std::string by = "siret, section, flow, order";
  folder.write("model/authority.yaml", kAuthority);
  folder.write("model/indicators.yaml",
               "indicators:\n" + measure("VOTED", "voted", by) + measure("CARRIED", "carried", by) +
                   measure("OPEN", "open", by) + measure("REALISED", "realised", by) +
                   measure("REMAINDER", "remainder", by) +
                   "  LINES: {label: {fr: Lignes, en: Lines}, kind: activity, from: budget, value: "
                   "count(), unit: count}\n");
  folder.write("model/connectors/budgets.yaml", connector(chart));
}

void write_montreuil_model(const Folder& folder) {
  const fs::path data = fs::path(shared_data()) / "budget-montreuil";
  folder.write("model/authority.yaml", kAuthority);
  fs::create_directories(folder.path() / "model/tables");
  fs::copy_file(data / "agregation-montreuil.csv", folder / "model/tables/agregation.csv");
  std::string table = folder.read("model/tables/agregation.csv");
  folder.write("model/policies.yaml", policies_of(table));
  folder.write("model/mapping.yaml", R"yaml(
tables:
  politiques:
    file: tables/agregation.csv
    delimiter: ","
    key: [Sens, Nature Mvt, Section, Nature - Code, Fonction - Code]
    none: ["", "-"]
mappings:
  - kind: budget
    rules:
      - name: politique
        table: politiques
        on:
          Sens: "flow == 'D' ? 'DEPENSE' : 'RECETTE'"
          Nature Mvt: "order ? 'ORDRE' : 'REELLE'"
          Section: "section == 'F' ? 'FONCTIONNEMENT' : 'INVESTISSEMENT'"
          Nature - Code: nature
          Fonction - Code: function
        set: {policy: $Niveau a - Politique}
)yaml");
  const std::string real = "    where: \"flow == 'D' && section == 'F' && !order\"\n";
  const std::string staff = R"yaml(  ETP:
    label: {fr: ETP pourvus, en: Filled FTE}
    kind: means
    from: staff_position
    value: "sum(filled)"
    by: [sector, category]
    unit: ETP
    round: 2
  COUT_ETP:
    label: {fr: Charges de personnel par ETP, en: Staff cost per FTE}
    kind: efficiency
    value: "sum(budget.realised, chapter == '012' && flow == 'D' && section == 'F' && !order) / sum(staff_position.filled)"
    unit: EUR/ETP
    round: 2
)yaml";
  folder.write("model/indicators.yaml",
               "indicators:\n" + measure("REALISED", "realised", "section, flow, order") +
                   measure("DF", "realised", "policy") + real +
                   measure("DF_FUNCTION", "realised", "function") + real +
                   measure("DF_CHAPTER", "realised", "chapter") + real + staff);
  folder.write("model/connectors/budgets.yaml",
               connector("\"" + (data / "plan-de-compte-*.xml").string() + "\""));
}

}  // namespace passerelle::test
