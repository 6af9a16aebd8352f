#include "core/formats/csv.h"

#include <gmock/gmock.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& text, CsvSettings settings = {}, std::size_t piece = 1'000) {
  CsvReader reader(dropping(text, piece), settings);
  Rows rows;
  for (;;) {
    const auto more = reader.next();
    if (!more.ok()) {
      rows.push_back({"error: " + message_of(more.status())});
      return rows;
    }
    if (!*more) return rows;
    rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

TEST(Csv, RowsEndWithLfCrlfOrTheFile) {
  const Rows expected = {{"a", "b"}, {"c", "d"}, {"e", ""}};
  for (const std::size_t piece : {1u, 2u, 3u, 1'000u}) {
    EXPECT_EQ(rows_of("a,b\r\nc,d\ne,", {}, piece), expected);
    EXPECT_EQ(rows_of("a,b\nc,d\ne,\r\n", {}, piece), expected);
  }
}

TEST(Csv, QuotesHoldDelimitersLineBreaksAndQuotes) {
  const std::string text = "\"a,b\",\"c\r\nd\",\"say \"\"hi\"\"\",\"\"\r\nx,\"y\",z,\"\"\"\"\n";
  const Rows expected = {{"a,b", "c\r\nd", "say \"hi\"", ""}, {"x", "y", "z", "\""}};
  for (std::size_t piece = 1; piece < 20; ++piece) EXPECT_EQ(rows_of(text, {}, piece), expected);
}

TEST(Csv, AQuoteInsideAFieldIsText) {
  EXPECT_EQ(rows_of("12\" pipe,5'\"\n"), (Rows{{"12\" pipe", "5'\""}}));
}

TEST(Csv, TheDelimiterAndTheQuoteAreSettings) {
  EXPECT_EQ(rows_of("a;'b;c';d,e\n", {.delimiter = ';', .quote = '\''}),
            (Rows{{"a", "b;c", "d,e"}}));
  EXPECT_EQ(rows_of("\"a;b\"\n", {.delimiter = ';', .quote = '\0'}), (Rows{{"\"a", "b\""}}));
}

TEST(Csv, BlankLinesArePassedOverUnlessWanted) {
  EXPECT_EQ(rows_of("a\n\r\n\nb\n\n"), (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(rows_of("a\n\nb\n", {.skip_blank_lines = false}), (Rows{{"a"}, {""}, {"b"}}));
  EXPECT_EQ(rows_of(""), Rows{});
}

TEST(Csv, RowsOfAWrongLengthAreReturnedAsTheyAre) {
  EXPECT_EQ(rows_of("a,b\nc\nd,e,f\n"), (Rows{{"a", "b"}, {"c"}, {"d", "e", "f"}}));
}

TEST(Csv, PositionsCountRowsLinesAndBytes) {
  CsvReader reader(source_of_view("h1,h2\n\"a\nb\",c\n\nd,e\n"));
  ASSERT_TRUE(*reader.next());
  EXPECT_EQ(reader.position(), (CsvPosition{0, 1, 1}));
  ASSERT_TRUE(*reader.next());
  EXPECT_EQ(reader.position(), (CsvPosition{6, 2, 2}));
  ASSERT_TRUE(*reader.next());
  EXPECT_EQ(reader.position(), (CsvPosition{15, 3, 5}));
  EXPECT_EQ(reader.next_position(), (CsvPosition{19, 4, 6}));
  EXPECT_FALSE(*reader.next());
}

TEST(Csv, ReadingResumesAtARowsStart) {
  std::string text = "code,label\n";
  for (int i = 0; i < 1'000; ++i) text += std::to_string(i) + ",\"x\ny\"\n";
  CsvReader first(dropping(text, 100));
  for (int i = 0; i < 501; ++i) ASSERT_TRUE(*first.next());
  const CsvPosition stop = first.next_position();
  for (const std::size_t piece : {100u, 1'000'000u}) {
    CsvReader second(dropping(text, piece));
    ASSERT_TRUE(*second.next());  // the header
    ASSERT_TRUE(second.skip_to(stop).ok());
    ASSERT_TRUE(*second.next());
    EXPECT_EQ(second.fields()[0], "500");
    EXPECT_EQ(second.position(), stop);
    EXPECT_EQ(second.skip_to({0, 1, 1}).code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(second.skip_to({text.size() + 1, 2, 2}).code(), absl::StatusCode::kOutOfRange);
  }
}

TEST(Csv, AnUnterminatedQuoteNamesTheLineWhereItOpened) {
  EXPECT_THAT(rows_of("a,b\nc,d\ne,\"f\ng,h\ni,j\n").back()[0],
              HasSubstr("the quote opened on line 3 is never closed"));
  // With a second quote on a line of its own row, only the last one is open.
  EXPECT_THAT(rows_of("\"a\nb\",\"c\n").back()[0], HasSubstr("opened on line 2"));
}

TEST(Csv, AnUnterminatedQuoteDoesNotSwallowAHugeFile) {
  std::string text = "a\n\"b\n";
  for (int i = 0; i < 10'000; ++i) text += "0123456789\n";
  const Rows rows = rows_of(text, {.row_bytes_max = 1'000});
  EXPECT_THAT(rows.back()[0], HasSubstr("opened on line 2"));
}

TEST(Csv, ARowBeyondTheLimitIsRefused) {
  const CsvSettings settings{.row_bytes_max = 10};
  EXPECT_EQ(rows_of("0123456789\n", settings), (Rows{{"0123456789"}}));
  EXPECT_THAT(rows_of("0123456789A\n", settings).back()[0], HasSubstr("longer than 10 bytes"));
  EXPECT_THAT(rows_of(std::string(2 << 20, 'a')).back()[0], HasSubstr("row 1, line 1"));
}

TEST(Csv, TooManyColumnsAreRefused) {
  EXPECT_THAT(rows_of("a,b,c\n", {.columns_max = 2}).back()[0], HasSubstr("check the delimiter"));
}

TEST(Csv, ErrorsAreFinal) {
  CsvReader reader(source_of_view("\"a"));
  EXPECT_FALSE(reader.next().ok());
  EXPECT_FALSE(reader.next().ok());
  CsvReader broken(std::make_unique<FailingSource>("a,b\nc,d\n"));
  EXPECT_TRUE(*broken.next());
  EXPECT_TRUE(*broken.next());
  EXPECT_EQ(broken.next().status().code(), absl::StatusCode::kUnavailable);
}

TEST(Csv, TextBehindAClosingQuoteMarksItsRowOnly) {
  CsvReader reader(source_of_view("\"a\"b,c\nd,e\n"));
  ASSERT_TRUE(*reader.next());
  EXPECT_THAT(message_of(reader.row_status()), HasSubstr("row 1, line 1: text stands behind"));
  EXPECT_THAT(reader.fields(), ElementsAre("ab", "c"));
  ASSERT_TRUE(*reader.next());
  EXPECT_TRUE(reader.row_status().ok());
}

TEST(Csv, TheDelimiterIsGuessedOutsideOfQuotes) {
  EXPECT_EQ(guessed_delimiter("Sens;Nature;\"a,b,c,d\""), ';');
  EXPECT_EQ(guessed_delimiter("a,b;c,d"), ',');
  EXPECT_EQ(guessed_delimiter("a\tb\tc\nx;y;z;w;v"), '\t');
  EXPECT_EQ(guessed_delimiter("alone"), ',');
}

TEST(Csv, AHeaderIsFoundWhateverItsSpacesAndCase) {
  const CsvHeader header({"Sens", "Nature\u00A0 - Code", "Chapitre - Libellé"});
  EXPECT_EQ(*header.find("Nature - Code"), 1u);
  EXPECT_EQ(*header.find("nature  -  code"), 1u);
  EXPECT_EQ(*header.require("chapitre - libelle"), 2u);
  EXPECT_FALSE(header.find("Nature"));
  EXPECT_THAT(message_of(header.require("Sen").status()), HasSubstr("did you mean \"Sens\""));
}

TEST(Csv, OfTwoColumnsOfOneNameTheExactOneIsMeant) {
  const CsvHeader header({"Code", "code", "Label", "Label"});
  EXPECT_EQ(*header.require("code"), 1u);
  EXPECT_THAT(message_of(header.require("CODE").status()), HasSubstr("occurs 2 times"));
  EXPECT_THAT(message_of(header.require("Label").status()), HasSubstr("occurs 2 times"));
}

TEST(Csv, WhatIsWrittenReadsBack) {
  const Rows rows = {{"a", "b,c", "d\"e", "f\ng", " edge ", ""}, {""}, {"é", "\r"}, {"x;y", "'"}};
  for (const char delimiter : {',', ';'}) {
    std::string text;
    CsvWriter writer(&text, {.delimiter = delimiter});
    for (const auto& row : rows) writer.row(row);
    EXPECT_EQ(rows_of(text, {.delimiter = delimiter}), rows);
  }
}

TEST(Csv, FormulasAreDefusedWhereASpreadsheetWillOpenTheFile) {
  std::string text;
  CsvWriter writer(&text, {.line_end = "\n", .guard_formulas = true});
  writer.row({"=1+1", "-12.5", "+33", "@x", "-a"});
  EXPECT_EQ(text, "\"'=1+1\",-12.5,+33,\"'@x\",\"'-a\"\n");
}

}  // namespace
}  // namespace passerelle::formats
