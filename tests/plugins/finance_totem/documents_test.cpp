// Whole reads of documents written by the test.
#include "tests/plugins/finance_totem/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/byte_source.h"
#include "plugins/finance_totem/connector.h"
#include "plugins/sdk/describe.h"

namespace passerelle::finance_totem::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Line line(const std::string& nature, const std::string& open) {
  Line line;
  line.nature = nature;
  line.amounts = amount("CredOuv", open) + amount("MtReal", open);
  return line;
}

DocumentText account() {
  DocumentText document;
  document.lines = {line("6064", "10.00"), line("6065", "20.50"), line("6066", "30.00")};
  return document;
}

TEST(TotemRead, KeysALineByItsCodesAndItsOrdinalAmongEqualOnes) {
  Folder folder;
  DocumentText document = account();
  document.lines = {line("6064", "1"), line("6065", "2"), line("6064", "3")};
  folder.write("ca.xml", to_xml(document));
  const sdk::Written written = read(folder.path());
  ASSERT_THAT(written.records, SizeIs(3));
  EXPECT_EQ(written.records[0].id, "20000000000017/2026/09/0/6064||011|D|0|#1");
  EXPECT_EQ(written.records[0].texts.at("line"), "6064||011|D|0|#1");
  EXPECT_EQ(written.records[2].texts.at("line"), "6064||011|D|0|#2");
  EXPECT_EQ(written.records[2].numbers.at("open"), 300);
  EXPECT_EQ(written.records[0].numbers.at("exercise"), 2026);
  EXPECT_EQ(written.records[0].scope, "totem:20000000000017/2026/09/0");
  EXPECT_TRUE(written.scopes.at(0).closed);
  EXPECT_TRUE(written.scopes.at(0).replace);
}

TEST(TotemRead, GivesALineTheSameKeyInEveryDocumentOfItsBudget) {
  Folder folder;
  DocumentText budget = account();
  budget.kind = "01";
  DocumentText decision = account();
  decision.kind = "02";
  decision.number = "1";
  folder.write("bp.xml", to_xml(budget));
  folder.write("dm.xml", to_xml(decision));
  const sdk::Written written = read(folder.path());
  ASSERT_THAT(written.records, SizeIs(6));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(written.records[i].texts.at("line"), written.records[i + 3].texts.at("line"));
    EXPECT_NE(written.records[i].id, written.records[i + 3].id);
  }
  EXPECT_EQ(written.records[3].numbers.at("document_number"), 1);
  EXPECT_EQ(written.records[0].numbers.count("realised"), 0u);
}

TEST(TotemRead, LeavesCalculatedLinesOut) {
  Folder folder;
  DocumentText document = account();
  document.lines[1].calculated = true;
  folder.write("ca.xml", to_xml(document));
  EXPECT_THAT(read(folder.path()).records, SizeIs(2));
}

TEST(TotemRead, ReadsBothEncodings) {
  Folder folder;
  DocumentText document = account();
  document.annexes = staff_annex({position("Médecin territorial", "0.5")});
  folder.write("utf8.xml", to_xml(document));
  document.encoding = "ISO-8859-1";
  document.exercise = "2025";
  document.annexes = staff_annex({position("M@decin territorial", "0.5")});
  std::string latin = to_xml(document);
  latin[latin.find('@')] = '\xE9';
  folder.write("latin.xml", latin);
  const sdk::Written written = read(folder.path());
  std::size_t found = 0;
  for (const sdk::WrittenRecord& record : written.records) {
    if (record.stream != "staff_position") continue;
    ++found;
    EXPECT_EQ(record.texts.at("grade"), "Médecin territorial");
  }
  EXPECT_EQ(found, 2u);
}

