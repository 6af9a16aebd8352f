#include "core/intake/quarantine.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/limits.h"
#include "core/base/sqlite.h"

namespace passerelle::intake {
namespace {

constexpr std::int64_t kLayout = 1;  // PRAGMA user_version
constexpr std::uint64_t kEntriesUnflushed = 10'000;

// A cache: what a crash takes away is read from the journal again.
const char* const kQuarantineSetUp = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
const char* const kQuarantineSchema =
    "CREATE TABLE head(epoch INTEGER NOT NULL, last INTEGER NOT NULL);"
    "CREATE TABLE rejects(number INTEGER PRIMARY KEY, revision INTEGER NOT NULL,"
    " at INTEGER NOT NULL, connector TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL,"
    " position TEXT NOT NULL, rule TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " reason TEXT NOT NULL, remedy TEXT NOT NULL, records INTEGER NOT NULL, stage TEXT NOT NULL,"
    " sealed BLOB NOT NULL);"
    "CREATE INDEX rejects_of_connector ON rejects(connector, number);"
    "PRAGMA user_version = 1;";

const char* const kColumns =
    "SELECT number, revision, at, connector, stream, key, position, rule, field, value, reason,"
    " remedy, records, stage, sealed FROM rejects";

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((path + suffix).c_str());
}

QuarantineEntry entry_from(const base::SqliteStatement& row) {
  const auto text = [&row](int column) { return std::string(row.bytes(column)); };
  QuarantineEntry entry;
  entry.number = static_cast<std::uint64_t>(row.integer(0));
  entry.revision = static_cast<model::Revision>(row.integer(1));
  entry.at = row.integer(2);
  entry.connector = text(3);
  entry.reject = {text(4),  text(5),  text(6),
                  text(7),  text(8),  text(9),
                  text(10), text(11), static_cast<std::uint64_t>(row.integer(12)),
                  text(13), text(14)};
  return entry;
}

}  // namespace

class Quarantine::Impl {
 public:
  Status open(const std::string& path, std::uint64_t epoch, model::Revision last);
  Status add(const model::Commit& commit);
  Status flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StatusOr<std::vector<QuarantineEntry>> select(const QuarantineFilter& filter);

  absl::Mutex mutex_;
  base::SqliteDatabase database_ ABSL_GUARDED_BY(mutex_);
  model::Revision last_ ABSL_GUARDED_BY(mutex_) = 0;

 private:
  Status read_head(std::uint64_t epoch, model::Revision last) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status insert(const model::Commit& commit, const model::Records& records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  std::uint64_t unflushed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool in_transaction_ ABSL_GUARDED_BY(mutex_) = false;
  base::SqliteStatement insert_ ABSL_GUARDED_BY(mutex_);
};

Status Quarantine::Impl::open(const std::string& path, std::uint64_t epoch, model::Revision last) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return base::failed_precondition(path + " cannot be opened for writing");
  ::close(file);
  const absl::MutexLock hold(&mutex_);
  PAS_ASSIGN_OR_RETURN(database_, base::SqliteDatabase::open(path, SQLITE_OPEN_READWRITE));
  PAS_RETURN_IF_ERROR(database_.run(kQuarantineSetUp));
  PAS_ASSIGN_OR_RETURN(const std::int64_t layout, database_.integer_of("PRAGMA user_version"));
  if (layout == 0) {
    PAS_RETURN_IF_ERROR(database_.run(kQuarantineSchema));
    PAS_RETURN_IF_ERROR(database_.run("INSERT INTO head(epoch, last) VALUES(" +
                                      std::to_string(static_cast<std::int64_t>(epoch)) + ", 0)"));
  } else if (layout != kLayout) {
    return base::data_loss("another version of the hub wrote it");
  }
  PAS_RETURN_IF_ERROR(read_head(epoch, last));
  PAS_ASSIGN_OR_RETURN(
      insert_,
      database_.prepare("INSERT INTO rejects VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return absl::OkStatus();
}

Status Quarantine::Impl::read_head(std::uint64_t epoch, model::Revision last) {
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement check, database_.prepare("PRAGMA quick_check(1)"));
  PAS_ASSIGN_OR_RETURN(const bool answered, check.step());
  if (!answered || check.bytes(0) != "ok") return base::data_loss("it is damaged");
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement head,
                       database_.prepare("SELECT epoch, last, (SELECT count(*) FROM rejects),"
                                         " (SELECT max(number) FROM rejects) FROM head"));
  PAS_ASSIGN_OR_RETURN(const bool found, head.step());
  if (!found || static_cast<std::uint64_t>(head.integer(0)) != epoch) {
    return base::data_loss("it belongs to another journal");
  }
  last_ = static_cast<model::Revision>(head.integer(1));
  if (last_ > last) return base::data_loss("it is ahead of the journal");
  if (head.integer(2) != head.integer(3)) return base::data_loss("entries are missing");
  next_number_ = static_cast<std::uint64_t>(head.integer(3)) + 1;
  return absl::OkStatus();
}

Status Quarantine::Impl::add(const model::Commit& commit) {
  const absl::MutexLock hold(&mutex_);
  if (commit.revision <= last_) return absl::OkStatus();
  if (commit.revision != last_ + 1) {
    return base::internal("the quarantine's index is at revision " + std::to_string(last_) +
                          " and was given revision " + std::to_string(commit.revision));
  }
  const auto* records = std::get_if<model::Records>(&commit.body);
  if (records != nullptr && !records->rejects.empty()) {
    PAS_RETURN_IF_ERROR(insert(commit, *records));
  }
  last_ = commit.revision;
  return unflushed_ >= kEntriesUnflushed ? flush() : absl::OkStatus();
}

