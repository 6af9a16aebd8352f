// get and explain with another view of the organisation than that of each fact's day (E15).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

using ::testing::HasSubstr;

class OrgViews : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/model.yaml", R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, organisation_views: [is, 2026-01-01]}
organisation:
  D1: {kind: direction, label: {fr: Direction 1, en: Direction 1}}
  D2: {kind: direction, label: {fr: Direction 2, en: Direction 2}}
  S: {kind: service, label: {fr: Service, en: Service}, parents: [{unit: D1, to: 2026-01-31}, {unit: D2, from: 2026-02-01}]}
kinds:
  depense: {label: {fr: Dépense, en: Expense}, at: day, fields: {day: date, service: string, amount: {type: decimal, scale: 2, unit: EUR}}}
indicators:
  DEPENSE: {label: {fr: Dépense, en: Expense}, kind: means, from: depense, value: "sum(amount)", grain: quarter, by: [direction], unit: EUR, round: 2}
)yaml");
    folder_.write("model/manifests/e.manifest", R"yaml(
streams:
  depense:
    kind: depense
    id: [number]
    fields: {day: {column: day, type: date, format: "%Y-%m-%d"}, service: {column: service, type: string}, amount: {column: amount, type: decimal, scale: 2, unit: EUR}}
)yaml");
    folder_.write("model/connectors/e.yaml",
                  "plugin: file\nlabel: {fr: Source, en: Source}\n"
                  "config: {manifest: manifests/e.manifest, path: \"../sources/*.csv\"}\n");
    folder_.write("sources/e.csv",
                  "number,day,service,amount\n1,2026-01-31,S,1200\n2,2026-02-28,S,1300\n"
                  "3,2026-03-31,S,1100\n");
    const Finished loaded = run({passerelle_binary(), "--log", "error", "sync", "--model",
                                 folder_ / "model", "--data", folder_ / "data"});
    ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
  }
  Finished on_data(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", folder_ / "data", "--output", "csv"});
    return passerelle(arguments);
  }
  // The one value of a direction, "" without one.
  std::string value(const std::string& direction, const std::string& org) const {
    const Finished got =
        on_data({"get", "DEPENSE", "--by", "direction", "--period", "2026-Q1", "--org", org});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return value_of(rows_of(got.out), {{"direction", direction}});
  }
  const Folder folder_;
};

TEST_F(OrgViews, AServiceThatMovedIsShownWhereItWasWhereItIsOrWhereItWasOnADay) {
  EXPECT_EQ(value("D1", "was"), "1200.00");
  EXPECT_EQ(value("D2", "was"), "2400.00");
  EXPECT_EQ(value("D1", "is"), "");
  EXPECT_EQ(value("D2", "is"), "3600.00");
  EXPECT_EQ(value("D1", "2026-01-01"), "3600.00");
  EXPECT_EQ(value("D2", "2026-01-01"), "");
}

TEST_F(OrgViews, AValueOfAViewIsExplainedByItsOwnFacts) {
  const std::vector<std::string> cell = {"explain",      "DEPENSE",  "--where",
                                         "direction=D2", "--period", "2026-Q1"};
  EXPECT_EQ(rows_of(on_data(cell).out).size(), 2U);
  std::vector<std::string> as_is = cell;
  as_is.insert(as_is.end(), {"--org", "is"});
  EXPECT_EQ(rows_of(on_data(as_is).out).size(), 3U);
}

TEST_F(OrgViews, AViewThatIsNotKeptIsRefusedWithThoseThatAre) {
  const Finished refused = on_data({"get", "DEPENSE", "--by", "direction", "--org", "2025-01-01"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("kept: was, 2026-01-01, is"));
  EXPECT_THAT(refused.err, HasSubstr("organisation_views"));
  EXPECT_THAT(on_data({"get", "DEPENSE", "--org", "now"}).err, HasSubstr("is no view"));
}

}  // namespace
}  // namespace passerelle::test
