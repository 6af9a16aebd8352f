// How amounts are spread: pools collect them, keys say where they go (SEMANTICS section 4). Part of
// the steering model; expressions are text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/model/place.h"
#include "core/model/record.h"

namespace passerelle::model {

// What of an amount found no destination, and the capacity that no work used, in the dimension of
// the destinations.
inline constexpr std::string_view kUnassigned = "NON_AFFECTE";
inline constexpr std::string_view kUnused = "NON_EMPLOYE";
// The kind of the facts that allocation makes, and its dimension of pools.
inline constexpr std::string_view kAllocationKind = "allocation";
inline constexpr std::string_view kPoolDimension = "pool";

// A number measured over facts.
struct Measurement {
  std::string value;  // empty: there is none
  std::string from;   // fact kind of unqualified fields
  std::string where;
  std::string at;       // field that places the facts in a period; empty: the kind's
  bool mapped = false;  // of a pool: only facts that mapping rules gave to it
  Place place;
  bool operator==(const Measurement&) const = default;
};

// Where a pool's amounts come from: facts, or what another pool allocated.
struct PoolSource {
  std::string pool;    // that other pool, or empty
  Measurement amount;  // `value` is an expression over one fact, in EUR
  Place place;
  bool operator==(const PoolSource&) const = default;
};

// Amounts that are spread together, per period and per value of `each`.
struct Pool {
  std::string id;
  Label label;
  std::vector<PoolSource> sources;
  std::string to;                 // dimension of the destinations
  std::vector<std::string> each;  // sorted; a pool of its own for every tuple of their values
  base::Grain grain = base::Grain::kMonth;
  Measurement capacity;  // `value` is an expression over one fact: a duration, or minutes
  Place place;
  bool operator==(const Pool&) const = default;
};

// A key from one day to another.
struct KeyVersion {
  enum class Kind : std::uint8_t {
    kShare,    // constants in proportion to each other
    kPercent,  // constants that add up to 100, or leave the rest unassigned
    kWeight,   // in proportion to what is measured at each destination
    kMinutes,  // time measured at each destination; what is left of the capacity is unused
    kVolume,   // the same: a volume times the unit time of the destination
  };
  Kind kind = Kind::kShare;
  Validity valid;
  std::map<std::string, std::string> shares;  // destination -> exact decimal
  Measurement measure;                        // kWeight, kMinutes, kVolume
  std::vector<std::string> per;               // of the pool's `each`: facts of the same value only
  std::map<std::string, std::string> times;   // kVolume: destination -> minutes, exact decimal
  std::string author;
  std::string reason;
  Place place;
  bool operator==(const KeyVersion&) const = default;
};

struct AllocationKey {
  std::string id;
  Label label;
  std::string pool;
  std::map<std::string, std::string> of;  // of the pool's `each`: only where it has this value
  std::vector<KeyVersion> versions;
  Place place;
  bool operator==(const AllocationKey&) const = default;
};

// How pools that give to pools (`to: pool`) are settled among themselves.
struct Cascade {
  enum class Method : std::uint8_t { kReciprocal, kStepDown, kDirect };
  Method method = Method::kReciprocal;
  std::vector<std::string> order;  // kStepDown
  Place place;
  bool operator==(const Cascade&) const = default;
};

}  // namespace passerelle::model
