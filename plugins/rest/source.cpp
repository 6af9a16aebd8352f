#include "plugins/rest/source.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::rest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Tries of one request that fails in a way that may pass, and the longest wait that a source may
// ask for before the hub takes over.
constexpr int kTriesMax = 4;
constexpr seconds kRetryAfterMax{3'600};
constexpr std::size_t kErrorTextBytesMax = 200;

bool contains(const std::vector<std::int64_t>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Of a Retry-After header: seconds, or a date (RFC 9110 10.2.3).
std::optional<milliseconds> retry_after(const sdk::HttpResponse& response) {
  const std::string text = response.header("retry-after");
  if (text.empty()) return std::nullopt;
  if (const auto count = base::parse_scaled(text, 0); count.ok()) {
    return seconds(std::clamp<std::int64_t>(*count, 0, 1'000'000));
  }
  absl::Time when;
  std::string problem;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &when, &problem)) return std::nullopt;
  return milliseconds(std::max<std::int64_t>(0, absl::ToInt64Milliseconds(when - absl::Now())));
}

bool may_pass(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

milliseconds back_off(int tried) { return milliseconds(500 << tried); }

}  // namespace

std::string Answer::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? "" : found->second;
}

Source::Source(const Manifest& manifest, Access access, base::Zone zone, Pause pause,
               std::function<bool()> cancelled)
    : manifest_(manifest),
      access_(std::move(access)),
      zone_(std::move(zone)),
      pause_(std::move(pause)),
      client_({seconds(10), manifest.answer_max, base::kJsonBytesMax, access_.ca_file,
               access_.allow_plain},
              std::move(cancelled)) {
  while (access_.url.ends_with('/')) access_.url.pop_back();
}

Source::~Source() { close(); }

Variables Source::all(const Variables& page) const {
  return [this, page](std::string_view name) -> std::string {
    if (name.starts_with("session.")) {
      const auto found = session_.find(std::string(name.substr(8)));
      return found == session_.end() ? "" : found->second;
    }
    const auto found = access_.variables.find(std::string(name));
    if (found != access_.variables.end()) return found->second;
    return page ? page(name) : "";
  };
}

std::string Source::scrubbed(std::string_view text) const {
  std::string out(text);
  const auto blank = [&out](const std::string& secret) {
    if (secret.size() < 4) return;
    for (std::size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at)) {
      out.replace(at, secret.size(), "***");
    }
  };
  for (const auto& [name, value] : access_.variables) {
    if (name.starts_with("secret.")) blank(value);
  }
  for (const auto& [name, value] : session_) blank(value);
  if (out.size() > kErrorTextBytesMax) out.resize(kErrorTextBytesMax);
  while (!base::is_valid_utf8(out)) out.pop_back();
  return out;
}

void Source::add_query(std::string* url, const std::string& name, const std::string& value) const {
  *url += url->find('?') == std::string::npos ? '?' : '&';
  *url += base::percent_encoded(name) + "=" + base::percent_encoded(value);
}

StatusOr<std::string> Source::address_of(const Request& request, const Variables& page) const {
  PAS_ASSIGN_OR_RETURN(std::string path, request.path.fill(page, Template::Escape::kPath));
  std::string url = access_.url;
  if (!path.empty() && path[0] != '/' && path[0] != '?') url += '/';
  url += path;
  for (const auto& [name, value] : request.query) {
    if (const auto text = value.fill_unless_empty(page)) add_query(&url, name, *text);
  }
  return url;
}

