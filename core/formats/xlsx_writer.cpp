#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/formats/xlsx.h"
#include "core/formats/xlsx_values.h"
#include "core/formats/xml.h"

namespace passerelle::formats {
namespace {

constexpr std::size_t kSheetNameCharsMax = 31;
constexpr std::size_t kCellCharsMax = 32'767;
constexpr int kWidthMax = 255;
// Indexes into the cell formats of kStyles.
constexpr std::string_view kHeaderStyle = "1";
constexpr std::string_view kDateStyle = "2";
constexpr std::string_view kTextStyle = "3";

constexpr std::string_view kProlog =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kMainNamespace =
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kOfficeNamespace =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackageNamespace =
    "http://schemas.openxmlformats.org/package/2006/relationships";
constexpr std::string_view kTypesNamespace =
    "http://schemas.openxmlformats.org/package/2006/content-types";
constexpr std::string_view kDefaultTypes =
    "<Default Extension=\"rels\" "
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>";
constexpr std::string_view kContentType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.";

// Format 14 is the reader's own short date; 49 keeps a code typed over another one a text.
constexpr std::string_view kStyleBody =
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
    "</cellStyleXfs>"
    "<cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\" "
    "applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"14\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
    "applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
    "applyNumberFormat=\"1\"/></cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";

std::string element(std::string_view name, std::string_view attributes, std::string_view content) {
  std::string out(kProlog);
  out.append("<").append(name).append(" ").append(attributes).append(">");
  out.append(content).append("</").append(name).append(">");
  return out;
}

std::string xmlns(std::string_view uri) { return "xmlns=\"" + std::string(uri) + "\""; }

std::string override_of(const std::string& part, std::string_view type) {
  return "<Override PartName=\"" + part + "\" ContentType=\"" + std::string(kContentType) +
         std::string(type) + "\"/>";
}

std::string relationship(const std::string& id, const std::string& type,
                         const std::string& target) {
  return "<Relationship Id=\"" + id + "\" Type=\"" + std::string(kOfficeNamespace) + "/" + type +
         "\" Target=\"" + target + "\"/>";
}

// Excel counts in UTF-16 units: a character of four UTF-8 bytes is two.
std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

Status check_sheet_name(std::string_view name) {
  const std::string shown = "sheet name \"" + std::string(name) + "\": ";
  if (name.empty() || utf16_units(name) > kSheetNameCharsMax) {
    return base::invalid_argument(shown + "1 to 31 characters are allowed");
  }
  if (name.find_first_of("[]:*?/\\") != std::string_view::npos || name.front() == '\'' ||
      name.back() == '\'') {
    return base::invalid_argument(shown +
                                  "[ ] : * ? / \\ and an apostrophe at an end are not "
                                  "allowed");
  }
  if (!base::is_valid_utf8(name)) return base::invalid_argument(shown + "not UTF-8");
  return {};
}

Status append_text(std::string_view text, std::string_view style, const std::string& reference,
                   std::string* out) {
  if (utf16_units(text) > kCellCharsMax) {
    return base::invalid_argument("cell " + reference + ": a text of more than 32,767 characters");
  }
  if (!base::is_valid_utf8(text)) {
    return base::invalid_argument("cell " + reference + ": the text is not UTF-8");
  }
  out->append("<c r=\"").append(reference).append("\" s=\"").append(style);
  out->append("\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
  out->append(xml_escaped(xlsx::escaped(text))).append("</t></is></c>");
  return {};
}

Status append_cell(const XlsxCell& cell, const std::string& reference, std::string* out) {
  switch (cell.kind) {
    case XlsxCell::Kind::kEmpty:
      return {};
    case XlsxCell::Kind::kText:
      return cell.text.empty() ? Status() : append_text(cell.text, kTextStyle, reference, out);
    case XlsxCell::Kind::kNumber:
      if (!is_number(cell.text)) {
        return base::invalid_argument("cell " + reference + ": \"" + cell.text +
                                      "\" is no number (digits, one point, a minus sign)");
      }
      out->append("<c r=\"").append(reference).append("\"><v>").append(cell.text);
      out->append("</v></c>");
      return {};
    case XlsxCell::Kind::kDate:
      if (cell.day < xlsx::kFirstSerialDay) {
        return base::invalid_argument("cell " + reference + ": " + base::format_date(cell.day) +
                                      " is before 1900-03-01");
      }
      out->append("<c r=\"").append(reference).append("\" s=\"").append(kDateStyle);
      out->append("\"><v>").append(std::to_string(xlsx::serial_of(cell.day))).append("</v></c>");
      return {};
  }
  return {};
}

std::string columns_xml(const std::vector<std::string>& header, const std::vector<int>& widths) {
  std::string out;
  const std::size_t count = std::max(header.size(), widths.size());
  for (std::size_t i = 0; i < count; ++i) {
    int width = i < widths.size() ? widths[i] : 0;
    if (width <= 0 && i < header.size()) {
      width = std::max(static_cast<int>(base::display_width(header[i])) + 2, 9);
    }
    const std::string number = std::to_string(i + 1);
    out += "<col min=\"" + number + "\" max=\"" + number + "\" width=\"" +
           std::to_string(std::clamp(width, 1, kWidthMax)) + "\" customWidth=\"1\"/>";
  }
  return out.empty() ? out : "<cols>" + out + "</cols>";
}

}  // namespace

struct XlsxWriter::Sheet {
  std::string name;
  std::string folded_name;
  bool has_header = false;
  std::string columns;
  std::string rows;
  std::size_t row_count = 0;
};

XlsxWriter::XlsxWriter() = default;
XlsxWriter::~XlsxWriter() = default;

Status XlsxWriter::begin_sheet(std::string_view name, const std::vector<std::string>& header,
                               const std::vector<int>& widths) {
  PAS_RETURN_IF_ERROR(check_sheet_name(name));
  auto sheet = std::make_unique<Sheet>();
  sheet->name = name;
  sheet->folded_name = base::folded(name);
  for (const auto& other : sheets_) {
    if (other->folded_name == sheet->folded_name) {
      return base::already_exists("sheet name \"" + sheet->name + "\" is used already");
    }
  }
  if (std::max(header.size(), widths.size()) > base::kSheetColumnsMax) {
    return base::invalid_argument("sheet \"" + sheet->name + "\": more than 16,384 columns");
  }
  if (!header.empty()) {
    sheet->has_header = true;
    sheet->row_count = 1;
    sheet->rows = "<row r=\"1\">";
    for (std::size_t i = 0; i < header.size(); ++i) {
      PAS_RETURN_IF_ERROR(
          append_text(header[i], kHeaderStyle, xlsx::column_name(i) + "1", &sheet->rows));
    }
    sheet->rows += "</row>";
  }
  sheet->columns = columns_xml(header, widths);
  sheets_.push_back(std::move(sheet));
  return {};
}

Status XlsxWriter::add_row(const std::vector<XlsxCell>& cells) {
  if (sheets_.empty()) return base::failed_precondition("a row needs a sheet: begin_sheet first");
  Sheet& sheet = *sheets_.back();
  if (sheet.row_count == base::kSheetRowsMax || cells.size() > base::kSheetColumnsMax) {
    return base::invalid_argument("sheet \"" + sheet.name +
                                  "\" is full; split it, or export as CSV");
  }
  const std::string number = std::to_string(sheet.row_count + 1);
  const std::size_t size_before = sheet.rows.size();
  sheet.rows.append("<row r=\"").append(number).append("\">");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Status status = append_cell(cells[i], xlsx::column_name(i) + number, &sheet.rows);
    if (!status.ok()) {
      sheet.rows.resize(size_before);
      return base::annotate(status, "sheet \"" + sheet.name + "\"");
    }
  }
  sheet.rows += "</row>";
  ++sheet.row_count;
  return {};
}

std::string XlsxWriter::sheet_xml(const Sheet& sheet, bool first) {
  std::string content = "<sheetViews><sheetView";
  if (first) content += " tabSelected=\"1\"";
  content += " workbookViewId=\"0\">";
  if (sheet.has_header) {
    content += "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>";
  }
  content += "</sheetView></sheetViews>" + sheet.columns + "<sheetData>" + sheet.rows;
  return element("worksheet", xmlns(kMainNamespace), content + "</sheetData>");
}

StatusOr<std::string> XlsxWriter::finish() {
  const auto sheets = std::exchange(sheets_, {});
  if (sheets.empty()) return base::failed_precondition("a workbook needs at least one sheet");
  const std::string office(kOfficeNamespace);
  std::string types = override_of("/xl/workbook.xml", "sheet.main+xml") +
                      override_of("/xl/styles.xml", "styles+xml");
  std::string tabs;
  std::string parts;
  ZipWriter zip;
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string file = "worksheets/sheet" + number + ".xml";
    types += override_of("/xl/" + file, "worksheet+xml");
    tabs += "<sheet name=\"" + xml_escaped(sheets[i]->name) + "\" sheetId=\"" + number +
            "\" r:id=\"rId" + number + "\"/>";
    parts += relationship("rId" + number, "worksheet", file);
    zip.add("xl/" + file, sheet_xml(*sheets[i], i == 0));
    sheets[i]->rows = std::string();  // the text exists twice for one sheet at a time only
  }
  parts += relationship("rId" + std::to_string(sheets.size() + 1), "styles", "styles.xml");
  zip.add("[Content_Types].xml",
          element("Types", xmlns(kTypesNamespace), std::string(kDefaultTypes) + types));
  zip.add("_rels/.rels", element("Relationships", xmlns(kPackageNamespace),
                                 relationship("rId1", "officeDocument", "xl/workbook.xml")));
  zip.add("xl/workbook.xml",
          element("workbook", xmlns(kMainNamespace) + " xmlns:r=\"" + office + "\"",
                  "<bookViews><workbookView/></bookViews><sheets>" + tabs + "</sheets>"));
  zip.add("xl/_rels/workbook.xml.rels", element("Relationships", xmlns(kPackageNamespace), parts));
  zip.add("xl/styles.xml", element("styleSheet", xmlns(kMainNamespace), kStyleBody));
  return zip.finish();
}

}  // namespace passerelle::formats
