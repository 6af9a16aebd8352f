// One life of a plugin's process: start, handshake, describe, check, read, end.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/connectors/catalogue.h"
#include "core/connectors/intake_budget.h"
#include "core/connectors/plugin_client.h"
#include "core/connectors/process.h"
#include "core/connectors/socket_folder.h"
#include "core/connectors/supervisor.h"
#include "core/flow/read_sink.h"
#include "core/model/steering.h"

namespace passerelle::connectors {

// How a session ended.
enum class Verdict : std::uint8_t {
  kCaughtUp,   // the stream ended OK and every message is done
  kFailed,     // worth another try
  kRefused,    // another try would end the same way
  kCancelled,  // asked for
};

struct SessionPlan {
  std::string connector;
  PluginFile plugin;
  model::ConnectorConfig config;
  std::map<std::string, std::string> secrets;  // values: never logged
  std::string checkpoint;
};

struct SessionHandlers {
  // Before the first message. An error refuses the connector.
  std::function<Status(const v1::DiscoverResponse&)> on_streams;
  std::function<void()> on_reading;
  std::function<void(std::string)> on_progress;
  // Messages accepted so far and bytes not yet done.
  std::function<void(std::uint64_t, std::uint64_t)> on_flow;
  // What became of it; once, as soon as it is known.
  std::function<void(Verdict, const std::string& cause)> on_verdict;
  // Afterwards: no process, no folder, no call, no message that is not done.
  std::function<void()> on_gone;
};

// Functions and handlers: on the executor, a strand. Holds itself until on_gone.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `sink` must outlive the session.
  Session(boost::asio::any_io_executor executor, SessionPlan plan,
          const SupervisorSettings& settings, flow::ReadSink& sink,
          std::shared_ptr<IntakeBudget> budget, SessionHandlers handlers);

  void start();
  // The verdict is kCancelled unless there was one.
  void cancel();
  int pid() const { return process_ == nullptr ? 0 : static_cast<int>(process_->pid()); }

 private:
  using Milliseconds = std::chrono::milliseconds;

  // The steps, in order.
  Status launch();
  void on_first_line(const std::string& line);
  void describe();
  void on_described(StatusOr<v1::DescribeResponse> answer);
  void check();
  void on_checked(const StatusOr<v1::CheckResponse>& answer);
  void discover();
  void on_discovered(StatusOr<v1::DiscoverResponse> answer);
  void read();
  void on_message(std::unique_ptr<v1::ReadResponse> message);
  void on_stream_end(const Status& status);

  // Back-pressure.
  void pass_on();
  void on_done(std::size_t bytes, const Status& status);

  // Watching.
  void beat();
  void on_beat(const Status& status);
  void on_log(const std::string& line);
  void on_exit(Exit exit);

  // The end.
  void broken(const Status& status, const std::string& during);
  void fail(const Status& status, const std::string& context);
  void conclude(Verdict verdict, const std::string& cause, bool kill_now);
  void finish_if_gone();

  v1::Config config() const;
  PluginClient::Deadline deadline(Milliseconds after) const;
  void after(boost::asio::steady_timer& timer, Milliseconds delay, void (Session::*then)());
  bool is_over() const { return verdict_.has_value(); }

  void kill() { process_->signal(SIGKILL); }
  void on_start_late();
  void on_still_there();
  void on_broken_and_alive();

  boost::asio::any_io_executor executor_;
  const SessionPlan plan_;
  const SupervisorSettings& settings_;
  flow::ReadSink& sink_;
  std::shared_ptr<IntakeBudget> budget_;
  SessionHandlers handlers_;

  std::unique_ptr<SocketFolder> folder_;
  std::shared_ptr<Process> process_;
  std::optional<Exit> exit_;
  std::string last_error_line_;
  std::string token_;
  bool is_ready_ = false;
  std::shared_ptr<PluginClient> client_;
  v1::DescribeResponse description_;

  std::shared_ptr<ReadStream> stream_;  // until its end
  bool caught_up_ = false;
  std::unique_ptr<v1::ReadResponse> held_;  // no room for it yet
  std::size_t held_bytes_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t queued_bytes_ = 0;
  std::uint64_t queued_messages_ = 0;

  boost::asio::steady_timer step_timer_;  // of the start, then of the end
  boost::asio::steady_timer beat_timer_;
  std::chrono::system_clock::time_point last_beat_;
  bool is_beating_ = false;

  std::optional<Status> broken_;  // a call has failed; the exit that explains it may follow
  std::string broken_during_;
  std::optional<Verdict> verdict_;
  int end_step_ = 0;
  bool is_gone_ = false;
};

}  // namespace passerelle::connectors
