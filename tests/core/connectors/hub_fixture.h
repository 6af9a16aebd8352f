// A supervisor with real plugin processes, a sink that keeps count, and a private runtime folder.
#pragma once

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/connectors/supervisor.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::connectors {

// Stands for intake and journal: keeps each connector's last checkpoint as if it were committed.
class TestSink final : public flow::ReadSink {
 public:
  void accept(const std::string& connector, std::unique_ptr<connector::v1::ReadResponse> message,
              std::function<void(Status)> done) override;
  // From now on messages wait for release().
  void hold();
  void release();
  void answer_with(Status status);

  std::uint64_t records(const std::string& connector) const;
  std::string checkpoint(const std::string& connector) const;
  std::uint64_t held_bytes_max() const;

 private:
  struct Held {
    std::function<void(Status)> done;
    std::size_t bytes;
  };
  mutable absl::Mutex mutex_;
  bool holding_ = false;
  Status answer_;
  std::vector<Held> held_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t held_bytes_max_ = 0;
  std::map<std::string, std::uint64_t> records_;
  std::map<std::string, std::string> checkpoints_;
};

// The system's clock, moved.
class TestClock final : public base::Clock {
 public:
  base::Instant now() const override { return base::SystemClock().now() + moved_.load(); }
  void move(base::Instant by) { moved_ += by; }

 private:
  std::atomic<base::Instant> moved_{0};
};

class Hub {
 public:
  explicit Hub(const std::function<void(SupervisorSettings&)>& change = nullptr);
  ~Hub();  // stops, if the test has not

  Supervisor& supervisor() { return *supervisor_; }
  TestSink& sink() { return sink_; }
  const std::filesystem::path& runtime() const { return runtime_; }
  // Adds a folder with a plugin.yaml for the rude program under that name.
  void add_rude(const std::string& name, const std::string& contract = "[1, 1]");

  void add(const std::string& id, const std::string& plugin, const std::string& config = "{}",
           const std::string& schedule = "");
  // Waits until `condition` holds of the connector's status; fails the test after `limit`.
  ConnectorStatus wait(const std::string& id,
                       const std::function<bool(const ConnectorStatus&)>& condition,
                       std::chrono::milliseconds limit = std::chrono::seconds(20));
  ConnectorStatus wait_for(const std::string& id, State state,
                           std::chrono::milliseconds limit = std::chrono::seconds(20));
  void stop();
  std::size_t things_in_runtime() const;

  std::map<std::string, std::string> secrets;
  std::optional<Status> streams_answer;
  TestClock clock;

 private:
  std::filesystem::path folder_;
  std::filesystem::path runtime_;
  TestSink sink_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<Supervisor> supervisor_;
  std::thread thread_;
};

// Whether a process of that id exists (a zombie counts).
bool is_alive(int pid);

}  // namespace passerelle::connectors
