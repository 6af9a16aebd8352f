#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/finance_totem/chart.h"
#include "tests/plugins/finance_totem/documents.h"

namespace passerelle::finance_totem::testing {
namespace {

std::string chart_text(const std::string& declension, const std::string& exercise,
                       const std::string& chapter) {
  return R"(<?xml version="1.0" encoding="ISO-8859-1"?>
<Nomenclature Norme="M57" Declinaison=")" +
         declension + R"(" Exer=")" + exercise + R"(">
<Nature><Chapitres><Chapitre Code=")" +
         chapter + R"(" Section="F"/><Chapitre Code="21" Section="I"/>
<Chapitre Code="040" Section="I"/><Chapitre Code="041" Section="I"/></Chapitres>
<Comptes><Compte Code="21"><Compte Code="2157" DR="21" DOES="040" DOIS="041" RR="" ROES="" ROIS=""/>
</Compte></Comptes></Nature></Nomenclature>)";
}

TEST(Chart, GivesTheSectionOfAChapterAndTheChapterOfAnAccount) {
  const auto chart = Chart::read(formats::source_of_bytes(chart_text("M57_D", "2026", "011")));
  ASSERT_TRUE(chart.ok()) << chart.status().ToString();
  EXPECT_EQ(chart->section_of_chapter("011"), 'F');
  EXPECT_EQ(chart->section_of_chapter("21"), 'I');
  EXPECT_EQ(chart->section_of_chapter("2313"), '\0');
  EXPECT_EQ(chart->chapter_of_account("2157", Movement::kExpenseReal), "21");
  EXPECT_EQ(chart->chapter_of_account("2157", Movement::kExpenseOrderBetween), "040");
  EXPECT_EQ(chart->chapter_of_account("2157", Movement::kExpenseOrderWithin), "041");
  EXPECT_EQ(chart->chapter_of_account("2157", Movement::kReceiptReal), "");
}

TEST(Chart, AnswersForALocalSubdivisionByItsLongestListedBeginning) {
  const auto chart = Chart::read(formats::source_of_bytes(chart_text("M57_D", "2026", "011")));
  EXPECT_EQ(chart->chapter_of_account("215731", Movement::kExpenseReal), "21");
  // A title account without chapters answers for nobody.
  EXPECT_EQ(chart->chapter_of_account("2188", Movement::kExpenseReal), "");
}

TEST(Chart, RefusesAnotherDocument) {
  const auto chart = Chart::read(formats::source_of_bytes("<DocumentBudgetaire/>"));
  EXPECT_THAT(base::message_of(chart.status()), ::testing::HasSubstr("no chart of accounts"));
  EXPECT_FALSE(Chart::read(formats::source_of_bytes("<Nomenclature Norme=")).ok());
}

TEST(ChartShelf, TakesTheNearestExerciseOfTheSameNomenclatureOnly) {
  Folder folder;
  folder.write("a.xml", chart_text("M57_D", "2023", "023"));
  folder.write("b.xml", chart_text("M57_D", "2025", "025"));
  folder.write("c.xml", chart_text("M57_A", "2026", "026"));
  auto shelf = ChartShelf::open({folder.path() + "/*.xml"}, folder.path());
  ASSERT_TRUE(shelf.ok());
  EXPECT_EQ((*shelf->find("M57-M57_D", 2025))->name().exercise, 2025);
  EXPECT_EQ((*shelf->find("M57-M57_D", 2026))->name().exercise, 2025);
  EXPECT_EQ((*shelf->find("M57-M57_D", 2024))->name().exercise, 2023);
  EXPECT_EQ(*shelf->find("M14-M14_COM_SUP3500", 2024), nullptr);
}

TEST(ChartShelf, SaysSoWhenItsPatternMatchesNothing) {
  Folder folder;
  const auto shelf = ChartShelf::open({folder.path() + "/*.xml"}, folder.path());
  EXPECT_THAT(base::message_of(shelf.status()), ::testing::HasSubstr("no file matches"));
  EXPECT_TRUE(ChartShelf::open({}, folder.path()).ok());
}

}  // namespace
}  // namespace passerelle::finance_totem::testing
