// The journal for whoever only looks: nothing below the data directory is written. Of a stopped
// hub, which cannot start meanwhile; or beside a running one, up to the commit of that moment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/journal/data_lock.h"
#include "core/model/commit.h"

namespace passerelle::journal {

// Whether a hub may be running: then other files of the data directory may change at any time.
enum class Beside : std::uint8_t { kNoHub, kAnyHub };

class ReadOnlyJournal {
 public:
  // FAILED_PRECONDITION, naming the hub's address, while one holds the data directory and may not;
  // NOT_FOUND without a journal of that authority.
  static StatusOr<std::unique_ptr<ReadOnlyJournal>> open(const std::string& data_dir,
                                                         const std::string& authority,
                                                         Beside beside = Beside::kNoHub);
  bool is_beside_hub() const { return lock_ == nullptr; }

  // In order, from revision `from`; stops at the first error that `each` returns. Checks the chain.
  Status read(model::Revision from, const std::function<Status(model::Commit)>& each) const;
  model::Revision last_revision() const { return last_; }
  std::uint64_t epoch() const { return epoch_; }
  const std::string& folder() const { return folder_; }
  // For models_of() and canonical_model().
  const std::string& path() const { return path_; }

 private:
  ReadOnlyJournal() = default;

  std::unique_ptr<SharedDataLock> lock_;  // null beside a running hub
  std::string folder_;
  std::string path_;  // or a URI that SQLite opens
  model::Revision last_ = 0;
  std::uint64_t epoch_ = 0;
};

// A model that was proposed, and where it came into force.
struct StoredModel {
  model::Revision proposed = 0;
  base::Instant proposed_at = 0;
  model::Revision switched = 0;  // 0: never
  base::Instant switched_at = 0;
  base::Hash128 hash;
};

// Of the journal at `path` up to revision `last`, in order. Reads every commit, and of records only
// that they are none of it. Any thread, also beside a running journal.
StatusOr<std::vector<StoredModel>> models_of(const std::string& path, model::Revision last);
// The revision that proposed the model `which` names: a revision that proposed it or from which it
// was in force, or the first digits of its hash. NOT_FOUND; INVALID_ARGUMENT if it names several.
StatusOr<model::Revision> find_model(const std::vector<StoredModel>& models,
                                     const std::string& which);
// The text proposed by that revision. NOT_FOUND if it proposed none.
StatusOr<std::string> canonical_model(const std::string& path, model::Revision proposed);

}  // namespace passerelle::journal
