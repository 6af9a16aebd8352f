// The fold as it stood at a revision, made beside the data and beside a running hub: nothing is
// written, and the ledger strand is not asked.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/app/value_diff.h"
#include "core/base/status.h"
#include "core/consolidation/engine.h"
#include "core/model/commit.h"

namespace passerelle::app {

class Authority;

// A journal to read from, a stopped hub's or a running one's. Any thread.
struct JournalSource {
  consolidation::EngineSettings engine = {};
  std::string folder;  // where its checkpoints are
  std::uint64_t epoch = 0;
  model::Revision last = 0;
  // From a revision on, in order; stops at the first error that `each` returns.
  std::function<Status(model::Revision from, const std::function<Status(model::Commit)>& each)>
      read;
  // A cell as it was published at a revision, absent if it was not; null where nobody can tell.
  std::function<StatusOr<model::CellValue>(const consolidation::CellName& cell,
                                           model::Revision revision)>
      published;
};

// That of a running hub, up to its last commit; the authority must outlive it.
JournalSource past_of(Authority& authority);

// On a hub: how long that may take (then DEADLINE_EXCEEDED), and how many such calls may wait or
// run (one more is refused).
inline constexpr std::chrono::seconds kPastFoldTimeMax{120};
inline constexpr std::size_t kPastFoldsMax = 4;

// Called before each commit is folded; an error ends the work.
using FoldProgress = std::function<Status(model::Revision revision)>;

struct PastFold {
  std::unique_ptr<consolidation::Engine> engine;
  ProposedModels proposed;  // and not switched to by then
};

// From the newest checkpoint that is not later. Of several models on the way only the last is
// folded, unless a commit between them looks at cells.
StatusOr<PastFold> fold_to(const JournalSource& source, model::Revision revision,
                           const FoldProgress& progress);

// The newest revision written at `instant` or before: a search over single commits. OUT_OF_RANGE:
// none was.
StatusOr<model::Revision> revision_at(const JournalSource& source, base::Instant instant);

}  // namespace passerelle::app
