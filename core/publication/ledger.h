// The published history: per revision, why and which cells changed, with the value before and
// after. Append-only, checksummed segment files; never recomputed (ARCHITECTURE D11).
//
// Group numbers change with the model and over restarts, so the ledger numbers indicators,
// groupings and groups itself; their names are in the file, in the record that first uses them.
// About 10 bytes per change on disk; in memory about 20 bytes per group and 32 per 64 KiB of file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/flow/cells.h"

namespace passerelle::publication {

// What a group of the ledger is, in words.
struct GroupKey {
  std::vector<std::string> dimensions;  // sorted
  std::vector<std::string> values;
  base::Period period;
};

struct LedgerChange {
  std::uint32_t group = 0;      // the ledger's number
  std::uint32_t indicator = 0;  // the ledger's number
  model::CellValue before;
  model::CellValue after;
};

struct LedgerRevision {
  model::Revision revision = 0;
  base::Instant at = 0;  // when it was committed
  flow::Cause cause = flow::Cause::kFacts;
  bool reset = false;  // a model switched here
  std::vector<LedgerChange> changes;
};

// A change as the ledger numbered it. `ref`: where the cell lives in the new layout; meaningless
// if `gone`. `old_ref` is set where a model switched and the cell was in the old layout.
struct AppliedChange {
  LedgerChange change;
  model::CellRef ref;
  bool gone = false;
  bool has_old = false;
  model::CellRef old_ref;
};

// What an append did: of a model switch, all cells that differ. `fresh`: groups met for the first
// time since start() or a model switch; of use only without a switch.
struct Applied {
  struct Fresh {
    std::uint32_t id = 0;
    std::uint32_t cuboid = 0;
    std::uint32_t group = 0;
    std::uint32_t name = 0;  // its place in the delta's names; of use only where these number it
  };
  std::vector<AppliedChange> changes;
  std::vector<Fresh> fresh;
};

// Where a scan goes on; only the ledger reads it.
struct LedgerCursor {
  model::Revision after = 0;  // the last revision read
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
};

inline constexpr std::uint32_t kNoLedgerId = 0xFFFFFFFFU;

// A cell by the ledger's numbers: group, then indicator in the low 16 bits.
using CellId = std::uint64_t;
inline CellId cell_id(std::uint32_t group, std::uint32_t indicator) {
  return static_cast<CellId>(group) << 16 | (indicator & 0xFFFF);
}

class Ledger {
 public:
  struct Settings {
    std::string folder;  // made if missing; one subfolder per epoch
    std::uint64_t epoch = 0;
    const base::Clock* clock = nullptr;  // must outlive the ledger
    std::uint64_t segment_bytes_max = 64ULL << 20;
    std::uint32_t engine = 1;  // the version of the fold that makes what is appended
  };

  // Cuts a torn tail of the last segment; damage before it is DATA_LOSS and names file and offset.
  static StatusOr<std::unique_ptr<Ledger>> open(Settings settings);
  ~Ledger();

  // The cells that `view` does not show as they were published last, as they were. Reads all of the
  // ledger. Writer's thread, after start().
  StatusOr<std::vector<model::PublishedCell>> published_otherwise(const flow::CellView& view);

  // Writer, one thread at a time. `start`: the state that the next appended delta changes. If its
  // revision is beyond the ledger's last one, history has a gap: older tokens cannot be resumed.
  Status start(const flow::CellView& view);
  // `view`: the state after the delta; may be null unless needs_view() or the delta is a reset. A
  // revision up to last_revision() (a replay) is not written again. The first record that another
  // engine writes holds every cell that differs from what was published last, whatever the delta
  // says: what was published before stays as it was. `applied` may be null; after an error nothing
  // more can be appended.
  Status append(const flow::Delta& delta, const flow::CellView* view, Applied* applied);
  // Whether the next revision that is not a replay is the first of another engine. Any thread.
  bool needs_view() const;
  // After an OK answer everything up to `revision` survives a power cut. Any thread.
  Status flush(model::Revision revision);

  // Readers, any thread.
  model::Revision last_revision() const;
  // The oldest revision whose successors are all here and not older than `age`: a state of that
  // revision or later can be brought up to date.
  model::Revision resumable_from(std::chrono::seconds age) const;
  // The newest revision at which a model switched, 0: none.
  model::Revision last_reset() const;
  // The newest revision committed at `instant` or before. OUT_OF_RANGE: none was.
  StatusOr<model::Revision> revision_known_at(base::Instant instant) const;
  // Calls `visit` for the revisions after `cursor.after` in order, up to `last`, until about
  // `bytes_max` were read; true: `last` was reached. OUT_OF_RANGE: that history is not here.
  StatusOr<bool> scan(LedgerCursor* cursor, model::Revision last, std::size_t bytes_max,
                      const std::function<void(const LedgerRevision&)>& visit) const;
  // A cursor before about the newest `bytes`.
  LedgerCursor recent(std::size_t bytes) const;
  // The ledger's numbers of groups of a view's cuboid; kNoLedgerId before a group's first change.
  std::vector<std::uint32_t> group_ids(const flow::CellView& view, std::uint32_t cuboid,
                                       std::span<const std::uint32_t> groups) const;
  std::uint32_t indicator_id(std::string_view indicator) const;  // or kNoLedgerId
  std::string indicator_name(std::uint32_t id) const;
  StatusOr<GroupKey> group_key(std::uint32_t id) const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::publication
