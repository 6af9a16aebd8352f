// Declarations that replace, cancel, arrive late or are broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/hr_dsn/declarations.h"

namespace passerelle::hr_dsn::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Declaration of(const std::string& order, const std::vector<std::string>& matricules,
               const std::string& gross, const std::string& type = "01") {
  Declaration declaration;
  declaration.order = order;
  declaration.type = type;
  declaration.people.clear();
  for (const std::string& matricule : matricules) {
    Person person;
    person.matricule = matricule;
    person.contracts[0].gross = gross;
    declaration.people.push_back(person);
  }
  return declaration;
}

TEST(DsnReplace, ALaterDeclarationOfTheMonthReplacesAndNeverAdds) {
  Folder folder;
  folder.write("a.dsn", sending(of("202605050900", {"M1", "M2", "M3"}, "1000.00")));
  const sdk::Written first = read(folder.path());
  Replica replica;
  replica.apply(first);
  EXPECT_EQ(replica.sum("payroll", "gross"), 300'000);
  folder.write("b.dsn", sending(of("202605060900", {"M1", "M3"}, "1100.00", "03")));
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  replica.apply(second);
  EXPECT_EQ(replica.sum("payroll", "gross"), 220'000);
  EXPECT_THAT(replica.of("assignment"), SizeIs(2));
  // What it replaced arrives again, under another name: nothing changes.
  folder.write("c.dsn", sending(of("202605050900", {"M1", "M2", "M3"}, "1000.00")));
  const sdk::Written third = read(folder.path(), second.checkpoints.back());
  EXPECT_THAT(third.records, IsEmpty());
  EXPECT_THAT(third.scopes, IsEmpty());
}

TEST(DsnReplace, TheOrderOfArrivalDoesNotMatter) {
  const std::string old_one = sending(of("1", {"M1", "M2"}, "1000.00"));
  const std::string new_one = sending(of("2", {"M1"}, "900.00", "03"));
  for (const bool new_first : {false, true}) {
    Folder folder;
    Replica replica;
    folder.write("a.dsn", new_first ? new_one : old_one);
    const sdk::Written first = read(folder.path());
    replica.apply(first);
    folder.write("b.dsn", new_first ? old_one : new_one);
    replica.apply(read(folder.path(), first.checkpoints.back()));
    EXPECT_EQ(replica.sum("payroll", "gross"), 90'000) << new_first;
  }
}

TEST(DsnReplace, ACancelledDeclarationLeavesNothing) {
  Folder folder;
  folder.write("a.dsn", sending(of("1", {"M1"}, "1000.00")));
  folder.write("b.dsn", sending(of("2", {"M1"}, "1000.00", "04")));
  Replica replica;
  replica.apply(read(folder.path()));
  EXPECT_THAT(replica.rows(), IsEmpty());
}

TEST(DsnReplace, ADeclarationWithoutIndividualsEmptiesTheMonth) {
  Folder folder;
  folder.write("a.dsn", sending(of("1", {"M1"}, "1000.00")));
  folder.write("b.dsn", sending(of("2", {}, "", "05")));
  Replica replica;
  replica.apply(read(folder.path()));
  EXPECT_THAT(replica.rows(), IsEmpty());
}

TEST(DsnReplace, AFileCorrectedUnderItsOldOrderNumberCounts) {
  Folder folder;
  folder.write("a.dsn", sending(of("5", {"M1", "M2"}, "1000.00")));
  Replica replica;
  const sdk::Written first = read(folder.path());
  replica.apply(first);
  folder.write("a.dsn", sending(of("5", {"M1", "M2"}, "900.00")));
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  replica.apply(second);
  EXPECT_EQ(replica.sum("payroll", "gross"), 180'000);
  EXPECT_GT(second.records[0].version, first.records[0].version);
}

TEST(DsnReplace, FractionsOfAMonthAreApart) {
  Folder folder;
  Declaration one = of("1", {"M1"}, "1000.00");
  one.fraction = "12";
  Declaration two = of("1", {"M2"}, "500.00");
  two.fraction = "22";
  folder.write("a.dsn", sending(one));
  folder.write("b.dsn", sending(two));
  Replica replica;
  replica.apply(read(folder.path()));
  EXPECT_EQ(replica.sum("payroll", "gross"), 150'000);
}

TEST(DsnReplace, ACancelledEndOfContractIsTakenBack) {
  Folder folder;
  Declaration end;
  end.nature = "07";
  end.people[0].contracts[0].more = rubric("S21.G00.62.001", "20042026");
  Declaration cancelled = end;
  cancelled.order = "2";
  cancelled.type = "04";
  folder.write("a.dsn", sending(end));
  const sdk::Written first = read(folder.path());
  Replica replica;
  replica.apply(first);
  EXPECT_THAT(replica.of("assignment"), SizeIs(1));
  folder.write("b.dsn", sending(cancelled));
  replica.apply(read(folder.path(), first.checkpoints.back()));
  EXPECT_THAT(replica.rows(), IsEmpty());
}

// A folder with a good month, then a broken file of the same month: what the good one brought
// stays, nothing of the broken one is published.
sdk::Reject cause_of_refusal(const std::string& broken) {
  Folder folder;
  folder.write("a.dsn", sending(of("1", {"M1"}, "1000.00")));
  const sdk::Written first = read(folder.path());
  Replica replica;
  replica.apply(first);
  folder.write("b.dsn", broken);
  const sdk::Written second = read(folder.path(), first.checkpoints.back());
  EXPECT_THAT(second.records, IsEmpty());
  replica.apply(second);
  EXPECT_EQ(replica.sum("payroll", "gross"), 100'000);
  // Told once.
  EXPECT_THAT(read(folder.path(), second.checkpoints.back()).scopes, IsEmpty());
  for (const sdk::WrittenScope& scope : second.scopes) {
    if (scope.aborted) return *scope.aborted;
  }
  EXPECT_THAT(second.rejects, SizeIs(1));
  return second.rejects.empty() ? sdk::Reject{} : second.rejects.front();
}

TEST(DsnRefuse, AWrongControlTotal) {
  std::string text = sending(of("2", {"M1", "M2"}, "9.00"));
  const std::size_t at = text.find("S90.G00.90.001,'") + 16;
  text[at] = text[at] == '9' ? '8' : '9';
  const sdk::Reject cause = cause_of_refusal(text);
  EXPECT_EQ(cause.rule, "DSN-S90-TOTAL");
  EXPECT_EQ(cause.records, 2u);
  EXPECT_THAT(cause.position, HasSubstr("b.dsn:"));
  EXPECT_EQ(cause.key, "dsn:20000000000017/2026-04/01/11");
}

TEST(DsnRefuse, AWrongNumberOfDeclarations) {
  std::string text = sending(of("2", {"M1"}, "9.00"));
  const std::size_t at = text.find("S90.G00.90.002,'") + 16;
  text[at] = '2';
  EXPECT_EQ(cause_of_refusal(text).field, "S90.G00.90.002");
}

TEST(DsnRefuse, ATruncatedFileAtWhateverByte) {
  const std::string text = sending(of("2", {"M1", "M2"}, "9.00"));
  for (std::size_t size = 20; size + 3 < text.size(); size += 61) {
    const std::string rule = cause_of_refusal(text.substr(0, size)).rule;
    EXPECT_THAT(rule, ::testing::AnyOf("DSN-TRUNCATED", "DSN-LINE")) << size;
  }
}

TEST(DsnRefuse, ATruncatedLotAltogether) {
  const std::string text =
      lot({sending(of("2", {"M1"}, "9.00")), sending(of("3", {"M2"}, "9.00"))});
  EXPECT_EQ(cause_of_refusal(text.substr(0, text.find("S95.G51.00.001"))).rule, "DSN-TRUNCATED");
  std::string count = text;
  count[count.rfind("'2'") + 1] = '3';
  EXPECT_EQ(cause_of_refusal(count).rule, "DSN-LOT-TOTAL");
}

TEST(DsnRefuse, ASendingWithAMalformedLine) {
  std::string text = sending(of("2", {"M1"}, "9.00"));
  text.replace(text.find("S21.G00.40.009,'"), 16, "S21.G00.40.009,\"");
  const sdk::Reject cause = cause_of_refusal(text);
  EXPECT_EQ(cause.rule, "DSN-LINE");
  EXPECT_EQ(cause.value, "");
}

TEST(DsnRefuse, ATestFileAndAFileOfBytes) {
  Declaration test = of("2", {"M1"}, "9.00");
  test.environment = "01";
  EXPECT_EQ(cause_of_refusal(sending(test)).rule, "DSN-TEST");
  EXPECT_EQ(cause_of_refusal(std::string("S10\0\0\xFF", 6)).rule, "DSN-TEXT");
  EXPECT_EQ(cause_of_refusal("").rule, "DSN-LINE");
}

TEST(DsnRefuse, OneSendingOfALotLeavesTheOthers) {
  Folder folder;
  std::string bad = sending(of("2", {"M1"}, "9.00"));
  bad.insert(bad.find("S90.G00.90.001"), "nonsense\n");
  Declaration good = of("3", {"M2"}, "5.00");
  good.nic = "00025";
  folder.write("lot.dsn", lot({bad, sending(good)}));
  const sdk::Written written = read(folder.path());
  Replica replica;
  replica.apply(written);
  EXPECT_EQ(replica.sum("payroll", "gross"), 500);
  ASSERT_TRUE(written.scopes.at(0).aborted.has_value());
  EXPECT_EQ(written.scopes[0].aborted->rule, "DSN-LINE");
}

}  // namespace
}  // namespace passerelle::hr_dsn::testing
