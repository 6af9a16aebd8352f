// Source: who asks. Logging in, the session's values, tokens.
#include <fmt/format.h>

#include "core/base/decimal.h"
#include "core/base/text.h"
#include "plugins/rest/source.h"

namespace passerelle::rest {
namespace {

constexpr std::chrono::seconds kTokenMargin{30};
constexpr std::int64_t kTokenSecondsUnlessSaid = 300;

// Of a Set-Cookie header "name=value; Path=/": the value, if it is that cookie.
std::string cookie_of(const Answer& answer, std::string_view name) {
  const auto [begin, end] = answer.headers.equal_range("set-cookie");
  for (auto it = begin; it != end; ++it) {
    const std::string_view cookie = std::string_view(it->second).substr(0, it->second.find(';'));
    const std::size_t equals = cookie.find('=');
    if (equals != std::string_view::npos && base::trimmed(cookie.substr(0, equals)) == name) {
      return std::string(cookie.substr(equals + 1));
    }
  }
  return "";
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

Status Source::take_session(const Answer& answer) {
  session_.clear();
  for (const auto& [name, where] : manifest_.auth.values) {
    std::string value;
    if (where.starts_with("header:")) {
      value = answer.header(lower(where.substr(7)));
    } else if (where.starts_with("cookie:")) {
      value = cookie_of(answer, where.substr(7));
    } else {
      PAS_ASSIGN_OR_RETURN(const JsonPath path, JsonPath::parse(where));
      value = path.text(answer.body);
    }
    if (value.empty()) {
      return base::unauthenticated("the source's answer to the login has nothing at '" + where +
                                   "'; check the connector's user and secrets");
    }
    session_[name] = std::move(value);
  }
  return absl::OkStatus();
}

Status Source::get_token() {
  const Variables variables = all(nullptr);
  const auto filled = [&](const Template& text) {
    return text.fill(variables, Template::Escape::kNone);
  };
  PAS_ASSIGN_OR_RETURN(const std::string id, filled(manifest_.auth.user));
  PAS_ASSIGN_OR_RETURN(const std::string secret, filled(manifest_.auth.password));
  PAS_ASSIGN_OR_RETURN(const std::string path, filled(manifest_.auth.token_path));
  sdk::HttpRequest request;
  request.method = "POST";
  PAS_ASSIGN_OR_RETURN(request.url, sdk::resolve_url(access_.url + "/", path.empty() ? "" : path));
  PAS_ASSIGN_OR_RETURN(const sdk::HttpUrl target, sdk::parse_url(request.url));
  PAS_ASSIGN_OR_RETURN(const sdk::HttpUrl own, sdk::parse_url(access_.url));
  if (target.scheme == "http" && own.scheme == "https") {
    return base::invalid_argument("`token_path` is not encrypted; write https://");
  }
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.body = "grant_type=client_credentials";
  if (!manifest_.auth.scope.empty()) {
    request.body += "&scope=" + base::percent_encoded(manifest_.auth.scope);
  }
  if (manifest_.auth.credentials_in_header) {
    // Each is form-encoded before (RFC 6749 2.3.1).
    request.headers.emplace_back(
        "Authorization",
        "Basic " + sdk::base64(base::percent_encoded(id) + ":" + base::percent_encoded(secret)));
  } else {
    request.body += "&client_id=" + base::percent_encoded(id) +
                    "&client_secret=" + base::percent_encoded(secret);
  }
  PAS_ASSIGN_OR_RETURN(sdk::HttpResponse response, send_once(request));
  if (response.status != 200) {
    const Status refused = refusal(response, request.url);
    // RFC 6749 5.2: a wrong client is 400 with some servers.
    return response.status == 400 ? base::unauthenticated(base::message_of(refused)) : refused;
  }
  PAS_ASSIGN_OR_RETURN(const Answer answer, read(std::move(response), request.url));
  const formats::Json* token = answer.body.find("access_token");
  if (token == nullptr || token->text.empty()) {
    return base::unauthenticated("the source gives no access_token; check `token_path`");
  }
  session_["token"] = token->text;
  const formats::Json* lasts = answer.body.find("expires_in");
  const auto count = lasts == nullptr ? StatusOr<std::int64_t>(kTokenSecondsUnlessSaid)
                                      : base::parse_scaled(lasts->text, 0);
  token_ends_ = std::chrono::steady_clock::now() +
                std::chrono::seconds(count.value_or(kTokenSecondsUnlessSaid)) - kTokenMargin;
  return absl::OkStatus();
}

Status Source::log_in() {
  const Auth& auth = manifest_.auth;
  const bool has_ended = auth.kind == AuthKind::kOAuth2 && logged_in_ &&
                         std::chrono::steady_clock::now() >= token_ends_;
  if (logged_in_ && !has_ended) return absl::OkStatus();
  if (auth.kind == AuthKind::kOAuth2) {
    PAS_RETURN_IF_ERROR(get_token());
  } else if (auth.kind == AuthKind::kSession) {
    PAS_ASSIGN_OR_RETURN(const sdk::HttpRequest request, make(auth.login, nullptr));
    PAS_ASSIGN_OR_RETURN(sdk::HttpResponse response, send_once(request));
    if (response.status < 200 || response.status >= 300) {
      return base::annotate(refusal(response, request.url), "the login");
    }
    PAS_ASSIGN_OR_RETURN(const Answer answer, read(std::move(response), request.url));
    PAS_RETURN_IF_ERROR(take_session(answer));
  }
  logged_in_ = true;
  return absl::OkStatus();
}

Status Source::authorize(sdk::HttpRequest* request) {
  const Auth& auth = manifest_.auth;
  const Variables variables = all(nullptr);
  const auto filled = [&](const Template& text) {
    return text.fill(variables, Template::Escape::kNone);
  };
  switch (auth.kind) {
    case AuthKind::kNone:
      break;
    case AuthKind::kBasic: {
      PAS_ASSIGN_OR_RETURN(const std::string user, filled(auth.user));
      PAS_ASSIGN_OR_RETURN(const std::string password, filled(auth.password));
      request->headers.emplace_back("Authorization", "Basic " + sdk::base64(user + ":" + password));
      break;
    }
    case AuthKind::kBearer: {
      PAS_ASSIGN_OR_RETURN(const std::string token, filled(auth.token));
      request->headers.emplace_back("Authorization", "Bearer " + token);
      break;
    }
    case AuthKind::kHeader: {
      PAS_ASSIGN_OR_RETURN(const std::string token, filled(auth.token));
      request->headers.emplace_back(auth.name, token);
      break;
    }
    case AuthKind::kQuery: {
      PAS_ASSIGN_OR_RETURN(const std::string token, filled(auth.token));
      add_query(&request->url, auth.name, token);
      break;
    }
    case AuthKind::kSession:
      for (const auto& [name, value] : auth.headers) {
        if (const auto text = value.fill_unless_empty(variables)) {
          request->headers.emplace_back(name, *text);
        }
      }
      break;
    case AuthKind::kOAuth2:
      request->headers.emplace_back("Authorization", "Bearer " + session_["token"]);
      break;
  }
  return absl::OkStatus();
}

void Source::close() {
  if (!logged_in_ || !manifest_.auth.logout) return;
  logged_in_ = false;
  auto request = make(*manifest_.auth.logout, nullptr);
  if (!request.ok() || !authorize(&*request).ok()) return;
  // A session that cannot be ended ends by itself; what was read stays read.
  (void)client_.send(*request);
}

}  // namespace passerelle::rest
