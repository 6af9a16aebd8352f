#include "plugins/sdk/http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "core/base/text.h"

namespace passerelle::sdk {
namespace {

struct Transfer {
  HttpResponse* response = nullptr;
  std::size_t body_bytes_max = 0;
  bool too_large = false;
  const std::function<bool()>* cancelled = nullptr;
};

std::size_t take_body(char* data, std::size_t, std::size_t bytes, void* to) {
  auto* transfer = static_cast<Transfer*>(to);
  if (transfer->response->body.size() + bytes > transfer->body_bytes_max) {
    transfer->too_large = true;
    return 0;
  }
  transfer->response->body.append(data, bytes);
  return bytes;
}

std::size_t take_header(char* data, std::size_t, std::size_t bytes, void* to) {
  auto* transfer = static_cast<Transfer*>(to);
  const std::string_view line(data, bytes);
  // A status line begins the header of another answer (100 Continue, then 200).
  if (line.starts_with("HTTP/")) transfer->response->headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bytes;
  std::string name(base::trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  transfer->response->headers.emplace(std::move(name),
                                      std::string(base::trimmed(line.substr(colon + 1))));
  return bytes;
}

int look_at_cancel(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* transfer = static_cast<const Transfer*>(from);
  return (*transfer->cancelled)() ? 1 : 0;
}

Status failure(CURLcode code, const Transfer& transfer, const HttpUrl& url,
               const std::array<char, CURL_ERROR_SIZE>& detail) {
  const std::string where = url.host + ":" + std::to_string(url.port);
  const std::string why = detail[0] != 0 ? detail.data() : curl_easy_strerror(code);
  if (transfer.too_large) {
    return base::resource_exhausted("the answer of " + where + " is larger than " +
                                    std::to_string(transfer.body_bytes_max >> 20) +
                                    " MiB; ask for smaller pages");
  }
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return base::cancelled("the read was cancelled");
    case CURLE_OPERATION_TIMEDOUT:
      return base::deadline_exceeded(where + " does not answer in time: " + why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return base::permission_denied("the certificate of " + where + " cannot be trusted: " + why +
                                     "; name its authority's file by `ca_file`");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return base::invalid_argument("'" + where + "' cannot be asked: " + why);
    default:
      return base::unavailable(where + " cannot be reached: " + why);
  }
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? "" : found->second;
}

struct HttpClient::Impl {
  HttpSettings settings;
  std::function<bool()> cancelled;
  CURL* curl = nullptr;

  void prepare(const HttpRequest& request, curl_slist* headers, Transfer* transfer, char* detail) {
    // Keeps the connection and forgets the rest.
    curl_easy_reset(curl);
    const auto set = [this](CURLoption option, auto value) {
      curl_easy_setopt(curl, option, value);
    };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_max.count()));
    set(CURLOPT_TIMEOUT, static_cast<long>(settings.answer_max.count()));
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_USERAGENT, "passerelle");
    if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, transfer);
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, transfer);
    set(CURLOPT_XFERINFOFUNCTION, look_at_cancel);
    set(CURLOPT_XFERINFODATA, transfer);
    set(CURLOPT_NOPROGRESS, 0L);
    const bool has_body =
        !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
    if (has_body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  }
};

HttpClient::HttpClient(HttpSettings settings, std::function<bool()> cancelled)
    : impl_(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  impl_->settings = std::move(settings);
  impl_->cancelled = std::move(cancelled);
  impl_->curl = curl_easy_init();
}

HttpClient::~HttpClient() { curl_easy_cleanup(impl_->curl); }

StatusOr<HttpResponse> HttpClient::send(const HttpRequest& request) {
  if (impl_->curl == nullptr) return base::internal("the HTTP library cannot be started");
  PAS_ASSIGN_OR_RETURN(const HttpUrl url, parse_url(request.url));
  if (url.scheme == "http" && !impl_->settings.allow_plain && !is_this_machine(url.host)) {
    return base::invalid_argument("http://" + url.host +
                                  " is not encrypted; write https://, or allow_plain_http: true "
                                  "if the network itself is protected");
  }
  HttpResponse response;
  Transfer transfer{&response, impl_->settings.body_bytes_max, false, &impl_->cancelled};
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    // A line break would end the header and begin another.
    if ((name + value).find_first_of("\r\n") != std::string::npos) {
      curl_slist_free_all(headers);
      return base::invalid_argument("header '" + name + "' holds a line break; correct its value");
    }
    headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }
  // Asks for a go-ahead before large bodies; some servers never give it.
  headers = curl_slist_append(headers, "Expect:");
  impl_->prepare(request, headers, &transfer, detail.data());
  const CURLcode code = curl_easy_perform(impl_->curl);
  curl_slist_free_all(headers);
  if (code != CURLE_OK) return failure(code, transfer, url, detail);
  long status = 0;
  curl_easy_getinfo(impl_->curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

StatusOr<HttpUrl> parse_url(std::string_view text) {
  HttpUrl url;
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) url.scheme = std::string(text.substr(0, scheme));
  if (url.scheme != "http" && url.scheme != "https") {
    return base::invalid_argument("'" + std::string(text.substr(0, 200)) +
                                  "' is no address; write https://host/path");
  }
  std::string_view authority = text.substr(scheme + 3);
  const std::size_t end = authority.find_first_of("/?#");
  if (end != std::string_view::npos) {
    url.rest = std::string(authority.substr(end));
    authority = authority.substr(0, end);
  }
  if (authority.find('@') != std::string_view::npos) {
    return base::invalid_argument("the address holds a user; use `user` and `secrets:` instead");
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return base::invalid_argument("the address lacks a ']'");
    url.host = std::string(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    url.host = std::string(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  url.port = url.scheme == "https" ? 443 : 80;
  if (!port.empty()) {
    const auto [last, problem] =
        std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    if (port[0] != ':' || problem != std::errc() || last != port.data() + port.size() ||
        url.port < 1 || url.port > 65'535) {
      return base::invalid_argument("'" + std::string(port) + "' is no port; write 1 to 65535");
    }
  }
  if (url.host.empty()) return base::invalid_argument("the address names no host");
  return url;
}

StatusOr<std::string> resolve_url(std::string_view from, std::string_view reference) {
  CURLU* url = curl_url();
  char* text = nullptr;
  const bool good =
      url != nullptr &&
      curl_url_set(url, CURLUPART_URL, std::string(from).c_str(), CURLU_NO_DEFAULT_PORT) ==
          CURLUE_OK &&
      curl_url_set(url, CURLUPART_URL, std::string(reference).c_str(), 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK;
  const std::string resolved = good ? text : "";
  curl_free(text);
  curl_url_cleanup(url);
  if (!good) {
    return base::invalid_argument("'" + std::string(reference.substr(0, 200)) + "' is no address");
  }
  return resolved;
}

bool is_this_machine(std::string_view host) {
  const bool is_address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "::1" || (is_address && host.starts_with("127."));
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool is_padding = i + k > bytes.size();
      out += is_padding ? '=' : kDigits[group >> (18 - 6 * k) & 63u];
    }
  }
  return out;
}

}  // namespace passerelle::sdk
