// One connector: decides when its plugin runs. See the states in supervisor.h.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "core/connectors/schedule.h"
#include "core/connectors/session.h"

namespace passerelle::connectors {

// What all connectors share; outlives every runner and session.
struct Surroundings {
  boost::asio::io_context& io;
  Catalogue& catalogue;
  const base::Clock& clock;
  flow::ReadSink& sink;
  SupervisorSettings settings;
  SupervisorCallbacks callbacks;
  base::Zone zone = base::Zone::utc();
  std::shared_ptr<IntakeBudget> budget;
};

// What an administrator has decided: the newest of both wins.
struct Wish {
  model::ConnectorConfig config;
  std::optional<Schedule> schedule;
};

// Public functions: any thread; they return at once and act on the runner's strand, in order.
class Runner : public std::enable_shared_from_this<Runner> {
 public:
  Runner(std::shared_ptr<Surroundings> around, const std::string& id);

  void configure(Wish wish);
  void enable();
  // `then` is called when nothing of it runs any more.
  void disable(std::function<void()> then);
  void run_now();
  void restart();
  // As disable, but without telling anyone, and for good.
  void stop(std::function<void()> then);

  ConnectorStatus status() const;

 private:
  using Timer = boost::asio::steady_timer;

  // All below: on the strand.
  void do_configure(Wish wish);
  void begin();
  void start_session();
  StatusOr<SessionPlan> plan();
  void on_verdict(Verdict verdict, const std::string& cause);
  void on_gone();
  void rest();
  void stay_failed();
  void cancel_session();
  void quiet();
  void wait_until(base::Instant instant);
  void after(std::chrono::microseconds delay, std::function<void()> then);
  void wait_no_more();
  void set_state(State state, const std::string& cause);

  SessionHandlers handlers();
  template <typename Function>
  void update(const Function& function);

  const std::shared_ptr<Surroundings> around_;
  boost::asio::strand<boost::asio::io_context::executor_type> strand_;
  Timer timer_;
  std::mt19937 random_;

  Wish wish_;
  bool enabled_ = false;
  bool stopping_ = false;
  bool again_ = false;  // start another session when this one is gone
  std::shared_ptr<Session> session_;
  std::optional<Verdict> verdict_;  // of the session under way
  std::uint32_t failures_ = 0;      // since the checkpoint moved
  std::string checkpoint_;          // of the last start
  std::uint64_t turn_ = 0;          // of the timer: what was set before does not count
  std::vector<std::function<void()>> when_quiet_;

  mutable absl::Mutex mutex_;
  ConnectorStatus status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace passerelle::connectors
