// What the ledger says was published last.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/status.h"
#include "core/publication/ledger.h"
#include "core/publication/ledger_files.h"

namespace passerelle::publication {

using PublishedCells = absl::flat_hash_map<CellId, model::CellValue>;

// Reads the segments from the first to the last: every cell that was ever published, absent ones
// too. About 50 M changes a second.
StatusOr<PublishedCells> published_last(const std::vector<SegmentPtr>& segments);

}  // namespace passerelle::publication
