#include "core/formats/xlsx.h"

#include <gmock/gmock.h>

#include "core/formats/xlsx_values.h"
#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Row {
  std::uint64_t number;
  std::vector<std::string> cells;
  bool operator==(const Row&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  out << row.number << ":";
  for (const std::string& cell : row.cells) out << " [" << cell << "]";
  return out;
}

std::vector<Row> rows_of(const XlsxReader& reader, std::string_view sheet) {
  auto rows = reader.rows(sheet);
  EXPECT_TRUE(rows.ok()) << rows.status().ToString();
  std::vector<Row> all;
  if (!rows.ok()) return all;
  for (;;) {
    const auto more = (*rows)->next();
    if (!more.ok()) {
      all.push_back({0, {"error: " + message_of(more.status())}});
      return all;
    }
    if (!*more) return all;
    all.push_back({(*rows)->row_number(), (*rows)->cells()});
  }
}

constexpr const char* kOffice =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

// A workbook as other programs write it: shared strings, styles, a hidden sheet, a chart sheet.
std::string workbook(const std::string& sheet_xml, const std::string& workbook_properties = "") {
  const std::string office = kOffice;
  ZipWriter zip;
  zip.add("_rels/.rels", "<Relationships><Relationship Id='a' Type='" + office +
                             "/officeDocument' Target='/xl/workbook.xml'/></Relationships>");
  zip.add("xl/workbook.xml",
          "<workbook xmlns:r='" + office + "'>" + workbook_properties +
              "<sheets><sheet name='Activit\xC3\xA9s' sheetId='7' r:id='s1'/>"
              "<sheet name='Graphique' sheetId='8' r:id='c1'/>"
              "<sheet name='Listes' sheetId='9' state='hidden' r:id='s2'/></sheets></workbook>");
  zip.add("xl/_rels/workbook.xml.rels",
          "<Relationships><Relationship Id='s1' Type='" + office +
              "/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='s2' Type='" + office +
              "/worksheet' Target='/xl/worksheets/sheet2.xml'/><Relationship Id='c1' Type='" +
              office + "/chartsheet' Target='charts/c.xml'/><Relationship Id='t' Type='" + office +
              "/sharedStrings' Target='sharedStrings.xml'/><Relationship Id='u' Type='" + office +
              "/styles' Target='styles.xml'/><Relationship Id='x' TargetMode='External' Type='" +
              office + "/externalLink' Target='file:///other.xlsx'/></Relationships>");
  zip.add(
      "xl/sharedStrings.xml",
      "<sst><si><t>Code</t></si><si><r><t>Libell\xC3\xA9 </t></r><r><rPr/><t>riche</t></r>"
      "<rPh sb='0' eb='1'><t>hint</t></rPh></si><si><t xml:space='preserve'> a_x000D_b </t></si>"
      "<si/></sst>");
  zip.add("xl/styles.xml",
          "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd/mm/yyyy'/>"
          "<numFmt numFmtId='165' formatCode='[$-40C]d mmmm yyyy\\ hh:mm;@'/>"
          "<numFmt numFmtId='166' formatCode='# ##0,00 \"days\"'/>"
          "<numFmt numFmtId='167' formatCode='[h]:mm'/></numFmts>"
          "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
          "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='165'/>"
          "<xf numFmtId='166'/><xf numFmtId='21'/><xf numFmtId='167'/></cellXfs></styleSheet>");
  zip.add("xl/worksheets/sheet1.xml",
          "<worksheet><sheetData>" + sheet_xml + "</sheetData><mergeCells/></worksheet>");
  zip.add("xl/worksheets/sheet2.xml", "<worksheet><sheetData/></worksheet>");
  auto bytes = zip.finish();
  EXPECT_TRUE(bytes.ok());
  return bytes.ok() ? *bytes : "";
}

std::vector<Row> first_sheet(const std::string& sheet_xml, const std::string& properties = "") {
  const auto reader = XlsxReader::open_bytes(workbook(sheet_xml, properties));
  EXPECT_TRUE(reader.ok()) << reader.status().ToString();
  return reader.ok() ? rows_of(**reader, "Activités") : std::vector<Row>();
}

