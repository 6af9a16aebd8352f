#include "core/consolidation/record_index.h"

namespace passerelle::consolidation {

RecordId RecordIndex::find(base::Hash128 key) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = key.low & mask; slots_[at] != kNone; at = (at + 1) & mask) {
    if (headers_[slots_[at]].key == key) return slots_[at];
  }
  return kNone;
}

RecordId RecordIndex::add(base::Hash128 key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key.low & mask;
  while (slots_[at] != kNone) at = (at + 1) & mask;
  const RecordId id = headers_.size();
  RecordHeader header;
  header.key = key;
  headers_.push_back(header);
  slots_[at] = id;
  if (std::size_t{id} * 10 > slots_.size() * 7) grow();
  return id;
}

void RecordIndex::grow() {
  slots_.assign(slots_.size() * 2, kNone);
  const std::size_t mask = slots_.size() - 1;
  for (RecordId id = 0; id < headers_.size(); ++id) {
    std::size_t at = headers_[id].key.low & mask;
    while (slots_[at] != kNone) at = (at + 1) & mask;
    slots_[at] = id;
  }
}

}  // namespace passerelle::consolidation
