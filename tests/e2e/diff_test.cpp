// passerelle diff: why a value changed, through the real program (E35 on the records of E34).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <set>

#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kModel = R"yaml(
authority: {id: EXEMPLE, label: {fr: Exemple, en: Example}, time_zone: Europe/Paris}
processes: {BATIMENTS: {label: {fr: Bâtiments, en: Buildings}, family: operational}}
organisation: {DST: {kind: direction, label: {fr: Services techniques, en: Works}}}
activities:
  MAINT: {label: {fr: Entretenir, en: Maintain}, process: BATIMENTS, raci: {A: DST, R: DST}}
  CONTROLE: {label: {fr: Contrôler, en: Inspect}, process: BATIMENTS, raci: {A: DST, R: DST}}
policies:
  EDUCATION: {label: {fr: Éducation, en: Education}, codes: [école]}
  SPORTS: {label: {fr: Sports, en: Sports}, codes: [sport]}
kinds:
  requests: {label: {fr: demandes du mois, en: requests of a month}, at: day, fields: {day: date, place: string, number: integer}}
pools:
  DSI: {label: {fr: Informatique, en: IT}, from: payroll, where: "service == 'DSI'", to: pool}
  AUTRES: {label: {fr: Autres directions, en: Others}, to: direction}
  TRAVAUX: {label: {fr: Agents des bâtiments, en: Building staff}, from: payroll, where: "service == 'BATIMENTS'", capacity: "fte * 1607h * 0.85 / 12", to: activity}
  ACTIVITES: {label: {fr: Coût des activités, en: Cost of activities}, sources: [{pool: TRAVAUX}, {from: payment_piece, at: issued_on}], each: [activity], to: policy}
indicators:
  COUT: {label: {fr: Coût, en: Cost}, kind: means, from: allocation, where: "pool == 'ACTIVITES'", value: sum(amount), grain: month, by: [activity, policy], unit: EUR, round: 2}
  PAR_DEMANDE: {label: {fr: Coût par demande, en: Cost per request}, kind: efficiency, value: "sum(allocation.amount, pool == 'ACTIVITES') / sum(requests.number)", grain: month, by: [activity], unit: EUR, round: 2}
)yaml";

std::string keys(const std::string& support) {
  return "keys:\n  SUPPORT: {pool: DSI, percent: {" + support +
         "}}\n"
         "  AUTRES: {pool: AUTRES, share: {DST: 1}}\n"
         "  TEMPS: {pool: TRAVAUX, minutes: \"sum(work_time.minutes)\"}\n"
         "  DEMANDES: {pool: ACTIVITES, of: {activity: MAINT}, weight: \"sum(requests.number)\", "
         "per: [activity]}\n";
}

std::string mappings(const std::string& more) {
  return "mappings:\n  - kind: payment_piece\n    rules:\n"
         "      - {name: fournitures, when: \"nature == '60632'\", set: {activity: MAINT}}\n" +
         more +
         "  - kind: requests\n    rules: [{name: toutes, set: {activity: MAINT, policy: "
         "\"=place\"}}]\n";
}
constexpr const char* kNewRule =
    "      - {name: contrats, when: \"nature == '6135'\", set: {activity: MAINT}}\n";

