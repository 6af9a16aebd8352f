// One column of a batch: checked, converted to the hub's type, its persons replaced by tokens, and
// added to the fingerprints of the rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/intake/stream_plan.h"
#include "core/intake/vault.h"
#include "core/intake/verdicts.h"
#include "passerelle/types/v1/types.pb.h"

namespace passerelle::intake {

// Adds to `contents[row]` one well mixed number for each value that is there: sums do not depend on
// the order of the columns, nor on the order or the codes of a dictionary. INVALID_ARGUMENT when
// the column's arrays do not fit `contents.size()` rows; errors of the vault. `out` is left without
// a name when no row has a value.
Status decode_column(const types::v1::Column& column, const Slot& slot, Vault* vault,
                     Verdicts* verdicts, std::vector<std::uint64_t>* contents, model::Column* out);

// The register that a person column's identifiers belong to.
const std::string& scheme_of(const types::v1::Column& column, const Slot& slot);
// Why an identifier of the slot is not taken; "" when it is.
std::string why_refused_here(const Slot& slot, PersonRef reference);

// How many values the column holds.
std::uint64_t values_in(const types::v1::Column& column);

// Spreads every bit of `value` over all bits of the result.
inline std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

}  // namespace passerelle::intake
