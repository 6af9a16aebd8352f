// A manifest: how a system with a REST or JSON-RPC interface is asked and how its answers become
// records. YAML; every key is in README.md. No code.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "plugins/mapping/spec.h"
#include "plugins/rest/json_path.h"
#include "plugins/rest/template.h"

namespace passerelle::rest {

// A path or a text with holes as the manifest writes it, read.
struct Request {
  std::string method = "GET";
  Template path;  // behind the address, or an address of the same host
  std::vector<std::pair<std::string, Template>> query;
  std::vector<std::pair<std::string, Template>> headers;
  std::vector<std::pair<std::string, Template>> form;
  Template body;  // JSON
};

enum class AuthKind { kNone, kBasic, kBearer, kHeader, kQuery, kSession, kOAuth2 };

struct Auth {
  AuthKind kind = AuthKind::kNone;
  Template user;                       // basic, oauth2 (the client's id)
  Template password;                   // basic, oauth2 (the client's secret)
  Template token;                      // bearer, header, query
  std::string name;                    // of the header or the query's parameter
  std::string scope;                   // oauth2
  bool credentials_in_header = false;  // oauth2: the client's id and secret as Basic
  Template token_path;
  Request login;  // session
  // Session variables: a path into the answer, or header:NAME, or cookie:NAME.
  std::map<std::string, std::string> values;
  std::vector<std::pair<std::string, Template>> headers;  // of every request of the session
  std::vector<std::int64_t> renew_status = {401};
  std::string renew_error;  // a text of the error that means "log in again"
  std::optional<Request> logout;
};

enum class PageKind { kNone, kPage, kOffset, kKeyset, kCursor, kLink, kNext, kRange };

struct Paging {
  PageKind kind = PageKind::kNone;
  std::int64_t size = 100;
  std::int64_t first = 0;                // number of the first page; first value of a keyset
  std::optional<JsonPath> by;            // keyset: of a row
  std::optional<JsonPath> at;            // cursor, next: of the answer
  std::optional<JsonPath> more;          // of the answer: whether there is another page
  bool more_is_last = false;             // `more: "!isLast"`: it says the opposite
  std::optional<JsonPath> total;         // of the answer: rows in all
  std::vector<std::int64_t> end_status;  // of an answer behind the last page
};

struct Changes {
  // When a row was changed last: the latest of these (a row never changed may have its creation).
  std::vector<JsonPath> columns;
  std::string format;        // of `since` and of the column; empty: ISO 8601
  std::string asked_format;  // of `since` where it differs
  std::chrono::seconds overlap{600};
  std::string first;  // `since` of the first read, as the source wants it
  // After a page, ask again from the last row's time instead of for the next page.
  bool restart = false;
  bool is_strict = false;  // the source compares by >: it is asked from a second before
  std::chrono::seconds compare_every{0};  // full comparisons; 0: none
};

// A cell of the rows: its name for the mapping and where it lies.
struct Cell {
  std::string name;
  JsonPath path;
  bool of_parent = false;
};

struct StreamManifest {
  mapping::StreamSpec spec;
  Request request;
  JsonPath rows;
  Paging paging;
  std::optional<Changes> changes;
  std::string each;  // the stream whose every row is asked for this one's; empty: none
  std::vector<Cell> cells;
};

// When the source may be asked: seconds of the local day; from > to is over midnight.
struct Hours {
  int from = 0;
  int to = 0;
};

struct Setting {
  std::string otherwise;
  bool required = false;
};

struct Manifest {
  Auth auth;
  std::vector<std::pair<std::string, Template>> headers;
  mapping::Dialect dialect;
  std::int64_t requests_per_minute = 0;  // 0: no limit
  std::chrono::seconds answer_max{120};
  std::optional<Hours> hours;
  std::optional<JsonPath> error;       // of an answer: present and true means an error
  std::optional<JsonPath> error_text;  // of the answer
  std::map<std::string, Setting> settings;
  std::vector<StreamManifest> streams;
  std::uint64_t fingerprint = 0;
};

// INVALID_ARGUMENT lists every problem as file:line:column, what is wrong, how to mend it.
StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name);
StatusOr<Manifest> read_manifest(const std::string& path);

}  // namespace passerelle::rest
