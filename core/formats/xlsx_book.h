// What the rows of a workbook's sheets share. Private to this room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/formats/xlsx.h"
#include "core/formats/xlsx_values.h"
#include "core/formats/xml.h"
#include "core/formats/zip.h"

namespace passerelle::formats::xlsx {

// Texts one behind the other: a million short ones cost no million allocations.
class SharedStrings {
 public:
  Status add(std::string_view text);
  std::size_t size() const { return ends_.size(); }
  std::string_view at(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

struct Sheet {
  std::string name;
  std::string part;  // its entry in the archive
};

// A relationship of a part (ECMA-376 part 2, 9.3).
struct Relationship {
  std::string id;
  std::string type;
  std::string target;  // an entry of the archive
};

// The relationships of `part` ("" for the package's own); none if it has no file of them.
StatusOr<std::vector<Relationship>> relationships_of(const ZipArchive& archive,
                                                     const std::string& part);
StatusOr<std::unique_ptr<XmlReader>> open_part(const ZipArchive& archive, const std::string& part);

Status read_shared_strings(XmlReader& xml, SharedStrings* strings);
// The date format of each cell style.
Status read_styles(XmlReader& xml, std::vector<DateFormat>* styles);
// After kStart of an element of rich text (si, is): its text without phonetic hints.
StatusOr<std::string> read_rich_text(XmlReader& xml);

struct SharedBook {
  std::unique_ptr<ZipArchive> archive;
  SharedStrings strings;
  std::vector<DateFormat> styles;
  std::vector<Sheet> sheets;
  bool epoch_1904 = false;
};

StatusOr<std::unique_ptr<XlsxRows>> open_rows(std::shared_ptr<const SharedBook> book,
                                              std::size_t sheet);

}  // namespace passerelle::formats::xlsx