TEST(TotemRead, ReadsNoNameAndNoPay) {
  Folder folder;
  DocumentText document = account();
  document.annexes = staff_annex({position("Rédacteur", "1"), position("Rédacteur", "1")});
  folder.write("ca.xml", to_xml(document));
  Replica replica;
  replica.apply(read(folder.path()));
  EXPECT_THAT(replica.rows(), SizeIs(5));
  for (const std::string& row : replica.rows()) {
    EXPECT_THAT(row, ::testing::Not(HasSubstr("AGENT")));
    EXPECT_THAT(row, ::testing::Not(HasSubstr("9999")));
  }
}

TEST(TotemRead, DoesNotReadAnUnchangedFileAgain) {
  Folder folder;
  folder.write("ca.xml", to_xml(account()));
  const sdk::Written first = read(folder.path());
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  EXPECT_THAT(second.records, IsEmpty());
  EXPECT_THAT(second.scopes, IsEmpty());
  // A new time of the same content neither.
  folder.write("ca.xml", to_xml(account()));
  const sdk::Written third = read(folder.path(), first.checkpoints.back());
  EXPECT_THAT(third.scopes, IsEmpty());
  EXPECT_THAT(third.checkpoints, SizeIs(1));
}

TEST(TotemRead, ReplacesTheDocumentOfAChangedFile) {
  Folder folder;
  folder.write("ca.xml", to_xml(account()));
  Replica replica;
  const sdk::Written first = read(folder.path());
  replica.apply(first);
  DocumentText changed = account();
  changed.lines[0].amounts = amount("CredOuv", "99.00");
  changed.lines.pop_back();
  folder.write("ca.xml", to_xml(changed));
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  replica.apply(second);
  ASSERT_THAT(replica.records(), SizeIs(2));
  EXPECT_EQ(replica.records().begin()->second.numbers.at("open"), 9'900);
  // The document's date is the same: the read number makes the correction the newer one.
  EXPECT_GT(second.records[1].version, first.records[1].version);
}

TEST(TotemRead, LetsTheNewerExportOfADocumentWinInAnyOrder) {
  DocumentText older = account();
  older.sealed_at = "2027-03-02T10:00:00";
  DocumentText newer = account();
  newer.sealed_at = "2027-03-03T10:00:00";
  newer.lines[0].amounts = amount("CredOuv", "77.00");
  newer.lines.pop_back();
  for (const bool newer_first : {false, true}) {
    Folder folder;
    Replica replica;
    folder.write("a.xml", to_xml(newer_first ? newer : older));
    const sdk::Written first = read(folder.path());
    replica.apply(first);
    folder.write("b.xml", to_xml(newer_first ? older : newer));
    replica.apply(read(folder.path(), first.checkpoints.back()));
    ASSERT_THAT(replica.records(), SizeIs(2)) << newer_first;
    EXPECT_EQ(replica.records().begin()->second.numbers.at("open"), 7'700) << newer_first;
  }
}

TEST(TotemRead, TakesTheStaffOfAnExerciseFromItsLatestDocument) {
  Folder folder;
  DocumentText budget = account();
  budget.kind = "01";
  budget.dated = "2026-03-01";
  budget.annexes = staff_annex({position("Rédacteur", "1"), position("Attaché", "1")});
  DocumentText last = account();
  last.annexes = staff_annex({position("Rédacteur", "1"), position("Rédacteur", "0.8")});
  folder.write("a_ca.xml", to_xml(last));
  folder.write("b_bp.xml", to_xml(budget));
  Replica replica;
  replica.apply(read(folder.path()));
  std::int64_t filled = 0;
  for (const auto& [id, record] : replica.records()) {
    if (record.stream == "staff_position") filled += record.numbers.at("filled");
  }
  EXPECT_EQ(filled, 18'000);
}

TEST(TotemRead, RefusesATruncatedFileAsOneUnitAndGoesOnWithTheOthers) {
  Folder folder;
  folder.write("a.xml", to_xml(account()));
  Replica replica;
  const sdk::Written first = read(folder.path());
  replica.apply(first);
  DocumentText other = account();
  other.exercise = "2025";
  folder.write("b.xml", to_xml(other));
  DocumentText cut = account();
  cut.lines[0].amounts = amount("CredOuv", "0.01");
  const std::string text = to_xml(cut);
  folder.write("a.xml", text.substr(0, text.size() - 20));
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  ASSERT_TRUE(second.scopes.at(0).aborted.has_value());
  const sdk::Reject& cause = *second.scopes.at(0).aborted;
  EXPECT_EQ(cause.rule, "TOTEM-XML");
  EXPECT_EQ(cause.records, 3u);
  EXPECT_EQ(cause.key, "20000000000017/2026/09/0");
  EXPECT_THAT(cause.position, ::testing::MatchesRegex("a\\.xml:[0-9]+:[0-9]+"));
  EXPECT_THAT(second.records, SizeIs(3));
  replica.apply(second);
  EXPECT_THAT(replica.records(), SizeIs(6));
  EXPECT_EQ(replica.records().at("20000000000017/2026/09/0/6064||011|D|0|#1").numbers.at("open"),
            1'000);
  // Told once, not at every run.
  EXPECT_THAT(read(folder.path(), second.checkpoints.back()).scopes, IsEmpty());
}

TEST(TotemRead, RefusesOtherDocumentsWithTheirReason) {
  Folder folder;
  folder.write("a.xml", "<html/>");
  folder.write("b.xml", "no xml at all");
  DocumentText project = account();
  project.project = "true";
  folder.write("c.xml", to_xml(project));
  folder.write("d.xml", "");
  const sdk::Written written = read(folder.path());
  EXPECT_THAT(written.records, IsEmpty());
  ASSERT_THAT(written.rejects, SizeIs(4));
  EXPECT_THAT(written.rejects[0].reason, HasSubstr("no TotEM budget document"));
  EXPECT_EQ(written.rejects[1].rule, "TOTEM-XML");
  EXPECT_EQ(written.rejects[2].rule, "TOTEM-PROJECT");
  EXPECT_EQ(written.rejects[3].position.substr(0, 5), "d.xml");
}

TEST(TotemRead, GoesOnInTheMiddleOfAFileAfterACrash) {
  Folder folder;
  DocumentText document = account();
  for (int i = 0; i < 3'500; ++i)
    document.lines.push_back(line("606" + std::to_string(i % 700), "1"));
  std::vector<std::string> staff;
  for (int i = 0; i < 2'100; ++i) staff.push_back(position("Grade " + std::to_string(i % 50), "1"));
  document.annexes = staff_annex(staff);
  folder.write("ca.xml", to_xml(document));
  Replica whole;
  const sdk::Written all = read(folder.path());
  whole.apply(all);
  ASSERT_THAT(whole.records(), SizeIs(3'503 + 2'100));
  EXPECT_THAT(all.checkpoints, SizeIs(3 + 1 + 2 + 1));
  for (std::size_t stop = 1; stop <= all.checkpoints.size(); ++stop) {
    Replica resumed;
    const sdk::Written before = read(folder.path(), "", stop);
    resumed.apply(before);
    const sdk::Written after = read(folder.path(), before.checkpoints.back());
    resumed.apply(after);
    EXPECT_EQ(resumed.rows(), whole.rows()) << "stopped at checkpoint " << stop;
    EXPECT_EQ(before.records.size() + after.records.size(), all.records.size());
  }
}

TEST(TotemRead, StartsAFileAgainThatChangedSinceTheCrash) {
  Folder folder;
  DocumentText document = account();
  for (int i = 0; i < 1'500; ++i) document.lines.push_back(line("6" + std::to_string(i), "1"));
  folder.write("ca.xml", to_xml(document));
  const sdk::Written before = read(folder.path(), "", 1);
  document.lines[0].amounts = amount("CredOuv", "5.00");
  folder.write("ca.xml", to_xml(document));
  const sdk::Written after = read(folder.path(), before.checkpoints.back());
  EXPECT_THAT(after.records, SizeIs(1'503));
}

TEST(TotemRead, ReadsADocumentAgainWhenItsChartArrives) {
  Folder folder;
  DocumentText document = account();
  for (Line& each : document.lines) each.section.clear();
  folder.write("ca.xml", to_xml(document));
  const sdk::Written first = read(folder.path());
  EXPECT_THAT(first.rejects, SizeIs(3));
  folder.write("chart.plan", R"(<Nomenclature Norme="M57" Declinaison="M57_D" Exer="2026"><Nature>
<Chapitres><Chapitre Code="011" Section="F"/></Chapitres></Nature></Nomenclature>)");
  const sdk::Written second =
      read(folder.path(), first.checkpoints.back(), 0, R"({"path": "*.xml", "chart": "*.plan"})");
  EXPECT_THAT(second.records, SizeIs(3));
  EXPECT_THAT(second.rejects, IsEmpty());
}

TEST(TotemRead, KeepsRejectedLinesApartFromGoodOnes) {
  Folder folder;
  DocumentText document = account();
  document.lines[1].amounts = amount("CredOuv", "12,50");
  folder.write("ca.xml", to_xml(document));
  const sdk::Written written = read(folder.path());
  EXPECT_THAT(written.records, SizeIs(2));
  ASSERT_THAT(written.rejects, SizeIs(1));
  EXPECT_EQ(written.rejects[0].rule, "TOTEM-AMOUNT");
  EXPECT_EQ(written.rejects[0].value, "12,50");
  EXPECT_THAT(written.rejects[0].key, HasSubstr("6065"));
}

TEST(TotemRead, KnowsWhenAnAccountDoesNotStateItsReports) {
  const auto known = [](const std::string& carried, const std::string& remainder) {
    Folder folder;
    DocumentText document;
    document.kind = "10";
    document.single_account = true;
    document.lines = {line("6064", "1"), line("6065", "2")};
    document.lines[1].amounts += amount("MtRARPrec", carried) + amount("MtRAR3112", remainder);
    folder.write("cfu.xml", to_xml(document));
    const sdk::Written written = read(folder.path());
    EXPECT_THAT(written.records, SizeIs(2));
    EXPECT_EQ(written.records[0].texts.at("document"), "CFU");
    return written.records[0].numbers.at("carried_known");
  };
  EXPECT_EQ(known("5.00", "5.0"), 0);
  EXPECT_EQ(known("5.00", "6.00"), 1);
  EXPECT_EQ(known("0", "0"), 1);
}

TEST(TotemCheck, IsDescribedInItsReadmeByTheCode) {
  auto source = formats::open_file(PASSERELLE_SOURCE_DIR "/plugins/finance_totem/README.md");
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  const auto readme = formats::read_all(**source, 1 << 20);
  ASSERT_TRUE(readme.ok());
  EXPECT_THAT(*readme, HasSubstr(sdk::to_markdown(TotemConnector().describe())))
      << "put the tables of `finance_totem --describe` into the README";
}

TEST(TotemCheck, RefusesAnUnknownFieldAndAnEmptyPattern) {
  Folder folder;
  TotemConnector connector;
  const auto unknown =
      sdk::read_in_process(connector, R"({"path": "*.xml", "charts": "x"})", folder.path());
  EXPECT_THAT(base::message_of(unknown.status()), HasSubstr("chart"));
  const auto empty = sdk::read_in_process(connector, R"({"path": " ; "})", folder.path());
  EXPECT_THAT(base::message_of(empty.status()), HasSubstr("no pattern"));
  const auto chart =
      sdk::read_in_process(connector, R"({"path": "*.xml", "chart": "no.xml"})", folder.path());
  EXPECT_THAT(base::message_of(chart.status()), HasSubstr("no file matches"));
}

}  // namespace
}  // namespace passerelle::finance_totem::testing
