// The embedded journal: DATA/<authority>/journal.db, one SQLite file in WAL mode, one row per
// commit (revision, chained checksum, bytes), synchronous=FULL. A thread of its own writes: all
// commits that wait at that moment go into one transaction (group commit).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/flow/journal.h"
#include "core/journal/data_lock.h"

namespace passerelle::journal {

struct JournalSettings {
  std::string authority;               // names the folder below the data directory; [A-Za-z0-9_-]+
  std::uint32_t engine = 1;            // written into commits that name none
  std::uint64_t file_bytes_max = 0;    // quota of journal.db; at it the journal fails; 0: none
  const base::Clock* clock = nullptr;  // for Commit.at where it is 0; must outlive the journal
};

struct JournalStats {
  std::string path;
  std::string authority;
  std::uint64_t epoch = 0;
  model::Revision first_revision = 0;
  model::Revision last_revision = 0;
  std::uint64_t commit_bytes = 0;  // of the commits alone
  std::uint64_t file_bytes = 0;    // journal.db and its write-ahead log on disk
  base::Instant first_at = 0;
  base::Instant last_at = 0;
};

class SqliteJournal final : public flow::Journal {
 public:
  // Opens the journal, or makes it with a Genesis commit (revision 1, random epoch) if there is
  // none. Checks the chain of the last commits. DATA_LOSS, with the revision and the remedy, when
  // they are damaged or belong to another authority. `lock` must outlive the journal.
  static StatusOr<std::unique_ptr<SqliteJournal>> open(const DataLock& lock,
                                                       const JournalSettings& settings);
  // Whether that authority has a journal in the data directory.
  static bool exists(const std::string& data_dir, const std::string& authority);

  // Writes what waits, calls its `done`, and stops the thread.
  ~SqliteJournal() override;

  // flow::Journal. `append` never blocks and refuses nothing while the journal is healthy: callers
  // keep what waits below base::kIntakeQueueBytesMaxTotal, and can see it in queued_bytes().
  // `done` must not call append's owner back under a lock that append's callers hold.
  void append(model::Commit commit, std::function<void(StatusOr<model::Commit>)> done) override;
  // Constant memory; on a connection of its own. Checks the chain on the way (DATA_LOSS).
  Status read(model::Revision from, const std::function<Status(model::Commit)>& each) override;
  model::Revision last_revision() const override;
  std::uint64_t epoch() const override;

  // Whether open() has just made it.
  bool is_new() const;
  // DATA/<authority>, where checkpoints, vault and quarantine live too.
  const std::string& folder() const;
  // Bytes of the commits that wait, about; any thread.
  std::uint64_t queued_bytes() const;
  // Transactions so far; with last_revision(), how well commits are grouped.
  std::uint64_t transactions() const;
  // OK, or why every append fails.
  Status health() const;

  StatusOr<JournalStats> stats() const;
  // Checks every commit: density, chain, content. `progress(done, total)` may be null. DATA_LOSS
  // names the first damaged revision. Any thread.
  Status verify(const std::function<void(std::uint64_t, std::uint64_t)>& progress) const;

 private:
  class Impl;
  explicit SqliteJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::journal
