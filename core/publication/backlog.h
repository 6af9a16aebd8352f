// Deltas that are folded and wait for the ledger. Whoever folds is not held up by it until more
// than kUnpublishedBytesMax wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/status.h"
#include "core/flow/cells.h"
#include "core/publication/mutex.h"

namespace passerelle::publication {

class Backlog {
 public:
  struct Entry {
    flow::Delta delta;
    std::shared_ptr<const flow::CellView> view;  // null: readers stay at the view they have
  };

  // Waits while there is no room. Why an earlier entry failed, if one did: nothing is taken then.
  Status push(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns when everything that was pushed is done; why one failed, if one did.
  Status settle() ABSL_LOCKS_EXCLUDED(mutex_);
  // No more entries; those that wait are still given out.
  void close() ABSL_LOCKS_EXCLUDED(mutex_);
  // A delta whose memory may be used again.
  flow::Delta spare() ABSL_LOCKS_EXCLUDED(mutex_);

  // The other end, one thread: the next entry, none after close(). The one before is done by then.
  std::optional<Entry> pop(Status done_before, flow::Delta spare) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of `waiting_` and of the one given out
  std::size_t bytes_out_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_out_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  Status failed_ ABSL_GUARDED_BY(mutex_);
  std::vector<flow::Delta> spares_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace passerelle::publication
