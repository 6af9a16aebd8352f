#include "plugins/rest/manifest.h"

#include <algorithm>
#include <set>

#include "core/base/decimal.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "plugins/mapping/manifest_reader.h"

namespace passerelle::rest {
namespace {

using formats::Yaml;
using formats::YamlPair;

constexpr std::int64_t kPageSizeMax = 100'000;
constexpr std::int64_t kRequestsPerMinuteMax = 60'000;
const std::set<std::string> kPageVariables = {"since", "after", "page",  "offset",
                                              "end",   "limit", "cursor"};

// Reads what is the engine's own in a manifest.
class EngineReader {
 public:
  EngineReader(mapping::ManifestReader& reader, Manifest* out) : reader_(reader), out_(out) {}

  void read(const Yaml& root) {
    reader_.known(root, {"engine", "label", "auth", "headers", "decimal", "missing", "time_zone",
                         "limits", "hours", "error", "settings", "streams"});
    read_settings(root);
    out_->headers = templates(root, "headers", {});
    reader_.read_dialect(root, &out_->dialect);
    out_->dialect.code = "REST";
    read_limits(root);
    if (const Yaml* error = root.find("error"); error && reader_.expect_map(*error, "error")) {
      reader_.known(*error, {"at", "text"});
      out_->error = path(*error, "at");
      out_->error_text = path(*error, "text");
    }
    read_auth(root);
    const auto* streams = reader_.streams(root);
    if (streams == nullptr) return;
    for (const YamlPair& pair : *streams) read_stream(pair);
    check_parents(*root.find("streams"));
  }

 private:
  void read_settings(const Yaml& root) {
    const Yaml* settings = root.find("settings");
    if (settings == nullptr || !reader_.expect_map(*settings, "settings")) return;
    for (const YamlPair& pair : settings->pairs) {
      Setting setting;
      if (pair.value.is_map()) {
        reader_.known(pair.value, {"default", "required", "fr", "en"});
        setting.otherwise = reader_.text(pair.value, "default");
        setting.required = reader_.text(pair.value, "required") == "true";
      } else {
        setting.otherwise = pair.value.text;
      }
      out_->settings[pair.key] = setting;
    }
  }

  void read_limits(const Yaml& root) {
    if (const Yaml* limits = root.find("limits"); limits && reader_.expect_map(*limits, "limits")) {
      reader_.known(*limits, {"requests_per_minute", "answer"});
      out_->requests_per_minute =
          reader_.integer(*limits, "requests_per_minute", 0, 1, kRequestsPerMinuteMax);
      out_->answer_max = std::chrono::seconds(reader_.seconds(*limits, "answer", 120));
    }
    const Yaml* hours = root.find("hours");
    if (hours == nullptr || !reader_.expect_map(*hours, "hours")) return;
    reader_.known(*hours, {"from", "to"});
    out_->hours = Hours{time_of_day(*hours, "from"), time_of_day(*hours, "to")};
  }

  int time_of_day(const Yaml& map, std::string_view key) {
    const std::string text = reader_.text(map, key);
    int hour = 0;
    int minute = 0;
    if (std::sscanf(text.c_str(), "%2d:%2d", &hour, &minute) == 2 && hour >= 0 && hour < 24 &&
        minute >= 0 && minute < 60) {
      return hour * 3'600 + minute * 60;
    }
    const Yaml* node = map.find(key);
    reader_.problem(node == nullptr ? map : *node, std::string(key) + " is no time of day",
                    "write \"19:00\"");
    return 0;
  }

