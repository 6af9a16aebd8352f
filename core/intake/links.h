// What the rows of a batch state about persons, before these have tokens: a person who was not
// known by either identifier gets one token at once, and nothing has to be merged.
#pragma once

#include <cstdint>
#include <vector>

#include "core/intake/stream_plan.h"
#include "core/intake/vault.h"
#include "passerelle/types/v1/types.pb.h"

namespace passerelle::intake {

// Each distinct pair once, in the order of the rows. `sent`: the columns by slot, null where there
// is none; the pairs refer to their texts. `kept`: 0 where a row is rejected already. A row that
// will be rejected for one of its linked identifiers states nothing, and neither does a deletion.
std::vector<SamePerson> stated_pairs(const StreamPlan& plan,
                                     const std::vector<const types::v1::Column*>& sent,
                                     std::vector<std::uint8_t> kept,
                                     const model::RecordBatch& batch);

}  // namespace passerelle::intake
