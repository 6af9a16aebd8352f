// Takes a commit of records apart before it is folded. Inside the room only.
#pragma once

#include <vector>

#include "core/consolidation/record_store.h"
#include "core/consolidation/scopes.h"
#include "core/consolidation/stages.h"

namespace passerelle::consolidation {

// New records, then corrected ones, then deleted ones; by kind. Folding the bodies in this order,
// then the commit itself, gives the records that the commit alone gives.
std::vector<RecordStage> stages_of(const model::Records& records, const RecordStore& store,
                                   const Scopes& scopes, std::uint64_t held_bytes_max);

}  // namespace passerelle::consolidation
