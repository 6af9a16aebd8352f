#include "tests/core/connectors/hub_fixture.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <fstream>

namespace passerelle::connectors {

namespace fs = std::filesystem;

void TestSink::accept(const std::string& connector,
                      std::unique_ptr<connector::v1::ReadResponse> message,
                      std::function<void(Status)> done) {
  Status answer;
  {
    absl::MutexLock lock(&mutex_);
    if (message->has_batch()) {
      records_[connector] += message->batch().columns().rows();
      const std::string& checkpoint = message->batch().checkpoint();
      if (!checkpoint.empty() && answer_.ok()) checkpoints_[connector] = checkpoint;
    }
    held_bytes_ += message->ByteSizeLong();
    held_bytes_max_ = std::max(held_bytes_max_, held_bytes_);
    if (holding_) {
      held_.push_back({std::move(done), message->ByteSizeLong()});
      return;
    }
    held_bytes_ -= message->ByteSizeLong();
    answer = answer_;
  }
  done(answer);
}

void TestSink::hold() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

void TestSink::release() {
  std::vector<Held> held;
  {
    absl::MutexLock lock(&mutex_);
    holding_ = false;
    held.swap(held_);
    held_bytes_ = 0;
  }
  for (const Held& message : held) message.done(absl::OkStatus());
}

void TestSink::answer_with(Status status) {
  absl::MutexLock lock(&mutex_);
  answer_ = std::move(status);
}

std::uint64_t TestSink::records(const std::string& connector) const {
  absl::MutexLock lock(&mutex_);
  const auto found = records_.find(connector);
  return found == records_.end() ? 0 : found->second;
}

std::string TestSink::checkpoint(const std::string& connector) const {
  absl::MutexLock lock(&mutex_);
  const auto found = checkpoints_.find(connector);
  return found == checkpoints_.end() ? "" : found->second;
}

std::uint64_t TestSink::held_bytes_max() const {
  absl::MutexLock lock(&mutex_);
  return held_bytes_max_;
}

Hub::Hub(const std::function<void(SupervisorSettings&)>& change)
    : work_(boost::asio::make_work_guard(io_)) {
  std::string name = (fs::temp_directory_path() / "connectors-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  runtime_ = folder_ / "run";
  fs::create_directories(runtime_);
  fs::create_directories(folder_ / "plugins");
  SupervisorSettings settings;
  settings.folder = folder_;
  settings.runtime_folder = runtime_;
  settings.backoff_unit = std::chrono::milliseconds(50);
  settings.heartbeat_interval = std::chrono::milliseconds(100);
  settings.heartbeat_max = std::chrono::milliseconds(1'000);
  settings.stop_max = std::chrono::milliseconds(500);
  settings.start_max = std::chrono::milliseconds(5'000);
  if (change != nullptr) change(settings);
  catalogue_ = std::make_unique<Catalogue>(
      std::vector<fs::path>{fs::path(TEST_PLUGINS), folder_ / "plugins"});
  SupervisorCallbacks callbacks;
  callbacks.checkpoint_of = [this](const std::string& id) { return sink_.checkpoint(id); };
  callbacks.on_streams = [this](const std::string&, const connector::v1::DiscoverResponse&) {
    return streams_answer.value_or(absl::OkStatus());
  };
  callbacks.secret_of = [this](const std::string& reference) -> StatusOr<std::string> {
    const auto found = secrets.find(reference);
    if (found == secrets.end()) return base::not_found("there is no secret " + reference);
    return found->second;
  };
  supervisor_ = std::make_unique<Supervisor>(io_, *catalogue_, clock, sink_, std::move(settings),
                                             std::move(callbacks));
  thread_ = std::thread([this] { io_.run(); });
}

Hub::~Hub() {
  stop();
  work_.reset();
  thread_.join();
  supervisor_.reset();
  fs::remove_all(folder_);
}

void Hub::add_rude(const std::string& name, const std::string& contract) {
  const fs::path folder = folder_ / "plugins" / name;
  fs::create_directories(folder);
  fs::create_symlink(RUDE_PLUGIN, folder / name);
  std::ofstream(folder / "plugin.yaml")
      << "name: " << name << "\nfamily: file\nversion: 1.0.0\n"
      << "contract: " << contract << "\nexecutable: " << name << "\n";
}

void Hub::add(const std::string& id, const std::string& plugin, const std::string& config,
              const std::string& schedule) {
  model::ConnectorConfig out;
  out.id = id;
  out.plugin = plugin;
  out.config_json = config;
  out.schedule = schedule;
  const Status status = supervisor_->configure(out);
  ASSERT_TRUE(status.ok()) << status;
}

ConnectorStatus Hub::wait(const std::string& id,
                          const std::function<bool(const ConnectorStatus&)>& condition,
                          std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  ConnectorStatus status;
  do {
    status = supervisor_->status(id).value_or(ConnectorStatus{});
    if (condition(status)) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } while (std::chrono::steady_clock::now() < end);
  ADD_FAILURE() << id << " is " << to_string(status.state) << " (" << status.cause << ") after "
                << limit.count() << " ms";
  return status;
}

ConnectorStatus Hub::wait_for(const std::string& id, State state, std::chrono::milliseconds limit) {
  return wait(
      id, [state](const ConnectorStatus& status) { return status.state == state; }, limit);
}

void Hub::stop() { supervisor_->stop_and_wait(); }

std::size_t Hub::things_in_runtime() const {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(runtime_), fs::directory_iterator()));
}

bool is_alive(int pid) { return ::kill(pid, 0) == 0; }

}  // namespace passerelle::connectors
