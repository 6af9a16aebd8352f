#include "core/steering/expression_place.h"

#include <algorithm>
#include <string_view>

namespace passerelle::steering {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return is_blank(c) || is_break(c); }

std::size_t utf8_length(char32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// Where a mark is, in bytes of the file.
std::size_t offset_of(std::string_view file, const formats::YamlMark& mark) {
  std::size_t at = 0;
  for (int line = 1; line < mark.line; ++line) {
    const std::size_t end = file.find('\n', at);
    if (end == std::string_view::npos) return file.size();
    at = end + 1;
  }
  for (int column = 1; column < mark.column && at < file.size(); ++column) {
    ++at;
    while (at < file.size() && (static_cast<unsigned char>(file[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

// Walks along the written form and the value of one scalar at once.
class Walk {
 public:
  Walk(std::string_view raw, std::size_t at, std::string_view value)
      : raw_(raw), at_(at), value_(value) {}

  std::size_t to(std::size_t offset) {
    const char first = at_ < raw_.size() ? raw_[at_] : '\0';
    if (first == '|' || first == '>') {
      enter_block();
      while (done_ < offset && at_ < raw_.size()) step_in_block();
    } else {
      style_ = first == '"' || first == '\'' ? first : '\0';
      if (style_ != '\0') ++at_;
      while (done_ < offset && at_ < raw_.size()) step_in_flow();
    }
    return at_;
  }

 private:
  // Behind the header line and the first line's indentation.
  void enter_block() {
    at_ = std::min(raw_.find('\n', at_), raw_.size() - 1) + 1;
    const std::size_t start = at_;
    while (at_ < raw_.size() && is_space(raw_[at_])) ++at_;
    const std::size_t line = raw_.rfind('\n', at_);
    indent_ = at_ - (line == std::string_view::npos || line < start ? start : line + 1);
    // Leading empty lines are line breaks of the value.
    for (std::size_t i = start; i < at_; ++i) done_ += raw_[i] == '\n' ? 1 : 0;
  }

  void step_in_block() {
    if (!is_break(raw_[at_])) return advance(1, 1);
    std::size_t breaks = 0;
    while (at_ < raw_.size()) {
      if (raw_[at_] == '\r') {
        ++at_;
      } else if (raw_[at_] == '\n') {
        ++breaks;
        ++at_;
        for (std::size_t i = 0; i < indent_ && at_ < raw_.size() && raw_[at_] == ' '; ++i) ++at_;
      } else {
        break;
      }
    }
    skip_value_breaks(breaks);
  }

  void step_in_flow() {
    const char c = raw_[at_];
    if (style_ == '"' && c == '\\') return step_over_escape();
    if (style_ == '\'' && c == '\'') return advance(2, 1);
    if (!is_space(c)) return advance(1, 1);
    // A run of spaces that holds a line break stands for one space, or for the empty lines in it.
    std::size_t end = at_;
    std::size_t breaks = 0;
    while (end < raw_.size() && is_space(raw_[end])) breaks += raw_[end++] == '\n' ? 1 : 0;
    if (breaks == 0) return advance(1, 1);
    at_ = end;
    skip_value_breaks(breaks);
  }

  void skip_value_breaks(std::size_t breaks) {
    if (done_ < value_.size() && value_[done_] == ' ') {
      ++done_;
      return;
    }
    for (; breaks > 0 && done_ < value_.size() && value_[done_] == '\n'; --breaks) ++done_;
  }

  void step_over_escape() {
    const char kind = at_ + 1 < raw_.size() ? raw_[at_ + 1] : '\0';
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits > 0) {
      const std::string hex(raw_.substr(at_ + 2, digits));
      return advance(2 + digits,
                     utf8_length(static_cast<char32_t>(std::strtoul(hex.c_str(), nullptr, 16))));
    }
    if (is_break(kind)) {
      at_ += 2;
      while (at_ < raw_.size() && is_space(raw_[at_])) ++at_;
      return;
    }
    const bool is_wide = kind == 'N' || kind == '_';
    advance(2, is_wide ? 2 : kind == 'L' || kind == 'P' ? 3 : 1);
  }

  void advance(std::size_t raw, std::size_t value) {
    at_ = std::min(at_ + raw, raw_.size());
    done_ += value;
  }

  std::string_view raw_;
  std::size_t at_;
  std::string_view value_;
  std::size_t done_ = 0;  // bytes of the value passed
  std::size_t indent_ = 0;
  char style_ = '\0';
};

}  // namespace

model::Place place_in(const ExpressionSource& source, std::size_t offset) {
  const std::string& text = source.file->text;
  const formats::Yaml& scalar = *source.scalar;
  const std::size_t start = offset_of(text, scalar.mark);
  const std::size_t at = std::min(
      Walk(text, start, scalar.text).to(std::min(offset, scalar.text.size())), text.size());
  model::Place place{source.file->path, 1, 1};
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] != '\n') continue;
    ++place.line;
    line_start = i + 1;
  }
  for (std::size_t i = line_start; i < at; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++place.column;
  }
  return place;
}

void report_problems(const std::vector<language::Problem>& problems, const ExpressionSource& source,
                     std::size_t skip, const std::string& what, Findings* findings) {
  for (const language::Problem& problem : problems) {
    findings->error(place_in(source, problem.offset + skip), code::kExpression,
                    what + ": " + problem.reason, problem.remedy);
  }
}

}  // namespace passerelle::steering
