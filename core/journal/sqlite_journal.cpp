#include "core/journal/sqlite_journal.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/sqlite.h"
#include "core/journal/codec.h"
#include "core/journal/stored_commits.h"

namespace passerelle::journal {
namespace {

constexpr std::int64_t kLayout = 1;            // PRAGMA user_version
constexpr model::Revision kTailCommits = 256;  // whose chain open() checks
constexpr std::int64_t kPageBytes = 4'096;

const char* const kSetUp =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = NORMAL;"
    "PRAGMA wal_autocheckpoint = 4000;";
bool is_folder_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 200 && std::all_of(name.begin(), name.end(), plain);
}

// What a commit holds in memory, about.
std::uint64_t weight_of(const model::Commit& commit) {
  std::uint64_t bytes = sizeof commit;
  if (const auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
    return bytes + proposed->canonical.size();
  }
  const auto* records = std::get_if<model::Records>(&commit.body);
  if (records == nullptr) return bytes;
  bytes += records->checkpoint.size() + records->rejects.size() * sizeof(model::Reject);
  for (const model::RecordBatch& batch : records->batches) {
    bytes += batch.ids.bytes().size() + batch.size() * 45 + batch.seen.size() * 16;
    for (const model::Column& column : batch.columns) {
      bytes += column.codes.size() * 4 + column.numbers.size() * 8;
      for (const std::string& text : column.dictionary) bytes += sizeof text + text.size();
    }
  }
  return bytes;
}

std::uint64_t size_of(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  return failed ? 0 : size;
}

// SQLite gives its write-ahead log the permissions of the database: 0600 from the start.
Status make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return base::failed_precondition(path + " cannot be opened for writing");
  ::close(file);
  return absl::OkStatus();
}

}  // namespace

class SqliteJournal::Impl {
 public:
  Impl(std::string folder, const JournalSettings& settings)
      : settings_(settings), folder_(std::move(folder)), path_(folder_ + "/journal.db") {}
  ~Impl();

  Status open();
  void start() {
    writer_ = std::thread([this] { write_until_stopped(); });
  }
  void append(model::Commit commit, std::function<void(StatusOr<model::Commit>)> done);
  Status health() const {
    const absl::MutexLock hold(&mutex_);
    return failure_;
  }

  JournalSettings settings_;
  base::SystemClock system_clock_;
  std::string folder_;
  std::string path_;
  std::uint64_t epoch_ = 0;
  bool is_new_ = false;
  std::atomic<model::Revision> last_{0};
  std::atomic<std::uint64_t> queued_bytes_{0};
  std::atomic<std::uint64_t> transactions_{0};

 private:
  struct Pending {
    model::Commit commit;
    std::function<void(StatusOr<model::Commit>)> done;
    std::uint64_t weight = 0;
  };

  Status prepare_database();
  Status check_genesis();
  Status check_tail();
  void write_until_stopped();
  void write_group(std::deque<Pending>* group);
  Status write_all(std::deque<Pending>* group);
  Status insert(model::Commit* commit);
  void fail(const Status& cause);

  // Of the writer's thread, once it runs.
  base::SqliteDatabase database_;
  base::SqliteStatement insert_;
  std::uint64_t chain_ = 0;  // checksum of the last commit
  model::Revision next_ = 1;

  mutable absl::Mutex mutex_;
  std::deque<Pending> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Status failure_ ABSL_GUARDED_BY(mutex_);
  std::thread writer_;
};

SqliteJournal::Impl::~Impl() {
  {
    const absl::MutexLock hold(&mutex_);
    stopping_ = true;
  }
  if (writer_.joinable()) writer_.join();
}

Status SqliteJournal::Impl::open() {
  PAS_RETURN_IF_ERROR(prepare_database());
  PAS_ASSIGN_OR_RETURN(const std::int64_t last,
                       database_.integer_of("SELECT max(revision) FROM commits"));
  last_ = static_cast<model::Revision>(last);
  next_ = static_cast<model::Revision>(last) + 1;
  if (last > 0) {
    PAS_RETURN_IF_ERROR(check_tail());
    return check_genesis();
  }
  PAS_ASSIGN_OR_RETURN(const std::int64_t pages, database_.integer_of("PRAGMA page_count"));
  if (pages > kCommitsPage) {
    return base::data_loss(path_ + " is damaged: it has " + std::to_string(pages) +
                           " pages and no commit. Restore the data directory from its last backup");
  }
  is_new_ = true;
  std::deque<Pending> genesis(1);
  if (::getrandom(&epoch_, sizeof epoch_, 0) != sizeof epoch_) {
    return base::unavailable("the system gives no random bytes for the journal's epoch");
  }
  epoch_ |= 1;  // 0 means none
  genesis[0].commit.body = model::Genesis{epoch_, settings_.authority};
  return write_all(&genesis);
}