class ValueDiff : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/model.yaml", kModel);
    folder_.write("model/keys.yaml", keys("TRAVAUX: 5, AUTRES: 95"));
    folder_.write("model/mappings.yaml", mappings(""));
    add("paie", "payroll", "from: from, service: service, fte: fte, employer_cost: cost");
    add("temps", "work_time", "day: day, activity: activity, minutes: minutes");
    add("mandats", "payment_piece",
        "exercise: exercise, nature: nature, issued_on: issued_on, amount: amount");
    add("demandes", "requests",
        "day: {column: day, type: date}, place: {column: place, type: string}, "
        "number: {column: number, type: integer}");
    folder_.write("sources/paie.csv",
                  "id,from,service,fte,cost\nP1,2026-01-01,BATIMENTS,2.8,9000.00\n"
                  "P2,2026-01-01,DSI,,10000.00\n");
    folder_.write("sources/temps.csv",
                  "id,day,activity,minutes\nW1,2026-01-31,MAINT,9000\n"
                  "W2,2026-01-31,CONTROLE,4500\n");
    folder_.write("sources/mandats.csv",
                  "id,exercise,nature,issued_on,amount\nM1,2026,60632,2026-01-20,2400.00\n"
                  "M2,2026,6135,2026-01-20,600.00\n");
    send_requests(40, 80);
    r1_ = now();
  }

  void add(const std::string& connector, const std::string& kind, const std::string& fields) {
    folder_.write("model/" + connector + ".manifest",
                  "format: csv\nstreams:\n  " + kind + ":\n    kind: " + kind +
                      "\n    id: [id]\n    fields: {" + fields + "}\n");
    folder_.write("model/connectors/" + connector + ".yaml",
                  "plugin: file\nlabel: {fr: Source, en: Source}\nconfig: {manifest: " + connector +
                      ".manifest, path: ../sources/" + connector + ".csv}\n");
  }
  void send_requests(int schools, int sports) {
    folder_.write("sources/demandes.csv", "id,day,place,number\nR1,2026-01-31,école," +
                                              std::to_string(schools) + "\nR2,2026-01-31,sport," +
                                              std::to_string(sports) + "\n");
    const Finished synced =
        passerelle({"sync", "--model", folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(synced.exit_code, 0) << synced.out << synced.err;
  }
  void apply_model() {
    const Finished applied = passerelle({"apply", folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  }
  // Between two commits.
  static std::string now() { return base::format_instant(base::SystemClock().now()); }

  Finished diff(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "diff");
    arguments.insert(arguments.end(), {"--period", "2026-01", "--data", folder_ / "data"});
    return passerelle(arguments);
  }
  // What each cause is and what it adds.
  std::vector<std::string> causes(const std::string& indicator, const std::string& where,
                                  const std::string& from, const std::string& to = "") const {
    std::vector<std::string> arguments = {indicator, "--where",  where, "--from",
                                          from,      "--output", "csv"};
    if (!to.empty()) arguments.insert(arguments.end(), {"--to", to});
    const Finished finished = diff(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::vector<std::string> out;
    for (const Row& row : rows_of(finished.out)) {
      out.push_back(row.at("cause") + ": " + row.at("objects") + ": " + row.at("effect"));
    }
    return out;
  }
  std::string cost_of_education() const {
    return value_of(::passerelle::test::get(folder_ / "data", {"COUT"}, "policy", "2026-01"),
                    {{"policy", "EDUCATION"}});
  }

  Folder folder_;
  std::string r1_;
};

TEST_F(ValueDiff, TheDifferenceIsATicketReclassifiedAndAMappingRuleE35) {
  EXPECT_EQ(cost_of_education(), "2290.33");
  send_requests(41, 79);
  EXPECT_EQ(cost_of_education(), "2347.59");
  const std::string r2 = now();
  folder_.write("model/mappings.yaml", mappings(kNewRule));
  apply_model();
  EXPECT_EQ(cost_of_education(), "2552.59");
  EXPECT_THAT(causes("COUT", "policy=EDUCATION", r1_),
              ElementsAre("CORRECTED: connectors demandes, kinds requests: 57.26",
                          "MAPPING: mappings payment_piece « contrats » added: 205.00"));
  EXPECT_THAT(causes("COUT", "policy=EDUCATION", r1_, r2),
              ElementsAre("CORRECTED: connectors demandes, kinds requests: 57.26"));
  EXPECT_THAT(causes("COUT", "policy=EDUCATION", r2),
              ElementsAre("MAPPING: mappings payment_piece « contrats » added: 205.00"));
  const Finished shown = diff({"COUT", "--where", "policy=EDUCATION", "--from", r1_});
  EXPECT_THAT(shown.out, HasSubstr("262.26"));
  EXPECT_THAT(shown.out, HasSubstr("R1 R2"));
}

TEST_F(ValueDiff, ARatioIsToldByExactEffectsAndARounding) {
  folder_.write("model/mappings.yaml", mappings(kNewRule));
  folder_.write("model/keys.yaml", keys("TRAVAUX: 10, AUTRES: 90"));
  apply_model();
  const Finished finished =
      diff({"PAR_DEMANDE", "--where", "activity=MAINT", "--from", r1_, "--output", "csv"});
  base::Rational sum = 0;
  std::vector<std::string> kinds;
  for (const Row& row : rows_of(finished.out)) {
    sum +=
        base::Rational(row.at("effect").find('.') == std::string::npos
                           ? base::Rational(row.at("effect"))
                           : base::to_rational(base::parse_scaled(row.at("effect"), 9).value(), 9));
    kinds.push_back(row.at("cause"));
  }
  EXPECT_THAT(kinds, ElementsAre("MAPPING", "KEY", "ROUNDING")) << finished.out << finished.err;
  const std::string to =
      value_of(::passerelle::test::get(folder_ / "data", {"PAR_DEMANDE"}, "activity", "2026-01"),
               {{"activity", "MAINT"}});
  EXPECT_EQ(sum,
            base::to_rational(base::parse_scaled(to, 2).value(), 2) - base::to_rational(5'726, 2));
}

TEST_F(ValueDiff, ANewFactADeletedOneAndARunningHubTellTheSame) {
  folder_.write("sources/mandats.csv",
                "id,exercise,nature,issued_on,amount\nM2,2026,6135,2026-01-20,600.00\n"
                "M3,2026,60632,2026-01-25,120.00\n");
  send_requests(40, 80);
  const std::vector<std::string> asked = {"COUT",     "--where", "policy=EDUCATION", "--from", r1_,
                                          "--output", "json"};
  const Finished stopped = diff(asked);
  EXPECT_THAT(causes("COUT", "policy=EDUCATION", r1_),
              ElementsAre("NEW: connectors mandats, kinds payment_piece: 40.00",
                          "DELETED: connectors mandats, kinds payment_piece: -800.00"));
  EXPECT_THAT(stopped.out, HasSubstr("\"M1\""));
  Background hub(folder_, "hub",
                 {passerelle_binary(), "--log", "error", "serve", "--model", folder_ / "model",
                  "--data", folder_ / "data"});
  // Before the hub has its socket, diff would read the data and keep the hub from it.
  ASSERT_TRUE(
      eventually([&] { return std::filesystem::exists(folder_ / "data/EXEMPLE/hub.sock"); }));
  const std::string to = now();
  Finished running;
  ASSERT_TRUE(eventually([&] {
    running = diff(asked);
    return running.exit_code == 0;
  })) << running.err;
  // The hub may have committed the day since.
  EXPECT_EQ(running.out.substr(running.out.find("\"difference\"")),
            stopped.out.substr(stopped.out.find("\"difference\"")))
      << hub.err();
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.wait(std::chrono::seconds(30)), 0);
}

TEST_F(ValueDiff, WhatCannotBeAskedIsSaid) {
  EXPECT_THAT(diff({"COUT", "--where", "policy=EDUCATION", "--from", "99999"}).err,
              HasSubstr("there is no revision 99999 yet"));
  EXPECT_THAT(diff({"COUT", "--where", "policy=EDUCATION", "--from", "soon"}).err,
              HasSubstr("neither a date such as 2026-03-31"));
  EXPECT_THAT(diff({"COUT", "--where", "policy=EDUCATION", "--from", "3", "--to", "2"}).err,
              HasSubstr("revision 3 is after revision 2"));
  EXPECT_THAT(diff({"COUT", "--where", "policy=EDUCATION", "--from", "1999-01-01"}).err,
              HasSubstr("nothing had been committed by"));
  EXPECT_THAT(diff({"AUTRE", "--from", "1"}).err, HasSubstr("AUTRE is published"));
}

}  // namespace
}  // namespace passerelle::test
