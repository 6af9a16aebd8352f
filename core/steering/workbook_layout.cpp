#include "core/steering/workbook_layout.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::steering {
namespace {

constexpr std::string_view kTopLevel = "-";

}  // namespace

const ColumnSpec* SheetSpec::find(std::string_view field) const {
  for (const ColumnSpec& column : columns) {
    if (column.field == field) return &column;
  }
  return nullptr;
}

const SheetSpec* find_sheet(std::string_view section) {
  for (const SheetSpec& sheet : sheet_specs()) {
    if (sheet.section == section) return &sheet;
  }
  return nullptr;
}

std::optional<std::string> value_of(const Vocabulary& vocabulary, std::string_view word) {
  const std::string wanted = base::folded(word);
  for (const Word& entry : vocabulary) {
    if (wanted == entry.value) return std::string(entry.value);
    for (const std::string_view one : entry.words) {
      if (wanted == base::folded(one)) return std::string(entry.value);
    }
  }
  return std::nullopt;
}

std::string word_of(const Vocabulary& vocabulary, std::string_view value) {
  for (const Word& entry : vocabulary) {
    if (entry.value == value) return std::string(entry.words.front());
  }
  return std::string(value);
}

std::string join_list(const std::vector<std::string>& items) {
  std::string cell;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string& item = items[i];
    if (i > 0) cell += "; ";
    const bool is_plain = !item.empty() && item.find_first_of(";\"\n\r") == std::string::npos &&
                          base::trimmed(item) == item;
    if (is_plain) {
      cell += item;
      continue;
    }
    cell.push_back('"');
    for (const char c : item) cell.append(c == '"' ? 2 : 1, c);
    cell.push_back('"');
  }
  return cell;
}

std::vector<std::string> split_list(std::string_view cell) {
  std::vector<std::string> items;
  while (!(cell = base::trimmed(cell)).empty()) {
    std::string item;
    if (cell.front() == '"') {
      std::size_t at = 1;
      for (; at < cell.size(); ++at) {
        if (cell[at] == '"' && (at + 1 == cell.size() || cell[at + 1] != '"')) break;
        if (cell[at] == '"') ++at;
        item.push_back(cell[at]);
      }
      cell.remove_prefix(std::min(at + 1, cell.size()));
      items.push_back(std::move(item));
      const std::size_t next = cell.find_first_of(";\n");
      cell.remove_prefix(next == std::string_view::npos ? cell.size() : next + 1);
      continue;
    }
    const std::size_t end = std::min(cell.find_first_of(";\n"), cell.size());
    item = base::trimmed(cell.substr(0, end));
    if (!item.empty()) items.push_back(std::move(item));
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
  return items;
}

std::string join_parents(const std::vector<model::OrgParent>& parents) {
  std::string cell;
  for (const model::OrgParent& parent : parents) {
    if (!cell.empty()) cell += "; ";
    cell += parent.unit.empty() ? std::string(kTopLevel) : parent.unit;
    if (parent.valid == model::Validity{} && !parent.unit.empty()) continue;
    cell += " [";
    if (parent.valid.from) cell += base::format_date(*parent.valid.from) + ' ';
    cell += "..";
    if (parent.valid.to) cell += ' ' + base::format_date(*parent.valid.to);
    cell += ']';
  }
  return cell;
}

std::vector<ParentText> split_parents(std::string_view cell) {
  std::vector<ParentText> parents;
  for (const std::string& item : split_list(cell)) {
    ParentText parent;
    std::string_view unit = item;
    const std::size_t open = unit.find('[');
    const std::size_t dots = unit.find("..", open == std::string_view::npos ? unit.size() : open);
    if (unit.ends_with(']') && dots != std::string_view::npos) {
      parent.is_dated = true;
      parent.from = base::trimmed(unit.substr(open + 1, dots - open - 1));
      parent.to = base::trimmed(unit.substr(dots + 2, unit.size() - dots - 3));
      unit = base::trimmed(unit.substr(0, open));
    }
    if (unit != kTopLevel) parent.unit = unit;
    parents.push_back(std::move(parent));
  }
  return parents;
}

std::optional<std::string> date_text(std::string_view cell) {
  const std::string day(base::trimmed(cell.substr(0, cell.find('T'))));
  if (base::parse_date(day).ok()) return day;
  const std::vector<std::string_view> parts = base::split(day, '/');
  if (parts.size() != 3 || parts[0].size() > 2 || parts[1].size() > 2 || parts[2].size() != 4) {
    return std::nullopt;
  }
  const auto padded = [](std::string_view digits) {
    return std::string(2 - digits.size(), '0') + std::string(digits);
  };
  std::string text = std::string(parts[2]) + '-' + padded(parts[1]) + '-' + padded(parts[0]);
  if (!base::parse_date(text).ok()) return std::nullopt;
  return text;
}

}  // namespace passerelle::steering
