#include "core/app/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "core/base/text.h"

namespace passerelle::app {
namespace {

constexpr std::string_view kNarrowSpace = "\xE2\x80\xAF";  // U+202F

bool is_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  bool point = false;
  bool digit = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return digit;
}

// "2026-11-23T15:52:52Z".
std::string to_the_second(const std::string& instant) {
  const std::size_t point = instant.find('.');
  return point == std::string::npos ? instant : instant.substr(0, point) + "Z";
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
      out += buffer;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string csv_quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"') out += '"';
  }
  return out + "\"";
}

}  // namespace

StatusOr<Format> parse_format(std::string_view text) {
  if (text == "table") return Format::kTable;
  if (text == "json") return Format::kJson;
  if (text == "csv") return Format::kCsv;
  return base::invalid_argument("--output '" + std::string(text) +
                                "' is unknown; use table, json or csv");
}

bool speaks_french() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).substr(0, 2) == "fr";
  }
  return false;
}

std::string in_language(const char* french, const char* english) {
  return speaks_french() ? french : english;
}

std::string humane_number(std::string_view plain) {
  if (!is_number(plain)) return std::string(plain);
  const bool french = speaks_french();
  const std::size_t start = plain[0] == '-' ? 1 : 0;
  const std::size_t point = std::min(plain.find('.'), plain.size());
  std::string out(plain.substr(0, start));
  for (std::size_t i = start; i < point; ++i) {
    if (i > start && (point - i) % 3 == 0) out += french ? kNarrowSpace : std::string_view(",");
    out += plain[i];
  }
  if (point < plain.size()) {
    out += french ? ',' : '.';
    out += plain.substr(point + 1);
  }
  return out;
}

void Table::print(std::ostream& out, Format format) const {
  switch (format) {
    case Format::kTable:
      return print_table(out);
    case Format::kJson:
      return print_json(out);
    case Format::kCsv:
      return print_csv(out);
  }
}

void Table::print_table(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns_) widths.push_back(base::display_width(column.title));
  std::vector<std::vector<std::string>> shown = rows_;
  for (auto& row : shown) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (columns_[i].kind == TableColumn::Kind::kNumber) row[i] = humane_number(row[i]);
      if (columns_[i].kind == TableColumn::Kind::kInstant) row[i] = to_the_second(row[i]);
      widths[i] = std::max(widths[i], base::display_width(row[i]));
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - base::display_width(cells[i]), ' ');
      if (i > 0) text += "  ";
      text += columns_[i].kind == TableColumn::Kind::kNumber ? pad + cells[i] : cells[i] + pad;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  std::vector<std::string> titles;
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    rules.emplace_back(widths[i], '-');
  }
  line(titles);
  line(rules);
  for (const auto& row : shown) line(row);
}

void Table::print_json(std::ostream& out) const {
  out << '[';
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    out << (r == 0 ? "\n {" : ",\n {");
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      // Numbers stay text: a JSON reader would make floating point of them and lose cents.
      out << (i == 0 ? "" : ", ") << json_quoted(columns_[i].name) << ": "
          << json_quoted(rows_[r][i]);
    }
    out << '}';
  }
  out << (rows_.empty() ? "]\n" : "\n]\n");
}

void Table::print_csv(std::ostream& out) const {
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      out << (i == 0 ? "" : ",") << csv_quoted(cells[i]);
    out << '\n';
  };
  std::vector<std::string> names;
  for (const TableColumn& column : columns_) names.push_back(column.name);
  line(names);
  for (const auto& row : rows_) line(row);
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const std::string& text) {
  if (!terminal_) return;
  const std::size_t width = base::display_width(text);
  std::cerr << '\r' << text << std::string(width_ > width ? width_ - width : 0, ' ') << std::flush;
  width_ = width;
}

void ProgressLine::clear() {
  if (!terminal_ || width_ == 0) return;
  std::cerr << '\r' << std::string(width_, ' ') << '\r' << std::flush;
  width_ = 0;
}

}  // namespace passerelle::app
