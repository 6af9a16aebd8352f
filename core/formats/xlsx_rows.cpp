#include <charconv>
#include <utility>

#include "core/formats/xlsx_book.h"

namespace passerelle::formats::xlsx {
namespace {

class Rows final : public XlsxRows {
 public:
  Rows(std::shared_ptr<const SharedBook> book, std::size_t sheet, std::unique_ptr<XmlReader> xml)
      : book_(std::move(book)), sheet_(book_->sheets[sheet]), xml_(std::move(xml)) {}

  StatusOr<bool> next() override;
  const std::vector<std::string>& cells() const override { return cells_; }
  std::uint64_t row_number() const override { return row_number_; }

 private:
  Status start_row();
  Status read_row();
  Status read_cell();
  StatusOr<std::string> read_value();
  StatusOr<std::string> converted(std::string value, std::string_view type, std::size_t style);
  // The error with the sheet and the row before it.
  Status placed(const Status& status) const;

  std::shared_ptr<const SharedBook> book_;
  const Sheet& sheet_;
  std::unique_ptr<XmlReader> xml_;
  std::vector<std::string> cells_;
  std::size_t next_column_ = 0;
  std::uint64_t row_number_ = 0;
};

StatusOr<bool> Rows::next() {
  for (;;) {
    const StatusOr<XmlEvent> event = xml_->next();
    if (!event.ok()) return placed(event.status());
    // Read to the file's very end: its checksum comes last.
    if (*event == XmlEvent::kDone) return false;
    if (*event != XmlEvent::kStart || xml_->local_name() != "row") continue;
    Status status = start_row();
    if (status.ok()) status = read_row();
    if (!status.ok()) return placed(status);
    while (!cells_.empty() && cells_.back().empty()) cells_.pop_back();
    if (!cells_.empty()) return true;
  }
}

Status Rows::start_row() {
  const std::string_view written = xml_->attribute_or_empty("r");
  std::uint64_t number = row_number_ + 1;
  if (!written.empty()) {
    std::from_chars(written.data(), written.data() + written.size(), number);
    if (number <= row_number_) return base::invalid_argument("its rows are out of order");
  }
  if (number > base::kSheetRowsMax) {
    return base::invalid_argument("more rows than the " + std::to_string(base::kSheetRowsMax) +
                                  " a sheet can have");
  }
  row_number_ = number;
  cells_.clear();
  next_column_ = 0;
  return {};
}

Status Rows::read_row() {
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml_->next());
    if (event == XmlEvent::kDone) return {};
    if (event == XmlEvent::kEnd && xml_->local_name() == "row") return {};
    if (event == XmlEvent::kStart && xml_->local_name() == "c") PAS_RETURN_IF_ERROR(read_cell());
  }
}

Status Rows::read_cell() {
  std::size_t column = next_column_;
  if (const auto reference = xml_->attribute("r")) {
    const std::optional<std::size_t> written = column_of(*reference);
    if (!written) return base::invalid_argument("cell \"" + std::string(*reference) + "\"");
    column = *written;
  }
  if (column >= base::kSheetColumnsMax) return base::invalid_argument("too many columns");
  next_column_ = column + 1;
  const std::string type(xml_->attribute_or_empty("t"));
  std::size_t style = 0;
  const std::string_view written_style = xml_->attribute_or_empty("s");
  std::from_chars(written_style.data(), written_style.data() + written_style.size(), style);
  PAS_ASSIGN_OR_RETURN(std::string value, read_value());
  PAS_ASSIGN_OR_RETURN(value, converted(std::move(value), type, style));
  if (value.empty()) return {};
  if (cells_.size() <= column) cells_.resize(column + 1);
  cells_[column] = std::move(value);
  return {};
}

// Of the cell that was just begun, up to and including its end.
StatusOr<std::string> Rows::read_value() {
  const std::size_t depth = xml_->depth();
  std::string value;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, xml_->next());
    if (event == XmlEvent::kDone || (event == XmlEvent::kEnd && xml_->depth() == depth)) {
      return value;
    }
    if (event != XmlEvent::kStart) continue;
    if (xml_->local_name() == "v") {
      PAS_ASSIGN_OR_RETURN(value, xml_->text_of_element());
    } else if (xml_->local_name() == "is") {
      PAS_ASSIGN_OR_RETURN(value, read_rich_text(*xml_));
    } else {
      PAS_RETURN_IF_ERROR(xml_->skip_element());
    }
  }
}

StatusOr<std::string> Rows::converted(std::string value, std::string_view type, std::size_t style) {
  if (type == "s") {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), index);
    if (error != std::errc() || index >= book_->strings.size()) {
      return base::invalid_argument("a cell names the shared text " + value + " of " +
                                    std::to_string(book_->strings.size()));
    }
    return std::string(book_->strings.at(index));
  }
  if (type == "str") return unescaped(value);
  if (type == "b") return std::string(value == "1" ? "true" : value == "0" ? "false" : value);
  if (!type.empty() && type != "n") return value;  // inlineStr, d (ISO date), e (error)
  if (style < book_->styles.size() && book_->styles[style].is_date()) {
    if (auto date = date_text(value, book_->styles[style], book_->epoch_1904)) {
      return *std::move(date);
    }
  }
  return plain_number(value);
}

Status Rows::placed(const Status& status) const {
  return base::annotate(status, "sheet \"" + sheet_.name + "\", row " +
                                    std::to_string(row_number_ == 0 ? 1 : row_number_));
}

}  // namespace

StatusOr<std::unique_ptr<XlsxRows>> open_rows(std::shared_ptr<const SharedBook> book,
                                              std::size_t sheet) {
  PAS_ASSIGN_OR_RETURN(auto xml, open_part(*book->archive, book->sheets[sheet].part));
  return std::make_unique<Rows>(std::move(book), sheet, std::move(xml));
}

}  // namespace passerelle::formats::xlsx
