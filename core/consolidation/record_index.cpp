#include "core/consolidation/record_index.h"

namespace passerelle::consolidation {

RecordId RecordIndex::find(base::Hash128 key) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = tag_of(key);
  for (std::size_t at = key.low & mask; slots_[at].id != kNone; at = (at + 1) & mask) {
    if (slots_[at].tag == tag && headers_[slots_[at].id].key == key) return slots_[at].id;
  }
  return kNone;
}

void RecordIndex::place(RecordId id) {
  const base::Hash128 key = headers_[id].key;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key.low & mask;
  while (slots_[at].id != kNone) at = (at + 1) & mask;
  slots_[at] = {tag_of(key), id};
}

RecordId RecordIndex::add(base::Hash128 key) {
  const RecordId id = headers_.size();
  RecordHeader header;
  header.key = key;
  headers_.push_back(header);
  if (std::size_t{id} * 10 > slots_.size() * 7) {
    grow();
  } else {
    place(id);
  }
  return id;
}

void RecordIndex::grow() {
  slots_.assign(slots_.size() * 2, {});
  for (RecordId id = 0; id < headers_.size(); ++id) place(id);
}

}  // namespace passerelle::consolidation
