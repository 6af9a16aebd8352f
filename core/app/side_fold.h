// The state of a hub's data, folded beside it in this process: nothing is written there, and
// whatever is applied to the engine afterwards is never kept.
#pragma once

#include <memory>
#include <string>

#include "core/base/status.h"
#include "core/consolidation/engine.h"
#include "core/journal/read_only.h"

namespace passerelle::app {

// The state of the newest whole checkpoint that is not after `last`, for the journal of that folder
// and epoch, which goes on to `journal_end`; null: there is none, fold from revision 1.
std::unique_ptr<consolidation::Engine> checkpointed_state(consolidation::EngineSettings engine,
                                                          const std::string& folder,
                                                          std::uint64_t epoch, model::Revision last,
                                                          model::Revision journal_end);

struct SideFold {
  std::string authority;
  std::unique_ptr<journal::ReadOnlyJournal> journal;  // holds the data folder's lock, shared
  std::unique_ptr<consolidation::Engine> engine;      // at the journal's last revision
};

// From the newest checkpoint and the journal after it. Beside a running hub, where that may be, it
// is the state of this moment, and this process yields to the hub. FAILED_PRECONDITION names a
// running hub's address. Shows its progress on a terminal.
StatusOr<SideFold> open_side_fold(const std::string& data_folder,
                                  journal::Beside beside = journal::Beside::kNoHub);

}  // namespace passerelle::app