StatusOr<sdk::HttpRequest> Source::make(const Request& request, const Variables& page) const {
  const Variables variables = all(page);
  sdk::HttpRequest out;
  out.method = request.method;
  PAS_ASSIGN_OR_RETURN(out.url, address_of(request, variables));
  out.headers.emplace_back("Accept", "application/json");
  const auto set = [&](const std::string& name, const std::string& value) {
    std::erase_if(out.headers, [&](const auto& header) { return header.first == name; });
    out.headers.emplace_back(name, value);
  };
  for (const auto* list : {&manifest_.headers, &request.headers}) {
    for (const auto& [name, value] : *list) {
      if (const auto text = value.fill_unless_empty(variables)) set(name, *text);
    }
  }
  if (!request.body.empty()) {
    PAS_ASSIGN_OR_RETURN(out.body, request.body.fill(variables, Template::Escape::kJson));
    set("Content-Type", "application/json");
  } else if (!request.form.empty()) {
    for (const auto& [name, value] : request.form) {
      const auto text = value.fill_unless_empty(variables);
      if (!text) continue;
      if (!out.body.empty()) out.body += '&';
      out.body += base::percent_encoded(name) + "=" + base::percent_encoded(*text);
    }
    set("Content-Type", "application/x-www-form-urlencoded");
  }
  return out;
}

Status Source::wait(milliseconds time, const std::string& why) {
  if (time.count() <= 0 || pause_(time, why)) return absl::OkStatus();
  return base::cancelled("the read was cancelled");
}

