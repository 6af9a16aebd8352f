// State checkpoints: DATA/<authority>/checkpoints/<revision>.state, a StateHeader and its sections,
// each with a checksum. A cache of the fold: what is damaged, of another layout, engine or epoch,
// or newer than the journal is ignored with a logged reason. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/model/record.h"

namespace passerelle::journal {

struct CheckpointSettings {
  std::string folder;        // SqliteJournal::folder()
  std::uint32_t layout = 0;  // of the fold's sections
  std::uint32_t engine = 0;
  std::uint64_t epoch = 0;
};

// Takes one section: at most base::kStateSectionBytesMax; several may share a name.
using SectionSink = std::function<Status(std::string_view name, std::string_view data)>;

struct Checkpoint {
  model::Revision revision = 0;
  std::uint32_t sections = 0;
  std::uint64_t bytes = 0;
  std::string path;
};

class CheckpointStore {
 public:
  explicit CheckpointStore(CheckpointSettings settings);

  // Calls `fill` with a sink for the sections; the file appears only when all of it is on disk
  // (temporary name, fsync, rename). Then all but the last base::kStateCheckpointsKept go. An error
  // of `fill` or of the disk leaves the earlier checkpoints as they were.
  Status write(model::Revision revision, const std::function<Status(const SectionSink&)>& fill);

  // The newest whole checkpoint not after the journal's last revision: every checksum of it has
  // been verified. None: replay from revision 1.
  std::optional<Checkpoint> newest(model::Revision journal_end) const {
    return newest(journal_end, journal_end);
  }
  // The newest not after `last`, of a journal that may go on.
  std::optional<Checkpoint> newest(model::Revision last, model::Revision journal_end) const;

  // Calls `each` with the sections of `checkpoint`, in the order written, one in memory at a time.
  Status read(const Checkpoint& checkpoint, const SectionSink& each) const;

 private:
  CheckpointSettings settings_;
};

}  // namespace passerelle::journal
