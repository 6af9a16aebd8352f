// Rows that the fold makes itself: facts derived from records. One table per fact kind and
// connector; columns are the kind's fields.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/consolidation/fact_source.h"
#include "core/consolidation/record_index.h"
#include "core/consolidation/table.h"
#include "core/model/kinds.h"

namespace passerelle::consolidation {

// The columns of a table for the fields of a kind, by slot.
class FieldColumns {
 public:
  FieldColumns(const model::RecordKind& kind, const Table& table);
  // A code (kNoText absent) or a number (kAbsent absent).
  std::int64_t raw(std::uint32_t row, std::uint32_t slot) const {
    const TableColumn* column = columns_[slot];
    if (column == nullptr) return is_text_[slot] ? 0 : model::kAbsent;
    return column->raw(row);
  }
  bool is_text(std::uint32_t slot) const { return is_text_[slot]; }
  bool is_absent(std::uint32_t row, std::uint32_t slot) const {
    return raw(row, slot) == (is_text_[slot] ? 0 : model::kAbsent);
  }

 private:
  std::vector<const TableColumn*> columns_;
  std::vector<bool> is_text_;
};

// The slot of a field, or kNone.
std::uint32_t slot_of(const model::RecordKind& kind, std::string_view field);

struct DerivedRef {
  std::uint32_t table = kNone;
  std::uint32_t row = kNone;
  bool is_set() const { return row != kNone; }
};

class DerivedTables {
 public:
  explicit DerivedTables(SourceContext* context) : context_(context) {}

  // A row of absent values in the table of (kind, connector).
  StatusOr<DerivedRef> add(const std::string& kind, const std::string& connector);
  void set(DerivedRef ref, std::uint32_t slot, std::int64_t raw);
  void set_incomplete(DerivedRef ref);
  void free(DerivedRef ref) { entries_[ref.table]->table.free_row(ref.row); }
  FactSource* source(DerivedRef ref) { return entries_[ref.table]->source.get(); }
  const FactSource* source(std::uint32_t table) const { return entries_[table]->source.get(); }
  FactSource* source(std::uint32_t table) { return entries_[table]->source.get(); }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const;

 private:
  struct Entry {
    Entry(const std::string& connector, const std::string& kind) : table(connector, "", kind) {}
    Table table;
    std::vector<std::uint32_t> columns;  // by slot
    std::uint32_t incomplete = 0;
    std::unique_ptr<FactSource> source;
  };

  SourceContext* context_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> by_name_;
};

}  // namespace passerelle::consolidation
