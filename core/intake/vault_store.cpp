#include "core/intake/vault_store.h"

#include <utility>

namespace passerelle::intake {
namespace {

const char* const kVaultSetUp =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON";
const char* const kVaultSchema =
    "CREATE TABLE IF NOT EXISTS keys(name TEXT PRIMARY KEY, sealed BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS identifiers(lookup BLOB PRIMARY KEY, token BLOB NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS identifiers_of_token ON identifiers(token);"
    "CREATE TABLE IF NOT EXISTS merges(kept BLOB NOT NULL, dropped BLOB NOT NULL,"
    " PRIMARY KEY(kept, dropped))";

// A sealed identifier opens only beside the lookup and the token that it was written with.
std::string context_of(std::string_view lookup, std::string_view token) {
  return std::string(lookup) + std::string(token);
}

}  // namespace

StatusOr<VaultStore> VaultStore::open(const std::string& path) {
  VaultStore store;
  PAS_ASSIGN_OR_RETURN(store.database_, base::SqliteDatabase::open(path, SQLITE_OPEN_READWRITE));
  PAS_RETURN_IF_ERROR(store.database_.run(kVaultSetUp));
  return store;
}

StatusOr<bool> VaultStore::has_keys() const {
  PAS_ASSIGN_OR_RETURN(
      const std::int64_t tables,
      database_.integer_of("SELECT count(*) FROM sqlite_master WHERE name = 'keys'"));
  if (tables == 0) return false;
  PAS_ASSIGN_OR_RETURN(const std::int64_t keys, database_.integer_of("SELECT count(*) FROM keys"));
  return keys != 0;
}

Status VaultStore::prepare() {
  PAS_ASSIGN_OR_RETURN(find_,
                       database_.prepare("SELECT token, sealed FROM identifiers WHERE lookup = ?"));
  PAS_ASSIGN_OR_RETURN(insert_, database_.prepare("INSERT INTO identifiers(lookup, token, sealed)"
                                                  " VALUES(?, ?, ?)"));
  return absl::OkStatus();
}

Status VaultStore::create(const Key& master) {
  const Keys keys{Key::random(), Key::random(), Key::random()};
  const Status created = in_transaction([&] {
    PAS_RETURN_IF_ERROR(database_.run(kVaultSchema));
    return save_keys(master, keys);
  });
  if (!created.ok()) return created;
  keys_ = keys;
  return prepare();
}

Status VaultStore::save_keys(const Key& master, const Keys& keys) {
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement save,
                       database_.prepare("INSERT OR REPLACE INTO keys(name, sealed) VALUES(?, ?)"));
  const Key sealer = master.derived("pasvault");
  const std::pair<const char*, const Key*> all[] = {
      {"lookup", &keys.lookup}, {"values", &keys.values}, {"quarantine", &keys.quarantine}};
  for (const auto& [name, key] : all) {
    const std::string sealed = seal(sealer, key->view(), name);
    save.bind_text(1, name);
    save.bind_blob(2, sealed);
    PAS_RETURN_IF_ERROR(save.run());
  }
  return absl::OkStatus();
}

Status VaultStore::load_keys(const Key& master) {
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement load,
                       database_.prepare("SELECT sealed FROM keys WHERE name = ?"));
  const Key sealer = master.derived("pasvault");
  const std::pair<const char*, Key*> all[] = {
      {"lookup", &keys_.lookup}, {"values", &keys_.values}, {"quarantine", &keys_.quarantine}};
  for (const auto& [name, key] : all) {
    load.bind_text(1, name);
    PAS_ASSIGN_OR_RETURN(const bool found, load.step());
    if (!found) return base::data_loss(std::string("the key `") + name + "` is missing");
    PAS_ASSIGN_OR_RETURN(const std::string opened, open_sealed(sealer, load.bytes(0), name));
    *key = Key::from(opened);
    load.reset();
  }
  return prepare();
}

StatusOr<VaultStore::Row> VaultStore::opened(std::string_view lookup, std::string_view token,
                                             std::string_view sealed) {
  if (token.size() != sizeof(base::Hash128)) return base::data_loss("the vault is damaged");
  StatusOr<std::string> identifier = open_sealed(keys_.values, sealed, context_of(lookup, token));
  if (!identifier.ok()) {
    return base::data_loss("the vault is damaged: " + base::message_of(identifier.status()) +
                           ". Restore vault.db from the backup made with this journal");
  }
  return Row{*std::move(identifier), hash_of(token)};
}

