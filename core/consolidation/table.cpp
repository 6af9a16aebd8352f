#include "core/consolidation/table.h"

namespace passerelle::consolidation {

TableColumn* Table::find(std::string_view name, model::FieldType type, int scale) {
  for (const auto& column : columns_) {
    if (column->name == name && column->type == type && column->scale == scale) {
      return column.get();
    }
  }
  return nullptr;
}

const TableColumn* Table::find(std::string_view name, model::FieldType type, int scale) const {
  return const_cast<Table*>(this)->find(name, type, scale);
}

std::uint32_t Table::column(std::string_view name, model::FieldType type, int scale) {
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    const TableColumn& known = *columns_[i];
    if (known.name == name && known.type == type && known.scale == scale) return i;
  }
  auto added = std::make_unique<TableColumn>();
  added->name = name;
  added->type = type;
  added->scale = scale;
  for (std::uint32_t row = 0; row < rows_; ++row) {
    if (added->is_text()) {
      added->codes.push_back(kNoText);
    } else {
      added->numbers.push_back(model::kAbsent);
    }
  }
  columns_.push_back(std::move(added));
  return static_cast<std::uint32_t>(columns_.size() - 1);
}

std::uint32_t Table::add_row() {
  if (!free_.empty()) {
    const std::uint32_t row = free_.back();
    free_.pop_back();
    clear_row(row);
    return row;
  }
  for (const auto& column : columns_) {
    if (column->is_text()) {
      column->codes.push_back(kNoText);
    } else {
      column->numbers.push_back(model::kAbsent);
    }
  }
  return rows_++;
}

void Table::free_row(std::uint32_t row) { free_.push_back(row); }

void Table::clear_row(std::uint32_t row) {
  for (const auto& column : columns_) {
    if (column->is_text()) {
      column->codes[row] = kNoText;
    } else {
      column->numbers[row] = model::kAbsent;
    }
  }
}

std::size_t Table::bytes() const {
  std::size_t bytes = free_.size() * sizeof(std::uint32_t);
  for (const auto& column : columns_) bytes += column->codes.bytes() + column->numbers.bytes();
  return bytes;
}

}  // namespace passerelle::consolidation
