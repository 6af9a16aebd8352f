// Why a value changed, as the contract and the command line ask and tell it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/app/past_fold.h"
#include "core/base/status.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

// Folding the journal beside the hub: how long that may take (then DEADLINE_EXCEEDED), and how many
// such calls there may be (one more is refused).
inline constexpr std::chrono::seconds kDiffTimeMax{120};
inline constexpr std::size_t kDiffsMax = 4;

// Folds the journal of `source` twice over the same ground: up to the first revision at once, then
// commit by commit to the second. `time_zone` is for dates. INVALID_ARGUMENT for revisions or dates
// that are none, NOT_FOUND for a cell that is published at neither revision.
StatusOr<hub::v1::DiffResponse> diff(const hub::v1::DiffRequest& request,
                                     const JournalSource& source, const std::string& time_zone,
                                     const FoldProgress& progress);

}  // namespace passerelle::app
