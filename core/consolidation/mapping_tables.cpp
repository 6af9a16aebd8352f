#include <algorithm>

#include "core/consolidation/mapping.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {
namespace {

std::string joined(const std::vector<std::string>& key) {
  std::string text;
  for (const std::string& part : key) {
    text += part;
    text += '\0';
  }
  return text;
}

Code resolved(const model::MemberResolver& members, std::string_view text, Strings* strings) {
  const model::Resolution found = members.resolve(text);
  return found.found() ? strings->intern(members.ids()[found.member]) : kUnmappedText;
}

// All dimensions of the organisation have the same members.
constexpr std::string_view kUnitDimension = "service";

}  // namespace

TableIndex::TableIndex(const model::LookupTable& table) : table_(table) {
  std::vector<std::size_t> columns;
  for (const std::string& key : table.keys) {
    const auto at = std::find(table.columns.begin(), table.columns.end(), key);
    columns.push_back(static_cast<std::size_t>(at - table.columns.begin()));
  }
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    std::vector<std::string> key;
    for (const std::size_t column : columns) {
      key.push_back(column < table.rows[row].size() ? table.rows[row][column] : "");
    }
    if (table.prefix && !key.empty()) longest_ = std::max(longest_, key[0].size());
    // Of two rows with one key the first holds.
    rows_.emplace(table.prefix && !key.empty() ? key[0] : joined(key),
                  static_cast<std::int32_t>(row));
  }
}

std::int32_t TableIndex::find(const std::vector<std::string>& key) const {
  if (!table_.prefix || key.empty()) {
    const auto at = rows_.find(joined(key));
    return at == rows_.end() ? -1 : at->second;
  }
  for (std::size_t size = std::min(longest_, key[0].size()) + 1; size-- > 0;) {
    const auto at = rows_.find(key[0].substr(0, size));
    if (at != rows_.end()) return at->second;
  }
  return -1;
}

std::string_view TableIndex::cell(std::int32_t row, std::size_t column) const {
  const std::vector<std::string>& cells = table_.rows[static_cast<std::size_t>(row)];
  if (column >= cells.size()) return "";
  const std::string& text = cells[column];
  const bool none = std::find(table_.none.begin(), table_.none.end(), text) != table_.none.end();
  return none ? std::string_view() : std::string_view(text);
}

MappingContext::MappingContext(const model::SteeringModel& model, Strings* all_strings)
    : steering(model), strings(all_strings), members(model) {
  for (const model::LookupTable& table : model.tables) tables.try_emplace(table.id, table);
}

Code MappingContext::resolve(const std::string& dimension, std::string_view text) const {
  if (text.empty()) return kNoText;
  const model::MemberResolver* resolver = members.of(dimension);
  if (resolver == nullptr || resolver->ids().empty()) return strings->intern(text);
  if (!model::is_org_dimension(dimension)) return resolved(*resolver, text, strings);
  const auto [known, is_new] = unit_texts_.try_emplace(std::string(text));
  if (is_new) known->second = resolved(*resolver, text, strings);
  return known->second;
}

bool MappingContext::resolves_units_alike(const model::DimensionMembers& other) const {
  const model::MemberResolver* units = other.of(kUnitDimension);
  return units != nullptr && !units->ids().empty() &&
         std::all_of(unit_texts_.begin(), unit_texts_.end(), [&](const auto& known) {
           return resolved(*units, known.first, strings) == known.second;
         });
}

}  // namespace passerelle::consolidation
