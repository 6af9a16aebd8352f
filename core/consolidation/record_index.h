// What is known of every record ever sent: key -> version, content, scope and where its row is. A
// deleted record keeps its version: a tombstone.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/hash.h"
#include "core/consolidation/stable_vector.h"

namespace passerelle::consolidation {

using RecordId = std::uint32_t;  // dense, in order of first sight
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;
// The content of a deletion: of two things sent with one version the larger content holds, so a
// deletion wins over a value.
inline constexpr std::uint64_t kDeletedContent = std::numeric_limits<std::uint64_t>::max();

struct RecordHeader {
  base::Hash128 key;
  std::int64_t version = 0;
  std::uint64_t content = 0;
  std::uint32_t scope = 0;  // that sent it last; 0: none
  std::uint32_t seen = 0;   // opening of that scope in which it was last sent or seen
  std::uint32_t table = kNone;
  std::uint32_t row = kNone;  // kNone: deleted

  bool is_live() const { return row != kNone; }
};

class RecordIndex {
 public:
  RecordIndex() : slots_(1024) {}

  // kNone if the key was never sent.
  RecordId find(base::Hash128 key) const;
  // The key must be new.
  RecordId add(base::Hash128 key);
  void prefetch_slot(base::Hash128 key) const {
    __builtin_prefetch(&slots_[key.low & (slots_.size() - 1)]);
  }
  void prefetch_header(base::Hash128 key) const {
    const Slot& slot = slots_[key.low & (slots_.size() - 1)];
    if (slot.id != kNone) __builtin_prefetch(&headers_[slot.id]);
  }
  std::uint32_t size() const { return headers_.size(); }
  const RecordHeader& operator[](RecordId id) const { return headers_[id]; }
  RecordHeader& operator[](RecordId id) { return headers_[id]; }
  std::size_t bytes() const { return headers_.bytes() + slots_.size() * sizeof(Slot); }

 private:
  // The tag tells most other keys apart without a look at their headers.
  struct Slot {
    std::uint32_t tag = 0;
    RecordId id = kNone;
  };
  static std::uint32_t tag_of(base::Hash128 key) { return static_cast<std::uint32_t>(key.high); }
  void place(RecordId id);
  void grow();

  StableVector<RecordHeader> headers_;
  std::vector<Slot> slots_;
};

}  // namespace passerelle::consolidation
