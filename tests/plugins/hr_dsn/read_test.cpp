// Whole reads of files written by the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/byte_source.h"
#include "plugins/hr_dsn/connector.h"
#include "plugins/sdk/describe.h"
#include "tests/plugins/hr_dsn/declarations.h"

namespace passerelle::hr_dsn::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Person person(const std::string& matricule, const std::string& gross = "3000.00") {
  Person out;
  out.matricule = matricule;
  out.contracts[0].gross = gross;
  return out;
}

TEST(DsnRead, GivesPayrollAndAssignmentOfAMonth) {
  Folder folder;
  Declaration declaration;
  declaration.people = {person("M1", "3000.10"), person("M2", "2000.20")};
  folder.write("a.dsn", sending(declaration));
  const sdk::Written written = read(folder.path());
  Replica replica;
  replica.apply(written);
  EXPECT_EQ(replica.sum("payroll", "gross"), 500'030);
  EXPECT_EQ(replica.sum("payroll", "net"), 480'000);
  EXPECT_EQ(replica.sum("assignment", "fte"), 20'000);
  EXPECT_EQ(replica.sum("assignment", "days"), 60);
  ASSERT_THAT(replica.of("payroll"), SizeIs(2));
  // Contract numbers are per person: the ordinal tells the two apart.
  EXPECT_EQ(replica.of("payroll")[0].id, "20000000000017/2026-04/11/00001/2020-01-01#1");
  EXPECT_EQ(replica.of("payroll")[1].id, "20000000000017/2026-04/11/00001/2020-01-01#2");
  EXPECT_EQ(replica.of("payroll")[0].texts.at("agent"), "M1");
  EXPECT_EQ(written.complete_to.at("payroll"), base::parse_date("2026-04-30").value());
  EXPECT_EQ(written.scopes.at(0).scope, "dsn:20000000000017/2026-04/01/11");
  EXPECT_TRUE(written.scopes.at(0).replace);
}

TEST(DsnRead, NeverShowsAPersonalRubric) {
  Folder folder;
  Declaration declaration;
  declaration.people = {person("M1"), person("")};
  folder.write("a.dsn", sending(declaration));
  folder.write("b.dsn", "S21.G00.30.002,AGENT 0003\n" + sending(Declaration{}));
  const sdk::Written written = read(folder.path());
  std::string all;
  for (const sdk::WrittenRecord& record : written.records) {
    all += record.id + record.natural_key;
    for (const auto& [name, text] : record.texts) all += text;
  }
  for (const sdk::Reject& reject : written.rejects) {
    all += reject.key + reject.value + reject.reason + reject.position;
  }
  for (const std::string& checkpoint : written.checkpoints) all += checkpoint;
  ASSERT_TRUE(written.scopes.back().aborted.has_value());
  const sdk::Reject& refused = *written.scopes.back().aborted;
  EXPECT_EQ(refused.rule, "DSN-LINE");
  all += refused.key + refused.value + refused.reason + refused.position;
  EXPECT_THAT(all, Not(HasSubstr("AGENT")));
  EXPECT_THAT(all, Not(HasSubstr("0000000000000")));
  ASSERT_THAT(written.rejects, SizeIs(1));
  EXPECT_EQ(written.rejects[0].rule, "DSN-MATRICULE");
}

TEST(DsnRead, GivesTwoContractsOfOnePersonTheirOwnPay) {
  Folder folder;
  Declaration declaration;
  declaration.people[0].contracts = {Contract{}, Contract{}};
  declaration.people[0].contracts[0].modality = "20";
  declaration.people[0].contracts[0].quota = "91.00";
  declaration.people[0].contracts[1].number = "00002";
  declaration.people[0].contracts[1].modality = "20";
  declaration.people[0].contracts[1].quota = "45.50";
  declaration.people[0].contracts[1].gross = "700.00";
  folder.write("a.dsn", sending(declaration));
  Replica replica;
  replica.apply(read(folder.path()));
  EXPECT_THAT(replica.of("payroll"), SizeIs(2));
  EXPECT_EQ(replica.sum("payroll", "gross"), 370'000);
  EXPECT_EQ(replica.sum("payroll", "net"), 240'000);
  EXPECT_EQ(replica.sum("assignment", "fte"), 6'000 + 3'000);
  for (const sdk::WrittenRecord& record : replica.of("assignment")) {
    EXPECT_EQ(record.texts.at("agent"), "M1");
  }
}

TEST(DsnRead, CutsTheMonthWhereTheContractChanged) {
  Folder folder;
  Declaration declaration;
  declaration.people[0].contracts[0].more = rubric("S21.G00.41.001", "16042026") +
                                            rubric("S21.G00.41.012", "20000000000025") +
                                            rubric("S21.G00.41.028", "01042026");
  folder.write("a.dsn", sending(declaration));
  Replica replica;
  replica.apply(read(folder.path()));
  const auto rows = replica.of("assignment");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].texts.at("employer"), "20000000000017");
  EXPECT_EQ(rows[1].texts.at("employer"), "20000000000025");
  EXPECT_EQ(rows[0].numbers.at("days") + rows[1].numbers.at("days"), 30);
}

TEST(DsnRead, GivesAbsencesTheirFamilyAndNoReason) {
  Folder folder;
  Declaration declaration;
  declaration.people[0].contracts[0].more = rubric("S21.G00.60.001", "12") +
                                            rubric("S21.G00.60.002", "09042026") +
                                            rubric("S21.G00.60.003", "19042026") +
                                            rubric("S21.G00.60.007", "FR7600000000000000000000000");
  folder.write("a.dsn", sending(declaration));
  Replica replica;
  replica.apply(read(folder.path()));
  const auto rows = replica.of("absence");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].texts,
            (std::map<std::string, std::string>{{"agent", "M1"}, {"family", "medical"}}));
  EXPECT_EQ(rows[0].numbers.at("days"), 10);
}

TEST(DsnRead, ReadsALotOfSeveralEstablishmentsInTheFieldsEncoding) {
  Folder folder;
  Declaration first;
  Declaration second;
  second.nic = "00025";
  std::string text = lot({sending(first), sending(second)});
  for (std::size_t at = 0; (at = text.find("é", at)) != std::string::npos;) {
    text.replace(at, 2, "\xE9");
  }
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, "\r");
  }
  folder.write("lot.dsn", text);
  Replica replica;
  const sdk::Written written = read(folder.path());
  replica.apply(written);
  EXPECT_THAT(written.rejects, IsEmpty());
  const auto rows = replica.of("payroll");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].texts.at("employer"), "20000000000017");
  EXPECT_EQ(rows[1].texts.at("employer"), "20000000000025");
  EXPECT_EQ(rows[0].texts.at("job"), "Rédacteur");
}

