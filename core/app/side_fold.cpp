#include "core/app/side_fold.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "core/app/authority.h"
#include "core/app/output.h"
#include "core/journal/checkpoints.h"

namespace passerelle::app {
namespace {

constexpr int kNiceBesideHub = 10;

}  // namespace

std::unique_ptr<consolidation::Engine> checkpointed_state(consolidation::EngineSettings engine,
                                                          const std::string& folder,
                                                          std::uint64_t epoch, model::Revision last,
                                                          model::Revision journal_end) {
  const journal::CheckpointStore checkpoints(journal::CheckpointSettings{
      folder, consolidation::kStateLayout, engine.semantics.version, epoch});
  const auto newest = checkpoints.newest(last, journal_end);
  if (!newest) return nullptr;
  consolidation::Engine::Loader loader(engine, parse_model);
  const Status read = checkpoints.read(*newest, [&](std::string_view name, std::string_view data) {
    return loader.take(name, data);
  });
  auto loaded = read.ok() ? loader.finish() : read;
  if (loaded.ok()) return std::move(loaded).value();
  // Beside a running hub it may just have been replaced by a newer one.
  spdlog::warn("checkpoint {} is not used: {}", newest->path, base::message_of(loaded.status()));
  return nullptr;
}

StatusOr<SideFold> open_side_fold(const std::string& data_folder, journal::Beside beside) {
  SideFold side;
  PAS_ASSIGN_OR_RETURN(side.authority, authority_in(data_folder, ""));
  PAS_ASSIGN_OR_RETURN(side.journal,
                       journal::ReadOnlyJournal::open(data_folder, side.authority, beside));
  if (side.journal->is_beside_hub() && ::nice(kNiceBesideHub) < 0) {
    spdlog::warn("this process could not be made to yield to the hub");
  }
  const model::Revision last = side.journal->last_revision();
  side.engine = checkpointed_state({}, side.journal->folder(), side.journal->epoch(), last, last);
  if (!side.engine) {
    side.engine = std::make_unique<consolidation::Engine>(consolidation::EngineSettings{});
  }
  const model::Revision from = side.engine->revision() + 1;
  if (from > last) return side;
  ProgressLine progress;
  PAS_RETURN_IF_ERROR(side.journal->read(from, [&](model::Commit commit) -> Status {
    if (auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
      PAS_ASSIGN_OR_RETURN(proposed->parsed, parse_model(proposed->canonical, proposed->hash));
    }
    progress.show("replaying " + std::to_string(commit.revision - from + 1) + " of " +
                  std::to_string(last - from + 1));
    return side.engine->apply(commit, nullptr);
  }));
  return side;
}

}  // namespace passerelle::app
