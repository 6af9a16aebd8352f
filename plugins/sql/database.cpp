#include "plugins/sql/database.h"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <string_view>

#include "core/base/text.h"

namespace passerelle::sql {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kConnectMax{10};
constexpr std::chrono::seconds kAnswerMax{300};
constexpr int kCancelLookMs = 200;

struct Cleared {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Cleared>;

// The server's or the library's words on one line; they hold no password.
std::string words(const char* message) {
  std::string out;
  for (const char* c = message; c != nullptr && *c != '\0'; ++c) {
    if (*c != '\n') out += *c;
    if (*c == '\n' && c[1] != '\0') out += ": ";
  }
  return base::is_valid_utf8(out) ? out : "the server refuses, in words of another encoding";
}

// By the class of SQLSTATE (PostgreSQL's manual, appendix A).
Status failure(std::string_view state, const std::string& said) {
  const std::string_view kind = state.substr(0, 2);
  if (kind == "28") return base::unauthenticated(said + "; check `user` and the password");
  if (state == "42501") {
    return base::permission_denied(said + "; grant SELECT to the connector's account");
  }
  if (state == "57014") return base::deadline_exceeded(said + "; ask for fewer rows by `page`");
  if (kind == "08" || kind == "40" || kind == "53" || kind == "57" || state.empty()) {
    return base::unavailable(said);
  }
  return base::failed_precondition(said + "; correct the manifest's query");
}

std::pair<std::string, std::string> host_and_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (address.starts_with('/') || colon == std::string::npos) return {address, "5432"};
  return {address.substr(0, colon), address.substr(colon + 1)};
}

bool is_here(const std::string& host) {
  return host.starts_with('/') || host == "localhost" || host == "127.0.0.1" || host == "::1";
}

}  // namespace

struct Database::Impl {
  PGconn* connection = nullptr;
  std::function<bool()> cancelled;

  ~Impl() { PQfinish(connection); }

  // Until the socket is ready. `interrupt`: what ends the server's work.
  Status wait(bool to_write, Clock::time_point until) {
    for (;;) {
      if (cancelled()) return base::cancelled("the read was cancelled");
      if (Clock::now() > until) return base::deadline_exceeded("the database does not answer");
      pollfd waited{PQsocket(connection), static_cast<short>(to_write ? POLLOUT : POLLIN), 0};
      if (::poll(&waited, 1, kCancelLookMs) > 0) return absl::OkStatus();
    }
  }
  Status connect(const Access& access) {
    const auto [host, port] = host_and_port(access.address);
    const char* mode = access.allow_plain || is_here(host) ? "prefer" : "verify-full";
    const std::string ca =
        access.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt" : access.ca_file;
    const char* const names[] = {"host",
                                 "port",
                                 "dbname",
                                 "user",
                                 "password",
                                 "sslmode",
                                 "passfile",
                                 "sslrootcert",
                                 "gssencmode",
                                 "sslcert",
                                 "sslkey",
                                 "application_name",
                                 "client_encoding",
                                 nullptr};
    const char* const values[] = {host.c_str(),
                                  port.c_str(),
                                  access.database.c_str(),
                                  access.user.c_str(),
                                  access.password.c_str(),
                                  mode,
                                  "/dev/null",
                                  ca.c_str(),
                                  "disable",
                                  "/dev/null",
                                  "/dev/null",
                                  "passerelle",
                                  "UTF8",
                                  nullptr};
    connection = PQconnectStartParams(names, values, 0);
    if (connection == nullptr) return base::internal("the database library has no memory");
    const auto until = Clock::now() + kConnectMax;
    for (PostgresPollingStatusType step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;
         step = PQconnectPoll(connection)) {
      if (step == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD) {
        const std::string said = words(PQerrorMessage(connection));
        // The library gives no SQLSTATE of a refused connection: only its words.
        const bool is_refused = said.find("authentication failed") != std::string::npos ||
                                said.find("no password supplied") != std::string::npos;
        return failure(is_refused ? "28000" : "", said);
      }
      PAS_RETURN_IF_ERROR(wait(step == PGRES_POLLING_WRITING, until));
    }
    return absl::OkStatus();
  }
  void interrupt() {
    PGcancel* handle = PQgetCancel(connection);
    char ignored[256];
    if (handle != nullptr) PQcancel(handle, ignored, sizeof(ignored));
    PQfreeCancel(handle);
  }
  StatusOr<Result> ask(const std::string& query, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    if (PQsendQueryParams(connection, query.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) != 1) {
      return failure("", words(PQerrorMessage(connection)));
    }
    const auto until = Clock::now() + kAnswerMax;
    while (PQisBusy(connection) == 1) {
      if (const Status waited = wait(false, until); !waited.ok()) {
        interrupt();
        return waited;
      }
      if (PQconsumeInput(connection) != 1) return failure("", words(PQerrorMessage(connection)));
    }
    Result result(PQgetResult(connection));
    while (Result(PQgetResult(connection))) continue;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return result;
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return failure(state == nullptr ? "" : state, words(PQresultErrorMessage(result.get())));
  }
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

StatusOr<std::unique_ptr<Database>> Database::connect(const Access& access,
                                                      std::function<bool()> cancelled) {
  auto impl = std::make_unique<Impl>();
  impl->cancelled = std::move(cancelled);
  PAS_RETURN_IF_ERROR(impl->connect(access));
  const std::pair<const char*, std::string> settings[] = {
      {"default_transaction_read_only", "on"},
      {"statement_timeout", std::to_string(std::chrono::milliseconds(kAnswerMax).count())},
      {"TimeZone", access.time_zone},
      {"DateStyle", "ISO"},
      {"extra_float_digits", "1"}};
  for (const auto& [name, value] : settings) {
    PAS_RETURN_IF_ERROR(impl->ask("SELECT set_config($1, $2, false)", {name, value}).status());
  }
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

StatusOr<Rows> Database::select(const std::string& query,
                                const std::vector<std::string>& parameters) {
  PAS_ASSIGN_OR_RETURN(const Result result, impl_->ask(query, parameters));
  Rows rows;
  const int columns = PQnfields(result.get());
  for (int column = 0; column < columns; ++column) {
    rows.names.emplace_back(PQfname(result.get(), column));
  }
  rows.cells.resize(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t row = 0; row < rows.cells.size(); ++row) {
    for (int column = 0; column < columns; ++column) {
      const int at = static_cast<int>(row);
      auto& cell = rows.cells[row].emplace_back();
      if (PQgetisnull(result.get(), at, column) == 1) continue;
      cell.emplace(PQgetvalue(result.get(), at, column),
                   static_cast<std::size_t>(PQgetlength(result.get(), at, column)));
    }
  }
  return rows;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    out += c;
    if (c == '"') out += c;
  }
  return out + "\"";
}

}  // namespace passerelle::sql