TEST(DsnRead, GivesTheEndOfAContractAScopeOfItsOwn) {
  Folder folder;
  Declaration end;
  end.nature = "07";
  end.people[0].contracts[0].more =
      rubric("S21.G00.62.001", "20042026") + rubric("S21.G00.62.002", "059");
  Declaration other = end;
  other.order = "2";
  other.people[0].contracts[0].number = "00002";
  folder.write("lot.dsn", lot({sending(end), sending(other)}));
  folder.write("month.dsn", sending(Declaration{}));
  Replica replica;
  replica.apply(read(folder.path()));
  const auto rows = replica.of("assignment");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(replica.sum("assignment", "days"), 30);  // ends add nothing
  EXPECT_EQ(replica.sum("assignment", "fte"), 10'000);
  EXPECT_THAT(replica.of("payroll"), SizeIs(1));
}

TEST(DsnRead, PassesOverSignalsThatSayNothingOfPayOrPosts) {
  Folder folder;
  Declaration stop;
  stop.nature = "04";
  folder.write("a.dsn", sending(stop));
  const sdk::Written written = read(folder.path());
  EXPECT_THAT(written.records, IsEmpty());
  EXPECT_THAT(written.rejects, IsEmpty());
  EXPECT_THAT(read(folder.path(), written.checkpoints.back()).checkpoints, IsEmpty());
}

TEST(DsnRead, RefusesAnIndividualAndGoesOnWithTheOthers) {
  Folder folder;
  Declaration declaration;
  declaration.people = {person("M1"), person("M2", "12,50"), person("M3")};
  folder.write("a.dsn", sending(declaration));
  const sdk::Written written = read(folder.path());
  Replica replica;
  replica.apply(written);
  EXPECT_THAT(replica.of("payroll"), SizeIs(2));
  ASSERT_THAT(written.rejects, SizeIs(1));
  EXPECT_EQ(written.rejects[0].field, "S21.G00.51.013");
  EXPECT_THAT(written.rejects[0].value, HasSubstr("masked"));
}

TEST(DsnRead, GoesOnInTheMiddleOfAFileAfterACrash) {
  Folder folder;
  Declaration first;
  first.people.clear();
  for (int i = 0; i < 1'100; ++i) first.people.push_back(person("M" + std::to_string(i)));
  Declaration second = first;
  second.nic = "00025";
  Declaration end;
  end.nature = "07";
  end.people[0].contracts[0].more = rubric("S21.G00.62.001", "20042026");
  folder.write("lot.dsn", lot({sending(first), sending(end), sending(second)}));
  folder.write("other.dsn", sending([] {
                 Declaration may;
                 may.month = "01052026";
                 return may;
               }()));
  const sdk::Written all = read(folder.path());
  Replica whole;
  whole.apply(all);
  EXPECT_THAT(whole.of("payroll"), SizeIs(2'201));
  ASSERT_GE(all.checkpoints.size(), 12u);
  for (std::size_t stop = 1; stop <= all.checkpoints.size(); ++stop) {
    Replica resumed;
    const sdk::Written before = read(folder.path(), "", stop);
    ASSERT_EQ(before.checkpoints.size(), stop);
    resumed.apply(before);
    const sdk::Written after = read(folder.path(), before.checkpoints.back());
    resumed.apply(after);
    ASSERT_EQ(resumed.rows(), whole.rows()) << "stopped at checkpoint " << stop;
    EXPECT_EQ(before.records.size() + after.records.size(), all.records.size());
  }
}

TEST(DsnCheck, IsDescribedInItsReadmeByTheCode) {
  auto source = formats::open_file(PASSERELLE_SOURCE_DIR "/plugins/hr_dsn/README.md");
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  const auto readme = formats::read_all(**source, 1 << 20);
  ASSERT_TRUE(readme.ok());
  EXPECT_THAT(*readme, HasSubstr(sdk::to_markdown(DsnConnector().describe())))
      << "put the tables of `hr_dsn --describe` into the README";
}

TEST(DsnCheck, RefusesAnUnknownFieldAndAnEmptyPattern) {
  DsnConnector connector;
  Folder folder;
  const auto unknown = sdk::read_in_process(connector, R"({"paths": "*"})", folder.path());
  EXPECT_THAT(base::message_of(unknown.status()), HasSubstr("path"));
  const auto empty = sdk::read_in_process(connector, R"({"path": " "})", folder.path());
  EXPECT_FALSE(empty.ok());
}

}  // namespace
}  // namespace passerelle::hr_dsn::testing
