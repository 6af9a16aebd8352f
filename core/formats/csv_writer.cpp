#include "core/formats/csv.h"

namespace passerelle::formats {
namespace {

bool is_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789.,") == std::string_view::npos;
}

bool starts_formula(std::string_view text) {
  if (text.empty()) return false;
  return std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos && !is_number(text);
}

}  // namespace

template <typename Fields>
void CsvWriter::write_row(const Fields& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out_->push_back(settings_.delimiter);
    field(fields[i]);
  }
  // A row of one empty field would read as a blank line.
  if (fields.size() == 1 && fields[0].empty()) *out_ += "\"\"";
  *out_ += settings_.line_end;
}

void CsvWriter::row(std::span<const std::string_view> fields) { write_row(fields); }

void CsvWriter::row(std::span<const std::string> fields) { write_row(fields); }

void CsvWriter::row(std::initializer_list<std::string_view> fields) {
  row(std::span<const std::string_view>(fields.begin(), fields.size()));
}

void CsvWriter::field(std::string_view text) {
  const bool guard = settings_.guard_formulas && starts_formula(text);
  const char special[] = {settings_.delimiter, '"', '\r', '\n'};
  const bool edge_space = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!edge_space && !guard &&
      text.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos) {
    *out_ += text;
    return;
  }
  out_->push_back('"');
  if (guard) out_->push_back('\'');
  for (const char c : text) {
    if (c == '"') out_->push_back('"');
    out_->push_back(c);
  }
  out_->push_back('"');
}

}  // namespace passerelle::formats
