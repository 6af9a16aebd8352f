// A connection to a PostgreSQL database (libpq) that only reads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace passerelle::sql {

struct Access {
  std::string address;  // host:port, or the folder of a Unix socket
  std::string database;
  std::string user;
  std::string password;
  std::string ca_file;       // PEM; empty: the system's
  bool allow_plain = false;  // an unencrypted connection to another machine
  std::string time_zone;     // of the session
};

// The rows of one answer; cells as the database writes them, NULL is nullopt.
struct Rows {
  std::vector<std::string> names;
  std::vector<std::vector<std::optional<std::string>>> cells;
};

class Database {
 public:
  // `cancelled` is asked while the server is waited for: a call then ends with CANCELLED within a
  // quarter of a second. Every session is read only, whatever the account may do.
  static StatusOr<std::unique_ptr<Database>> connect(const Access& access,
                                                     std::function<bool()> cancelled);
  ~Database();

  // $1, $2... in `query` stand for `parameters`. UNAVAILABLE, DEADLINE_EXCEEDED: later, perhaps;
  // UNAUTHENTICATED, PERMISSION_DENIED, FAILED_PRECONDITION: somebody must act.
  StatusOr<Rows> select(const std::string& query, const std::vector<std::string>& parameters);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A column's name in a query.
std::string quoted_name(std::string_view name);

}  // namespace passerelle::sql
