// The rows of journal.db as they are stored, in order, with their chain checked on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/sqlite.h"
#include "core/base/status.h"
#include "core/model/commit.h"

namespace passerelle::journal {

struct StoredCommit {
  model::Revision revision = 0;
  std::uint64_t checksum = 0;
  std::string_view bytes;  // valid during the call
};

inline constexpr std::string_view kCommitsTable =
    "CREATE TABLE commits(revision INTEGER PRIMARY KEY, checksum INTEGER NOT NULL,"
    " bytes BLOB NOT NULL)";
inline constexpr std::int64_t kCommitsPage = 2;  // its root; page 1 describes it

// SQLite believes what page 1 says of the table: damaged there, it would find other rows or none,
// and new commits would be written over those that it does not find. DATA_LOSS if it is not as
// kCommitsTable makes it.
Status check_table(const base::SqliteDatabase& database, const std::string& path);

// Calls `each` with the commits `from` to `to`, on a read-only connection of its own that holds no
// snapshot for longer than a slice (a long reader must not keep the write-ahead log from being
// emptied). DATA_LOSS, naming the revision, for a gap or a broken chain.
Status for_each_stored(const std::string& path, model::Revision from, model::Revision to,
                       const std::function<Status(const StoredCommit&)>& each);

// What to do about a damaged journal; ends every such message.
Status journal_damaged(const std::string& path, model::Revision revision, std::string_view why);

}  // namespace passerelle::journal
