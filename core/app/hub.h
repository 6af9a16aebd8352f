// A running hub: one authority, its connectors, its doors.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "core/app/authority.h"
#include "core/connectors/catalogue.h"
#include "core/connectors/supervisor.h"
#include "core/edge/server.h"

namespace passerelle::app {

class Administration;

struct HubSettings {
  std::string model_folder;
  std::string data_folder;
  std::vector<std::string> plugin_folders;
  std::string tcp_address;   // empty: the Unix socket only
  std::string http_address;  // empty: none
  bool doors = true;         // false: `sync` answers nobody
  bool read_once = false;    // each enabled connector once, no schedule, no second try
  std::function<void(std::uint64_t, std::uint64_t)> replayed;
};

class Hub {
 public:
  // Opens the authority, applies the folder's model if the journal has none, opens the doors and
  // starts the connectors. The errors say what to do next.
  static StatusOr<std::unique_ptr<Hub>> start(HubSettings settings);
  ~Hub();  // stop()
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Doors closed, connectors stopped (no process, no socket left), a checkpoint written.
  void stop();

  Authority& authority() { return *authority_; }
  connectors::Supervisor& supervisor() { return *supervisor_; }
  // What the model folder holds is not what is applied: `apply` would change it.
  bool folder_differs() const { return folder_differs_; }
  const std::string& socket_path() const { return socket_path_; }
  std::string tcp_address() const { return server_ ? server_->tcp_address() : ""; }
  std::string http_address() const { return server_ ? server_->http_address() : ""; }
  std::string model_folder() const { return settings_.model_folder; }
  // The connectors' counts before any of them was started.
  const std::map<std::string, consolidation::ConnectorStatistics>& statistics_at_start() const {
    return statistics_at_start_;
  }
  // Tells the supervisor what the applied model says: new, changed and removed connectors, and the
  // administrators' wishes. Never from a strand of the authority.
  Status configure_connectors();
  void folder_applied() { folder_differs_ = false; }
  // After a roll back, which applies no folder.
  void compare_folder();

 private:
  explicit Hub(HubSettings settings);
  Status open_authority();
  Status start_connectors();
  Status open_doors();
  void wait_until_begun(const std::set<std::string>& enabled) const;
  void schedule_tick();

  HubSettings settings_;
  base::SystemClock clock_;
  std::atomic<bool> folder_differs_{false};
  std::string socket_path_;
  std::string socket_folder_;  // made for the socket, empty when it lies in the data folder
  std::unique_ptr<Authority> authority_;
  std::unique_ptr<connectors::Catalogue> catalogue_;
  std::unique_ptr<Strand> io_;      // the supervisor's thread
  std::unique_ptr<Strand> chores_;  // ticks, checkpoints and administration: may wait for commits
  std::unique_ptr<Strand> past_;    // folds the journal anew where a question needs it
  std::unique_ptr<boost::asio::steady_timer> tick_timer_;
  std::unique_ptr<connectors::Supervisor> supervisor_;
  std::unique_ptr<Administration> administration_;
  std::unique_ptr<edge::Server> server_;
  std::chrono::steady_clock::time_point checkpoint_due_;
  std::map<std::string, consolidation::ConnectorStatistics> statistics_at_start_;
  bool stopped_ = false;
};

// Where plugins are looked for by default: beside the program, `../plugins` of its folder.
std::vector<std::string> default_plugin_folders();

}  // namespace passerelle::app
