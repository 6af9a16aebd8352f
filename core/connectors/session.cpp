#include "core/connectors/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

#include "core/base/limits.h"
#include "core/connectors/plugin_lines.h"

namespace passerelle::connectors {
namespace {

namespace asio = boost::asio;

// How long a broken call waits for the exit of the process, which tells more.
constexpr std::chrono::milliseconds kExitGrace{300};

// Whether another try may end better. Transport errors come as INTERNAL, UNKNOWN or CANCELLED.
bool is_worth_another_try(const Status& status) {
  return base::is_transient(status) || absl::IsInternal(status) || absl::IsUnknown(status) ||
         absl::IsCancelled(status) || absl::IsAborted(status);
}

}  // namespace

Session::Session(asio::any_io_executor executor, SessionPlan plan,
                 const SupervisorSettings& settings, flow::ReadSink& sink,
                 std::shared_ptr<IntakeBudget> budget, SessionHandlers handlers)
    : executor_(std::move(executor)),
      plan_(std::move(plan)),
      settings_(settings),
      sink_(sink),
      budget_(std::move(budget)),
      handlers_(std::move(handlers)),
      step_timer_(executor_),
      beat_timer_(executor_) {}

void Session::start() {
  const Status status = launch();
  if (!status.ok()) fail(status, "start");
}

Status Session::launch() {
  PAS_ASSIGN_OR_RETURN(folder_, SocketFolder::create(settings_.runtime_folder));
  token_ = random_token();
  if (token_.empty()) return base::internal("the system gives no random bytes");
  Process::Handlers handlers;
  handlers.on_output = [self = shared_from_this()](const std::string& line) {
    self->on_first_line(line);
  };
  handlers.on_log = [self = shared_from_this()](const std::string& line) { self->on_log(line); };
  handlers.on_exit = [self = shared_from_this()](Exit exit) { self->on_exit(exit); };
  const ProcessSettings process{
      plan_.plugin.executable, plan_.plugin.folder, settings_.time_zone,
      reach_of(plan_.plugin, plan_.config.config_json, settings_.folder, folder_->path())};
  PAS_ASSIGN_OR_RETURN(process_, Process::start(executor_, process, std::move(handlers)));
  after(step_timer_, settings_.start_max, &Session::on_start_late);
  return process_->write_line(handshake_line(folder_->socket(), token_));
}

void Session::on_first_line(const std::string& line) {
  if (is_ready_ || is_over()) {
    on_log("warning on standard output: " + line);
    return;
  }
  const FirstLine answer = read_first_line(line);
  if (!answer.refusal.empty()) return conclude(Verdict::kRefused, answer.refusal, false);
  if (!answer.status.ok()) return fail(answer.status, "start");
  is_ready_ = true;
  step_timer_.cancel();
  client_ = std::make_shared<PluginClient>(executor_, folder_->socket(), token_);
  last_beat_ = std::chrono::system_clock::now();
  describe();
}

void Session::describe() {
  client_->describe(deadline(settings_.start_max),
                    [self = shared_from_this()](StatusOr<v1::DescribeResponse> answer) {
                      self->on_described(std::move(answer));
                    });
}

void Session::on_described(StatusOr<v1::DescribeResponse> answer) {
  if (is_over()) return finish_if_gone();
  if (!answer.ok()) return broken(answer.status(), "Describe");
  description_ = *std::move(answer);
  const PluginFile& file = plan_.plugin;
  if (description_.name() != file.name || description_.version() != file.version) {
    return conclude(
        Verdict::kRefused,
        fmt::format("the program says it is {} {}, its plugin.yaml {} {}; install the "
                    "plugin again",
                    description_.name(), description_.version(), file.name, file.version),
        false);
  }
  const auto contract =
      negotiate(file.name, {description_.contract_min(), description_.contract_max()});
  if (!contract.ok()) return fail(contract.status(), "Describe");
  beat();
  check();
}

void Session::check() {
  v1::CheckRequest request;
  *request.mutable_config() = config();
  request.set_checkpoint(plan_.checkpoint);
  client_->check(std::move(request), deadline(settings_.answer_max),
                 [self = shared_from_this()](const StatusOr<v1::CheckResponse>& answer) {
                   self->on_checked(answer);
                 });
}

void Session::on_checked(const StatusOr<v1::CheckResponse>& answer) {
  if (is_over()) return finish_if_gone();
  if (!answer.ok()) return broken(answer.status(), "Check");
  std::string problems;
  for (const v1::Problem& problem : answer->problems()) {
    if (!problems.empty()) problems += " | ";
    problems += fmt::format("{}: {}; {}", problem.field(), problem.reason(), problem.remedy());
  }
  if (!problems.empty()) return conclude(Verdict::kRefused, problems, false);
  discover();
}

void Session::discover() {
  v1::DiscoverRequest request;
  *request.mutable_config() = config();
  client_->discover(std::move(request), deadline(settings_.answer_max),
                    [self = shared_from_this()](StatusOr<v1::DiscoverResponse> answer) {
                      self->on_discovered(std::move(answer));
                    });
}

void Session::on_discovered(StatusOr<v1::DiscoverResponse> answer) {
  if (is_over()) return finish_if_gone();
  if (!answer.ok() && absl::IsUnimplemented(answer.status()) && description_.streams_size() > 0) {
    // A plugin whose streams never change needs no Discover.
    answer = v1::DiscoverResponse();
    *answer->mutable_streams() = description_.streams();
  }
  if (!answer.ok()) return broken(answer.status(), "Discover");
  const Status known = handlers_.on_streams(*answer);
  if (!known.ok()) return conclude(Verdict::kRefused, base::message_of(known), false);
  read();
}

void Session::read() {
  v1::ReadRequest request;
  *request.mutable_config() = config();
  request.set_checkpoint(plan_.checkpoint);
  for (const std::string& stream : plan_.config.streams) request.add_streams(stream);
  ReadHandlers handlers;
  handlers.on_message = [self = shared_from_this()](std::unique_ptr<v1::ReadResponse> message) {
    self->on_message(std::move(message));
  };
  handlers.on_end = [self = shared_from_this()](const Status& status) {
    self->on_stream_end(status);
  };
  stream_ = client_->read(std::move(request), std::move(handlers));
  handlers_.on_reading();
}

void Session::on_message(std::unique_ptr<v1::ReadResponse> message) {
  if (is_over()) return;
  if (message->has_progress()) {
    const v1::Progress& progress = message->progress();
    handlers_.on_progress(
        progress.total() == 0
            ? fmt::format("{} {}", progress.done(), progress.what())
            : fmt::format("{} of {} {}", progress.done(), progress.total(), progress.what()));
    stream_->next();
    return;
  }
  held_bytes_ = message->ByteSizeLong();
  held_ = std::move(message);
  pass_on();
}

// Hands the message to intake if there is room; otherwise on_done or the budget calls again.
void Session::pass_on() {
  if (held_ == nullptr || is_over()) return;
  if (queued_bytes_ != 0 && queued_bytes_ + held_bytes_ > settings_.queue_bytes_max) return;
  const auto retry = [self = shared_from_this()] {
    asio::post(self->executor_, [self] { self->pass_on(); });
  };
  if (!budget_->take(held_bytes_, retry)) return;
  ++messages_;
  ++queued_messages_;
  queued_bytes_ += held_bytes_;
  handlers_.on_flow(messages_, queued_bytes_);
  sink_.accept(plan_.connector, std::move(held_),
               [self = shared_from_this(), bytes = held_bytes_](const Status& status) {
                 self->budget_->give(bytes);
                 asio::post(self->executor_,
                            [self, bytes, status] { self->on_done(bytes, status); });
               });
  if (stream_ != nullptr) stream_->next();
}

void Session::on_done(std::size_t bytes, const Status& status) {
  --queued_messages_;
  queued_bytes_ -= bytes;
  handlers_.on_flow(messages_, queued_bytes_);
  if (!status.ok() && !is_over()) fail(status, "intake");
  pass_on();
  if (caught_up_ && queued_messages_ == 0 && held_ == nullptr && !is_over()) {
    conclude(Verdict::kCaughtUp, "", false);
  }
  finish_if_gone();
}

void Session::on_stream_end(const Status& status) {
  stream_.reset();
  if (is_over()) return finish_if_gone();
  if (!status.ok()) return broken(status, "Read");
  caught_up_ = true;
  if (queued_messages_ == 0 && held_ == nullptr) conclude(Verdict::kCaughtUp, "", false);
}

// One question at a time; the answer must come before the last one is `heartbeat_max` old.
void Session::beat() {
  if (is_over() || is_beating_) return;
  is_beating_ = true;
  client_->health(last_beat_ + settings_.heartbeat_max,
                  [self = shared_from_this()](const Status& status) { self->on_beat(status); });
}

void Session::on_beat(const Status& status) {
  is_beating_ = false;
  if (is_over()) return finish_if_gone();
  if (absl::IsDeadlineExceeded(status)) {
    return conclude(Verdict::kFailed,
                    fmt::format("it hangs: no answer to a heartbeat for {} ms; it was killed",
                                settings_.heartbeat_max.count()),
                    true);
  }
  if (absl::IsUnimplemented(status)) {
    return conclude(Verdict::kRefused,
                    "it does not serve grpc.health.v1; build it with a current SDK", false);
  }
  if (!status.ok()) return broken(status, "Health");
  last_beat_ = std::chrono::system_clock::now();
  after(beat_timer_, settings_.heartbeat_interval, &Session::beat);
}

void Session::on_log(const std::string& line) {
  const LogLine parts = read_log_line(line);
  spdlog::log(parts.level, "[{}] {}", plan_.connector, parts.text);
  if (parts.level >= spdlog::level::err) last_error_line_ = parts.text;
}

void Session::on_exit(Exit exit) {
  exit_ = exit;
  if (is_over()) return finish_if_gone();
  if (caught_up_) return;  // everything it had is here
  std::string cause = exit.to_string();
  if (!is_ready_) cause += " before it was ready";
  if (!last_error_line_.empty()) cause += ": " + last_error_line_;
  conclude(Verdict::kFailed, "its process " + cause, false);
}

// A call has failed. If the process ends at once, how it ended is the better cause.
void Session::broken(const Status& status, const std::string& during) {
  if (broken_ || is_over()) return;
  broken_ = status;
  broken_during_ = during;
  if (!is_worth_another_try(status)) return on_broken_and_alive();
  after(step_timer_, kExitGrace, &Session::on_broken_and_alive);
}

void Session::on_broken_and_alive() {
  if (!is_over()) fail(*broken_, broken_during_);
}

void Session::fail(const Status& status, const std::string& context) {
  std::string cause = base::message_of(status);
  if (cause.empty()) cause = status.ToString();
  conclude(is_worth_another_try(status) ? Verdict::kFailed : Verdict::kRefused,
           context + ": " + cause, false);
}

void Session::on_start_late() {
  if (is_over() || is_ready_) return;
  conclude(Verdict::kFailed,
           fmt::format("it did not say that it is ready within {} ms; it was killed",
                       settings_.start_max.count()),
           true);
}

void Session::cancel() {
  if (!is_over()) conclude(Verdict::kCancelled, "", false);
}

void Session::conclude(Verdict verdict, const std::string& cause, bool kill_now) {
  if (is_over()) return;
  verdict_ = verdict;
  held_.reset();
  step_timer_.cancel();
  beat_timer_.cancel();
  if (stream_ != nullptr) stream_->cancel();
  if (client_ != nullptr) client_->cancel_calls();
  asio::post(executor_, [self = shared_from_this(), verdict, cause] {
    self->handlers_.on_verdict(verdict, cause);
    self->finish_if_gone();
  });
  if (process_ == nullptr || exit_) return;
  if (kill_now) return kill();
  process_->close_input();
  after(step_timer_, settings_.stop_max, &Session::on_still_there);
}

// It ignores the end of its standard input.
void Session::on_still_there() {
  if (exit_) return;
  if (++end_step_ > 1) return kill();
  spdlog::warn("[{}] the plugin still runs {} ms after it was asked to end; it is ended",
               plan_.connector, settings_.stop_max.count());
  process_->signal(SIGTERM);
  after(step_timer_, base::kPluginTermMax, &Session::on_still_there);
}

void Session::finish_if_gone() {
  const bool is_alive = process_ != nullptr && !exit_;
  const bool is_calling = stream_ != nullptr || (client_ != nullptr && !client_->idle());
  if (!is_over() || is_alive || is_calling || queued_messages_ != 0 || is_gone_) return;
  is_gone_ = true;
  step_timer_.cancel();
  client_.reset();
  process_.reset();
  folder_.reset();
  asio::post(executor_, [self = shared_from_this()] {
    const SessionHandlers handlers = std::move(self->handlers_);
    handlers.on_gone();
  });
}

v1::Config Session::config() const {
  v1::Config out;
  out.set_json(plan_.config.config_json);
  out.set_folder(settings_.folder.string());
  out.set_time_zone(settings_.time_zone);
  for (const auto& [name, value] : plan_.secrets) (*out.mutable_secrets())[name].set_value(value);
  return out;
}

PluginClient::Deadline Session::deadline(Milliseconds delay) const {
  return std::chrono::system_clock::now() + delay;
}

void Session::after(asio::steady_timer& timer, Milliseconds delay, void (Session::*then)()) {
  timer.expires_after(delay);
  timer.async_wait([self = shared_from_this(), then](boost::system::error_code error) {
    if (!error) ((*self).*then)();
  });
}

}  // namespace passerelle::connectors
