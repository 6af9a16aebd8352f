// The system that is asked: its session, its limits, its errors. One request at a time.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/calendar.h"
#include "core/formats/json.h"
#include "plugins/rest/manifest.h"
#include "plugins/sdk/http/http_client.h"

namespace passerelle::rest {

// What the connector's configuration gives to the manifest.
struct Access {
  std::string url;
  std::map<std::string, std::string> variables;  // config.user, settings.queue, secret.token...
  std::string ca_file;
  bool allow_plain = false;
};

// How the connector waits: true when the time has passed, false when the read was cancelled.
// `why` is for people.
using Pause = std::function<bool(std::chrono::milliseconds time, const std::string& why)>;

struct Answer {
  int status = 0;
  formats::Json body;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string url;                                  // that was asked

  std::string header(std::string_view name) const;
};

class Source {
 public:
  // `manifest` must outlive the source. `zone` is that of the source's opening hours.
  Source(const Manifest& manifest, Access access, base::Zone zone, Pause pause,
         std::function<bool()> cancelled);
  ~Source();

  // The answer to a request, logged in if needed, within the limits, tried again where that helps.
  // `allowed` are statuses that are answers too. UNAVAILABLE, DEADLINE_EXCEEDED: later, perhaps;
  // UNAUTHENTICATED, PERMISSION_DENIED, FAILED_PRECONDITION: somebody must act. No text holds a
  // secret.
  StatusOr<Answer> ask(const Request& request, const Variables& page,
                       const std::vector<std::int64_t>& allowed = {});
  // The same for an address that the source gave: of its own host only.
  StatusOr<Answer> follow(const Request& request, const std::string& url, const Variables& page);
  // Ends the session, if the manifest says how.
  void close();

 private:
  StatusOr<sdk::HttpRequest> make(const Request& request, const Variables& page) const;
  StatusOr<std::string> address_of(const Request& request, const Variables& page) const;
  Variables all(const Variables& page) const;
  void add_query(std::string* url, const std::string& name, const std::string& value) const;
  StatusOr<Answer> exchange(const std::function<StatusOr<sdk::HttpRequest>()>& make,
                            const std::vector<std::int64_t>& allowed);
  StatusOr<Answer> read(sdk::HttpResponse response, const std::string& url) const;
  Status log_in();
  Status take_session(const Answer& answer);
  Status get_token();
  Status authorize(sdk::HttpRequest* request);
  Status wait_for_turn();
  Status wait(std::chrono::milliseconds time, const std::string& why);
  StatusOr<sdk::HttpResponse> send_once(const sdk::HttpRequest& request);
  Status refusal(const sdk::HttpResponse& response, const std::string& url) const;
  std::string scrubbed(std::string_view text) const;

  const Manifest& manifest_;
  Access access_;
  base::Zone zone_;
  Pause pause_;
  sdk::HttpClient client_;
  bool logged_in_ = false;
  std::map<std::string, std::string> session_;
  std::chrono::steady_clock::time_point token_ends_{};
  std::chrono::steady_clock::time_point next_turn_{};
};

}  // namespace passerelle::rest