  // A text with holes; `more` are variables that it may name besides those of every request.
  Template holes(const Yaml& at, const std::string& text, const std::set<std::string>& more) {
    const auto parsed = Template::parse(text);
    if (!parsed.ok()) {
      reader_.problem(at, base::message_of(parsed.status()), "write ${name}");
      return {};
    }
    for (const std::string& name : parsed->names()) {
      if (is_known(name) || more.contains(name)) continue;
      if (name.starts_with("parent.") && more.contains("parent.")) continue;
      if (name.starts_with("session.") && more.contains("session.")) continue;
      reader_.problem(at, "${" + name + "} is unknown here",
                      "known are config.url, config.user, config.database, settings.NAME (declared "
                      "under `settings`), secret.NAME" +
                          std::string(more.contains("page") ? ", since, after, page, offset, end, "
                                                              "limit, cursor"
                                                            : "") +
                          std::string(more.contains("parent.") ? ", parent.PATH" : ""));
    }
    return *parsed;
  }
  bool is_known(const std::string& name) const {
    if (name == "config.url" || name == "config.user" || name == "config.database") return true;
    if (name == "today" || name == "now") return true;
    if (name.starts_with("settings.")) return out_->settings.contains(name.substr(9));
    static const std::set<std::string> secrets = {"secret.token", "secret.password",
                                                  "secret.client_secret", "secret.app_token"};
    return secrets.contains(name);
  }
  Template holes_of(const Yaml& map, std::string_view key, const std::set<std::string>& more) {
    const Yaml* node = map.find(key);
    return node == nullptr ? Template() : holes(*node, reader_.text(map, key), more);
  }
  std::vector<std::pair<std::string, Template>> templates(const Yaml& map, std::string_view key,
                                                          const std::set<std::string>& more) {
    std::vector<std::pair<std::string, Template>> out;
    const Yaml* node = map.find(key);
    if (node == nullptr || !reader_.expect_map(*node, key)) return out;
    for (const YamlPair& pair : node->pairs) {
      // A parameter may come several times: fields: [a, b].
      if (pair.value.is_sequence()) {
        for (const Yaml& item : pair.value.items) {
          out.emplace_back(pair.key, holes(item, item.text, more));
        }
      } else {
        out.emplace_back(pair.key, holes(pair.value, pair.value.text, more));
      }
    }
    return out;
  }
  std::optional<JsonPath> path(const Yaml& map, std::string_view key) {
    const Yaml* node = map.find(key);
    if (node == nullptr) return std::nullopt;
    return path_at(*node, node->text);
  }
  std::optional<JsonPath> path_at(const Yaml& node, const std::string& text) {
    auto parsed = JsonPath::parse(text);
    if (parsed.ok()) return *std::move(parsed);
    reader_.problem(node, base::message_of(parsed.status()),
                    "write a path such as items or fields.created");
    return std::nullopt;
  }

  Request read_request(const Yaml& node, const std::set<std::string>& more) {
    Request request;
    if (!reader_.expect_map(node, "a request")) return request;
    reader_.known(node, {"method", "path", "query", "headers", "form", "body"});
    const bool has_content = node.find("body") != nullptr || node.find("form") != nullptr;
    request.method = reader_.text(node, "method", has_content ? "POST" : "GET");
    static const std::set<std::string> methods = {"GET", "POST", "PUT", "DELETE", "HEAD"};
    if (!methods.contains(request.method)) {
      reader_.problem(*node.find("method"), "method '" + request.method + "' is unknown",
                      "write GET or POST");
    }
    request.path = holes_of(node, "path", more);
    request.query = templates(node, "query", more);
    request.headers = templates(node, "headers", more);
    request.form = templates(node, "form", more);
    request.body = holes_of(node, "body", more);
    if (const Yaml* body = node.find("body")) check_body(*body, request.body);
    return request;
  }
  // The body must be JSON whatever its holes hold.
  void check_body(const Yaml& at, const Template& body) {
    const auto filled = body.fill([](std::string_view) { return "1"; }, Template::Escape::kJson);
    if (!filled.ok()) return reader_.problem(at, base::message_of(filled.status()), "mend it");
    const auto parsed = formats::parse_json(*filled);
    if (!parsed.ok()) {
      reader_.problem(at, "the body is no JSON: " + base::message_of(parsed.status()),
                      "write JSON, with ${name} inside quotes or where a number stands");
    }
  }

