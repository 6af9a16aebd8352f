// A help desk's event log and a city's list of positions, both real, by delivered manifests.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAuthority =
    "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n";

std::string connector(const std::string& manifest, const std::string& path) {
  return "plugin: file\nlabel: {fr: Source, en: Source}\nconfig: {manifest: " + manifest +
         ", path: \"" + path + "\"}\n";
}

void sync(const Folder& folder) {
  const Finished finished = passerelle(
      {"sync", "--model", folder / "model", "--data", folder / "data"}, std::chrono::seconds(240));
  ASSERT_EQ(finished.exit_code, 0) << finished.err << finished.out;
}

void write_ticket_model(const Folder& folder, const std::string& path) {
  folder.write("model/authority.yaml", kAuthority);
  folder.write("model/indicators.yaml", R"yaml(
indicators:
  TICKETS: {label: {fr: Demandes, en: Tickets}, kind: activity, from: ticket, value: count(), at: closed, grain: all, by: [category], unit: count}
  MEDIAN:
    label: {fr: Délai médian, en: Median time}
    kind: quality
    from: ticket
    value: "median(closed - opened) / 24"
    at: closed
    grain: all
    by: [category]
    round: 6
  MOVED: {label: {fr: Rouvertes, en: Moved}, kind: quality, from: ticket, value: count(moves_out > 0), at: closed, grain: all, unit: count}
  MOVES: {label: {fr: Sorties, en: Moves}, kind: quality, from: ticket, value: sum(moves_out), at: closed, grain: all, unit: count}
  REOPENED: {label: {fr: Réouvertures, en: Reopened}, kind: quality, from: ticket, value: count(reopen_count > 0), at: closed, grain: all, unit: count}
  MISSED: {label: {fr: Engagements manqués, en: Missed}, kind: quality, from: ticket, value: count(!made_sla), at: closed, grain: all, unit: count}
)yaml");
  folder.write("model/connectors/desk.yaml", connector("servicenow_event_log", path));
}

void expect_service_now(const Folder& folder) {
  const std::vector<Row> totals =
      get(folder / "data", {"TICKETS", "MEDIAN", "MOVED", "MOVES", "REOPENED", "MISSED"}, "");
  const auto total = [&](const char* indicator) {
    return value_of(totals, {{"indicator", indicator}});
  };
  EXPECT_EQ(total("TICKETS"), "24918");
  EXPECT_EQ(total("MEDIAN"), "6.077778");
  EXPECT_EQ(total("MOVED"), "276");
  EXPECT_EQ(total("MOVES"), "332");
  EXPECT_EQ(total("REOPENED"), "275");
  EXPECT_EQ(total("MISSED"), "9115");
  const std::vector<Row> categories = get(folder / "data", {"TICKETS", "MEDIAN"}, "category");
  const auto of = [&](const char* indicator, const char* category) {
    return value_of(categories, {{"indicator", indicator}, {"category", category}});
  };
  EXPECT_EQ(of("TICKETS", "Category 42"), "3558");
  EXPECT_EQ(of("MEDIAN", "Category 42"), "5.045833");
  EXPECT_EQ(of("TICKETS", "Category 26"), "3338");
  EXPECT_EQ(of("MEDIAN", "Category 26"), "5.158333");
  EXPECT_EQ(of("TICKETS", "Category 53"), "2678");
}

TEST(ServiceNow, TicketsAreFoldedFromTheirEventsInTheArchive) {
  PAS_NEEDS_SHARED_DATA();
  const Folder folder;
  write_ticket_model(folder, shared_data() + "/tickets-servicenow/incident_event_log.zip");
  sync(folder);
  expect_service_now(folder);
}

TEST(ServiceNow, EventsShuffledAndFedTwiceGiveTheSame) {
  PAS_NEEDS_SHARED_DATA();
  const Folder folder;
  fs::create_directories(folder.path() / "sources");
  const Finished unzipped =
      run({"/usr/bin/python3", "-c",
           "import random,sys,zipfile\n"
           "z=zipfile.ZipFile(sys.argv[1]);n=[x for x in z.namelist() if x.endswith('.csv')][0]\n"
           "lines=z.read(n).decode().splitlines()\n"
           "rows=lines[1:];random.Random(7).shuffle(rows)\n"
           "for k in (1,2):\n"
           "  open(sys.argv[2]+'/'+str(k)+'.csv','w').write('\\n'.join([lines[0]]+rows)+'\\n')\n",
           shared_data() + "/tickets-servicenow/incident_event_log.zip", folder / "sources"});
  ASSERT_EQ(unzipped.exit_code, 0) << unzipped.err;
  write_ticket_model(folder, "../sources/*.csv");
  sync(folder);
  expect_service_now(folder);
}