Status Source::wait_for_turn() {
  if (manifest_.hours) {
    const auto [from, to] = *manifest_.hours;
    const base::Instant now = base::SystemClock().now();
    const base::Days today = zone_.local_day(now);
    const base::Instant opens = zone_.instant_of(today, from);
    const base::Instant closes = zone_.instant_of(today, to);
    const bool is_open = from <= to ? now >= opens && now < closes : now >= opens || now < closes;
    if (!is_open) {
      const base::Instant next = now < opens ? opens : zone_.instant_of(today + 1, from);
      PAS_RETURN_IF_ERROR(wait(
          milliseconds((next - now) / 1'000 + 1),
          fmt::format("waits: the source opens at {:02}:{:02}", from / 3'600, from / 60 % 60)));
    }
  }
  if (manifest_.requests_per_minute == 0) return absl::OkStatus();
  const auto now = std::chrono::steady_clock::now();
  const auto late = std::chrono::ceil<milliseconds>(next_turn_ - now);
  PAS_RETURN_IF_ERROR(wait(late, "waits: the source takes " +
                                     std::to_string(manifest_.requests_per_minute) +
                                     " requests a minute"));
  next_turn_ = std::max(next_turn_, now) +
               std::chrono::microseconds(60'000'000 / manifest_.requests_per_minute);
  return absl::OkStatus();
}

StatusOr<sdk::HttpResponse> Source::send_once(const sdk::HttpRequest& request) {
  PAS_RETURN_IF_ERROR(wait_for_turn());
  return client_.send(request);
}

Status Source::refusal(const sdk::HttpResponse& response, const std::string& url) const {
  const std::string where = url.substr(0, url.find('?'));
  const std::string said = scrubbed(base::trimmed(response.body));
  const std::string text =
      fmt::format("{} answers {}{}{}", where, response.status, said.empty() ? "" : ": ", said);
  if (response.status == 401) {
    return base::unauthenticated(text + "; check the connector's user and secrets");
  }
  if (response.status == 403) {
    return base::permission_denied(text + "; give the connector's account the right to read this");
  }
  if (may_pass(response.status)) return base::unavailable(text);
  if (response.status >= 300 && response.status < 400) {
    return base::failed_precondition(text + ", a redirection to " +
                                     scrubbed(response.header("location")) +
                                     "; write that address as `url`");
  }
  return base::failed_precondition(text + "; check `url` and the manifest's request");
}

StatusOr<Answer> Source::read(sdk::HttpResponse response, const std::string& url) const {
  Answer answer;
  answer.status = response.status;
  answer.url = url;
  const std::string_view body = base::trimmed(response.body);
  if (!body.empty()) {
    auto parsed = formats::parse_json(body);
    if (!parsed.ok()) {
      return base::failed_precondition(fmt::format(
          "{} does not answer in JSON ({}): {}; check `url`", url.substr(0, url.find('?')),
          scrubbed(response.header("content-type")), base::message_of(parsed.status())));
    }
    answer.body = *std::move(parsed);
  }
  answer.headers = std::move(response.headers);
  return answer;
}

StatusOr<Answer> Source::exchange(const std::function<StatusOr<sdk::HttpRequest>()>& make,
                                  const std::vector<std::int64_t>& allowed) {
  bool renewed = false;
  const bool can_renew =
      manifest_.auth.kind == AuthKind::kSession || manifest_.auth.kind == AuthKind::kOAuth2;
  for (int tried = 0;; ++tried) {
    PAS_RETURN_IF_ERROR(log_in());
    PAS_ASSIGN_OR_RETURN(sdk::HttpRequest request, make());
    PAS_RETURN_IF_ERROR(authorize(&request));
    auto response = send_once(request);
    if (!response.ok()) {
      if (!base::is_transient(response.status()) || tried + 1 >= kTriesMax) {
        return response.status();
      }
      PAS_RETURN_IF_ERROR(wait(back_off(tried), "tries again: the source does not answer"));
      continue;
    }
    if (can_renew && !renewed && contains(manifest_.auth.renew_status, response->status)) {
      renewed = true;
      logged_in_ = false;
      continue;
    }
    if (may_pass(response->status) && !contains(allowed, response->status)) {
      const milliseconds time = retry_after(*response).value_or(back_off(tried));
      if (tried + 1 >= kTriesMax || time > kRetryAfterMax) {
        return base::annotate(refusal(*response, request.url),
                              fmt::format("tried {} times", tried + 1));
      }
      PAS_RETURN_IF_ERROR(
          wait(time, fmt::format("waits: the source answers {}", response->status)));
      continue;
    }
    const bool good = response->status >= 200 && response->status < 300;
    if (!good && contains(allowed, response->status)) {
      Answer answer;
      answer.status = response->status;
      return answer;
    }
    if (!good) return refusal(*response, request.url);
    PAS_ASSIGN_OR_RETURN(Answer answer, read(*std::move(response), request.url));
    const formats::Json* error = manifest_.error ? manifest_.error->find(answer.body) : nullptr;
    const bool is_error =
        error != nullptr && !(error->kind == formats::Json::Kind::kBoolean && !error->boolean);
    if (!is_error) return answer;
    const std::string said =
        scrubbed(manifest_.error_text ? manifest_.error_text->text(answer.body) : text_of(*error));
    const std::string& renew = manifest_.auth.renew_error;
    if (can_renew && !renewed && !renew.empty() && said.find(renew) != std::string::npos) {
      renewed = true;
      logged_in_ = false;
      continue;
    }
    return base::failed_precondition(request.url.substr(0, request.url.find('?')) +
                                     " answers with an error: " + said +
                                     "; check the manifest's request and the account's rights");
  }
}

StatusOr<Answer> Source::ask(const Request& request, const Variables& page,
                             const std::vector<std::int64_t>& allowed) {
  return exchange([&] { return make(request, page); }, allowed);
}

StatusOr<Answer> Source::follow(const Request& request, const std::string& url,
                                const Variables& page) {
  PAS_ASSIGN_OR_RETURN(const std::string target, sdk::resolve_url(access_.url, url));
  PAS_ASSIGN_OR_RETURN(const sdk::HttpUrl wanted, sdk::parse_url(target));
  PAS_ASSIGN_OR_RETURN(const sdk::HttpUrl own, sdk::parse_url(access_.url));
  if (wanted.scheme != own.scheme || wanted.host != own.host || wanted.port != own.port) {
    return base::failed_precondition("the source names another machine, " + wanted.host + ":" +
                                     std::to_string(wanted.port) +
                                     ", for its next page; write that one in `url` if it is meant");
  }
  return exchange(
      [&]() -> StatusOr<sdk::HttpRequest> {
        PAS_ASSIGN_OR_RETURN(sdk::HttpRequest out, make(request, page));
        out.url = target;
        return out;
      },
      {});
}

}  // namespace passerelle::rest
