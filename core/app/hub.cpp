#include "core/app/hub.h"

#include <malloc.h>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "core/app/administration.h"
#include "core/app/findings.h"
#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/steering/check.h"
#include "core/steering/secrets.h"

namespace passerelle::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSocketPathBytesMax = 107;  // of sockaddr_un
constexpr std::chrono::seconds kTickCheckInterval{20};
constexpr std::chrono::minutes kCheckpointInterval{10};
constexpr std::chrono::seconds kServerGrace{1};
constexpr std::chrono::seconds kBeginMax{2};

}  // namespace

std::vector<std::string> default_plugin_folders() {
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  return {(program.parent_path().parent_path() / "plugins").string()};
}

StatusOr<std::unique_ptr<Hub>> Hub::start(HubSettings settings) {
  std::unique_ptr<Hub> hub(new Hub(std::move(settings)));
  PAS_RETURN_IF_ERROR(hub->open_authority());
  if (hub->settings_.doors) PAS_RETURN_IF_ERROR(hub->open_doors());
  PAS_RETURN_IF_ERROR(hub->start_connectors());
  if (hub->server_) hub->server_->set_ready(true);
  return hub;
}

Hub::Hub(HubSettings settings) : settings_(std::move(settings)) {
  std::error_code problem;
  const fs::path absolute = fs::absolute(settings_.model_folder, problem);
  if (!problem) settings_.model_folder = absolute.lexically_normal().string();
}

Hub::~Hub() { stop(); }

Status Hub::open_authority() {
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(settings_.model_folder));
  const steering::Checked checked = steering::check(files);
  AuthoritySettings authority_settings;
  authority_settings.data_folder = settings_.data_folder;
  authority_settings.clock = &clock_;
  authority_settings.replayed = settings_.replayed;
  if (checked.model) authority_settings.authority = checked.model->authority;
  auto opened = Authority::open(std::move(authority_settings));
  // Without a journal the folder's errors are why nothing can start.
  if (!opened.ok() && checked.model == nullptr &&
      opened.status().code() == absl::StatusCode::kNotFound) {
    return base::invalid_argument(text_of(checked.findings));
  }
  PAS_RETURN_IF_ERROR(opened.status());
  authority_ = std::move(opened).value();

  const auto applied = authority_->steering();
  if (applied == nullptr) {
    PAS_RETURN_IF_ERROR(authority_->apply_model(files).status());
  } else if (checked.model == nullptr || checked.model->hash != applied->hash) {
    folder_differs_ = true;
    spdlog::warn(
        "the folder {} is not the model that is applied; see it with `passerelle check`, switch "
        "with `passerelle "
        "apply`",
        settings_.model_folder);
  }
  return authority_->tick_if_due();
}

void Hub::compare_folder() {
  const auto files = steering::read_folder(settings_.model_folder);
  const auto applied = authority_->steering();
  folder_differs_ = !files.ok() || applied == nullptr ||
                    steering::hash_of(steering::canonical(*files)) != applied->hash;
}

Status Hub::open_doors() {
  socket_path_ = (fs::path(authority_->journal().folder()) / "hub.sock").string();
  if (fs::absolute(socket_path_).string().size() > kSocketPathBytesMax) {
    // A deep data folder: the socket goes to a private folder with a short name.
    std::string pattern = "/tmp/passerelle-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
      return base::unavailable("no folder for the hub's socket could be made in /tmp");
    }
    socket_folder_ = pattern;
    socket_path_ = pattern + "/hub.sock";
  }
  socket_path_ = fs::absolute(socket_path_).string();
  chores_ = std::make_unique<Strand>("pas-chores");
  past_ = std::make_unique<Strand>("pas-past");
  administration_ = std::make_unique<Administration>(*this, *chores_, *past_);
  edge::Server::Settings server_settings;
  server_settings.authority = authority_->name();
  server_settings.socket_path = socket_path_;
  server_settings.tcp_address = settings_.tcp_address;
  server_settings.http_address = settings_.http_address;
  server_settings.token_path = (fs::path(authority_->journal().folder()) / "token").string();
  PAS_ASSIGN_OR_RETURN(
      server_, edge::Server::start(server_settings, authority_->publisher(), *administration_));
  return authority_->lock().set_address(socket_path_);
}

