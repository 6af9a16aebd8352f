#include "core/intake/vault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/key_file.h"
#include "core/intake/vault_store.h"

namespace passerelle::intake {
namespace {

constexpr std::size_t kMasterKeyBytesMin = 32;

std::string identifier_of(PersonRef reference) {
  std::string text(base::trimmed(reference.scheme));
  text.push_back('\0');
  return text + normalised_identifier(reference.value);
}

Status unusable(const std::string& path, std::string_view why) {
  return base::failed_precondition("the vault " + path + " cannot be used: " + std::string(why) +
                                   ". Connectors with personal identifiers stand still; restore "
                                   "vault.db and vault.key from the backup made with this journal");
}

}  // namespace

class Vault::Impl {
 public:
  explicit Impl(const VaultSettings& settings)
      : settings_(settings),
        path_(settings.folder + "/vault.db"),
        key_path_(settings.folder + "/vault.key") {}

  Status open();
  StatusOr<std::vector<base::Hash128>> tokens_for(std::span<const PersonRef> references);
  StatusOr<std::optional<base::Hash128>> find(const std::string& identifier)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StatusOr<std::vector<model::PersonMerged>> link(std::span<const SamePerson> pairs);
  StatusOr<std::uint64_t> erase(PersonRef reference);
  Status rotate(std::string_view new_master_key);

  absl::Mutex mutex_;
  VaultStore store_ ABSL_GUARDED_BY(mutex_);
  // By lookup; only what the file holds durably.
  std::unordered_map<base::Hash128, base::Hash128> known_ ABSL_GUARDED_BY(mutex_);

 private:
  struct Missing {
    base::Hash128 lookup;
    std::string identifier;
    base::Hash128 token;
  };

