#include "core/connectors/supervisor.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <future>
#include <map>
#include <utility>

#include "core/base/text.h"
#include "core/connectors/runner.h"

namespace passerelle::connectors {

std::string_view to_string(State state) {
  switch (state) {
    case State::kDisabled:
      return "disabled";
    case State::kStarting:
      return "starting";
    case State::kReading:
      return "reading";
    case State::kIdle:
      return "idle";
    case State::kFailed:
      return "failed";
    case State::kRefused:
      return "refused";
  }
  return "?";
}

class Supervisor::Impl : public std::enable_shared_from_this<Supervisor::Impl> {
 public:
  explicit Impl(std::shared_ptr<Surroundings> around) : around_(std::move(around)) {
    StatusOr<base::Zone> zone = base::Zone::load(around_->settings.time_zone);
    zone_ = zone.status();
    if (zone.ok()) around_->zone = *std::move(zone);
    if (around_->settings.runtime_folder.empty()) {
      around_->settings.runtime_folder = default_runtime_folder();
    }
    sweep(around_->settings.runtime_folder);
  }

  Status configure(const model::ConnectorConfig& config) {
    PAS_RETURN_IF_ERROR(zone_);
    Wish wish{config, std::nullopt};
    if (!config.schedule.empty()) {
      PAS_ASSIGN_OR_RETURN(wish.schedule, Schedule::parse(config.schedule));
    }
    absl::MutexLock lock(&mutex_);
    if (stopping_) return base::failed_precondition("the hub is stopping");
    Entry& entry = entries_[config.id];
    if (entry.runner == nullptr) entry.runner = std::make_shared<Runner>(around_, config.id);
    entry.is_enabled = config.enabled;
    entry.is_leaving = false;
    entry.runner->configure(std::move(wish));
    return absl::OkStatus();
  }

  Status remove(std::string_view id) {
    absl::MutexLock lock(&mutex_);
    PAS_ASSIGN_OR_RETURN(Entry * entry, find(id));
    entry->is_leaving = true;
    entry->runner->disable([self = shared_from_this(), name = std::string(id)] {
      absl::MutexLock inner(&self->mutex_);
      const auto found = self->entries_.find(name);
      // It may have been configured anew in the meantime.
      if (found != self->entries_.end() && found->second.is_leaving) self->entries_.erase(found);
    });
    return absl::OkStatus();
  }

  Status set_enabled(std::string_view id, bool enabled) {
    absl::MutexLock lock(&mutex_);
    PAS_ASSIGN_OR_RETURN(Entry * entry, find(id));
    entry->is_enabled = enabled;
    if (enabled) {
      entry->runner->enable();
    } else {
      entry->runner->disable(nullptr);
    }
    return absl::OkStatus();
  }

  Status run_now(std::string_view id) {
    absl::MutexLock lock(&mutex_);
    PAS_ASSIGN_OR_RETURN(Entry * entry, find(id));
    if (!entry->is_enabled) {
      return base::failed_precondition(
          fmt::format("connector '{}' is disabled; enable it first", id));
    }
    entry->runner->run_now();
    return absl::OkStatus();
  }

  Status restart(std::string_view id) {
    absl::MutexLock lock(&mutex_);
    PAS_ASSIGN_OR_RETURN(Entry * entry, find(id));
    entry->runner->restart();
    return absl::OkStatus();
  }

  std::optional<ConnectorStatus> status(std::string_view id) const {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.is_leaving) return std::nullopt;
    return found->second.runner->status();
  }

  std::vector<ConnectorStatus> statuses() const {
    absl::MutexLock lock(&mutex_);
    std::vector<ConnectorStatus> out;
    for (const auto& [id, entry] : entries_) {
      if (!entry.is_leaving) out.push_back(entry.runner->status());
    }
    return out;
  }

  void stop(std::function<void()> stopped) {
    std::vector<std::shared_ptr<Runner>> runners;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      for (const auto& [id, entry] : entries_) runners.push_back(entry.runner);
    }
    // Called by whoever is the last to let go of it.
    const std::shared_ptr<void> all(
        nullptr, [self = shared_from_this(), stopped = std::move(stopped)](void*) {
          asio_post(*self, stopped);
        });
    for (const auto& runner : runners) {
      runner->stop([all] {});
    }
  }

 private:
  struct Entry {
    std::shared_ptr<Runner> runner;
    bool is_enabled = false;
    bool is_leaving = false;
  };

  static void asio_post(Impl& impl, const std::function<void()>& function) {
    boost::asio::post(impl.around_->io, function);
  }

  StatusOr<Entry*> find(std::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = entries_.find(id);
    if (found != entries_.end() && !found->second.is_leaving) return &found->second;
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries_) names.push_back(name);
    const std::string nearest = base::nearest_of(id, names);
    return base::not_found(fmt::format(
        "there is no connector '{}'; {}", id,
        nearest.empty() ? "known: " + base::join(names, ", ") : "did you mean '" + nearest + "'?"));
  }

  const std::shared_ptr<Surroundings> around_;
  Status zone_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

Supervisor::Supervisor(boost::asio::io_context& io, Catalogue& catalogue, const base::Clock& clock,
                       flow::ReadSink& sink, SupervisorSettings settings,
                       SupervisorCallbacks callbacks) {
  auto budget = std::make_shared<IntakeBudget>(settings.queue_bytes_max_total);
  impl_ = std::make_shared<Impl>(std::make_shared<Surroundings>(
      Surroundings{io, catalogue, clock, sink, std::move(settings), std::move(callbacks),
                   base::Zone::utc(), std::move(budget)}));
}

Supervisor::~Supervisor() = default;

Status Supervisor::configure(const model::ConnectorConfig& config) {
  return impl_->configure(config);
}
Status Supervisor::remove(std::string_view connector) { return impl_->remove(connector); }
Status Supervisor::enable(std::string_view connector) {
  return impl_->set_enabled(connector, true);
}
Status Supervisor::disable(std::string_view connector) {
  return impl_->set_enabled(connector, false);
}
Status Supervisor::run_now(std::string_view connector) { return impl_->run_now(connector); }
Status Supervisor::restart(std::string_view connector) { return impl_->restart(connector); }
std::optional<ConnectorStatus> Supervisor::status(std::string_view connector) const {
  return impl_->status(connector);
}
std::vector<ConnectorStatus> Supervisor::statuses() const { return impl_->statuses(); }
void Supervisor::stop(std::function<void()> stopped) { impl_->stop(std::move(stopped)); }
void Supervisor::stop_and_wait() {
  std::promise<void> stopped;
  stop([&stopped] { stopped.set_value(); });
  stopped.get_future().wait();
}

}  // namespace passerelle::connectors
