// Records that tell the same fact: those of one kind with one natural key. The one that comes first
// in the order below is the fact, the others are known and not counted; when it goes, the next one
// takes its place. The order is one of the records, not of their arrival:
//
//   the model's `precedence` of the kind, then the other connectors by id, stream, source id (hash)
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/consolidation/derivation.h"
#include "core/consolidation/engine.h"

namespace passerelle::consolidation {

class NaturalKeys {
 public:
  // What becomes a fact, and what no longer is one; at most one of each.
  struct Change {
    RecordId removed = kNone;
    RecordId added = kNone;
  };

  // A record whose row is filled. `code`: its natural key.
  Change add(const DerivationContext& context, RecordId record, Code code);
  // The row is still filled. `removed` is the record itself if it was the fact.
  Change remove(const DerivationContext& context, RecordId record, Code code);
  bool is_fact(const DerivationContext& context, RecordId record, Code code) const;

  // Records of a table that are not counted.
  std::uint64_t outranked(std::uint32_t table) const {
    return table < outranked_.size() ? outranked_[table] : 0;
  }
  // Where records of one fact disagree in a measure that both state. Reads every key.
  std::vector<ConflictEntry> conflicts(const DerivationContext& context) const;
  std::size_t bytes() const;

 private:
  using Key = std::uint64_t;  // kind, natural key: codes
  static Key key_of(const DerivationContext& context, RecordId record, Code code);
  static bool precedes(const DerivationContext& context, RecordId a, RecordId b);
  std::uint64_t& outranked_of(const DerivationContext& context, RecordId record);

  std::unordered_map<Key, std::vector<RecordId>> records_;  // in their order
  std::vector<std::uint64_t> outranked_;                    // by table
};

}  // namespace passerelle::consolidation