Status Hub::start_connectors() {
  catalogue_ = std::make_unique<connectors::Catalogue>(
      std::vector<fs::path>(settings_.plugin_folders.begin(), settings_.plugin_folders.end()));
  for (const Status& problem : catalogue_->scan()) {
    spdlog::warn("plugin: {}", base::message_of(problem));
  }
  if (!chores_) chores_ = std::make_unique<Strand>("pas-chores");
  const auto model = authority_->steering();
  connectors::SupervisorSettings supervisor_settings;
  supervisor_settings.folder = settings_.model_folder;
  supervisor_settings.time_zone = model->time_zone;
  supervisor_settings.read_once = settings_.read_once;
  connectors::SupervisorCallbacks callbacks;
  callbacks.checkpoint_of = [this](const std::string& id) { return authority_->checkpoint_of(id); };
  callbacks.on_streams = [this](const std::string& id,
                                const connector::v1::DiscoverResponse& streams) {
    return authority_->declare(id, streams);
  };
  callbacks.secret_of = [](const std::string& reference) {
    return steering::resolve_secret(reference);
  };
  callbacks.on_state = [this](const connectors::ConnectorStatus& status) {
    const std::string what(connectors::to_string(status.state));
    if (status.state == connectors::State::kFailed || status.state == connectors::State::kRefused) {
      spdlog::error("[{}] {}: {}", status.id, what, status.cause);
    } else {
      spdlog::info("[{}] {}", status.id, what);
    }
    // What a read left free stays with the process otherwise: a fifth of it after a load.
    if (status.state == connectors::State::kIdle) chores_->post([] { ::malloc_trim(0); });
  };
  statistics_at_start_ =
      authority_->with_engine([](consolidation::Engine& engine) { return engine.statistics(); });
  io_ = std::make_unique<Strand>("pas-io");
  supervisor_ = std::make_unique<connectors::Supervisor>(
      io_->io(), *catalogue_, clock_, *authority_, supervisor_settings, callbacks);
  PAS_RETURN_IF_ERROR(configure_connectors());
  tick_timer_ = std::make_unique<boost::asio::steady_timer>(chores_->io());
  checkpoint_due_ = std::chrono::steady_clock::now() + kCheckpointInterval;
  schedule_tick();
  return absl::OkStatus();
}

Status Hub::configure_connectors() {
  const auto model = authority_->steering();
  std::set<std::string> wanted;
  std::set<std::string> enabled;
  Status first_problem;
  for (model::ConnectorConfig config : model->connectors) {
    wanted.insert(config.id);
    const std::optional<bool> wish = authority_->with_engine(
        [&](consolidation::Engine& engine) { return engine.desired_enabled(config.id); });
    config.enabled = wish.value_or(config.enabled);
    if (config.enabled) enabled.insert(config.id);
    const Status status = supervisor_->configure(config);
    if (!status.ok() && first_problem.ok()) first_problem = status;
  }
  for (const connectors::ConnectorStatus& status : supervisor_->statuses()) {
    if (!wanted.contains(status.id)) PAS_RETURN_IF_ERROR(supervisor_->remove(status.id));
  }
  wait_until_begun(enabled);
  return first_problem;
}

// The supervisor acts on its own thread: whoever looks right after this must not take a connector
// that is about to start for one that has nothing to do.
void Hub::wait_until_begun(const std::set<std::string>& enabled) const {
  const auto end = std::chrono::steady_clock::now() + kBeginMax;
  for (const std::string& id : enabled) {
    while (std::chrono::steady_clock::now() < end) {
      const auto status = supervisor_->status(id);
      if (!status) break;
      const bool waits_for_nothing = status->state == connectors::State::kIdle &&
                                     status->reads == 0 && !status->next_run.has_value();
      if (status->state != connectors::State::kDisabled && !waits_for_nothing) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

void Hub::schedule_tick() {
  tick_timer_->expires_after(kTickCheckInterval);
  tick_timer_->async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    const Status ticked = authority_->tick_if_due();
    if (!ticked.ok()) spdlog::error("time: {}", base::message_of(ticked));
    if (std::chrono::steady_clock::now() >= checkpoint_due_) {
      const Status written = authority_->write_checkpoint();
      if (!written.ok()) spdlog::error("checkpoint: {}", base::message_of(written));
      checkpoint_due_ = std::chrono::steady_clock::now() + kCheckpointInterval;
    }
    schedule_tick();
  });
}

void Hub::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (administration_) administration_->stop();
  if (server_) server_->stop(kServerGrace);
  if (supervisor_) supervisor_->stop_and_wait();
  if (chores_) {
    if (tick_timer_) chores_->run([this] { tick_timer_->cancel(); });
    chores_->finish();
  }
  if (past_) past_->finish();
  supervisor_.reset();
  if (io_) io_->finish();
  server_.reset();
  if (authority_) {
    const Status written = authority_->write_checkpoint();
    if (!written.ok()) spdlog::error("checkpoint: {}", base::message_of(written));
  }
  tick_timer_.reset();
  authority_.reset();
  std::error_code ignored;  // the socket is gone already; a leftover folder does no harm
  if (!socket_folder_.empty()) fs::remove_all(socket_folder_, ignored);
}

}  // namespace passerelle::app
