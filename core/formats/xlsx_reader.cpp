#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/formats/xlsx_book.h"

namespace passerelle::formats {
namespace {

using xlsx::Relationship;

// The header of the container of old workbooks, and of new ones with a password.
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0";

Status check_start(std::string_view start) {
  if (start.starts_with(kCompoundFile)) {
    return base::invalid_argument(
        "this is an old .xls workbook, or one with a password; save it as .xlsx without a "
        "password");
  }
  if (!start.starts_with("PK")) {
    return base::invalid_argument("this is no .xlsx workbook; save it as .xlsx, or read it as CSV");
  }
  return {};
}

bool is_of_type(const Relationship& relationship, std::string_view type) {
  return relationship.type.ends_with(type);  // the strict and the common form differ before it
}

const Relationship* first_of(const std::vector<Relationship>& all, std::string_view type) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Relationship& relationship) {
    return is_of_type(relationship, type);
  });
  return at == all.end() ? nullptr : &*at;
}

// Sheets, in their order, and the epoch; charts and dialogs are no sheets of ours.
Status read_workbook(XmlReader& xml, const std::vector<Relationship>& relationships,
                     xlsx::SharedBook* book, std::vector<XlsxSheet>* sheets) {
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml.next());
    if (event == XmlEvent::kDone) return {};
    if (event != XmlEvent::kStart) continue;
    if (xml.local_name() == "workbookPr") {
      const std::string_view flag = xml.attribute_or_empty("date1904");
      book->epoch_1904 = flag == "1" || flag == "true";
    }
    if (xml.local_name() != "sheet") continue;
    const std::string_view id = xml.attribute_or_empty("id");
    const std::string_view state = xml.attribute_or_empty("state");
    for (const Relationship& relationship : relationships) {
      if (relationship.id != id || !is_of_type(relationship, "/worksheet")) continue;
      sheets->push_back({std::string(xml.attribute_or_empty("name")),
                         state == "hidden" || state == "veryHidden"});
      book->sheets.push_back({sheets->back().name, relationship.target});
    }
  }
}

}  // namespace

struct XlsxReader::Book {
  std::shared_ptr<xlsx::SharedBook> shared = std::make_shared<xlsx::SharedBook>();
};

XlsxReader::~XlsxReader() = default;

StatusOr<std::unique_ptr<XlsxReader>> XlsxReader::open_file(const std::string& path) {
  PAS_ASSIGN_OR_RETURN(const auto file, formats::open_file(path));
  char start[4] = {};
  PAS_ASSIGN_OR_RETURN(const std::size_t got, file->read(start, sizeof start));
  if (const Status status = check_start({start, got}); !status.ok()) {
    return base::annotate(status, path);
  }
  PAS_ASSIGN_OR_RETURN(auto archive, ZipArchive::open_file(path));
  auto reader = read(std::move(archive));
  if (!reader.ok()) return base::annotate(reader.status(), path);
  return reader;
}

StatusOr<std::unique_ptr<XlsxReader>> XlsxReader::open_bytes(std::string bytes) {
  PAS_RETURN_IF_ERROR(check_start(bytes));
  PAS_ASSIGN_OR_RETURN(auto archive, ZipArchive::open_bytes(std::move(bytes)));
  return read(std::move(archive));
}

StatusOr<std::unique_ptr<XlsxReader>> XlsxReader::read(std::unique_ptr<ZipArchive> archive) {
  PAS_ASSIGN_OR_RETURN(const auto package, xlsx::relationships_of(*archive, ""));
  const Relationship* workbook = first_of(package, "/officeDocument");
  if (workbook == nullptr || archive->find(workbook->target) == nullptr) {
    return base::invalid_argument(archive->find("mimetype") != nullptr
                                      ? "this is an OpenDocument file; save it as .xlsx"
                                      : "the archive holds no workbook; save it as .xlsx");
  }
  PAS_ASSIGN_OR_RETURN(const auto parts, xlsx::relationships_of(*archive, workbook->target));
  std::unique_ptr<XlsxReader> reader(new XlsxReader);
  reader->book_ = std::make_shared<Book>();
  xlsx::SharedBook& shared = *reader->book_->shared;
  PAS_ASSIGN_OR_RETURN(const auto workbook_xml, xlsx::open_part(*archive, workbook->target));
  PAS_RETURN_IF_ERROR(read_workbook(*workbook_xml, parts, &shared, &reader->sheets_));
  if (const Relationship* strings = first_of(parts, "/sharedStrings")) {
    PAS_ASSIGN_OR_RETURN(const auto xml, xlsx::open_part(*archive, strings->target));
    PAS_RETURN_IF_ERROR(xlsx::read_shared_strings(*xml, &shared.strings));
  }
  if (const Relationship* styles = first_of(parts, "/styles")) {
    PAS_ASSIGN_OR_RETURN(const auto xml, xlsx::open_part(*archive, styles->target));
    PAS_RETURN_IF_ERROR(xlsx::read_styles(*xml, &shared.styles));
  }
  shared.archive = std::move(archive);
  return reader;
}

StatusOr<std::unique_ptr<XlsxRows>> XlsxReader::rows(std::string_view sheet_name) const {
  const std::string folded = base::folded(sheet_name);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sheets_.size(); ++i) {
    if (base::folded(sheets_[i].name) == folded) return rows(i);
    names.push_back(sheets_[i].name);
  }
  const std::string nearest = base::nearest_of(sheet_name, names);
  return base::not_found("sheet \"" + std::string(sheet_name) + "\" does not exist" +
                         (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                         " The sheets are: " + base::join(names, ", "));
}

StatusOr<std::unique_ptr<XlsxRows>> XlsxReader::rows(std::size_t sheet_index) const {
  if (sheet_index >= sheets_.size()) {
    return base::not_found("sheet " + std::to_string(sheet_index + 1) + " of " +
                           std::to_string(sheets_.size()) + " does not exist");
  }
  return xlsx::open_rows(book_->shared, sheet_index);
}

}  // namespace passerelle::formats
