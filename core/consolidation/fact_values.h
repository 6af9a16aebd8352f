// The fields of one row as values of expressions, bound to a table's columns once and loaded when
// a program asks for them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/consolidation/table.h"
#include "core/language/program.h"
#include "core/model/kinds.h"

namespace passerelle::consolidation {

// Fields whose values repeat: what is found out from them alone is worth remembering.
inline bool is_memoisable(model::FieldType type) {
  return model::is_text(type) || type == model::FieldType::kInteger ||
         type == model::FieldType::kBoolean;
}

class FactValues {
 public:
  // `slots` of the kind's schema to columns of `table`; both must outlive this.
  FactValues(const model::RecordKind& kind, const Table& table, const Strings& strings);

  // The next row; values handed out before are invalid.
  void load(std::uint32_t row);
  std::uint32_t row() const { return row_; }
  // A code (kNoText absent) or a number (kAbsent absent).
  std::int64_t raw(std::uint32_t slot) const {
    const TableColumn* column = columns_[slot];
    if (column == nullptr) return is_text_[slot] ? 0 : model::kAbsent;
    return column->raw(row_);
  }
  bool is_text(std::uint32_t slot) const { return is_text_[slot]; }
  bool is_absent(std::uint32_t slot) const {
    return raw(slot) == (is_text_[slot] ? std::int64_t{kNoText} : model::kAbsent);
  }
  language::Value eval(const language::Program& program);
  const model::RecordKind& kind() const { return kind_; }
  const TableColumn* column(std::uint32_t slot) const { return columns_[slot]; }

 private:
  language::Value value(std::uint32_t slot) const;

  const model::RecordKind& kind_;
  const Strings& strings_;
  std::vector<const TableColumn*> columns_;
  std::vector<bool> is_text_;
  std::vector<language::Value> values_;
  std::vector<std::uint32_t> loaded_;  // row for which a value is loaded, + 1
  std::uint32_t row_ = 0;
  std::uint32_t turn_ = 0;
  language::Frame frame_;
};

// As a dimension shows it: a string as it is, 2026, true, 2026-01-31, 12.50.
std::string text_of(const language::Value& value);
// The same of a stored number of that type.
std::string text_of(std::int64_t number, model::FieldType type, int scale);

}  // namespace passerelle::consolidation
