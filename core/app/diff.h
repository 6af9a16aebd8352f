// Why a value changed, as the contract and the command line ask and tell it.
#pragma once

#include <string>

#include "core/app/past_fold.h"
#include "core/base/status.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

// Folds the journal of `source` twice over the same ground: up to the first revision at once, then
// commit by commit to the second. `time_zone` is for dates. INVALID_ARGUMENT for revisions or dates
// that are none, NOT_FOUND for a cell that is published at neither revision.
StatusOr<hub::v1::DiffResponse> diff(const hub::v1::DiffRequest& request,
                                     const JournalSource& source, const std::string& time_zone,
                                     const FoldProgress& progress);

}  // namespace passerelle::app