Status SqliteJournal::Impl::prepare_database() {
  PAS_RETURN_IF_ERROR(make_private_file(path_));
  PAS_ASSIGN_OR_RETURN(database_, base::SqliteDatabase::open(path_, SQLITE_OPEN_READWRITE));
  PAS_RETURN_IF_ERROR(database_.run(kSetUp));
  if (settings_.file_bytes_max != 0) {
    const std::uint64_t pages = settings_.file_bytes_max / kPageBytes;
    PAS_RETURN_IF_ERROR(database_.run("PRAGMA max_page_count = " + std::to_string(pages)));
  }
  PAS_ASSIGN_OR_RETURN(const std::int64_t layout, database_.integer_of("PRAGMA user_version"));
  if (layout == 0) {
    PAS_RETURN_IF_ERROR(database_.run("BEGIN; " + std::string(kCommitsTable) +
                                      "; PRAGMA user_version = 1; COMMIT;"));
  } else if (layout != kLayout) {
    return base::failed_precondition(path_ + " has layout " + std::to_string(layout) +
                                     ", this version reads layout " + std::to_string(kLayout) +
                                     ": start the version that wrote it");
  }
  PAS_RETURN_IF_ERROR(check_table(database_, path_));
  PAS_ASSIGN_OR_RETURN(
      insert_, database_.prepare("INSERT INTO commits(revision, checksum, bytes) VALUES(?, ?, ?)"));
  return absl::OkStatus();
}

Status SqliteJournal::Impl::check_genesis() {
  return for_each_stored(path_, 1, 1, [this](const StoredCommit& stored) {
    PAS_ASSIGN_OR_RETURN(const model::Commit commit, decode(stored.bytes));
    const auto* genesis = std::get_if<model::Genesis>(&commit.body);
    if (genesis == nullptr) return journal_damaged(path_, 1, "it is not a Genesis commit");
    if (genesis->authority != settings_.authority) {
      return base::failed_precondition(path_ + " is the journal of " + genesis->authority +
                                       ", not of " + settings_.authority);
    }
    epoch_ = genesis->epoch;
    return absl::OkStatus();
  });
}

Status SqliteJournal::Impl::check_tail() {
  const model::Revision last = last_;
  const model::Revision from = last > kTailCommits ? last - kTailCommits + 1 : 1;
  return for_each_stored(path_, from, last, [this](const StoredCommit& stored) {
    chain_ = stored.checksum;
    return absl::OkStatus();
  });
}

void SqliteJournal::Impl::append(model::Commit commit,
                                 std::function<void(StatusOr<model::Commit>)> done) {
  const std::uint64_t weight = weight_of(commit);
  queued_bytes_ += weight;
  const absl::MutexLock hold(&mutex_);
  queue_.push_back({std::move(commit), std::move(done), weight});
}

void SqliteJournal::Impl::write_until_stopped() {
  for (;;) {
    std::deque<Pending> group;
    {
      const absl::MutexLock hold(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    write_group(&group);
  }
}

void SqliteJournal::Impl::write_group(std::deque<Pending>* group) {
  Status status = health();
  if (status.ok()) {
    const Status written = write_all(group);
    if (!written.ok()) fail(written);
    status = health();
  }
  for (Pending& pending : *group) {
    queued_bytes_ -= pending.weight;
    if (!pending.done) continue;
    if (status.ok()) {
      pending.done(std::move(pending.commit));
    } else {
      pending.done(status);
    }
  }
}

Status SqliteJournal::Impl::write_all(std::deque<Pending>* group) {
  const std::uint64_t chain_before = chain_;
  Status status = database_.run("BEGIN IMMEDIATE");
  for (Pending& pending : *group) {
    if (status.ok()) status = insert(&pending.commit);
  }
  if (status.ok()) status = database_.run("COMMIT");
  if (!status.ok()) {
    // SQLite may have rolled back by itself; then this fails, which changes nothing.
    if (const Status undone = database_.run("ROLLBACK"); !undone.ok()) insert_.reset();
    next_ = last_ + 1;
    chain_ = chain_before;
    return status;
  }
  last_ = next_ - 1;
  ++transactions_;
  return absl::OkStatus();
}

Status SqliteJournal::Impl::insert(model::Commit* commit) {
  commit->revision = next_;
  if (commit->at == 0) {
    commit->at = (settings_.clock != nullptr ? *settings_.clock : system_clock_).now();
  }
  if (commit->engine == 0) commit->engine = settings_.engine;
  PAS_ASSIGN_OR_RETURN(const std::string bytes, encode(*commit));
  const std::uint64_t checksum = chained_checksum(chain_, bytes);
  insert_.bind(1, static_cast<std::int64_t>(next_));
  insert_.bind(2, static_cast<std::int64_t>(checksum));
  insert_.bind_blob(3, bytes);
  PAS_RETURN_IF_ERROR(insert_.run());
  chain_ = checksum;
  ++next_;
  return absl::OkStatus();
}

void SqliteJournal::Impl::fail(const Status& cause) {
  const absl::MutexLock hold(&mutex_);
  failure_ = base::data_loss(
      path_ + ": revision " + std::to_string(last_ + 1) + " could not be written (" +
      base::message_of(cause) + "). Nothing after revision " + std::to_string(last_) +
      " is kept and the journal takes no more: see to the disk, then start the hub again; "
      "connectors send again what was not committed");
}

SqliteJournal::SqliteJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteJournal::~SqliteJournal() = default;

StatusOr<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const DataLock& lock,
                                                             const JournalSettings& settings) {
  if (!is_folder_name(settings.authority)) {
    return base::invalid_argument("authority `" + settings.authority +
                                  "` cannot name a folder: use letters, digits, _ and -");
  }
  const std::string folder = lock.data_dir() + "/" + settings.authority;
  std::error_code failed;
  if (std::filesystem::create_directories(folder, failed)) ::chmod(folder.c_str(), 0700);
  if (failed) {
    return base::failed_precondition(folder + " cannot be made: " + failed.message());
  }
  auto impl = std::make_unique<Impl>(folder, settings);
  PAS_RETURN_IF_ERROR(impl->open());
  impl->start();
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(impl)));
}

