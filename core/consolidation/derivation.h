// What the derivations share: where records are, and where derived facts go.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/consolidation/derived_tables.h"
#include "core/consolidation/fact_fold.h"
#include "core/consolidation/record_index.h"

namespace passerelle::consolidation {

// One record table under the applied model.
struct BoundTable {
  const Table* table = nullptr;
  const model::RecordKind* kind = nullptr;  // null: unknown to the model
  std::unique_ptr<FieldColumns> columns;
  std::unique_ptr<FactSource> source;  // of kinds whose records are facts
  std::uint32_t agent = kNone;         // slots of kinds that a dated assignment completes
  std::uint32_t service = kNone;
  const TableColumn* natural_keys = nullptr;  // null: none of its records has one
  std::uint32_t kind_code = 0;                // with natural keys: the kind's name
  std::uint32_t precedence = kNone;           // of its connector for the kind; kNone: not listed
  std::size_t columns_bound = 0;              // of the table, when it was bound
};

// Reads records, adds and removes derived facts.
struct DerivationContext {
  const RecordIndex& index;
  std::vector<BoundTable>& tables;
  DerivedTables& derived;
  FactFold& facts;
  Strings& strings;

  const RecordHeader& header(RecordId record) const { return index[record]; }
  const BoundTable& table_of(RecordId record) const { return tables[index[record].table]; }
  std::int64_t raw(RecordId record, std::uint32_t slot) const {
    return slot == kNone ? model::kAbsent : table_of(record).columns->raw(index[record].row, slot);
  }
  void add_fact(DerivedRef ref) { facts.apply(derived.source(ref), ref.row, false); }
  void remove_fact(DerivedRef* ref) {
    if (!ref->is_set()) return;
    facts.apply(derived.source(*ref), ref->row, true);
    derived.free(*ref);
    *ref = {};
  }
};

// Copies the fields that two kinds share by name and type.
class FieldCopy {
 public:
  FieldCopy(const model::RecordKind& from, const model::RecordKind& to);
  void copy(const FieldColumns& columns, std::uint32_t row, DerivedRef to,
            DerivedTables* derived) const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> slots_;
};

}  // namespace passerelle::consolidation
