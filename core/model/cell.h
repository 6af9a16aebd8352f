// A published value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/model/record.h"

namespace passerelle::model {

enum class NaReason : std::uint8_t { kNone, kNoData, kZeroDen, kNotYet, kSuppressed, kHidden };
enum class CellStatus : std::uint8_t { kNone, kGreen, kAmber, kRed };

// Bits of CellValue::flags; the same numbers as passerelle.hub.v1.Flag.
inline constexpr std::uint8_t kFlagStale = 1;
inline constexpr std::uint8_t kFlagProvisional = 2;
inline constexpr std::uint8_t kFlagHeterogeneous = 4;
inline constexpr std::uint8_t kFlagIncompleteChain = 8;
inline constexpr std::uint8_t kFlagRestatementPending = 16;
inline constexpr std::uint8_t kFlagOverflow = 32;
// It was closed, reopened, and is not what it was closed as.
inline constexpr std::uint8_t kFlagRestated = 64;

// What is published of a cell. `absent`: there is no such cell (no fact is behind it).
struct CellValue {
  std::int64_t scaled = 0;  // of 10^-scale units; 0 when na or absent
  std::uint32_t n = 0;      // facts behind the value
  std::uint8_t scale = 0;
  NaReason na = NaReason::kNone;
  CellStatus status = CellStatus::kNone;
  std::uint8_t flags = 0;
  bool absent = true;

  bool operator==(const CellValue&) const = default;
  // Equal as a subscriber sees it; n alone does not make a value new.
  bool same_value(const CellValue& other) const {
    return scaled == other.scaled && scale == other.scale && na == other.na &&
           status == other.status && flags == other.flags && absent == other.absent;
  }
};

// Where a cell lives: a cuboid (one grouping of some indicators at one grain), a group in it, and
// the indicator's place in that cuboid. Stable while the model stays the same.
struct CellRef {
  std::uint32_t cuboid = 0;
  std::uint32_t group = 0;
  std::uint16_t indicator = 0;
  auto operator<=>(const CellRef&) const = default;
};

// The value a dimension has where no rule mapped the record.
inline constexpr std::string_view kUnmapped = "UNMAPPED";
// The value of a dimension that the fact does not carry.
inline constexpr std::string_view kNoValue = "";

// "INDICATOR|dim=value|...": dimensions (period among them) sorted by name, values percent-encoded.
std::string cell_key_text(std::string_view indicator, const std::vector<std::string>& dimensions,
                          const std::vector<std::string_view>& values, base::Period period);

// XXH3-64 of the canonical bytes of a delivered cell (SEMANTICS S6): key text, NUL, then
// 'v' scale zig-zag(scaled) as varints, or 'n' and the reason. XOR of these over all cells is a
// state hash.
std::uint64_t cell_hash(std::string_view key_text, const CellValue& value);

}  // namespace passerelle::model