  void read_auth(const Yaml& root) {
    const Yaml* node = root.find("auth");
    if (node == nullptr || !reader_.expect_map(*node, "auth")) return;
    reader_.known(*node, {"kind", "user", "password", "token", "name", "scope", "token_path",
                          "login", "values", "headers", "renew", "logout", "credentials"});
    static const std::map<std::string, AuthKind> kinds = {
        {"none", AuthKind::kNone},     {"basic", AuthKind::kBasic}, {"bearer", AuthKind::kBearer},
        {"header", AuthKind::kHeader}, {"query", AuthKind::kQuery}, {"session", AuthKind::kSession},
        {"oauth2", AuthKind::kOAuth2}};
    const auto kind = kinds.find(reader_.text(*node, "kind"));
    if (kind == kinds.end()) {
      return reader_.problem(*node, "auth has no known kind",
                             "write kind: basic, bearer, header, query, session, oauth2 or none");
    }
    Auth& auth = out_->auth;
    auth.kind = kind->second;
    auth.user = holes_of(*node, "user", {});
    auth.password = holes_of(*node, "password", {});
    auth.token = holes_of(*node, "token", {});
    auth.name = reader_.text(*node, "name");
    auth.scope = reader_.text(*node, "scope");
    auth.credentials_in_header = reader_.text(*node, "credentials") == "header";
    auth.token_path = holes_of(*node, "token_path", {});
    auth.values = reader_.pairs(*node, "values");
    auth.headers = templates(*node, "headers", {"session."});
    if (const Yaml* login = node->find("login")) auth.login = read_request(*login, {});
    if (const Yaml* logout = node->find("logout")) {
      auth.logout = read_request(*logout, {"session."});
    }
    if (const Yaml* renew = node->find("renew"); renew && reader_.expect_map(*renew, "renew")) {
      reader_.known(*renew, {"status", "error"});
      if (renew->find("status") != nullptr) auth.renew_status = statuses(*renew, "status");
      auth.renew_error = reader_.text(*renew, "error");
    }
    check_auth(*node, auth);
  }
  void check_auth(const Yaml& node, const Auth& auth) {
    const auto need = [&](bool there, std::string_view key) {
      if (!there) {
        reader_.problem(node, "auth lacks `" + std::string(key) + "`", "add it; see README.md");
      }
    };
    switch (auth.kind) {
      case AuthKind::kNone:
        return;
      case AuthKind::kBasic:
        need(!auth.user.empty(), "user");
        return need(!auth.password.empty(), "password");
      case AuthKind::kBearer:
        return need(!auth.token.empty(), "token");
      case AuthKind::kHeader:
      case AuthKind::kQuery:
        need(!auth.name.empty(), "name");
        return need(!auth.token.empty(), "token");
      case AuthKind::kSession:
        need(node.find("login") != nullptr, "login");
        need(!auth.values.empty(), "values");
        for (const auto& [name, where] : auth.values) {
          if (!where.starts_with("header:") && !where.starts_with("cookie:")) {
            path_at(node, where);
          }
        }
        return;
      case AuthKind::kOAuth2:
        need(!auth.token_path.empty(), "token_path");
        need(!auth.user.empty(), "user");
        return need(!auth.password.empty(), "password");
    }
  }
  std::vector<std::int64_t> statuses(const Yaml& map, std::string_view key) {
    std::vector<std::int64_t> out;
    for (const std::string& text : reader_.texts(map, key)) {
      const auto number = base::parse_scaled(text, 0);
      if (number.ok() && *number >= 100 && *number < 600) {
        out.push_back(*number);
      } else {
        reader_.problem(*map.find(key), "'" + text + "' is no HTTP status", "write 404 or [404]");
      }
    }
    return out;
  }

  void read_stream(const YamlPair& pair) {
    static const std::vector<std::string> own = {"request", "rows", "page",   "changes",
                                                 "compare", "each", "columns"};
    StreamManifest stream;
    stream.spec = reader_.read_stream(pair, own);
    const Yaml& node = pair.value;
    if (!node.is_map()) return;
    stream.each = reader_.text(node, "each");
    std::set<std::string> more = kPageVariables;
    if (!stream.each.empty()) more.insert("parent.");
    if (const Yaml* request = node.find("request")) {
      stream.request = read_request(*request, more);
    } else {
      reader_.problem(node, "no request is given", "write request: {path: /tickets}");
    }
    if (auto rows = path(node, "rows")) {
      stream.rows = *std::move(rows);
    } else if (node.find("rows") == nullptr) {
      reader_.problem(node, "the rows' place is not given",
                      "write rows: items, or rows: . where the answer is the list itself");
    }
    read_paging(node, &stream);
    read_changes(node, &stream);
    read_cells(node, &stream);
    out_->streams.push_back(std::move(stream));
  }

  void read_paging(const Yaml& node, StreamManifest* stream) {
    const Yaml* page = node.find("page");
    if (page == nullptr || !reader_.expect_map(*page, "page")) return;
    reader_.known(*page, {"kind", "size", "first", "by", "at", "more", "total", "end_status"});
    static const std::map<std::string, PageKind> kinds = {
        {"none", PageKind::kNone},     {"page", PageKind::kPage},     {"offset", PageKind::kOffset},
        {"keyset", PageKind::kKeyset}, {"cursor", PageKind::kCursor}, {"link", PageKind::kLink},
        {"next", PageKind::kNext},     {"range", PageKind::kRange}};
    Paging& paging = stream->paging;
    const auto kind = kinds.find(reader_.text(*page, "kind"));
    if (kind == kinds.end()) {
      return reader_.problem(*page, "page has no known kind",
                             "write kind: page, offset, keyset, cursor, link, next, range or none");
    }
    paging.kind = kind->second;
    paging.size = reader_.integer(*page, "size", 100, 1, kPageSizeMax);
    paging.first = reader_.integer(*page, "first", paging.kind == PageKind::kPage ? 1 : 0,
                                   -1'000'000'000, 1'000'000'000);
    paging.by = path(*page, "by");
    paging.at = path(*page, "at");
    if (const Yaml* more = page->find("more")) {
      paging.more_is_last = more->text.starts_with('!');
      paging.more = path_at(*more, more->text.substr(paging.more_is_last ? 1 : 0));
    }
    paging.total = path(*page, "total");
    paging.end_status = statuses(*page, "end_status");
    if (paging.kind == PageKind::kKeyset && page->find("by") == nullptr) {
      reader_.problem(*page, "a keyset needs `by`",
                      "write by: id, the column the rows are sorted by");
    }
    const bool needs_at = paging.kind == PageKind::kCursor || paging.kind == PageKind::kNext;
    if (needs_at && page->find("at") == nullptr) {
      reader_.problem(*page, "there is no `at`", "write at: the place of the next page's mark");
    }
  }

