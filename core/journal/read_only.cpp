#include "core/journal/read_only.h"

#include <google/protobuf/io/coded_stream.h>

#include <filesystem>

#include "core/base/sqlite.h"
#include "core/base/text.h"
#include "core/journal/codec.h"
#include "core/journal/sqlite_journal.h"
#include "core/journal/stored_commits.h"
#include "passerelle/storage/v1/commit.pb.h"

namespace passerelle::journal {
namespace {

namespace pb = passerelle::storage::v1;

constexpr std::size_t kHashDigitsMin = 4;

// Beside a write-ahead log that a killed hub left, SQLite needs its index; without one the file is
// whole, and opened so that not even that index is made.
std::string readable(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t log = std::filesystem::file_size(path + "-wal", failed);
  if (!failed && log > 0) return path;
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path, failed).string()) {
    uri += c == '/' ? "/" : base::percent_encoded(std::string_view(&c, 1));
  }
  return uri + "?immutable=1";
}

// The field of the commit's body, without decoding it; 0: none.
int body_of(std::string_view bytes) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  for (std::uint32_t tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
    const int field = static_cast<int>(tag >> 3);
    if (field >= pb::Commit::kGenesisFieldNumber) return field;
    std::uint64_t ignored = 0;
    if ((tag & 7) != 0 || !in.ReadVarint64(&ignored)) return 0;
  }
  return 0;
}

}  // namespace

StatusOr<std::unique_ptr<ReadOnlyJournal>> ReadOnlyJournal::open(const std::string& data_dir,
                                                                 const std::string& authority,
                                                                 Beside beside) {
  std::unique_ptr<ReadOnlyJournal> journal(new ReadOnlyJournal());
  auto lock = SharedDataLock::acquire(data_dir);
  const bool has_hub = absl::IsFailedPrecondition(lock.status());
  if (!lock.ok() && !(has_hub && beside == Beside::kAnyHub)) return lock.status();
  if (lock.ok()) journal->lock_ = *std::move(lock);
  if (!SqliteJournal::exists(data_dir, authority)) {
    return base::not_found(data_dir + " holds no journal of " + authority);
  }
  journal->folder_ = data_dir + "/" + authority;
  journal->path_ = journal->folder_ + "/journal.db";
  if (!has_hub) journal->path_ = readable(journal->path_);  // else the hub's log has its index
  PAS_ASSIGN_OR_RETURN(
      const base::SqliteDatabase database,
      base::SqliteDatabase::open(journal->path_, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  PAS_RETURN_IF_ERROR(check_table(database, journal->path_));
  PAS_ASSIGN_OR_RETURN(const std::int64_t last,
                       database.integer_of("SELECT max(revision) FROM commits"));
  journal->last_ = static_cast<model::Revision>(last);
  PAS_RETURN_IF_ERROR(for_each_stored(
      journal->path_, 1, last > 0 ? 1 : 0, [&](const StoredCommit& stored) -> Status {
        PAS_ASSIGN_OR_RETURN(const auto first, decode(stored.bytes));
        const auto* genesis = std::get_if<model::Genesis>(&first.body);
        if (genesis != nullptr) journal->epoch_ = genesis->epoch;
        return absl::OkStatus();
      }));
  return journal;
}

Status ReadOnlyJournal::read(model::Revision from,
                             const std::function<Status(model::Commit)>& each) const {
  return for_each_stored(path_, from, last_, [&](const StoredCommit& stored) -> Status {
    PAS_ASSIGN_OR_RETURN(model::Commit commit, decode(stored.bytes));
    return each(std::move(commit));
  });
}

StatusOr<std::vector<StoredModel>> models_of(const std::string& path, model::Revision last) {
  std::vector<StoredModel> models;
  PAS_RETURN_IF_ERROR(for_each_stored(path, 1, last, [&](const StoredCommit& stored) -> Status {
    const int body = body_of(stored.bytes);
    if (body != pb::Commit::kModelProposedFieldNumber &&
        body != pb::Commit::kModelSwitchedFieldNumber) {
      return absl::OkStatus();
    }
    PAS_ASSIGN_OR_RETURN(const model::Commit commit, decode(stored.bytes));
    if (const auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
      models.push_back({stored.revision, commit.at, 0, 0, proposed->hash});
    } else if (const auto* switched = std::get_if<model::ModelSwitched>(&commit.body)) {
      for (StoredModel& model : models) {
        if (model.proposed != switched->proposed) continue;
        model.switched = stored.revision;
        model.switched_at = commit.at;
      }
    }
    return absl::OkStatus();
  }));
  return models;
}

StatusOr<model::Revision> find_model(const std::vector<StoredModel>& models,
                                     const std::string& which) {
  const StoredModel* found = nullptr;
  for (const StoredModel& model : models) {
    const bool named = std::to_string(model.proposed) == which ||
                       (model.switched != 0 && std::to_string(model.switched) == which);
    if (named) return model.proposed;
    if (which.size() < kHashDigitsMin || !base::to_hex(model.hash).starts_with(which)) continue;
    if (found != nullptr && found->hash != model.hash) {
      return base::invalid_argument("'" + which +
                                    "' begins several models' hashes; give more of it");
    }
    found = &model;
  }
  if (found != nullptr) return found->proposed;
  return base::not_found("'" + which +
                         "' is no model of this journal; see them with: passerelle model history");
}

StatusOr<std::string> canonical_model(const std::string& path, model::Revision proposed) {
  std::string text;
  PAS_RETURN_IF_ERROR(
      for_each_stored(path, proposed, proposed, [&](const StoredCommit& stored) -> Status {
        PAS_ASSIGN_OR_RETURN(model::Commit commit, decode(stored.bytes));
        auto* model = std::get_if<model::ModelProposed>(&commit.body);
        if (model != nullptr) text = std::move(model->canonical);
        return absl::OkStatus();
      }));
  if (text.empty()) {
    return base::not_found("revision " + std::to_string(proposed) +
                           " proposed no model; see them with: passerelle model history");
  }
  return text;
}

}  // namespace passerelle::journal
