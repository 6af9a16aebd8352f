#include "core/consolidation/derived_tables.h"

namespace passerelle::consolidation {

FieldColumns::FieldColumns(const model::RecordKind& kind, const Table& table) {
  for (const model::Field& field : kind.fields) {
    columns_.push_back(table.find(field.name, field.type, field.scale));
    is_text_.push_back(model::is_text(field.type));
  }
}

std::uint32_t slot_of(const model::RecordKind& kind, std::string_view field) {
  for (std::uint32_t slot = 0; slot < kind.fields.size(); ++slot) {
    if (kind.fields[slot].name == field) return slot;
  }
  return kNone;
}

StatusOr<DerivedRef> DerivedTables::add(const std::string& kind, const std::string& connector) {
  const auto known = by_name_.find({kind, connector});
  if (known != by_name_.end()) {
    return DerivedRef{known->second, entries_[known->second]->table.add_row()};
  }
  const auto plan = context_->plan->kinds().find(kind);
  if (plan == context_->plan->kinds().end()) {
    return base::internal("facts are derived of the kind '" + kind +
                          "', which the model does not have");
  }
  auto entry = std::make_unique<Entry>(connector, kind);
  for (const model::Field& field : plan->second.kind->fields) {
    entry->columns.push_back(entry->table.column(field.name, field.type, field.scale));
  }
  entry->incomplete = entry->table.column(kIncompleteColumn, model::FieldType::kBoolean, 0);
  PAS_ASSIGN_OR_RETURN(entry->source, FactSource::make(context_, &plan->second, &entry->table));
  const auto number = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back(std::move(entry));
  by_name_.emplace(std::pair(kind, connector), number);
  return DerivedRef{number, entries_[number]->table.add_row()};
}

void DerivedTables::set(DerivedRef ref, std::uint32_t slot, std::int64_t raw) {
  if (slot == kNone) return;
  TableColumn& column = entries_[ref.table]->table.at(entries_[ref.table]->columns[slot]);
  if (column.is_text()) {
    column.codes[ref.row] = static_cast<Code>(raw);
  } else {
    column.numbers[ref.row] = raw;
  }
}

void DerivedTables::set_incomplete(DerivedRef ref) {
  entries_[ref.table]->table.at(entries_[ref.table]->incomplete).numbers[ref.row] = 1;
}

std::size_t DerivedTables::bytes() const {
  std::size_t bytes = 0;
  for (const auto& entry : entries_) bytes += entry->table.bytes();
  return bytes;
}

}  // namespace passerelle::consolidation
