// passerelle plan, model history and model rollback, through the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/e2e/finance_model.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEngagementModel = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
organisation:
  DIR_A: {kind: direction, label: {fr: A, en: A}}
processes:
  P: {label: {fr: P, en: P}, family: operational}
activities:
  A_CULTURE: {label: {fr: Animer, en: Animate}, process: P, raci: {A: DIR_A, R: [DIR_A]}}
  A_SPORTS: {label: {fr: Entraîner, en: Train}, process: P, raci: {A: DIR_A, R: [DIR_A]}}
  A_EAU: {label: {fr: Distribuer, en: Supply}, process: P, raci: {A: DIR_A, R: [DIR_A]}}
policies:
  CULTURE: {label: {fr: Culture, en: Culture}}
  SPORTS: {label: {fr: Sports, en: Sports}}
  EAU: {label: {fr: Eau, en: Water}}
tables:
  fonctions: {file: tables/fonctions.csv, delimiter: ";", key: [fonction]}
mappings:
  - kind: engagement
    rules:
      - {name: table, table: fonctions, on: {fonction: function}, set: {policy: $politique, activity: $activite}}
)yaml";

constexpr const char* kIndicators = R"yaml(
indicators:
  ENGAGE: {label: {fr: Engagé, en: Committed}, kind: means, from: engagement, value: "sum(engaged)", by: [policy, activity], publish: [[], [policy], [activity]], unit: EUR, round: 2}
  NOMBRE: {label: {fr: Nombre, en: Number}, kind: activity, from: engagement, value: "count()", unit: count}
)yaml";

constexpr const char* kTable =
    "fonction;politique;activite\n31;CULTURE;A_CULTURE\n32;SPORTS;A_SPORTS\n7;EAU;A_EAU\n";
// One line says something else.
constexpr const char* kOtherTable =
    "fonction;politique;activite\n31;CULTURE;A_CULTURE\n32;EAU;A_EAU\n7;EAU;A_EAU\n";

constexpr const char* kConnector =
    "plugin: file\nlabel: {fr: Engagements, en: Commitments}\nconfig: {manifest: e.manifest, "
    "path: ../sources/*.csv}\n";

class ModelLife : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/model.yaml", kEngagementModel);
    folder_.write("model/indicators.yaml", kIndicators);
    folder_.write("model/tables/fonctions.csv", kTable);
    folder_.write("model/connectors/engagements.yaml", kConnector);
    folder_.write("model/e.manifest",
                  "format: csv\nstreams:\n  engagement:\n    kind: engagement\n    id: [id]\n"
                  "    fields: {exercise: {constant: \"2026\"}, function: f, engaged: e, "
                  "mandated: m}\n");
    folder_.write("sources/e.csv",
                  "id,f,e,m\nE1,31,100.00,0\nE2,31,50.00,0\nE3,32,80.00,0\nE4,7,1000.00,100.00\n"
                  "E5,33,7.00,0\n");
    const Finished synced =
        passerelle({"sync", "--model", folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(synced.exit_code, 0) << synced.out << synced.err;
  }

  Finished plan(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"plan", folder_ / "model", "--data", folder_ / "data"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return passerelle(arguments);
  }
  Finished on_data(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", folder_ / "data"});
    return passerelle(arguments);
  }
  // Every file below the data folder with its bytes.
  std::map<std::string, std::string> data_files() {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "data")) {
      const std::string name = fs::relative(entry.path(), folder_.path()).string();
      if (entry.is_regular_file()) files[name] = folder_.read(name);
    }
    return files;
  }
  std::string engaged(const std::string& policy) {
    return value_of(get(folder_ / "data", {"ENGAGE"}, "policy"), {{"policy", policy}});
  }
  std::vector<Row> history() {
    return rows_of(on_data({"model", "history", "--output", "csv"}).out);
  }
  Folder folder_;
};

std::set<std::string> lines_of(const std::vector<Row>& rows) {
  std::set<std::string> lines;
  for (const Row& row : rows) {
    lines.insert(row.at("indicator") + " " + row.at("scope") + " " + row.at("period") + ": " +
                 row.at("before") + " -> " + row.at("after") + " " + row.at("cause"));
  }
  return lines;
}

