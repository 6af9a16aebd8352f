// serve and sync.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>
#include <map>

#include "core/app/cli.h"
#include "core/app/hub.h"
#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/connectors/confinement.h"

namespace passerelle::app {
namespace {

struct RunOptions {
  std::string model;
  std::string data = "data";
  std::vector<std::string> plugins;
  std::string listen;
  std::string http;
  std::string output = "table";
};

void add_options(CLI::App* verb, RunOptions& options) {
  verb->add_option("--model", options.model, "The model folder")->required();
  verb->add_option("--data", options.data, "The data folder; made if missing")
      ->capture_default_str();
  verb->add_option("--plugins", options.plugins,
                   "Folders of plugins; default: plugins/ beside the program's folder");
}

// Blocks the signals that end the hub, for all threads to come; wait() takes one of them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // The signal, or 0 after `timeout` without one.
  int wait(std::chrono::milliseconds timeout) {
    timespec time{};
    time.tv_sec = timeout.count() / 1000;
    time.tv_nsec = timeout.count() % 1000 * 1'000'000;
    const int signal = sigtimedwait(&set_, nullptr, &time);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
};

HubSettings settings_of(const RunOptions& options, ProgressLine& progress) {
  HubSettings settings;
  settings.model_folder = options.model;
  settings.data_folder = options.data;
  settings.plugin_folders = options.plugins.empty() ? default_plugin_folders() : options.plugins;
  settings.tcp_address = options.listen;
  settings.http_address = options.http;
  settings.replayed = [&progress](std::uint64_t done, std::uint64_t total) {
    progress.show("replaying the journal: " + base::grouped(static_cast<long long>(done)) + " of " +
                  base::grouped(static_cast<long long>(total)) + " commits");
    if (done == total) progress.clear();
  };
  return settings;
}

// What the kernel at hand cannot keep plugins from is said, not assumed.
void say_guards() {
  std::vector<std::string> kept;
  for (const connectors::Guard& guard : connectors::guards_of_this_machine()) {
    if (guard.is_kept) {
      kept.push_back(guard.name_en + " (" + guard.detail + ")");
    } else {
      spdlog::warn("the kernel does not keep plugins from {} ({})", guard.name_en, guard.detail);
    }
  }
  spdlog::info("the kernel keeps plugins from: {}", base::join(kept, "; "));
}

Status serve(const RunOptions& options) {
  EndSignals signals;
  ProgressLine progress;
  PAS_ASSIGN_OR_RETURN(const std::unique_ptr<Hub> hub, Hub::start(settings_of(options, progress)));
  spdlog::info("serving {} on {}{}{}", hub->authority().name(), hub->socket_path(),
               hub->tcp_address().empty() ? "" : " and " + hub->tcp_address(),
               hub->http_address().empty() ? "" : " and http://" + hub->http_address());
  say_guards();
  while (signals.wait(std::chrono::milliseconds(500)) == 0) {
    PAS_RETURN_IF_ERROR(hub->authority().health());
  }
  spdlog::info("stopping");
  hub->stop();
  return absl::OkStatus();
}

// What one connector did during this run: the counts after it less those before.
struct Outcome {
  connectors::ConnectorStatus status;
  consolidation::ConnectorStatistics before;
  consolidation::ConnectorStatistics after;
};

void print_outcomes(const std::map<std::string, Outcome>& outcomes, Format format) {
  Table table({{"connector", "connector"},
               {"state", "state"},
               {"read", "read", true},
               {"kept", "kept", true},
               {"unchanged", "unchanged", true},
               {"stale", "older", true},
               {"rejected", "rejected", true},
               {"dropped", "dropped", true},
               {"removed", "removed", true},
               {"facts", "facts", true},
               {"mapped", "mapped", true},
               {"unmapped", "unmapped", true},
               {"cause", "cause"}});
  for (const auto& [id, outcome] : outcomes) {
    const auto& before = outcome.before;
    const auto& after = outcome.after;
    const auto ran = [](std::uint64_t now, std::uint64_t then) {
      return std::to_string(now - then);
    };
    table.add({id, std::string(connectors::to_string(outcome.status.state)),
               ran(after.read, before.read),
               ran(after.kept - after.deleted_unsent, before.kept - before.deleted_unsent),
               ran(after.unchanged, before.unchanged), ran(after.stale, before.stale),
               ran(after.rejected, before.rejected), ran(after.dropped, before.dropped),
               ran(after.deleted_unsent, before.deleted_unsent), std::to_string(after.facts),
               std::to_string(after.mapped), std::to_string(after.unmapped), outcome.status.cause});
  }
  table.print(std::cout, format);
  if (format == Format::kTable) {
    std::cout
        << "\nThis run: read = kept + unchanged + older + rejected + dropped (with a refused lot); "
           "removed: gone from the source. In all: facts = mapped + unmapped.\n"
           "Cette lecture : lus = retenus + inchangés + plus anciens + à corriger + écartés "
           "(avec un lot refusé) ; removed : disparus de la source.\n";
  }
}

// Where two connectors tell one fact differently: one line a kind and pair.
void print_conflicts(const std::vector<consolidation::ConflictEntry>& conflicts) {
  for (const consolidation::ConflictEntry& conflict : conflicts) {
    std::vector<std::string> amounts;
    for (const consolidation::MeasureAmount& amount : conflict.amounts) {
      amounts.push_back(amount.field + " " + base::format_scaled(amount.amount, amount.scale) +
                        " " + amount.unit);
    }
    const std::string facts = std::to_string(conflict.facts);
    const std::string rest = base::join(amounts, ", ") + " (" +
                             base::join(conflict.examples, ", ") +
                             (conflict.facts > conflict.examples.size() ? ", ...)" : ")");
    std::cout << "\nDQ-CONFLICT " << conflict.kind << ": " << conflict.counted << " is counted, "
              << conflict.other << " says otherwise of " << facts << " facts; differences: " << rest
              << "\nDQ-CONFLICT " << conflict.kind << " : " << conflict.counted << " est compté, "
              << conflict.other << " diffère pour " << facts << " faits ; écarts : " << rest
              << '\n';
  }
}

// Whether each connector has ended its one read.
bool all_ended(const std::vector<connectors::ConnectorStatus>& statuses) {
  for (const auto& status : statuses) {
    const bool ended = status.state == connectors::State::kDisabled ||
                       status.state == connectors::State::kFailed ||
                       status.state == connectors::State::kRefused ||
                       (status.state == connectors::State::kIdle && status.reads > 0);
    if (!ended) return false;
  }
  return true;
}

std::string progress_text(const std::vector<connectors::ConnectorStatus>& statuses) {
  std::vector<std::string> parts;
  for (const auto& status : statuses) {
    if (status.state == connectors::State::kReading)
      parts.push_back(status.id + " " + status.detail);
  }
  return base::join(parts, "  ");
}

Status sync(const RunOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.output));
  EndSignals signals;
  ProgressLine progress;
  HubSettings settings = settings_of(options, progress);
  settings.doors = false;
  settings.read_once = true;
  PAS_ASSIGN_OR_RETURN(const std::unique_ptr<Hub> hub, Hub::start(std::move(settings)));
  // What was there before: the connectors' first messages wait for nothing, so counts of this run
  // are taken against the journal's end as it was opened.
  const auto before = hub->statistics_at_start();
  bool interrupted = false;
  while (!interrupted && !all_ended(hub->supervisor().statuses())) {
    PAS_RETURN_IF_ERROR(hub->authority().health());
    progress.show(progress_text(hub->supervisor().statuses()));
    interrupted = signals.wait(std::chrono::milliseconds(50)) != 0;
  }
  progress.clear();
  std::map<std::string, Outcome> outcomes;
  const auto after = hub->authority().with_engine(
      [](consolidation::Engine& engine) { return engine.statistics(); });
  const auto conflicts = hub->authority().with_engine(
      [](consolidation::Engine& engine) { return engine.conflicts(); });
  std::size_t failed = 0;
  for (const auto& status : hub->supervisor().statuses()) {
    Outcome& outcome = outcomes[status.id];
    outcome.status = status;
    if (before.contains(status.id)) outcome.before = before.at(status.id);
    if (after.contains(status.id)) outcome.after = after.at(status.id);
    if (!status.cause.empty()) ++failed;
  }
  hub->stop();
  print_outcomes(outcomes, format);
  if (format == Format::kTable) print_conflicts(conflicts);
  if (interrupted) return base::cancelled("interrupted; what was read is kept, run it again");
  if (failed > 0) {
    return base::unavailable(std::to_string(failed) +
                             " connectors failed; their causes are in the table");
  }
  return absl::OkStatus();
}

}  // namespace

void add_run_verbs(CLI::App& app, Cli& cli) {
  static RunOptions serve_options;
  CLI::App* serve_verb = add_verb(app, "serve", "Runs the hub until Ctrl-C",
                                  "passerelle serve --model model --data data");
  add_options(serve_verb, serve_options);
  serve_verb->add_option("--listen", serve_options.listen,
                         "Also answer on loopback TCP, e.g. 127.0.0.1:7070, with a bearer token");
  serve_verb->add_option("--http", serve_options.http,
                         "Also JSON over HTTP on loopback, 127.0.0.1:PORT, with the same token");
  runs(cli, serve_verb, [] { return serve(serve_options); });

  static RunOptions sync_options;
  CLI::App* sync_verb = add_verb(
      app, "sync", "Reads every enabled connector until it is caught up, reports, and exits",
      "passerelle sync --model model --data data");
  add_options(sync_verb, sync_options);
  sync_verb->add_option("--output", sync_options.output, "table, json or csv")
      ->capture_default_str();
  runs(cli, sync_verb, [] { return sync(sync_options); });
}

}  // namespace passerelle::app
