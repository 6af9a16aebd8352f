// Rows of one stream (or of one derived fact kind) as columns. Texts are codes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/consolidation/stable_vector.h"
#include "core/consolidation/strings.h"
#include "core/model/record.h"

namespace passerelle::consolidation {

// The records' natural keys stand in a text column of this name.
inline constexpr std::string_view kNaturalKeyColumn = "~natural_key";

struct TableColumn {
  std::string name;
  model::FieldType type = model::FieldType::kString;
  int scale = 0;
  StableVector<Code> codes;            // text types; kNoText where absent
  StableVector<std::int64_t> numbers;  // others; model::kAbsent where absent

  bool is_text() const { return model::is_text(type); }
  // A code (0 absent) or a number (kAbsent absent).
  std::int64_t raw(std::uint32_t row) const {
    return is_text() ? static_cast<std::int64_t>(codes[row]) : numbers[row];
  }
};

class Table {
 public:
  Table(std::string connector, std::string stream, std::string kind)
      : connector_(std::move(connector)), stream_(std::move(stream)), kind_(std::move(kind)) {}

  const std::string& connector() const { return connector_; }
  const std::string& stream() const { return stream_; }
  const std::string& kind() const { return kind_; }
  std::uint32_t rows() const { return rows_; }
  std::uint32_t live() const { return rows_ - static_cast<std::uint32_t>(free_.size()); }

  // The column of that name, type and scale, made if it is missing (absent in every row).
  std::uint32_t column(std::string_view name, model::FieldType type, int scale);
  // nullptr if there is none.
  TableColumn* find(std::string_view name, model::FieldType type, int scale);
  const TableColumn* find(std::string_view name, model::FieldType type, int scale) const;
  const std::vector<std::unique_ptr<TableColumn>>& columns() const { return columns_; }
  TableColumn& at(std::uint32_t column) { return *columns_[column]; }

  // A row with every value absent.
  std::uint32_t add_row();
  void free_row(std::uint32_t row);
  void clear_row(std::uint32_t row);
  std::size_t bytes() const;

 private:
  std::string connector_;
  std::string stream_;
  std::string kind_;
  std::vector<std::unique_ptr<TableColumn>> columns_;
  std::vector<std::uint32_t> free_;
  std::uint32_t rows_ = 0;
};

}  // namespace passerelle::consolidation