TEST_F(ModelLife, APlanOfOneChangedLineListsExactlyTheCellsThatChange) {
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  const std::vector<Row> rows = rows_of(plan({"--output", "csv"}).out);
  EXPECT_EQ(lines_of(rows),
            (std::set<std::string>{"ENGAGE policy=SPORTS 2026: 80.00 -> absent MAPPING",
                                   "ENGAGE activity=A_SPORTS 2026: 80.00 -> absent MAPPING",
                                   "ENGAGE policy=EAU 2026: 1000.00 -> 1080.00 MAPPING",
                                   "ENGAGE activity=A_EAU 2026: 1000.00 -> 1080.00 MAPPING"}));
  EXPECT_EQ(rows.front().at("change"), "-100.0");
  EXPECT_EQ(rows.back().at("change"), "+8.0");
  const Finished shown = plan();
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("tables   fonctions  +1 -1"));
  EXPECT_THAT(shown.out, HasSubstr("4 published values would change"));
  EXPECT_THAT(shown.out, HasSubstr("A_SPORTS"));
  EXPECT_THAT(shown.out, HasSubstr("engaged 80.00 EUR"));
  EXPECT_THAT(shown.out, HasSubstr("E3"));
  EXPECT_THAT(shown.out, HasSubstr("Nothing was written"));
  // What it said is what apply does.
  ASSERT_EQ(on_data({"apply", folder_ / "model"}).exit_code, 0);
  EXPECT_EQ(engaged("SPORTS"), "");
  EXPECT_EQ(engaged("EAU"), "1080.00");
  EXPECT_THAT(plan().out, HasSubstr("is this one already"));
}

TEST_F(ModelLife, APlanWritesNothing) {
  const auto before = data_files();
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  const Finished finished = plan();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(data_files(), before);
  EXPECT_EQ(history().size(), 1U);
  EXPECT_EQ(data_files(), before);
}

TEST_F(ModelLife, EachPartOfTheModelIsACauseOfItsOwn) {
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  std::string indicators = kIndicators;
  indicators.replace(indicators.find("sum(engaged)"), 12, "sum(engaged) - sum(mandated)");
  folder_.write("model/indicators.yaml", indicators);
  const std::set<std::string> lines = lines_of(rows_of(plan({"--output", "csv"}).out));
  EXPECT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines.contains("ENGAGE policy=SPORTS 2026: 80.00 -> absent MAPPING"));
  EXPECT_TRUE(lines.contains("ENGAGE policy=EAU 2026: 1000.00 -> 980.00 MAPPING DEFINITION"));
  EXPECT_TRUE(lines.contains("ENGAGE  2026: 1237.00 -> 1137.00 DEFINITION"));
}

TEST_F(ModelLife, APlanSaysWhichConnectorsAndIndicatorsComeAndGo) {
  folder_.write("model/connectors/autres.yaml", kConnector);
  fs::remove(folder_.path() / "model/connectors/engagements.yaml");
  std::string indicators = kIndicators;
  indicators.replace(indicators.find("NOMBRE"), 6, "COMPTE");
  folder_.write("model/indicators.yaml", indicators);
  const Finished shown = plan();
  EXPECT_THAT(shown.out, HasSubstr("added    connectors  autres"));
  EXPECT_THAT(shown.out, HasSubstr("removed  connectors  engagements"));
  EXPECT_THAT(shown.out, HasSubstr("added    indicators  COMPTE"));
  EXPECT_EQ(lines_of(rows_of(plan({"--output", "csv"}).out)),
            (std::set<std::string>{"COMPTE  2026: absent -> 5 DEFINITION",
                                   "NOMBRE  2026: 5 -> absent DEFINITION"}));
  const Finished json = plan({"--output", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"unchanged\": false"));
  folder_.write("plan.json", json.out);
  EXPECT_EQ(run({"/usr/bin/python3", "-c",
                 "import json,sys; assert len(json.load(open(sys.argv[1]))['cells']) == 2",
                 folder_ / "plan.json"})
                .exit_code,
            0);
}