bool SqliteJournal::exists(const std::string& data_dir, const std::string& authority) {
  return size_of(data_dir + "/" + authority + "/journal.db") > 0;
}

void SqliteJournal::append(model::Commit commit,
                           std::function<void(StatusOr<model::Commit>)> done) {
  impl_->append(std::move(commit), std::move(done));
}

Status SqliteJournal::read(model::Revision from, const std::function<Status(model::Commit)>& each) {
  return for_each_stored(
      impl_->path_, from, impl_->last_, [this, &each](const StoredCommit& stored) {
        StatusOr<model::Commit> commit = decode(stored.bytes);
        if (!commit.ok() || commit->revision != stored.revision) {
          return journal_damaged(impl_->path_, stored.revision, base::message_of(commit.status()));
        }
        return each(*std::move(commit));
      });
}

model::Revision SqliteJournal::last_revision() const { return impl_->last_; }
std::uint64_t SqliteJournal::epoch() const { return impl_->epoch_; }
bool SqliteJournal::is_new() const { return impl_->is_new_; }
const std::string& SqliteJournal::folder() const { return impl_->folder_; }
std::uint64_t SqliteJournal::queued_bytes() const { return impl_->queued_bytes_; }
std::uint64_t SqliteJournal::transactions() const { return impl_->transactions_; }
Status SqliteJournal::health() const { return impl_->health(); }

StatusOr<JournalStats> SqliteJournal::stats() const {
  JournalStats stats;
  stats.path = impl_->path_;
  stats.authority = impl_->settings_.authority;
  stats.epoch = impl_->epoch_;
  stats.first_revision = 1;
  stats.last_revision = impl_->last_;
  stats.file_bytes = size_of(stats.path) + size_of(stats.path + "-wal");
  PAS_ASSIGN_OR_RETURN(const base::SqliteDatabase database,
                       base::SqliteDatabase::open(stats.path, SQLITE_OPEN_READONLY));
  PAS_ASSIGN_OR_RETURN(const std::int64_t bytes,
                       database.integer_of("SELECT total(length(bytes)) FROM commits"));
  stats.commit_bytes = static_cast<std::uint64_t>(bytes);
  for (const model::Revision revision : {stats.first_revision, stats.last_revision}) {
    PAS_RETURN_IF_ERROR(
        for_each_stored(stats.path, revision, revision, [&](const StoredCommit& stored) {
          PAS_ASSIGN_OR_RETURN(const model::Commit commit, decode(stored.bytes));
          (revision == 1 ? stats.first_at : stats.last_at) = commit.at;
          return absl::OkStatus();
        }));
  }
  if (stats.last_revision == 1) stats.last_at = stats.first_at;
  return stats;
}

Status SqliteJournal::verify(
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) const {
  const model::Revision last = impl_->last_;
  PAS_ASSIGN_OR_RETURN(const base::SqliteDatabase database,
                       base::SqliteDatabase::open(impl_->path_, SQLITE_OPEN_READONLY));
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement check, database.prepare("PRAGMA quick_check(1)"));
  PAS_ASSIGN_OR_RETURN(const bool answered, check.step());
  if (!answered || check.bytes(0) != "ok") {
    return base::data_loss(impl_->path_ + " is damaged: " + std::string(check.bytes(0)) +
                           ". Restore the data directory from its last backup");
  }
  check.reset();
  return for_each_stored(impl_->path_, 1, last, [&](const StoredCommit& stored) {
    const StatusOr<model::Commit> commit = decode(stored.bytes);
    if (!commit.ok() || commit->revision != stored.revision) {
      return journal_damaged(impl_->path_, stored.revision, base::message_of(commit.status()));
    }
    if (progress) progress(stored.revision, last);
    return absl::OkStatus();
  });
}

}  // namespace passerelle::journal