  Status create_file();
  Status open_keys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StatusOr<Key> master_key();
  Status rotate_file() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void remember(base::Hash128 lookup, base::Hash128 token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // In a transaction.
  Status link_one(const SamePerson& pair, std::vector<model::PersonMerged>* merges)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  VaultSettings settings_;
  std::string path_;
  std::string key_path_;
};

Status Vault::Impl::open() {
  struct stat found = {};
  const bool exists = ::stat(path_.c_str(), &found) == 0;
  if (!exists && !settings_.may_create) {
    return unusable(path_, "it is missing, and the journal may hold its tokens");
  }
  if (exists && (found.st_mode & 077) != 0) {
    return unusable(path_, "other users can read it (chmod 600 it)");
  }
  if (!exists) PAS_RETURN_IF_ERROR(create_file());
  const absl::MutexLock hold(&mutex_);
  StatusOr<VaultStore> store = VaultStore::open(path_);
  if (!store.ok()) return unusable(path_, base::message_of(store.status()));
  store_ = *std::move(store);
  const StatusOr<bool> has_keys = store_.has_keys();
  if (!has_keys.ok()) return unusable(path_, base::message_of(has_keys.status()));
  if (!*has_keys) {
    if (!settings_.may_create) return unusable(path_, "it is empty");
    PAS_ASSIGN_OR_RETURN(const Key master, master_key());
    return store_.create(master);
  }
  const Status opened = open_keys();
  return opened.ok() ? opened : unusable(path_, base::message_of(opened));
}

// SQLite gives its write-ahead log the permissions of the database.
Status Vault::Impl::create_file() {
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return base::failed_precondition(path_ + " cannot be made");
  ::close(file);
  return absl::OkStatus();
}

// The secret, or the key file, which is made for a vault that is being made.
StatusOr<Key> Vault::Impl::master_key() {
  if (!settings_.master_key.empty()) {
    if (settings_.master_key.size() < kMasterKeyBytesMin) {
      return base::failed_precondition("the vault's secret has fewer than 32 bytes");
    }
    return Key::from(settings_.master_key);
  }
  StatusOr<Key> key = read_key_file(key_path_);
  if (key.status().code() != absl::StatusCode::kNotFound || !settings_.may_create) return key;
  const Key made = Key::random();
  PAS_RETURN_IF_ERROR(write_key_file(key_path_, made));
  return made;
}

Status Vault::Impl::open_keys() {
  if (!settings_.master_key.empty()) {
    PAS_ASSIGN_OR_RETURN(const Key master, master_key());
    return store_.load_keys(master);
  }
  // A rotation that was cut leaves the next key beside the present one; the file knows which fits.
  const std::string next_path = key_path_ + ".next";
  const StatusOr<Key> present = read_key_file(key_path_);
  const Status opened = present.ok() ? store_.load_keys(*present) : present.status();
  if (opened.ok()) {
    ::unlink(next_path.c_str());
    return opened;
  }
  const StatusOr<Key> next = read_key_file(next_path);
  if (!next.ok() || !store_.load_keys(*next).ok()) return opened;
  return replace_key_file(next_path, key_path_);
}

void Vault::Impl::remember(base::Hash128 lookup, base::Hash128 token) {
  if (known_.size() >= base::kVaultCacheEntriesMax) known_.clear();
  known_.insert_or_assign(lookup, token);
}

StatusOr<std::vector<base::Hash128>> Vault::Impl::tokens_for(
    std::span<const PersonRef> references) {
  const absl::MutexLock hold(&mutex_);
  std::vector<base::Hash128> tokens(references.size());
  std::vector<std::pair<std::size_t, std::size_t>> waiting;  // (reference, missing)
  std::vector<Missing> missing;
  std::unordered_map<base::Hash128, std::size_t> missing_of;
  for (std::size_t i = 0; i < references.size(); ++i) {
    std::string identifier = identifier_of(references[i]);
    const base::Hash128 lookup = store_.lookup_of(identifier);
    if (const auto known = known_.find(lookup); known != known_.end()) {
      tokens[i] = known->second;
      continue;
    }
    const auto [place, is_first] = missing_of.try_emplace(lookup, missing.size());
    waiting.emplace_back(i, place->second);
    if (is_first) missing.push_back({lookup, std::move(identifier), {}});
  }
  std::vector<Missing*> fresh;
  for (Missing& one : missing) {
    PAS_ASSIGN_OR_RETURN(const std::optional<base::Hash128> token, store_.find(one.lookup));
    one.token = token ? *token : random_token();
    if (!token) fresh.push_back(&one);
  }
  if (!fresh.empty()) {
    const Status durable = store_.in_transaction([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      for (const Missing* one : fresh) {
        PAS_RETURN_IF_ERROR(store_.insert(one->lookup, one->identifier, one->token));
      }
      return absl::OkStatus();
    });
    if (!durable.ok()) return durable;
  }
  for (const Missing& one : missing) remember(one.lookup, one.token);
  for (const auto& [reference, place] : waiting) tokens[reference] = missing[place].token;
  return tokens;
}

StatusOr<std::optional<base::Hash128>> Vault::Impl::find(const std::string& identifier) {
  return store_.find(store_.lookup_of(identifier));
}

StatusOr<std::vector<model::PersonMerged>> Vault::Impl::link(std::span<const SamePerson> pairs) {
  std::vector<model::PersonMerged> merges;
  if (pairs.empty()) return merges;
  const absl::MutexLock hold(&mutex_);
  const Status durable = store_.in_transaction([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (const SamePerson& pair : pairs) PAS_RETURN_IF_ERROR(link_one(pair, &merges));
    return absl::OkStatus();
  });
  if (!durable.ok()) return durable;
  if (!merges.empty()) known_.clear();
  return merges;
}

Status Vault::Impl::link_one(const SamePerson& pair, std::vector<model::PersonMerged>* merges) {
  const std::string kept = identifier_of(pair.kept);
  const std::string other = identifier_of(pair.other);
  if (kept == other) return absl::OkStatus();
  const auto kept_known = known_.find(store_.lookup_of(kept));
  const auto other_known = known_.find(store_.lookup_of(other));
  if (kept_known != known_.end() && other_known != known_.end() &&
      kept_known->second == other_known->second) {
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(std::optional<base::Hash128> kept_token, find(kept));
  PAS_ASSIGN_OR_RETURN(const std::optional<base::Hash128> other_token, find(other));
  if (!kept_token) {
    kept_token = other_token ? *other_token : random_token();
    PAS_RETURN_IF_ERROR(store_.insert(store_.lookup_of(kept), kept, *kept_token));
  }
  if (!other_token) return store_.insert(store_.lookup_of(other), other, *kept_token);
  if (*other_token == *kept_token) return absl::OkStatus();
  merges->push_back({*kept_token, *other_token});
  return store_.merge(*kept_token, *other_token);
}

StatusOr<std::uint64_t> Vault::Impl::erase(PersonRef reference) {
  const absl::MutexLock hold(&mutex_);
  PAS_ASSIGN_OR_RETURN(const std::optional<base::Hash128> token, find(identifier_of(reference)));
  if (!token) return std::uint64_t{0};
  PAS_ASSIGN_OR_RETURN(const std::uint64_t rows, store_.erase(*token));
  known_.clear();
  PAS_RETURN_IF_ERROR(store_.forget_log());
  return rows;
}

Status Vault::Impl::rotate(std::string_view new_master_key) {
  const absl::MutexLock hold(&mutex_);
  known_.clear();
  if (settings_.master_key.empty()) return rotate_file();
  if (new_master_key.size() < kMasterKeyBytesMin) {
    return base::invalid_argument("the vault's new secret needs at least 32 bytes");
  }
  PAS_RETURN_IF_ERROR(store_.rekey(Key::from(new_master_key)));
  settings_.master_key = new_master_key;
  return store_.forget_log();
}

Status Vault::Impl::rotate_file() {
  const std::string next_path = key_path_ + ".next";
  const Key next = Key::random();
  ::unlink(next_path.c_str());  // of a rotation that was cut before it changed the vault
  PAS_RETURN_IF_ERROR(write_key_file(next_path, next));
  if (const Status done = store_.rekey(next); !done.ok()) {
    ::unlink(next_path.c_str());
    return done;
  }
  PAS_RETURN_IF_ERROR(replace_key_file(next_path, key_path_));
  return store_.forget_log();
}

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::~Vault() = default;

StatusOr<std::unique_ptr<Vault>> Vault::open(const VaultSettings& settings) {
  if (sodium_init() < 0) return base::internal("libsodium cannot start");
  auto impl = std::make_unique<Impl>(settings);
  PAS_RETURN_IF_ERROR(impl->open());
  return std::unique_ptr<Vault>(new Vault(std::move(impl)));
}

StatusOr<std::vector<base::Hash128>> Vault::tokens_for(std::span<const PersonRef> references) {
  return impl_->tokens_for(references);
}

StatusOr<std::optional<base::Hash128>> Vault::find(PersonRef reference) const {
  const absl::MutexLock hold(&impl_->mutex_);
  return impl_->find(identifier_of(reference));
}

StatusOr<std::vector<model::PersonMerged>> Vault::link(std::span<const SamePerson> pairs) {
  return impl_->link(pairs);
}

StatusOr<std::vector<model::PersonMerged>> Vault::pending_merges() const {
  const absl::MutexLock hold(&impl_->mutex_);
  PAS_ASSIGN_OR_RETURN(
      base::SqliteStatement select,
      impl_->store_.database().prepare("SELECT kept, dropped FROM merges ORDER BY rowid"));
  std::vector<model::PersonMerged> merges;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const bool row, select.step());
    if (!row) return merges;
    merges.push_back({hash_of(select.bytes(0)), hash_of(select.bytes(1))});
  }
}

Status Vault::merges_journaled(std::span<const model::PersonMerged> merges) {
  const absl::MutexLock hold(&impl_->mutex_);
  return impl_->store_.in_transaction([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    PAS_ASSIGN_OR_RETURN(
        base::SqliteStatement remove,
        impl_->store_.database().prepare("DELETE FROM merges WHERE kept = ?1 AND dropped = ?2"));
    for (const model::PersonMerged& merge : merges) {
      const std::string kept = bytes_of(merge.kept);
      const std::string dropped = bytes_of(merge.dropped);
      remove.bind_blob(1, kept);
      remove.bind_blob(2, dropped);
      PAS_RETURN_IF_ERROR(remove.run());
    }
    return absl::OkStatus();
  });
}

StatusOr<std::uint64_t> Vault::erase(PersonRef reference) { return impl_->erase(reference); }
Status Vault::rotate(std::string_view new_master_key) { return impl_->rotate(new_master_key); }

std::string Vault::seal(std::string_view bytes) const {
  const absl::MutexLock hold(&impl_->mutex_);
  return intake::seal(impl_->store_.keys().quarantine, bytes, "quarantine");
}

StatusOr<std::string> Vault::open_sealed(std::string_view sealed) const {
  const absl::MutexLock hold(&impl_->mutex_);
  return intake::open_sealed(impl_->store_.keys().quarantine, sealed, "quarantine");
}

StatusOr<VaultStats> Vault::stats() const {
  const absl::MutexLock hold(&impl_->mutex_);
  PAS_ASSIGN_OR_RETURN(
      base::SqliteStatement select,
      impl_->store_.database().prepare("SELECT count(*), count(DISTINCT token) FROM identifiers"));
  PAS_RETURN_IF_ERROR(select.step().status());
  return VaultStats{static_cast<std::uint64_t>(select.integer(0)),
                    static_cast<std::uint64_t>(select.integer(1))};
}

}  // namespace passerelle::intake
