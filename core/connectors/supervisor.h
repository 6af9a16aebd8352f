// Runs the connectors: starts the plugin of each when its schedule says so, hands what it reads to
// intake, watches it, starts it again after a failure, and stops it without leaving a trace.
//
//   Disabled <-> Idle -> Starting -> Reading -> Idle        (caught up: the process has ended)
//                           \-----------\--> Failed         (tried again after a back-off)
//                            \-----------\-> Refused        (needs an administrator)
//
// A plugin's process lives for one read: nothing runs, and no secret is in memory, between two.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/connectors/catalogue.h"
#include "core/flow/read_sink.h"
#include "core/model/steering.h"

namespace passerelle::connector::v1 {
class DiscoverResponse;
}

namespace passerelle::connectors {

enum class State : std::uint8_t { kDisabled, kStarting, kReading, kIdle, kFailed, kRefused };
std::string_view to_string(State state);

// One connector, for administration. A snapshot: any thread may keep it.
struct ConnectorStatus {
  std::string id;
  std::string plugin;
  std::string plugin_version;  // "" until its plugin.yaml was read
  std::string family;
  State state = State::kDisabled;
  std::string cause;                       // why it is not running, one line; "" when all is well
  base::Instant since = 0;                 // of the last change of state
  std::uint32_t restarts = 0;              // starts after a failure, since the hub's start
  std::optional<base::Instant> next_run;   // of the schedule, or the next try after a failure
  std::string detail;                      // progress while reading, "" otherwise
  std::uint64_t messages = 0;              // accepted by intake, since the hub's start
  std::uint64_t queued_bytes = 0;          // accepted and not yet done
  std::uint64_t reads = 0;                 // reads that caught up, since the hub's start
  std::optional<base::Instant> caught_up;  // when the last one did
  int pid = 0;                             // 0: no process
};

// What code passes; the defaults are the product's.
struct SupervisorSettings {
  std::filesystem::path folder;  // relative paths of the connectors' configuration start here
  // Sockets lie in private folders in here; "": $XDG_RUNTIME_DIR, or /tmp.
  std::filesystem::path runtime_folder;
  std::string time_zone = "Europe/Paris";  // the authority's: of the schedules, and of the sources
  // Read each enabled connector once, now, whatever its schedule, and do not try again after a
  // failure: `sync`.
  bool read_once = false;
  // Before the n-th try after a failure the hub waits n * n + n of these, plus or minus a fifth,
  // at most `backoff_max`. n starts again when the connector's checkpoint has moved.
  std::chrono::milliseconds backoff_unit{1'000};
  std::chrono::milliseconds backoff_max = base::kPluginBackoffMax;
  std::chrono::milliseconds start_max = base::kPluginStartMax;
  std::chrono::milliseconds answer_max = base::kPluginAnswerMax;  // Check and Discover
  std::chrono::milliseconds heartbeat_interval = base::kPluginHeartbeatInterval;
  std::chrono::milliseconds heartbeat_max = base::kPluginHeartbeatMax;
  std::chrono::milliseconds stop_max = base::kPluginStopMax;
  std::size_t queue_bytes_max = base::kIntakeQueueBytesMax;
  std::size_t queue_bytes_max_total = base::kIntakeQueueBytesMaxTotal;
};

// What the supervisor asks and tells. Each is called on a thread of the io_context, never two at
// a time for one connector, and must not block for long.
struct SupervisorCallbacks {
  // The connector's checkpoint of the last commit; "" if there is none. Asked before every read,
  // when nothing of an earlier read is under way any more.
  std::function<std::string(const std::string& connector)> checkpoint_of;
  // The streams the connector will send: before the first message of every read. An error refuses
  // the connector with that message.
  std::function<Status(const std::string& connector,
                       const connector::v1::DiscoverResponse& streams)>
      on_streams;
  // The value of a secret:// reference. A transient error fails, another refuses the connector.
  std::function<StatusOr<std::string>(const std::string& reference)> secret_of;
  // After every change of state. Idle: all that was read is done, and the process has ended.
  std::function<void(const ConnectorStatus& status)> on_state;
};

// Public functions may be called from any thread, callbacks included; they return at once. Before
// destruction stop() must have called back, and the io_context must outlive the supervisor.
class Supervisor {
 public:
  // `io`, `catalogue`, `clock` and `sink` must outlive the supervisor. The thread that runs `io`
  // must live as long as the plugins it started: the kernel ends them with it.
  Supervisor(boost::asio::io_context& io, Catalogue& catalogue, const base::Clock& clock,
             flow::ReadSink& sink, SupervisorSettings settings, SupervisorCallbacks callbacks);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Adds a connector or changes one: a running read of another configuration is cancelled and
  // starts again from the last committed checkpoint. An enabled connector reads at once if it has
  // no schedule or no checkpoint yet; otherwise at its schedule's next time. INVALID_ARGUMENT: a
  // bad schedule (field, reason, remedy); nothing has changed then.
  Status configure(const model::ConnectorConfig& config);
  // Stops and forgets one.
  Status remove(std::string_view connector);
  // NOT_FOUND names the nearest connector. enable and disable change nothing if it is so already;
  // enable of a failed or refused connector tries it again now.
  Status enable(std::string_view connector);
  Status disable(std::string_view connector);
  // Reads now, also if failed or refused; while it reads, once more after that: what there is at
  // the time of the call is read. FAILED_PRECONDITION: it is disabled.
  Status run_now(std::string_view connector);
  // A secret has changed: reads under way start again from the last committed checkpoint.
  Status restart(std::string_view connector);

  std::optional<ConnectorStatus> status(std::string_view connector) const;
  std::vector<ConnectorStatus> statuses() const;  // sorted by id

  // Stops everything; `stopped` is called (on a thread of `io`) when no process, no socket and no
  // folder is left and every accepted message is done. Safe to call twice.
  void stop(std::function<void()> stopped);
  // The same, waiting; never on a thread of `io`.
  void stop_and_wait();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace passerelle::connectors
