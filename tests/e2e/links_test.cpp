// One agent under two registers: the HRIS knows the matricule, the payroll its own number, and the
// HRIS says which is which. The head count is one, whatever is read first.
#include <gtest/gtest.h>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

constexpr const char* kHrisHead = "line,matricule,payroll_number,from\n";
constexpr const char* kPayrollHead = "line,number,from\n";

class Links : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("model/authority.yaml",
                  "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n");
    folder_.write("model/model.yaml", R"yaml(
kinds:
  assignment: {fields: {payroll_agent: person}}
indicators:
  AGENTS: {label: {fr: Agents, en: Agents}, kind: means, from: assignment, value: distinct(agent), grain: all, unit: count}
)yaml");
    folder_.write("model/manifests/hris.manifest", R"yaml(
streams:
  staff:
    kind: assignment
    id: [line]
    fields:
      agent: {column: matricule, scheme: matricule}
      payroll_agent: {column: payroll_number, type: person, scheme: payroll}
      from: from
)yaml");
    folder_.write("model/manifests/payroll.manifest", R"yaml(
streams:
  paid:
    kind: assignment
    id: [line]
    fields: {agent: {column: number, scheme: payroll}, from: from}
)yaml");
    write_connector("payroll", "");
    write_connector("hris", "links: [{field: agent, same_as: payroll_agent}]\n");
  }
  void write_connector(const std::string& id, const std::string& links) {
    folder_.write("model/connectors/" + id + ".yaml",
                  "plugin: file\nlabel: {fr: Source, en: Source}\nconfig: {manifest: manifests/" +
                      id + ".manifest, path: ../sources/" + id + ".csv}\n" + links);
  }
  void write_hris(const std::string& rows) { folder_.write("sources/hris.csv", kHrisHead + rows); }
  void write_payroll(const std::string& rows) {
    folder_.write("sources/payroll.csv", kPayrollHead + rows);
  }
  std::string agents() {
    const Finished synced =
        passerelle({"sync", "--model", folder_ / "model", "--data", folder_ / "data"});
    EXPECT_EQ(synced.exit_code, 0) << synced.err << synced.out;
    return value_of(get(folder_ / "data", {"AGENTS"}, ""), {});
  }
  Folder folder_;
};

TEST_F(Links, TheLinkFirstThenTheFacts) {
  write_hris("1,M1,D1,2025-01-01\n");
  write_payroll("");
  EXPECT_EQ(agents(), "1");
  write_payroll("1, d1,2025-01-01\n2,D2,2025-01-01\n");
  EXPECT_EQ(agents(), "2");
}

TEST_F(Links, TheFactsOfBothFirstThenTheLink) {
  write_hris("1,M1,,2025-01-01\n2,M2,,2025-01-01\n");
  write_payroll("1,D1,2025-01-01\n");
  EXPECT_EQ(agents(), "3");
  write_hris("1,M1,D1,2025-01-01\n2,M2,,2025-01-01\n");
  EXPECT_EQ(agents(), "2");
  EXPECT_EQ(agents(), "2") << "after a restart";
}

TEST_F(Links, ThePayrollFirstThenTheHrisThatBringsAgentAndLink) {
  write_payroll("1,D1,2025-01-01\n");
  write_hris("");
  EXPECT_EQ(agents(), "1");
  write_hris("1,M1,D1,2025-01-01\n");
  EXPECT_EQ(agents(), "1");
}

TEST_F(Links, BothAtOnce) {
  write_payroll("1,D1,2025-01-01\n");
  write_hris("1,M1,D1,2025-01-01\n");
  EXPECT_EQ(agents(), "1");
}

TEST_F(Links, AConnectorWithoutLinksIsNotBelieved) {
  write_connector("hris", "");
  write_hris("1,M1,D1,2025-01-01\n");
  write_payroll("1,D1,2025-01-01\n");
  EXPECT_EQ(agents(), "2");
}

}  // namespace
}  // namespace passerelle::test