TEST(Xlsx, SheetsAreListedInOrderWithoutCharts) {
  const auto reader = XlsxReader::open_bytes(workbook(""));
  ASSERT_TRUE(reader.ok());
  ASSERT_EQ((*reader)->sheets().size(), 2u);
  EXPECT_EQ((*reader)->sheets()[0].name, "Activités");
  EXPECT_FALSE((*reader)->sheets()[0].hidden);
  EXPECT_TRUE((*reader)->sheets()[1].hidden);
  EXPECT_TRUE((*reader)->rows("ACTIVITES").ok());
  EXPECT_THAT(message_of((*reader)->rows("Activite").status()), HasSubstr("did you mean"));
  EXPECT_EQ((*reader)->rows(2).status().code(), absl::StatusCode::kNotFound);
}

TEST(Xlsx, TextsAreSharedRichOrInTheirCell) {
  EXPECT_THAT(first_sheet("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c>"
                          "<c r='C1' t='s'><v>2</v></c><c r='D1' t='inlineStr'><is><r><t>in</t></r>"
                          "<r><t>line</t></r></is></c><c r='E1' t='str'><f>A1</f><v>x&amp;y</v></c>"
                          "</row>"),
              ElementsAre(Row{1, {"Code", "Libellé riche", " a\rb ", "inline", "x&y"}}));
}

TEST(Xlsx, NumbersAreDecimalTextAndFormulasTheirLastValue) {
  EXPECT_THAT(
      first_sheet("<row><c><v>118998.1</v></c><c><v>0.30000000000000004</v></c><c><v>1.5E3</v></c>"
                  "<c><v>12345678901234567</v></c><c><f>SUM(A1)</f><v>42</v></c>"
                  "<c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='e'><v>#N/A</v></c>"
                  "<c s='4'><v>3.5</v></c></row>"),
      ElementsAre(Row{
          1,
          {"118998.1", "0.3", "1500", "12345678901234567", "42", "true", "false", "#N/A", "3.5"}}));
}

TEST(Xlsx, DatesAreRecognisedByTheirFormat) {
  EXPECT_THAT(
      first_sheet("<row><c s='1'><v>45366</v></c><c s='2'><v>46349.75</v></c>"
                  "<c s='3'><v>45366.354166666664</v></c><c s='5'><v>0.5</v></c>"
                  "<c s='6'><v>1.5</v></c><c t='d'><v>2026-11-23</v></c><c s='1'><v>-1</v></c>"
                  "<c s='1' t='s'><v>0</v></c></row>"),
      ElementsAre(Row{1,
                      {"2024-03-15", "2026-11-23", "2024-03-15T08:30:00", "12:00:00", "36:00:00",
                       "2026-11-23", "-1", "Code"}}));
  EXPECT_THAT(first_sheet("<row><c s='1'><v>43904</v></c></row>", "<workbookPr date1904='1'/>"),
              ElementsAre(Row{1, {"2024-03-15"}}));
}

TEST(Xlsx, SparseRowsAndCellsKeepTheirPlaces) {
  EXPECT_THAT(first_sheet("<row r='3'><c r='B3'><v>1</v></c><c r='D3'><v>2</v></c>"
                          "<c r='E3' s='1'/></row><row r='5'><c r='A5' s='2'/></row>"
                          "<row r='9'><c><v>3</v></c><c r='C9'><v>4</v></c><c><v>5</v></c></row>"),
              ElementsAre(Row{3, {"", "1", "", "2"}}, Row{9, {"3", "", "4", "5"}}));
}

TEST(Xlsx, DamagedSheetsAreReportedWithTheirRow) {
  EXPECT_THAT(first_sheet("<row r='2'><c t='s'><v>9</v></c></row>").back().cells[0],
              HasSubstr("sheet \"Activités\", row 2: a cell names the shared text 9 of 4"));
  EXPECT_THAT(first_sheet("<row r='2'/><row r='2'/>").back().cells[0], HasSubstr("out of order"));
  EXPECT_THAT(first_sheet("<row r='2'><c r='?'/></row>").back().cells[0], HasSubstr("cell \"?\""));
  EXPECT_THAT(first_sheet("<row r='1048577'/>").back().cells[0], HasSubstr("more rows"));
  EXPECT_THAT(first_sheet("<row r='1'><c r='XFE1'/></row>").back().cells[0], HasSubstr("XFE1"));
  EXPECT_THAT(first_sheet("<row r='1'><c>").back().cells[0], HasSubstr("XML 1:"));
}