Status Quarantine::Impl::insert(const model::Commit& commit, const model::Records& records) {
  if (!in_transaction_) PAS_RETURN_IF_ERROR(database_.run("BEGIN"));
  in_transaction_ = true;
  for (const model::Reject& reject : records.rejects) {
    insert_.bind(1, static_cast<std::int64_t>(next_number_));
    insert_.bind(2, static_cast<std::int64_t>(commit.revision));
    insert_.bind(3, commit.at);
    insert_.bind_text(4, records.connector);
    const std::string* const texts[] = {&reject.stream, &reject.key,   &reject.position,
                                        &reject.rule,   &reject.field, &reject.value,
                                        &reject.reason, &reject.remedy};
    for (int i = 0; i < 8; ++i) insert_.bind_text(5 + i, *texts[i]);
    insert_.bind(13, static_cast<std::int64_t>(reject.records));
    insert_.bind_text(14, reject.stage);
    insert_.bind_blob(15, reject.sealed);
    PAS_RETURN_IF_ERROR(insert_.run());
    ++next_number_;
    ++unflushed_;
  }
  return absl::OkStatus();
}

// Entries and head together: whatever is in the file is consistent.
Status Quarantine::Impl::flush() {
  if (!in_transaction_) PAS_RETURN_IF_ERROR(database_.run("BEGIN"));
  in_transaction_ = true;
  PAS_RETURN_IF_ERROR(database_.run("UPDATE head SET last = " + std::to_string(last_)));
  PAS_RETURN_IF_ERROR(database_.run("COMMIT"));
  in_transaction_ = false;
  unflushed_ = 0;
  return absl::OkStatus();
}

StatusOr<std::vector<QuarantineEntry>> Quarantine::Impl::select(const QuarantineFilter& filter) {
  const absl::MutexLock hold(&mutex_);
  std::string sql = std::string(kColumns) + " WHERE number > ?1";
  if (!filter.connector.empty()) sql += " AND connector = ?2";
  if (!filter.rule.empty()) sql += " AND rule = ?3";
  sql += " ORDER BY number LIMIT ?4";
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement select, database_.prepare(sql));
  select.bind(1, static_cast<std::int64_t>(filter.after));
  select.bind_text(2, filter.connector);
  select.bind_text(3, filter.rule);
  select.bind(4, static_cast<std::int64_t>(std::min(filter.limit, base::kQuarantinePageMax)));
  std::vector<QuarantineEntry> entries;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const bool row, select.step());
    if (!row) return entries;
    entries.push_back(entry_from(select));
  }
}

Quarantine::Quarantine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Quarantine::~Quarantine() {
  const Status status = flush();
  if (!status.ok()) spdlog::warn("quarantine index: {}", base::message_of(status));
}

StatusOr<std::unique_ptr<Quarantine>> Quarantine::open(const std::string& folder,
                                                       std::uint64_t epoch, model::Revision last) {
  const std::string path = folder + "/quarantine.db";
  auto impl = std::make_unique<Impl>();
  Status status = impl->open(path, epoch, last);
  if (!status.ok() && status.code() != absl::StatusCode::kFailedPrecondition) {
    spdlog::warn("quarantine index {} is made again from the journal: {}", path,
                 base::message_of(status));
    impl = std::make_unique<Impl>();
    remove_files(path);
    status = impl->open(path, epoch, last);
  }
  if (!status.ok()) return base::annotate(status, path);
  return std::unique_ptr<Quarantine>(new Quarantine(std::move(impl)));
}

model::Revision Quarantine::last_revision() const {
  const absl::MutexLock hold(&impl_->mutex_);
  return impl_->last_;
}

Status Quarantine::add(const model::Commit& commit) { return impl_->add(commit); }

Status Quarantine::flush() {
  const absl::MutexLock hold(&impl_->mutex_);
  return impl_->flush();
}

StatusOr<std::vector<QuarantineEntry>> Quarantine::list(const QuarantineFilter& filter) const {
  return impl_->select(filter);
}

StatusOr<QuarantineEntry> Quarantine::show(std::uint64_t number) const {
  const std::uint64_t after = number == 0 ? 0 : number - 1;
  PAS_ASSIGN_OR_RETURN(std::vector<QuarantineEntry> entries, impl_->select({"", "", after, 1}));
  if (entries.empty() || entries.front().number != number) {
    return base::not_found("no quarantined record has the number " + std::to_string(number) +
                           ": `passerelle quarantine list` shows those there are");
  }
  return std::move(entries.front());
}

StatusOr<std::vector<QuarantineCount>> Quarantine::counts() const {
  const absl::MutexLock hold(&impl_->mutex_);
  PAS_ASSIGN_OR_RETURN(
      base::SqliteStatement select,
      impl_->database_.prepare("SELECT connector, count(*), sum(records) FROM rejects"
                               " GROUP BY connector ORDER BY connector"));
  std::vector<QuarantineCount> counts;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const bool row, select.step());
    if (!row) return counts;
    counts.push_back({std::string(select.bytes(0)), static_cast<std::uint64_t>(select.integer(1)),
                      static_cast<std::uint64_t>(select.integer(2))});
  }
}

}  // namespace passerelle::intake
