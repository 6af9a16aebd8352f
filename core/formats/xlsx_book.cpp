#include "core/formats/xlsx_book.h"

#include <charconv>
#include <map>
#include <utility>

namespace passerelle::formats::xlsx {
namespace {

int number_or(std::string_view text, int otherwise) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "../media/a.xml" from "xl/workbook.xml" -> "media/a.xml"; "/xl/a.xml" -> "xl/a.xml".
std::string resolved(const std::string& part, std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  std::string folder = part.substr(0, part.rfind('/') + 1);  // npos + 1 is 0
  while (target.starts_with("../")) {
    target.remove_prefix(3);
    const std::size_t up =
        folder.size() < 2 ? std::string::npos : folder.rfind('/', folder.size() - 2);
    folder.resize(up == std::string::npos ? 0 : up + 1);
  }
  if (target.starts_with("./")) target.remove_prefix(2);
  return folder + std::string(target);
}

}  // namespace

Status SharedStrings::add(std::string_view text) {
  if (bytes_.size() + text.size() + (ends_.size() + 1) * sizeof(std::size_t) >
      base::kSharedStringsBytesMax) {
    return base::invalid_argument("the texts shared by the sheets take more than " +
                                  std::to_string(base::kSharedStringsBytesMax) +
                                  " bytes; split the workbook, or export it as CSV");
  }
  bytes_ += text;
  ends_.push_back(bytes_.size());
  return {};
}

StatusOr<std::unique_ptr<XmlReader>> open_part(const ZipArchive& archive, const std::string& part) {
  PAS_ASSIGN_OR_RETURN(auto source, archive.open(part));
  return std::make_unique<XmlReader>(std::move(source), XmlSettings{.keep_blank_text = true});
}

StatusOr<std::vector<Relationship>> relationships_of(const ZipArchive& archive,
                                                     const std::string& part) {
  const std::size_t name_begin = part.rfind('/') + 1;
  const std::string file =
      part.substr(0, name_begin) + "_rels/" + part.substr(name_begin) + ".rels";
  std::vector<Relationship> relationships;
  if (archive.find(file) == nullptr) return relationships;
  PAS_ASSIGN_OR_RETURN(const auto xml, open_part(archive, file));
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml->next());
    if (event == XmlEvent::kDone) return relationships;
    if (event != XmlEvent::kStart || xml->local_name() != "Relationship") continue;
    // What lies outside of the file (links to the web, to other workbooks) is never looked at.
    if (xml->attribute_or_empty("TargetMode") == "External") continue;
    relationships.push_back({std::string(xml->attribute_or_empty("Id")),
                             std::string(xml->attribute_or_empty("Type")),
                             resolved(part, xml->attribute_or_empty("Target"))});
  }
}

StatusOr<std::string> read_rich_text(XmlReader& xml) {
  const std::size_t depth = xml.depth();
  std::string text;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml.next());
    if (event == XmlEvent::kDone || (event == XmlEvent::kEnd && xml.depth() == depth)) return text;
    if (event != XmlEvent::kStart) continue;
    if (xml.local_name() == "rPh") {  // how to pronounce the text, not a part of it
      PAS_RETURN_IF_ERROR(xml.skip_element());
    } else if (xml.local_name() == "t") {
      PAS_ASSIGN_OR_RETURN(const std::string run, xml.text_of_element());
      text += unescaped(run);
      if (text.size() > base::kXmlTextBytesMax) {
        return base::invalid_argument("a text has more than " +
                                      std::to_string(base::kXmlTextBytesMax) + " bytes");
      }
    }
  }
}

Status read_shared_strings(XmlReader& xml, SharedStrings* strings) {
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml.next());
    if (event == XmlEvent::kDone) return {};
    if (event != XmlEvent::kStart || xml.local_name() != "si") continue;
    PAS_ASSIGN_OR_RETURN(const std::string text, read_rich_text(xml));
    PAS_RETURN_IF_ERROR(strings->add(text));
  }
}

Status read_styles(XmlReader& xml, std::vector<DateFormat>* styles) {
  std::map<int, DateFormat> own_formats;
  bool in_cell_formats = false;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml.next());
    if (event == XmlEvent::kDone) return {};
    const std::string_view name = xml.local_name();
    if (event == XmlEvent::kEnd && name == "cellXfs") in_cell_formats = false;
    if (event != XmlEvent::kStart) continue;
    if (name == "cellXfs") in_cell_formats = true;
    const int id = number_or(xml.attribute_or_empty("numFmtId"), 0);
    if (name == "numFmt") {
      own_formats[id] = format_of_code(xml.attribute_or_empty("formatCode"));
    } else if (name == "xf" && in_cell_formats) {
      const auto own = own_formats.find(id);
      styles->push_back(own == own_formats.end() ? format_of_id(id) : own->second);
    }
  }
}

}  // namespace passerelle::formats::xlsx