  void read_changes(const Yaml& node, StreamManifest* stream) {
    const Yaml* changes = node.find("changes");
    const std::int64_t compare = reader_.seconds(node, "compare", 0);
    if (changes == nullptr) {
      if (compare != 0) {
        reader_.problem(*node.find("compare"), "every read of this stream is a full comparison",
                        "remove `compare`, or describe `changes`");
      }
      return;
    }
    if (!reader_.expect_map(*changes, "changes")) return;
    reader_.known(*changes,
                  {"column", "format", "asked_format", "overlap", "first", "restart", "strict"});
    Changes out;
    for (const std::string& text : reader_.texts(*changes, "column")) {
      if (auto found = path_at(*changes->find("column"), text)) {
        out.columns.push_back(*std::move(found));
      }
    }
    out.format = reader_.text(*changes, "format");
    out.asked_format = reader_.text(*changes, "asked_format", out.format);
    out.overlap = std::chrono::seconds(reader_.seconds(*changes, "overlap", 600));
    out.first = reader_.text(*changes, "first");
    out.restart = reader_.text(*changes, "restart") == "true";
    out.is_strict = reader_.text(*changes, "strict") == "true";
    out.compare_every = std::chrono::seconds(compare);
    if (changes->find("column") == nullptr) {
      reader_.problem(*changes, "`changes` lacks `column`",
                      "write column: the place of the time of a row's last change");
    }
    stream->changes = std::move(out);
  }

  // What the mapping calls columns: those that the manifest names, and every path a field reads.
  void read_cells(const Yaml& node, StreamManifest* stream) {
    const auto add = [&](const Yaml& at, const std::string& name, const std::string& written) {
      for (const Cell& cell : stream->cells) {
        if (cell.name == name) return;
      }
      const bool of_parent = written.starts_with("parent.");
      if (of_parent && stream->each.empty()) {
        reader_.problem(at, "'" + written + "' asks for a parent", "name it by `each: STREAM`");
      }
      if (auto found = path_at(at, of_parent ? written.substr(7) : written)) {
        stream->cells.push_back({name, *std::move(found), of_parent});
      }
    };
    if (const Yaml* columns = node.find("columns"); columns && columns->is_map()) {
      for (const YamlPair& pair : columns->pairs) add(pair.value, pair.key, pair.value.text);
    }
    const mapping::StreamSpec& spec = stream->spec;
    for (const std::string& column : spec.id_columns) add(node, column, column);
    for (const std::string& column : spec.natural_key_columns) add(node, column, column);
    for (const auto& repeat : spec.repeat) {
      for (const auto& [alias, column] : repeat) add(node, column, column);
    }
    for (const mapping::FieldSpec& field : spec.fields) {
      const bool is_alias =
          std::any_of(spec.repeat.begin(), spec.repeat.end(),
                      [&](const auto& repeat) { return repeat.contains(field.text); });
      if (field.from == mapping::From::kColumn && !is_alias) add(node, field.text, field.text);
    }
  }

  void check_parents(const Yaml& streams) {
    for (const StreamManifest& stream : out_->streams) {
      if (stream.each.empty()) continue;
      const Yaml& node = *streams.find(stream.spec.name);
      const auto parent =
          std::find_if(out_->streams.begin(), out_->streams.end(),
                       [&](const StreamManifest& one) { return one.spec.name == stream.each; });
      if (parent == out_->streams.end() || !parent->each.empty()) {
        reader_.problem(node, "each: '" + stream.each + "' is no stream of its own",
                        "name a stream of this manifest that has no `each`");
      }
      if (stream.changes) {
        reader_.problem(node, "a stream with `each` is read when its parent is",
                        "remove `changes`");
      }
    }
  }

  mapping::ManifestReader& reader_;
  Manifest* out_;
};

}  // namespace

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  PAS_ASSIGN_OR_RETURN(const Yaml root, formats::parse_yaml(text, file_name));
  Manifest manifest;
  mapping::ManifestReader reader(file_name);
  if (reader.expect_map(root, "the manifest")) EngineReader(reader, &manifest).read(root);
  PAS_RETURN_IF_ERROR(reader.status());
  manifest.fingerprint = base::hash64(text);
  return manifest;
}

StatusOr<Manifest> read_manifest(const std::string& path) {
  PAS_ASSIGN_OR_RETURN(const mapping::ManifestText found, mapping::read_manifest_text(path));
  return parse_manifest(found.text, found.name);
}

}  // namespace passerelle::rest