StatusOr<std::optional<base::Hash128>> VaultStore::find(base::Hash128 lookup) {
  const std::string key = bytes_of(lookup);
  find_.bind_blob(1, key);
  const StatusOr<bool> found = find_.step();
  std::optional<base::Hash128> token;
  Status status = found.status();
  if (found.ok() && *found) {
    const StatusOr<Row> row = opened(key, find_.bytes(0), find_.bytes(1));
    if (row.ok()) token = row->token;
    status = row.status();
  }
  find_.reset();
  if (!status.ok()) return status;
  return token;
}

Status VaultStore::insert(base::Hash128 lookup, std::string_view identifier, base::Hash128 token) {
  const std::string key = bytes_of(lookup);
  const std::string value = bytes_of(token);
  const std::string sealed = seal(keys_.values, identifier, context_of(key, value));
  insert_.bind_blob(1, key);
  insert_.bind_blob(2, value);
  insert_.bind_blob(3, sealed);
  return insert_.run();
}

StatusOr<std::vector<VaultStore::Row>> VaultStore::rows(std::string_view where,
                                                        std::string_view token) {
  PAS_ASSIGN_OR_RETURN(
      base::SqliteStatement select,
      database_.prepare("SELECT lookup, token, sealed FROM identifiers" + std::string(where)));
  if (!token.empty()) select.bind_blob(1, token);
  std::vector<Row> all;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const bool row, select.step());
    if (!row) return all;
    PAS_ASSIGN_OR_RETURN(Row next, opened(select.bytes(0), select.bytes(1), select.bytes(2)));
    all.push_back(std::move(next));
  }
}

Status VaultStore::merge(base::Hash128 kept, base::Hash128 dropped) {
  PAS_ASSIGN_OR_RETURN(const std::vector<Row> moved, rows(" WHERE token = ?1", bytes_of(dropped)));
  PAS_RETURN_IF_ERROR(erase(dropped).status());
  for (const Row& row : moved) {
    PAS_RETURN_IF_ERROR(insert(lookup_of(row.identifier), row.identifier, kept));
  }
  PAS_ASSIGN_OR_RETURN(
      base::SqliteStatement note,
      database_.prepare("INSERT OR IGNORE INTO merges(kept, dropped) VALUES(?, ?)"));
  const std::string kept_bytes = bytes_of(kept);
  const std::string dropped_bytes = bytes_of(dropped);
  note.bind_blob(1, kept_bytes);
  note.bind_blob(2, dropped_bytes);
  return note.run();
}

StatusOr<std::uint64_t> VaultStore::erase(base::Hash128 token) {
  PAS_ASSIGN_OR_RETURN(base::SqliteStatement remove,
                       database_.prepare("DELETE FROM identifiers WHERE token = ?"));
  const std::string key = bytes_of(token);
  remove.bind_blob(1, key);
  PAS_RETURN_IF_ERROR(remove.run());
  return static_cast<std::uint64_t>(database_.changed_rows());
}

Status VaultStore::rekey(const Key& master) {
  const Keys before = keys_;
  const Status done = in_transaction([&] {
    PAS_ASSIGN_OR_RETURN(const std::vector<Row> all, rows("", ""));
    PAS_RETURN_IF_ERROR(database_.run("DELETE FROM identifiers"));
    keys_.lookup = Key::random();
    keys_.values = Key::random();
    for (const Row& row : all) {
      PAS_RETURN_IF_ERROR(insert(lookup_of(row.identifier), row.identifier, row.token));
    }
    return save_keys(master, keys_);
  });
  if (!done.ok()) keys_ = before;
  return done;
}

Status VaultStore::in_transaction(const std::function<Status()>& work) {
  PAS_RETURN_IF_ERROR(database_.run("BEGIN IMMEDIATE"));
  Status status = work();
  if (status.ok()) status = database_.run("COMMIT");
  if (status.ok()) return status;
  // SQLite may have rolled back by itself; the first error is the one to tell.
  const Status undone = database_.run("ROLLBACK");
  return undone.ok() ? status : base::annotate(status, "nothing was written");
}

}  // namespace passerelle::intake
