// SQLite, owned and with errors as values. Header only: a room that uses it links SQLite::SQLite3.
// A connection and its statements belong to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/status.h"

namespace passerelle::base {

// The status code says what a caller can do: DATA_LOSS for a damaged file and a full disk,
// UNAVAILABLE while another connection holds it.
inline Status sqlite_error(sqlite3* db, std::string_view doing) {
  const int code = db == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db) & 0xff;
  std::string text(doing);
  text += ": SQLite says ";
  text += db == nullptr ? "out of memory" : sqlite3_errmsg(db);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return unavailable(text);
  if (code == SQLITE_CANTOPEN) return failed_precondition(text);
  return data_loss(text);
}

// One prepared statement. Texts and blobs are bound without a copy: they must live until reset().
class SqliteStatement {
 public:
  SqliteStatement() = default;

  bool is_open() const { return handle_ != nullptr; }
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_.get(), index, value); }
  void bind_text(int index, std::string_view value) {
    sqlite3_bind_text64(handle_.get(), index, value.data() == nullptr ? "" : value.data(),
                        value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_blob(int index, std::string_view value) {
    sqlite3_bind_blob64(handle_.get(), index, value.data() == nullptr ? "" : value.data(),
                        value.size(), SQLITE_STATIC);
  }
  // True: a row is there; false: the statement is done.
  StatusOr<bool> step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(sqlite3_db_handle(handle_.get()), sqlite3_sql(handle_.get()));
  }
  // A statement without rows, made ready for the next use.
  Status run() {
    const StatusOr<bool> row = step();
    reset();
    return row.status();
  }
  void reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  // Valid until the next step() or reset().
  std::string_view bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
  }

 private:
  friend class SqliteDatabase;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : handle_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
};

class SqliteDatabase {
 public:
  SqliteDatabase() = default;

  // `flags` as of sqlite3_open_v2. A new file gets the process's umask.
  static StatusOr<SqliteDatabase> open(const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    SqliteDatabase database(handle);
    if (code != SQLITE_OK) return sqlite_error(handle, "opening " + path);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyMillisecondsMax);
    return database;
  }

  StatusOr<SqliteStatement> prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), 0, &statement,
                           nullptr) != SQLITE_OK) {
      return sqlite_error(handle_.get(), sql);
    }
    return SqliteStatement(statement);
  }
  // Statements without results of interest, separated by semicolons.
  Status run(const std::string& sql) const {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      return sqlite_error(handle_.get(), sql);
    }
    return absl::OkStatus();
  }
  // The first column of the only row; 0 when there is none.
  StatusOr<std::int64_t> integer_of(std::string_view sql) const {
    PAS_ASSIGN_OR_RETURN(SqliteStatement statement, prepare(sql));
    PAS_ASSIGN_OR_RETURN(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
  }
  bool is_open() const { return handle_ != nullptr; }
  std::int64_t changed_rows() const { return sqlite3_changes64(handle_.get()); }

 private:
  static constexpr int kBusyMillisecondsMax = 5'000;
  struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Closer> handle_;
};

}  // namespace passerelle::base
