#include "plugins/finance_totem/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::finance_totem {
namespace {

using ::testing::HasSubstr;

DocumentHeader header(const std::string& kind) {
  DocumentHeader header;
  header.siret = "20000000000017";
  header.kind_code = kind;
  header.exercise = "2026";
  header.dated = "2026-03-01";
  return header;
}

Document document(const std::string& kind) {
  return std::get<Document>(convert_header(header(kind), true));
}

RawLine raw_line() {
  RawLine line;
  line.nature = "6064";
  line.flow = "D";
  line.order = "0";
  line.chapter_or_operation = "011";
  line.section = "F";
  return line;
}

Refusal refusal_of(const RawLine& line, const std::string& kind = "09") {
  const auto converted = convert_line(line, document(kind), nullptr);
  EXPECT_TRUE(std::holds_alternative<Refusal>(converted));
  return std::get<Refusal>(converted);
}

TEST(ConvertHeader, OrdersTwoExportsOfADocumentByTheLaterOfItsDateAndItsSeal) {
  DocumentHeader a = header("09");
  DocumentHeader b = a;
  b.sealed_at = "2026-03-01T16:01:47.276+01:00";
  DocumentHeader c = b;
  c.sealed_at = "2026-03-01T16:01:48";
  DocumentHeader d = a;
  d.dated = "2026-03-02";
  const auto version = [](const DocumentHeader& h) {
    return std::get<Document>(convert_header(h, true)).version;
  };
  EXPECT_LT(version(a), version(b));
  EXPECT_LT(version(b), version(c));
  EXPECT_LT(version(c), version(d));
}

TEST(ConvertHeader, NamesTheDocumentsAndItsIdentity) {
  DocumentHeader raw = header("02");
  raw.number = "3";
  const Document dm = std::get<Document>(convert_header(raw, true));
  EXPECT_EQ(dm.kind, "DM");
  EXPECT_EQ(dm.id(), "20000000000017/2026/02/3");
  EXPECT_EQ(document("01").id(), "20000000000017/2026/01/0");
  EXPECT_EQ(document("03").kind, "BS");
  DocumentHeader cfu = header("");
  cfu.is_single_account = true;
  EXPECT_EQ(std::get<Document>(convert_header(cfu, true)).kind, "CFU");
}

TEST(ConvertHeader, RefusesWhatIsNoVotedBudget) {
  DocumentHeader project = header("01");
  project.is_project = true;
  EXPECT_EQ(std::get<Refusal>(convert_header(project, true)).rule, "TOTEM-PROJECT");
  EXPECT_EQ(std::get<Refusal>(convert_header(header("77"), true)).field, "NatDec");
  DocumentHeader undated = header("01");
  undated.dated = "";
  EXPECT_EQ(std::get<Refusal>(convert_header(undated, true)).field, "DteStr");
  DocumentHeader year = header("01");
  year.exercise = "26";
  EXPECT_EQ(std::get<Refusal>(convert_header(year, true)).field, "Exer");
}

TEST(ConvertLine, TakesTheReportsOfADecisionFromItsSupplement) {
  RawLine line = raw_line();
  line.carried_supplement = "4200.00";
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("02"), nullptr)).carried_in, 420'000);
  line.carried = "7.00";
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("02"), nullptr)).carried_in, 420'000);
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("01"), nullptr)).carried_in, 700);
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("09"), nullptr)).carried_in, 700);
}

TEST(ConvertLine, IgnoresRealisedAmountsOutsideAccounts) {
  RawLine line = raw_line();
  line.realised = "64118.58";
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("02"), nullptr)).realised, 0);
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("09"), nullptr)).realised, 6'411'858);
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("10"), nullptr)).realised, 6'411'858);
}

TEST(ConvertLine, RefusesAmountsThatCentsCannotHold) {
  RawLine line = raw_line();
  line.open = "1.005";
  EXPECT_EQ(refusal_of(line).rule, "TOTEM-AMOUNT");
  line.open = "1 234,00";
  EXPECT_EQ(refusal_of(line).field, "CredOuv");
  line.open = "1.10000";  // zeros are no cents
  EXPECT_EQ(std::get<BudgetLine>(convert_line(line, document("09"), nullptr)).open, 110);
}

TEST(ConvertLine, RefusesALineThatIsNeitherExpenseNorReceipt) {
  RawLine line = raw_line();
  line.flow = "X";
  EXPECT_EQ(refusal_of(line).field, "CodRD");
  line = raw_line();
  line.order = "T";
  EXPECT_EQ(refusal_of(line).field, "OpBudg");
  line = raw_line();
  line.nature = "";
  EXPECT_EQ(refusal_of(line).field, "Nature");
}

TEST(ConvertLine, RefusesALineWithoutASection) {
  RawLine line = raw_line();
  line.section = "";
  const Refusal refusal = refusal_of(line);
  EXPECT_EQ(refusal.rule, "TOTEM-SECTION");
  EXPECT_THAT(refusal.remedy, HasSubstr("chart"));
}

TEST(ConvertPosition, KeepsFourDecimalsExactly) {
  RawPosition position;
  position.budgeted = "1";
  position.filled = "0.3125";
  const auto converted = std::get<StaffPosition>(convert_position(position));
  EXPECT_EQ(converted.budgeted, 10'000);
  EXPECT_EQ(converted.filled, 3'125);
  position.filled = "80 %";
  EXPECT_EQ(std::get<Refusal>(convert_position(position)).rule, "TOTEM-FTE");
}

}  // namespace
}  // namespace passerelle::finance_totem
