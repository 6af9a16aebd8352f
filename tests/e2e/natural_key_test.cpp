// One invoice in the books of two systems (E17), by the file connector, with restarts in between.
#include <gtest/gtest.h>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

void write_model(const Folder& folder) {
  folder.write("model/authority.yaml", R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}
kinds:
  invoice: {label: {fr: facture, en: invoice}, at: day, fields: {day: date, amount: {type: decimal, scale: 2, unit: EUR}}}
precedence:
  invoice: [finance, desk]
indicators:
  FACTURE: {label: {fr: Facturé, en: Invoiced}, kind: means, from: invoice, value: sum(amount), unit: EUR, round: 2}
  MENSUEL: {label: {fr: Moyenne mensuelle, en: Monthly mean}, kind: means, from: invoice, value: sum(amount), grain: month, grains: [year], time: average, unit: EUR, round: 2}
)yaml");
  folder.write("model/manifests/invoices.manifest", R"yaml(
format: csv
streams:
  invoice:
    kind: invoice
    id: [id]
    natural_key: [numero]
    fields:
      day: {column: jour, type: date}
      amount: {column: montant, type: decimal, scale: 2, unit: EUR}
)yaml");
  for (const char* connector : {"finance", "desk"}) {
    folder.write("model/connectors/" + std::string(connector) + ".yaml",
                 "plugin: file\nlabel: {fr: Source, en: Source}\n"
                 "config: {manifest: manifests/invoices.manifest, path: \"../sources/" +
                     std::string(connector) + ".csv\"}\n");
  }
}

std::string synced(const Folder& folder) {
  const Finished finished =
      passerelle({"sync", "--model", folder / "model", "--data", folder / "data"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err << finished.out;
  return finished.out;
}

std::string of(const Folder& folder, const std::string& indicator) {
  return value_of(get(folder / "data", {indicator}, "", "2026"), {});
}
std::string invoiced(const Folder& folder) { return of(folder, "FACTURE"); }

TEST(NaturalKey, AnInvoiceOfTwoSystemsIsCountedOnceAndItsConflictIsShownE17) {
  const Folder folder;
  write_model(folder);
  folder.write("sources/desk.csv",
               "id,numero,jour,montant\n9,F-2026-0042,2026-01-10,1550.00\n"
               "10,,2026-02-11,1.00\n");
  folder.write("sources/finance.csv", "id,numero,jour,montant\n");
  EXPECT_EQ(synced(folder).find("DQ-CONFLICT"), std::string::npos);
  EXPECT_EQ(invoiced(folder), "1551.00");
  folder.write("sources/finance.csv", "id,numero,jour,montant\n1,F-2026-0042,2026-01-10,1500.00\n");
  EXPECT_EQ(of(folder, "MENSUEL"), "775.50") << "by months that are not published themselves";
  const std::string both = synced(folder);
  EXPECT_NE(both.find("DQ-CONFLICT"), std::string::npos) << both;
  EXPECT_NE(both.find("50.00 EUR"), std::string::npos) << both;
  EXPECT_NE(both.find("F-2026-0042"), std::string::npos) << both;
  EXPECT_EQ(invoiced(folder), "1501.00");
  folder.write("sources/finance.csv", "id,numero,jour,montant\n");
  EXPECT_EQ(synced(folder).find("DQ-CONFLICT"), std::string::npos);
  EXPECT_EQ(invoiced(folder), "1551.00");
}

}  // namespace
}  // namespace passerelle::test
