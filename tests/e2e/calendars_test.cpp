// Opening hours through the real program: a calendar that changes is a change of the model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kModel = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
kinds:
  demande: {label: {fr: Demande, en: Request}, at: opened, fields: {opened: {type: instant, label: {fr: ouverte, en: opened}}, closed: {type: instant, label: {fr: close, en: closed}}}}
indicators:
  DELAI: {label: {fr: Délai, en: Time}, kind: quality, from: demande, value: "median(business_minutes(opened, closed, 'mairie'))", grain: year, unit: min}
)yaml";

std::string calendar_with(const std::string& more) {
  return "calendars:\n  mairie:\n    label: {fr: Accueil de la mairie, en: Town hall desk}\n"
         "    hours: {mon-fri: [\"08:30-12:00\", \"13:30-17:00\"]}\n    holidays: france\n" +
         more;
}

TEST(Calendars, AChangedOneIsPlannedAndAppliedOverHistory) {
  const Folder folder;
  folder.write("model/model.yaml", kModel);
  folder.write("model/calendars.yaml", calendar_with(""));
  folder.write("model/connectors/demandes.yaml",
               "plugin: file\nlabel: {fr: Demandes, en: Requests}\nconfig: {manifest: d.manifest, "
               "path: ../sources/*.csv}\n");
  folder.write(
      "model/d.manifest",
      "format: csv\nstreams:\n  demande:\n    kind: demande\n    id: [id]\n"
      "    fields: {opened: {column: o, type: instant}, closed: {column: c, type: instant}}\n");
  folder.write("sources/d.csv", "id,o,c\nD1,2026-04-03T16:30:00+02:00,2026-04-07T09:15:00+02:00\n");
  const std::string data = folder / "data";
  const Finished synced = passerelle({"sync", "--model", folder / "model", "--data", data});
  ASSERT_EQ(synced.exit_code, 0) << synced.out << synced.err;
  EXPECT_EQ(value_of(get(data, {"DELAI"}, ""), {}), "75");
  folder.write("model/calendars.yaml",
               calendar_with("    closed: [{date: 2026-04-07, label: {fr: Fermé, en: Closed}}]\n"));
  const Finished planned =
      passerelle({"plan", folder / "model", "--data", data, "--output", "csv"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  const std::vector<Row> rows = rows_of(planned.out);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("before"), "75");
  EXPECT_EQ(rows[0].at("after"), "30");
  EXPECT_EQ(rows[0].at("cause"), "REFERENCE");
  EXPECT_THAT(passerelle({"plan", folder / "model", "--data", data}).out,
              HasSubstr("calendars  mairie"));
  ASSERT_EQ(passerelle({"apply", folder / "model", "--data", data}).exit_code, 0);
  EXPECT_EQ(value_of(get(data, {"DELAI"}, ""), {}), "30");
}

}  // namespace
}  // namespace passerelle::test