TEST(Chicago, PositionsAndSalariesAreCountedByDepartment) {
  PAS_NEEDS_SHARED_DATA();
  const Folder folder;
  folder.write("model/authority.yaml", kAuthority);
  folder.write("model/indicators.yaml", R"yaml(
indicators:
  ROWS: {label: {fr: Postes, en: Positions}, kind: means, from: payroll, value: count(), grain: all, by: [department], unit: count}
  FTE: {label: {fr: ETP, en: FTE}, kind: means, from: payroll, value: sum(fte), grain: all, by: [department], unit: ETP, round: 3}
  SALARIES: {label: {fr: Salaires, en: Salaries}, kind: means, from: payroll, value: sum(annual_salary), grain: all, by: [department], unit: EUR, round: 2}
)yaml");
  folder.write(
      "model/connectors/staff.yaml",
      connector("chicago_employees", shared_data() + "/hr-chicago/current_employees_sans_nom.csv"));
  sync(folder);
  const std::vector<Row> totals = get(folder / "data", {"ROWS", "FTE", "SALARIES"}, "");
  EXPECT_EQ(value_of(totals, {{"indicator", "ROWS"}}), "31059");
  EXPECT_EQ(value_of(totals, {{"indicator", "FTE"}}), "30548.875");
  EXPECT_EQ(value_of(totals, {{"indicator", "SALARIES"}}), "2275518137.04");
  const std::vector<Row> rows = get(folder / "data", {"ROWS", "FTE"}, "department");
  const auto of = [&](const char* indicator, const char* department) {
    return value_of(rows, {{"indicator", indicator}, {"department", department}});
  };
  EXPECT_EQ(rows.size(), 72U);
  EXPECT_EQ(of("ROWS", "POLICE"), "12822");
  EXPECT_EQ(of("ROWS", "FIRE"), "4785");
  EXPECT_EQ(of("ROWS", "STREETS & SAN"), "1874");
  EXPECT_EQ(of("ROWS", "WATER MGMNT"), "1830");
  EXPECT_EQ(of("ROWS", "AVIATION"), "1468");
  EXPECT_EQ(of("FTE", "AVIATION"), "1454.500");
}

// Counts of a connector's last run, by the columns of `sync --output csv`.
TEST(File, OfAChangedFileOnlyTheDifferencesTravelOn) {
  const Folder folder;
  folder.write("model/authority.yaml", kAuthority);
  folder.write("model/indicators.yaml", R"yaml(
indicators:
  MONTANT: {label: {fr: Montant, en: Amount}, kind: means, from: engagement, value: sum(engaged), by: [chapter], unit: EUR, round: 2}
  RESTE: {label: {fr: Non mandaté, en: Left}, kind: means, from: engagement, value: sum(engaged_not_mandated), unit: EUR, round: 2}
)yaml");
  folder.write("model/manifests/e.manifest", R"yaml(
delimiter: ";"
decimal: {point: ",", group: [" "]}
streams:
  engagement:
    kind: engagement
    id: [numero]
    fields: {number: numero, exercise: exercice, chapter: chapitre, engaged: montant}
)yaml");
  folder.write("model/connectors/e.yaml", connector("manifests/e.manifest", "../sources/e.csv"));
  const auto counts = [&] {
    const Finished finished = passerelle(
        {"sync", "--model", folder / "model", "--data", folder / "data", "--output", "csv"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err << finished.out;
    return rows_of(finished.out).at(0);
  };
  const std::string head = "numero;exercice;chapitre;montant\n";
  folder.write("sources/e.csv",
               head + "1;2025;011;1 000,50\n2;2025;011;20,00\n3;2025;65;5,00\n4;2025;65;x\n");
  Row row = counts();
  EXPECT_EQ(row["read"], "4");
  EXPECT_EQ(row["kept"], "3");
  EXPECT_EQ(row["rejected"], "1");
  EXPECT_EQ(value_of(get(folder / "data", {"MONTANT"}, ""), {}), "1025.50");
  EXPECT_EQ(value_of(get(folder / "data", {"RESTE"}, ""), {}), "1025.50") << "none is mandated";
  // Nothing new: the file is not read again.
  row = counts();
  EXPECT_EQ(row["read"], "0");
  // One row corrected, one gone, one added; one stays.
  folder.write("sources/e.csv", head + "1;2025;011;1 000,50\n2;2025;011;21,00\n5;2025;65;7,25\n");
  row = counts();
  EXPECT_EQ(row["read"], "3");
  EXPECT_EQ(row["unchanged"], "1");
  EXPECT_EQ(value_of(get(folder / "data", {"MONTANT"}, ""), {}), "1028.75");
  EXPECT_EQ(value_of(get(folder / "data", {"MONTANT"}, "chapter"), {{"chapter", "65"}}), "7.25");
}

}  // namespace
}  // namespace passerelle::test
