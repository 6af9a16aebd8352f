// One revision of the ledger as bytes. A record is self-contained but for numbers of indicators,
// groupings and groups that earlier records introduced. Layout 1:
//   varint revision, kind byte (cause, 0x10 reset, 0x20 gap, 0x40 engine), varint microseconds,
//   the engine's version if the kind says so
//   new indicators, new groupings, new groups (each: varint count, then its names), changes
// A change: tag byte, group (zig-zag difference to the one before, unless the same), indicator,
// after, before; see ledger_codec.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/publication/ledger.h"

namespace passerelle::publication {

inline constexpr std::uint32_t kLedgerLayout = 1;

struct NewGroup {
  std::uint32_t grouping = 0;
  base::Period period;
  std::vector<std::string> values;
};

struct LedgerRecord {
  LedgerRevision revision;
  // A state of this revision was taken up without its history: nothing before it can be resumed,
  // and `changes` are all its cells.
  bool gap = false;
  // The engine that wrote this record and those after it; 0: that of the record before (1 at
  // first).
  std::uint32_t engine = 0;
  std::vector<std::string> new_indicators;
  std::vector<std::vector<std::string>> new_groupings;
  std::vector<NewGroup> new_groups;
};

enum class Depth { kRevisionOnly, kNames, kAll };

// Writes `record` with `changes` in the place of its own into `bytes`, whose memory is used again.
void encode(const LedgerRecord& record, std::span<const AppliedChange> changes, std::string* bytes);
// DATA_LOSS if the bytes are not a record. `depth` says how far to read.
Status decode(std::string_view bytes, Depth depth, LedgerRecord* record);

// The identity of a group: grouping number, period, values.
std::uint64_t group_hash(std::uint32_t grouping, base::Period period,
                         const std::vector<std::string_view>& values);

}  // namespace passerelle::publication
