#include "core/connectors/runner.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "core/connectors/backoff.h"

namespace passerelle::connectors {
namespace {

namespace asio = boost::asio;

// The wall clock may be set while we wait: it is looked at this often.
constexpr std::chrono::seconds kClockLook{30};
constexpr std::chrono::milliseconds kWaitMin{10};

bool is_same(const model::ConnectorConfig& a, const model::ConnectorConfig& b) {
  return a.plugin == b.plugin && a.enabled == b.enabled && a.config_json == b.config_json &&
         a.secrets == b.secrets && a.schedule == b.schedule && a.streams == b.streams &&
         a.links == b.links;
}

}  // namespace

Runner::Runner(std::shared_ptr<Surroundings> around, const std::string& id)
    : around_(std::move(around)),
      strand_(asio::make_strand(around_->io)),
      timer_(strand_),
      random_(std::random_device{}()) {
  absl::MutexLock lock(&mutex_);
  status_.id = id;
  status_.since = around_->clock.now();
}

void Runner::configure(Wish wish) {
  asio::post(strand_, [self = shared_from_this(), wish = std::move(wish)]() mutable {
    self->do_configure(std::move(wish));
  });
}

void Runner::enable() {
  asio::post(strand_, [self = shared_from_this()] {
    if (self->stopping_) return;
    const State state = self->status().state;
    if (self->enabled_ && state != State::kFailed && state != State::kRefused) return;
    self->enabled_ = true;
    self->failures_ = 0;
    if (self->session_ != nullptr) {
      self->again_ = true;
    } else if (state == State::kDisabled) {
      self->begin();
    } else {
      self->start_session();
    }
  });
}

void Runner::disable(std::function<void()> then) {
  asio::post(strand_, [self = shared_from_this(), then = std::move(then)]() mutable {
    self->enabled_ = false;
    self->again_ = false;
    if (then != nullptr) self->when_quiet_.push_back(std::move(then));
    self->wait_no_more();
    if (self->session_ != nullptr) return self->session_->cancel();
    if (!self->stopping_) self->set_state(State::kDisabled, "");
    self->quiet();
  });
}

void Runner::run_now() {
  asio::post(strand_, [self = shared_from_this()] {
    if (!self->enabled_ || self->stopping_) return;
    // The session may have listed its source before what the wish is for was there.
    if (self->session_ != nullptr) {
      self->again_ = true;
    } else {
      self->start_session();
    }
  });
}

void Runner::restart() {
  asio::post(strand_, [self = shared_from_this()] {
    if (!self->enabled_ || self->stopping_) return;
    const State state = self->status().state;
    if (self->session_ != nullptr) {
      self->cancel_session();
    } else if (state == State::kFailed || state == State::kRefused) {
      self->start_session();
    }
  });
}

void Runner::stop(std::function<void()> then) {
  asio::post(strand_, [self = shared_from_this()] { self->stopping_ = true; });
  disable(std::move(then));
}

ConnectorStatus Runner::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

template <typename Function>
void Runner::update(const Function& function) {
  absl::MutexLock lock(&mutex_);
  function(status_);
}

void Runner::do_configure(Wish wish) {
  if (stopping_) return;
  const bool changed = wish_.config.id.empty() || !is_same(wish.config, wish_.config) ||
                       enabled_ != wish.config.enabled;
  wish_ = std::move(wish);
  enabled_ = wish_.config.enabled;
  update([this](ConnectorStatus& status) { status.plugin = wish_.config.plugin; });
  if (!changed) return;
  wait_no_more();
  failures_ = 0;
  if (session_ == nullptr) {
    begin();
  } else if (enabled_) {
    cancel_session();
  } else {
    again_ = false;
    session_->cancel();
  }
}

// Ends the session and begins another one.
void Runner::cancel_session() {
  again_ = true;
  session_->cancel();
}

// From rest: reads now, or waits for the schedule.
void Runner::begin() {
  if (!enabled_) return set_state(State::kDisabled, "");
  const bool now = around_->settings.read_once || !wish_.schedule ||
                   around_->callbacks.checkpoint_of(wish_.config.id).empty();
  if (now) {
    start_session();
  } else {
    rest();
  }
}

void Runner::start_session() {
  wait_no_more();
  // Whoever asked for it: the back-off, an administrator, a changed configuration.
  if (verdict_ == Verdict::kFailed) update([](ConnectorStatus& status) { ++status.restarts; });
  verdict_.reset();
  again_ = false;
  set_state(State::kStarting, "");
  StatusOr<SessionPlan> session_plan = plan();
  if (!session_plan.ok()) {
    const bool transient = base::is_transient(session_plan.status());
    on_verdict(transient ? Verdict::kFailed : Verdict::kRefused,
               base::message_of(session_plan.status()));
    return on_gone();
  }
  session_ = std::make_shared<Session>(strand_, *std::move(session_plan), around_->settings,
                                       around_->sink, around_->budget, handlers());
  session_->start();
  update([this](ConnectorStatus& status) { status.pid = session_->pid(); });
}

StatusOr<SessionPlan> Runner::plan() {
  SessionPlan out;
  out.connector = wish_.config.id;
  out.config = wish_.config;
  PAS_ASSIGN_OR_RETURN(out.plugin, around_->catalogue.find(wish_.config.plugin));
  update([&out](ConnectorStatus& status) {
    status.plugin_version = out.plugin.version;
    status.family = out.plugin.family;
  });
  PAS_RETURN_IF_ERROR(negotiate(out.plugin.name, out.plugin.contract).status());
  for (const auto& [name, reference] : wish_.config.secrets) {
    StatusOr<std::string> value = around_->callbacks.secret_of(reference);
    if (!value.ok()) return base::annotate(value.status(), "secret `" + name + "`");
    out.secrets.emplace(name, *std::move(value));
  }
  out.checkpoint = around_->callbacks.checkpoint_of(wish_.config.id);
  if (out.checkpoint != checkpoint_) failures_ = 0;  // the last try got somewhere
  checkpoint_ = out.checkpoint;
  return out;
}

SessionHandlers Runner::handlers() {
  SessionHandlers out;
  const auto self = shared_from_this();
  const std::uint64_t before = status().messages;
  out.on_streams = [self](const v1::DiscoverResponse& streams) {
    return self->around_->callbacks.on_streams(self->wish_.config.id, streams);
  };
  out.on_reading = [self] { self->set_state(State::kReading, ""); };
  out.on_progress = [self](const std::string& detail) {
    self->update([&](ConnectorStatus& status) { status.detail = detail; });
  };
  out.on_flow = [self, before](std::uint64_t messages, std::uint64_t queued_bytes) {
    self->update([&](ConnectorStatus& status) {
      status.messages = before + messages;
      status.queued_bytes = queued_bytes;
    });
  };
  out.on_verdict = [self](Verdict verdict, const std::string& cause) {
    self->on_verdict(verdict, cause);
  };
  out.on_gone = [self] { self->on_gone(); };
  return out;
}

// A failure is shown at once; the rest waits until the process and its messages are gone.
void Runner::on_verdict(Verdict verdict, const std::string& cause) {
  verdict_ = verdict;
  const bool is_unwanted = stopping_ || !enabled_;
  if (is_unwanted || verdict == Verdict::kCaughtUp || verdict == Verdict::kCancelled) return;
  if (verdict == Verdict::kFailed) ++failures_;
  spdlog::warn("[{}] {}: {}", wish_.config.id, verdict == Verdict::kFailed ? "failed" : "refused",
               cause);
  set_state(verdict == Verdict::kFailed ? State::kFailed : State::kRefused, cause);
}

void Runner::on_gone() {
  session_.reset();
  update([](ConnectorStatus& status) { status.pid = 0; });
  if (stopping_ || !enabled_) {
    if (!stopping_) set_state(State::kDisabled, "");
    return quiet();
  }
  if (verdict_ == Verdict::kCaughtUp) {
    failures_ = 0;
    const base::Instant now = around_->clock.now();
    update([now](ConnectorStatus& status) {
      ++status.reads;
      status.caught_up = now;
    });
  }
  if (again_) return start_session();
  if (verdict_ == Verdict::kFailed) return stay_failed();
  if (verdict_ != Verdict::kRefused) rest();
}

// Waits for the schedule, if there is one.
void Runner::rest() {
  std::optional<base::Instant> due;
  if (wish_.schedule && !around_->settings.read_once) {
    due = wish_.schedule->next_after(around_->clock.now(), around_->zone);
  }
  update([due](ConnectorStatus& status) { status.next_run = due; });
  set_state(State::kIdle, "");
  if (due) wait_until(*due);
}

// Waits for the next try, unless nobody would wait for it.
void Runner::stay_failed() {
  if (around_->settings.read_once) return;
  const int jitter = std::uniform_int_distribution<int>(-20, 20)(random_);
  const auto delay =
      backoff(failures_, around_->settings.backoff_unit, around_->settings.backoff_max, jitter);
  const base::Instant due = around_->clock.now() + std::chrono::microseconds(delay).count();
  update([due](ConnectorStatus& status) { status.next_run = due; });
  after(delay, [this] { start_session(); });
}

void Runner::wait_until(base::Instant instant) {
  const std::chrono::microseconds left(instant - around_->clock.now());
  after(std::clamp<std::chrono::microseconds>(left, kWaitMin, kClockLook), [this, instant] {
    if (around_->clock.now() < instant) {
      wait_until(instant);
    } else {
      start_session();
    }
  });
}

// Calls `then` unless wait_no_more() or another after() comes first.
void Runner::after(std::chrono::microseconds delay, std::function<void()> then) {
  const std::uint64_t turn = ++turn_;
  timer_.expires_after(delay);
  timer_.async_wait(
      [self = shared_from_this(), turn, then = std::move(then)](boost::system::error_code error) {
        if (!error && turn == self->turn_) then();
      });
}

void Runner::wait_no_more() {
  ++turn_;
  timer_.cancel();
  update([](ConnectorStatus& status) { status.next_run.reset(); });
}

void Runner::quiet() {
  const auto when_quiet = std::move(when_quiet_);
  when_quiet_.clear();
  for (const auto& then : when_quiet) then();
}

void Runner::set_state(State state, const std::string& cause) {
  const base::Instant now = around_->clock.now();
  update([&](ConnectorStatus& status) {
    status.state = state;
    status.cause = cause;
    status.since = now;
    if (state != State::kReading) status.detail.clear();
  });
  if (around_->callbacks.on_state) around_->callbacks.on_state(this->status());
}

}  // namespace passerelle::connectors