TEST_F(ModelLife, AFileOfTestsChangesNothingThatAPlanWouldShow) {
  folder_.write("model/tests/a.yaml",
                "tests:\n  - {name: a, expect: {\"NOMBRE[period=2026]\": absent}}\n");
  EXPECT_THAT(plan().out, HasSubstr("is this one already"));
}

TEST_F(ModelLife, TestsMadeOfRecordsPassAndFailWhenARuleChanges) {
  const auto files = data_files();
  const Finished made =
      passerelle({"test", folder_ / "model", "--golden", folder_ / "data", "--facts", "3"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(data_files(), files);
  // What no rule maps comes first, then the activities by name; no id of a record.
  EXPECT_THAT(made.out, HasSubstr("engagement (engagements) -> UNMAPPED"));
  EXPECT_THAT(made.out, HasSubstr("engagement (engagements) -> A_CULTURE"));
  EXPECT_THAT(made.out, HasSubstr("engagement (engagements) -> A_EAU"));
  EXPECT_THAT(made.out, Not(HasSubstr("A_SPORTS")));
  EXPECT_THAT(made.out, Not(HasSubstr("E1")));
  folder_.write("model/tests/golden.yaml", made.out);
  const Finished passed = passerelle({"test", folder_ / "model"});
  EXPECT_EQ(passed.exit_code, 0) << passed.out << passed.err;
  EXPECT_THAT(passed.out, HasSubstr("3 tests, 3 "));
  folder_.write("model/tables/fonctions.csv", "fonction;politique;activite\n33;EAU;A_EAU\n");
  EXPECT_EQ(passerelle({"test", folder_ / "model"}).exit_code, 1);
}

TEST_F(ModelLife, APlanIsMadeBesideARunningHubAndAfterItWasKilled) {
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "warn", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data"});
  ASSERT_TRUE(eventually([&] {
    return on_data({"connector", "list"}).exit_code == 0;
  })) << hub.err();
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  const std::string revision = on_data({"get", "NOMBRE", "--output", "json"}).out;
  const Finished beside = plan({"--output", "csv"});
  EXPECT_EQ(beside.exit_code, 0) << beside.err;
  EXPECT_EQ(beside.err, "");
  EXPECT_EQ(rows_of(beside.out).size(), 4U);
  EXPECT_EQ(on_data({"get", "NOMBRE", "--output", "json"}).out, revision) << "nothing was written";
  hub.signal(SIGKILL);
  hub.wait(std::chrono::seconds(20));
  const Finished finished = plan({"--output", "csv"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, beside.out);
}

TEST_F(ModelLife, AStoppedHubsModelIsRolledBackByItsTextInTheJournal) {
  const std::string first = history().at(0).at("hash");
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  ASSERT_EQ(on_data({"apply", folder_ / "model"}).exit_code, 0);
  ASSERT_EQ(history().size(), 2U);
  EXPECT_EQ(history()[0].at("current"), "false");
  EXPECT_EQ(history()[1].at("current"), "true");
  const Finished rolled = on_data({"model", "rollback", history()[0].at("proposed")});
  EXPECT_EQ(rolled.exit_code, 0) << rolled.err;
  EXPECT_EQ(engaged("SPORTS"), "80.00");
  const std::vector<Row> rows = history();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].at("hash"), first);
  EXPECT_EQ(rows[2].at("same_as"), rows[0].at("proposed"));
  EXPECT_EQ(rows[2].at("current"), "true");
  EXPECT_THAT(on_data({"model", "rollback", first.substr(0, 8)}).out,
              HasSubstr("is this one already"));
  const Finished unknown = on_data({"model", "rollback", "999"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("passerelle model history"));
}

TEST_F(ModelLife, ARunningHubsModelIsRolledBackToo) {
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "warn", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data"});
  ASSERT_TRUE(eventually([&] {
    return on_data({"connector", "list"}).exit_code == 0;
  })) << hub.err();
  folder_.write("model/tables/fonctions.csv", kOtherTable);
  ASSERT_EQ(on_data({"apply", folder_ / "model"}).exit_code, 0);
  EXPECT_EQ(engaged("EAU"), "1080.00");
  ASSERT_EQ(history().size(), 2U);
  const Finished rolled = on_data({"model", "rollback", history()[0].at("switched")});
  EXPECT_EQ(rolled.exit_code, 0) << rolled.err;
  EXPECT_THAT(rolled.out, HasSubstr("in force from revision"));
  EXPECT_EQ(engaged("EAU"), "1000.00");
  EXPECT_EQ(history().size(), 3U);
  EXPECT_EQ(on_data({"model", "rollback", "nothing"}).exit_code, 1);
}

TEST_F(ModelLife, DataThatIsNotThereIsNotMade) {
  const std::string nowhere = folder_ / "nowhere";
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"plan", folder_ / "model"},
                                               {"apply", folder_ / "model"},
                                               {"model", "history"},
                                               {"model", "rollback", "2"}}) {
    std::vector<std::string> arguments = verb;
    arguments.insert(arguments.end(), {"--data", nowhere});
    EXPECT_EQ(passerelle(arguments).exit_code, 1) << verb[0];
    EXPECT_FALSE(fs::exists(nowhere)) << verb[0];
  }
}