TEST(Xlsx, WhatIsNoWorkbookIsRefusedWithTheRemedy) {
  const auto error = [](std::string bytes) {
    return message_of(XlsxReader::open_bytes(std::move(bytes)).status());
  };
  EXPECT_THAT(error(std::string("\xD0\xCF\x11\xE0\xA1\xB1", 6)), HasSubstr("password"));
  EXPECT_THAT(error("Sens,Nature\n"), HasSubstr("CSV"));
  EXPECT_THAT(error("PK"), HasSubstr("ZIP"));
  const std::string whole = workbook("");
  EXPECT_THAT(error(whole.substr(0, whole.size() / 2)), HasSubstr("transfer the file again"));
  ZipWriter zip;
  zip.add("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
  EXPECT_THAT(error(*zip.finish()), HasSubstr("OpenDocument"));
  EXPECT_EQ(XlsxReader::open_file("/nowhere.xlsx").status().code(), absl::StatusCode::kNotFound);
}

TEST(Xlsx, WhatIsWrittenReadsBack) {
  const base::Days day = *base::parse_date("2026-11-23");
  XlsxWriter writer;
  ASSERT_TRUE(writer.begin_sheet("Activités", {"Code", "Libellé", "Montant", "Début"}, {8}).ok());
  ASSERT_TRUE(writer
                  .add_row({XlsxCell::of_text("0012"), XlsxCell::of_text("Propreté <&> \"é\""),
                            XlsxCell::of_number("-1234.50"), XlsxCell::of_date(day)})
                  .ok());
  ASSERT_TRUE(writer.add_row({}).ok());
  ASSERT_TRUE(writer
                  .add_row({XlsxCell::empty(), XlsxCell::of_text(" two\nlines\t_x0041_ \x01\r "),
                            XlsxCell::of_text("")})
                  .ok());
  ASSERT_TRUE(writer.begin_sheet("R & D", {}).ok());
  ASSERT_TRUE(writer.add_row({XlsxCell::of_number("7")}).ok());
  const TemporaryFolder folder;
  const auto reader = XlsxReader::open_file(folder.write("a.xlsx", *writer.finish()));
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  EXPECT_THAT(rows_of(**reader, "Activités"),
              ElementsAre(Row{1, {"Code", "Libellé", "Montant", "Début"}},
                          Row{2, {"0012", "Propreté <&> \"é\"", "-1234.50", "2026-11-23"}},
                          Row{4, {"", " two\nlines\t_x0041_ \x01\r "}}));
  EXPECT_THAT(rows_of(**reader, "R & D"), ElementsAre(Row{1, {"7"}}));
}

TEST(Xlsx, TheSameContentGivesTheSameBytes) {
  const auto build = [] {
    XlsxWriter writer;
    EXPECT_TRUE(writer.begin_sheet("A", {"x"}).ok());
    EXPECT_TRUE(writer.add_row({XlsxCell::of_text("é")}).ok());
    return *writer.finish();
  };
  EXPECT_EQ(build(), build());
}

TEST(Xlsx, TheWriterRefusesWhatASheetCannotHold) {
  XlsxWriter writer;
  EXPECT_EQ(writer.add_row({}).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(writer.begin_sheet("", {}).ok());
  EXPECT_FALSE(writer.begin_sheet("a/b", {}).ok());
  EXPECT_FALSE(writer.begin_sheet("Une feuille dont le nom est trop long", {}).ok());
  ASSERT_TRUE(writer.begin_sheet("Pôles", {}).ok());
  EXPECT_EQ(writer.begin_sheet("PÔLES", {}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(writer.add_row({XlsxCell::of_number("1,5")}).ok());
  EXPECT_FALSE(writer.add_row({XlsxCell::of_number("")}).ok());
  EXPECT_FALSE(writer.add_row({XlsxCell::of_text(std::string(32'768, 'x'))}).ok());
  EXPECT_FALSE(writer.add_row({XlsxCell::of_text("\xE9")}).ok());
  EXPECT_FALSE(writer.add_row({XlsxCell::of_date(*base::parse_date("1900-02-28"))}).ok());
  // Refused rows leave nothing behind.
  ASSERT_TRUE(writer.add_row({XlsxCell::of_date(*base::parse_date("1900-03-01"))}).ok());
  const auto reader = XlsxReader::open_bytes(*writer.finish());
  ASSERT_TRUE(reader.ok());
  EXPECT_THAT(rows_of(**reader, "Pôles"), ElementsAre(Row{1, {"1900-03-01"}}));
  EXPECT_EQ(writer.finish().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(XlsxValues, FormatCodesTellDatesFromNumbers) {
  const auto is_date = [](std::string_view code) { return xlsx::format_of_code(code).is_date(); };
  for (const char* code : {"yyyy-mm-dd", "d/m/yy", "mmm yy", "h:mm", "[hh]:mm:ss", "mm:ss.0",
                           "[$-F800]dddd\\,\\ mmmm\\ dd", "m/d/yyyy h:mm AM/PM", "mmmm"}) {
    EXPECT_TRUE(is_date(code)) << code;
  }
  for (const char* code : {"General", "0.00", "#,##0.00 \"dhmy\"", "0.00E+00", "[Red]0;[Blue]0",
                           "_-* #,##0_d", "\\d0", "@", "# ?/?", "0;dd"}) {
    EXPECT_FALSE(is_date(code)) << code;
  }
}

TEST(XlsxValues, NumbersLoseTheirExponentAndTheirNoise) {
  EXPECT_EQ(xlsx::plain_number("7"), "7");
  EXPECT_EQ(xlsx::plain_number("007.50"), "007.50");
  EXPECT_EQ(xlsx::plain_number("1E-3"), "0.001");
  EXPECT_EQ(xlsx::plain_number("-2.5e+2"), "-250");
  EXPECT_EQ(xlsx::plain_number("118998.10000000001"), "118998.1");
  EXPECT_EQ(xlsx::plain_number("0.99999999999999989"), "1");
  EXPECT_EQ(xlsx::plain_number("-4.4408920985006262E-16"), "-0.000000000000000444089209850063");
  EXPECT_EQ(xlsx::plain_number("1E999999"), "1E999999");
  EXPECT_EQ(xlsx::plain_number("abc"), "abc");
}

TEST(XlsxValues, TheFirstMonthsOf1900HaveTheLeapDayThatNeverWas) {
  const xlsx::DateFormat date{true, false, false};
  EXPECT_EQ(xlsx::date_text("1", date, false), "1900-01-01");
  EXPECT_EQ(xlsx::date_text("59", date, false), "1900-02-28");
  EXPECT_EQ(xlsx::date_text("60", date, false), std::nullopt);
  EXPECT_EQ(xlsx::date_text("61", date, false), "1900-03-01");
  EXPECT_EQ(xlsx::date_text("2958465", date, false), "9999-12-31");
  EXPECT_EQ(xlsx::date_text("2958466", date, false), std::nullopt);
  EXPECT_EQ(xlsx::date_text("45366.9999999999", {true, true, false}, false), "2024-03-16T00:00:00");
}

TEST(XlsxValues, ColumnsCountInLetters) {
  EXPECT_EQ(xlsx::column_of("A1"), 0u);
  EXPECT_EQ(xlsx::column_of("AB12"), 27u);
  EXPECT_EQ(xlsx::column_of("XFD1"), 16'383u);
  EXPECT_EQ(xlsx::column_of("XFE1"), std::nullopt);
  EXPECT_EQ(xlsx::column_of("12"), std::nullopt);
  for (const std::size_t column : {0u, 25u, 26u, 701u, 702u, 16'383u}) {
    EXPECT_EQ(xlsx::column_of(xlsx::column_name(column) + "1"), column);
  }
}

}  // namespace
}  // namespace passerelle::formats
