#include "core/journal/stored_commits.h"

#include <algorithm>

#include "core/journal/codec.h"

namespace passerelle::journal {
namespace {

constexpr model::Revision kSliceCommits = 256;

StatusOr<std::uint64_t> checksum_of(const base::SqliteDatabase& database, const std::string& path,
                                    model::Revision revision) {
  if (revision == 0) return std::uint64_t{0};
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement select,
                       database.prepare("SELECT checksum FROM commits WHERE revision = ?1"));
  select.bind(1, static_cast<std::int64_t>(revision));
  PAS_ASSIGN_OR_RETURN(const bool found, select.step());
  if (!found) return journal_damaged(path, revision, "it is missing");
  return static_cast<std::uint64_t>(select.integer(0));
}

}  // namespace

Status journal_damaged(const std::string& path, model::Revision revision, std::string_view why) {
  return base::data_loss(path + ": revision " + std::to_string(revision) +
                         " is damaged: " + std::string(why) +
                         ". Nothing was changed. Restore the data directory from its last backup");
}

Status check_table(const base::SqliteDatabase& database, const std::string& path) {
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement told,
                       database.prepare("SELECT rootpage, sql FROM sqlite_schema"));
  PAS_ASSIGN_OR_RETURN(bool row, told.step());
  bool is_ours = row && told.integer(0) == kCommitsPage && told.bytes(1) == kCommitsTable;
  if (is_ours) {
    PAS_ASSIGN_OR_RETURN(row, told.step());
    is_ours = !row;
  }
  if (is_ours) return absl::OkStatus();
  return base::data_loss(path + " is damaged: its table of commits is not as it was made. " +
                         "Restore the data directory from its last backup");
}

Status for_each_stored(const std::string& path, model::Revision from, model::Revision to,
                       const std::function<Status(const StoredCommit&)>& each) {
  if (from == 0) from = 1;
  if (from > to) return absl::OkStatus();
  PAS_ASSIGN_OR_RETURN(const base::SqliteDatabase database,
                       base::SqliteDatabase::open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  PAS_ASSIGN_OR_RETURN(std::uint64_t chain, checksum_of(database, path, from - 1));
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement select,
                       database.prepare("SELECT revision, checksum, bytes FROM commits"
                                        " WHERE revision BETWEEN ?1 AND ?2 ORDER BY revision"));
  model::Revision next = from;
  while (next <= to) {
    const model::Revision last = std::min(to, next + kSliceCommits - 1);
    select.bind(1, static_cast<std::int64_t>(next));
    select.bind(2, static_cast<std::int64_t>(last));
    for (; next <= last; ++next) {
      PAS_ASSIGN_OR_RETURN(const bool row, select.step());
      const StoredCommit commit{static_cast<model::Revision>(row ? select.integer(0) : 0),
                                static_cast<std::uint64_t>(row ? select.integer(1) : 0),
                                row ? select.bytes(2) : std::string_view()};
      if (!row || commit.revision != next) return journal_damaged(path, next, "it is missing");
      chain = chained_checksum(chain, commit.bytes);
      if (chain != commit.checksum) {
        return journal_damaged(path, next, "its checksum does not fit its content");
      }
      PAS_RETURN_IF_ERROR(each(commit));
    }
    select.reset();
  }
  return absl::OkStatus();
}

}  // namespace passerelle::journal
