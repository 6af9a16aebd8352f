// The vault's file: keys sealed by the master key, and the identifiers with their tokens. One
// thread at a time; the caller opens and ends transactions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/sqlite.h"
#include "core/intake/sealing.h"
#include "core/model/commit.h"

namespace passerelle::intake {

class VaultStore {
 public:
  struct Keys {
    Key lookup;      // finds an identifier without showing it
    Key values;      // seals identifiers
    Key quarantine;  // seals rejected source values; never changes: they are in the journal
  };

  // A file that is there; it may still be empty (has_keys() false).
  static StatusOr<VaultStore> open(const std::string& path);

  StatusOr<bool> has_keys() const;
  // Makes the tables and new keys, in one transaction.
  Status create(const Key& master);
  // DATA_LOSS when `master` is not the key that sealed them.
  Status load_keys(const Key& master);
  const Keys& keys() const { return keys_; }

  // `identifier` is scheme, NUL, normalised value.
  base::Hash128 lookup_of(std::string_view identifier) const {
    return keyed_hash(keys_.lookup, identifier);
  }
  // DATA_LOSS when the row found was damaged.
  StatusOr<std::optional<base::Hash128>> find(base::Hash128 lookup);
  Status insert(base::Hash128 lookup, std::string_view identifier, base::Hash128 token);
  // Every row of `dropped` becomes one of `kept`.
  Status merge(base::Hash128 kept, base::Hash128 dropped);
  StatusOr<std::uint64_t> erase(base::Hash128 token);
  // New lookup and value keys, every row written again, all keys sealed by `master`.
  Status rekey(const Key& master);

  // Runs `work` in one transaction: durable when it returns OK, undone otherwise.
  Status in_transaction(const std::function<Status()>& work);
  // Leaves nothing of earlier rows in the write-ahead log.
  Status forget_log() const { return database_.run("PRAGMA wal_checkpoint(TRUNCATE)"); }
  const base::SqliteDatabase& database() const { return database_; }

 private:
  struct Row {
    std::string identifier;
    base::Hash128 token;
  };
  Status prepare();
  Status save_keys(const Key& master, const Keys& keys);
  StatusOr<std::vector<Row>> rows(std::string_view where, std::string_view token);
  StatusOr<Row> opened(std::string_view lookup, std::string_view token, std::string_view sealed);

  base::SqliteDatabase database_;
  base::SqliteStatement find_;
  base::SqliteStatement insert_;
  Keys keys_;
};

}  // namespace passerelle::intake