// "DF policy=P3 2018" -> value, of every cell with one dimension at most.
std::map<std::string, std::string> montreuil_cells(const std::string& data) {
  std::map<std::string, std::string> cells;
  for (const auto& [indicator, by] : std::map<std::string, std::string>{
           {"DF", "policy"}, {"DF_FUNCTION", "function"}, {"DF_CHAPTER", "chapter"}}) {
    for (const std::string& dimension : {std::string(), by}) {
      for (const Row& row : get(data, {indicator}, dimension)) {
        const std::string scope = dimension.empty() ? "" : dimension + "=" + row.at(dimension);
        cells[indicator + " " + scope + " " + row.at("period")] = row.at("value");
      }
    }
  }
  return cells;
}

TEST(Plan, OneLineOfARealTownsTableOfPoliciesChangesExactlyTheCellsListed) {
  PAS_NEEDS_SHARED_DATA();
  const Folder folder;
  write_montreuil_model(folder);
  fs::create_directories(folder.path() / "sources");
  fs::copy_file(fs::path(shared_data()) / "budget-montreuil/CA_2018.xml",
                folder / "sources/CA_2018.xml");
  const Finished synced =
      passerelle({"sync", "--model", folder / "model", "--data", folder / "data"});
  ASSERT_EQ(synced.exit_code, 0) << synced.err;
  std::string table = folder.read("model/tables/agregation.csv");
  const std::size_t line = table.find(
      "DEPENSE,REELLE,FONCTIONNEMENT,011,CHARGES A CARACTERE "
      "GENERAL,60612,ENERGIE ET ELECTRICITE,020,");
  ASSERT_NE(line, std::string::npos);
  const std::string before = ",Bâtiments publics,";
  table.replace(table.find(before, line), before.size(), ",Espaces publics,");
  folder.write("model/tables/agregation.csv", table);
  const Finished planned =
      passerelle({"plan", folder / "model", "--data", folder / "data", "--output", "csv"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  const auto was = montreuil_cells(folder / "data");
  ASSERT_EQ(passerelle({"apply", folder / "model", "--data", folder / "data"}).exit_code, 0);
  const auto is = montreuil_cells(folder / "data");
  std::map<std::string, std::string> changed;
  for (const auto& [key, value] : is) {
    if (was.at(key) != value) changed[key] = was.at(key) + " -> " + value;
  }
  std::map<std::string, std::string> listed;
  for (const Row& row : rows_of(planned.out)) {
    listed[row.at("indicator") + " " + row.at("scope") + " " + row.at("period")] =
        row.at("before") + " -> " + row.at("after");
    EXPECT_EQ(row.at("cause"), "MAPPING");
  }
  EXPECT_EQ(listed, changed);
  EXPECT_EQ(listed.size(), 2U);
}

}  // namespace
}  // namespace passerelle::test
