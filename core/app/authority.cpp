#include "core/app/authority.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <span>

#include "core/app/findings.h"
#include "core/app/output.h"
#include "core/base/text.h"
#include "core/steering/check.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::app {
namespace {

// How long readers may wait for a view while commits follow each other without a pause.
constexpr std::chrono::milliseconds kViewIntervalMax{50};

// The authorities that have a journal below the data folder.
std::vector<std::string> authorities_in(const std::string& data_folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && journal::SqliteJournal::exists(data_folder, name)) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace

StatusOr<std::string> authority_in(const std::string& data_folder, const std::string& otherwise) {
  const std::vector<std::string> names = authorities_in(data_folder);
  if (names.size() > 1) {
    return base::failed_precondition(data_folder + " holds several authorities (" +
                                     base::join(names, ", ") +
                                     "); give each a data folder of its own");
  }
  if (names.size() == 1) return names.front();
  if (!otherwise.empty()) return otherwise;
  return base::not_found(data_folder +
                         " holds no journal; make one with: passerelle sync --model DIR --data " +
                         data_folder);
}

StatusOr<std::unique_ptr<Authority>> open_stopped(const std::string& data_folder,
                                                  const base::Clock& clock) {
  AuthoritySettings settings;
  PAS_ASSIGN_OR_RETURN(settings.authority, authority_in(data_folder, ""));
  settings.data_folder = data_folder;
  settings.clock = &clock;
  ProgressLine progress;
  settings.replayed = [&progress](std::uint64_t done, std::uint64_t total) {
    progress.show("replaying " + std::to_string(done) + " of " + std::to_string(total));
    if (done == total) progress.clear();
  };
  PAS_ASSIGN_OR_RETURN(auto authority, Authority::open(std::move(settings)));
  authority->forget_progress();
  return authority;
}

StatusOr<std::shared_ptr<const model::SteeringModel>> parse_model(const std::string& canonical,
                                                                  base::Hash128 hash) {
  PAS_ASSIGN_OR_RETURN(const auto files, steering::files_of(canonical));
  steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) {
    return base::data_loss("the journal's model " + base::to_hex(hash) +
                           " can no longer be read: " + text_of(checked.findings));
  }
  return checked.model;
}

StatusOr<std::unique_ptr<Authority>> Authority::open(AuthoritySettings settings) {
  std::unique_ptr<Authority> authority(new Authority(std::move(settings)));
  PAS_RETURN_IF_ERROR(authority->open_stores());
  PAS_RETURN_IF_ERROR(authority->restore());
  PAS_RETURN_IF_ERROR(authority->replay());
  PAS_RETURN_IF_ERROR(authority->change_engine());
  PAS_RETURN_IF_ERROR(authority->append_pending_merges());
  return authority;
}

Authority::Authority(AuthoritySettings settings) : settings_(std::move(settings)) {}

Authority::~Authority() {
  // The reverse of the way of a record: nothing enters, the journal answers, the fold ends.
  intake_strand_.finish();
  journal_.reset();
  ledger_.finish();
  if (publisher_) publisher_->stop();
}

Status Authority::open_stores() {
  PAS_ASSIGN_OR_RETURN(lock_, journal::DataLock::acquire(settings_.data_folder, "starting"));
  PAS_ASSIGN_OR_RETURN(name_, authority_in(settings_.data_folder, settings_.authority));
  journal::JournalSettings journal_settings;
  journal_settings.authority = name_;
  const std::uint32_t engine = settings_.engine.semantics.version;
  journal_settings.engine = engine;
  journal_settings.clock = settings_.clock;
  PAS_ASSIGN_OR_RETURN(journal_, journal::SqliteJournal::open(*lock_, journal_settings));
  checkpoints_ = std::make_unique<journal::CheckpointStore>(journal::CheckpointSettings{
      journal_->folder(), consolidation::kStateLayout, engine, journal_->epoch()});

  intake::VaultSettings vault_settings;
  vault_settings.folder = journal_->folder();
  vault_settings.may_create = journal_->last_revision() <= 1;
  auto vault = intake::Vault::open(vault_settings);
  if (vault.ok()) {
    vault_ = std::move(vault).value();
  } else {
    // Only personal streams stop: their connectors will say why.
    vault_error_ = vault.status();
    spdlog::error("vault: {}", base::message_of(vault_error_));
  }
  intake_ = std::make_unique<intake::Intake>(vault_.get(), vault_error_);
  PAS_ASSIGN_OR_RETURN(quarantine_, intake::Quarantine::open(journal_->folder(), journal_->epoch(),
                                                             journal_->last_revision()));
  publication::Publisher::Settings publisher_settings;
  publisher_settings.folder = journal_->folder();
  publisher_settings.authority = name_;
  publisher_settings.epoch = journal_->epoch();
  publisher_settings.engine = engine;
  publisher_settings.clock = settings_.clock;
  PAS_ASSIGN_OR_RETURN(publisher_, publication::Publisher::open(publisher_settings));
  return absl::OkStatus();
}

Status Authority::restore() {
  const auto newest = checkpoints_->newest(journal_->last_revision());
  if (newest) {
    consolidation::Engine::Loader loader(settings_.engine, parse_model);
    const Status read = checkpoints_->read(
        *newest,
        [&](std::string_view name, std::string_view data) { return loader.take(name, data); });
    auto loaded =
        read.ok() ? loader.finish() : StatusOr<std::unique_ptr<consolidation::Engine>>(read);
    if (loaded.ok()) {
      engine_ = std::move(loaded).value();
      checkpointed_ = engine_->revision();
    } else {
      // A checkpoint is a cache: without it the journal is replayed whole.
      spdlog::warn("checkpoint {} is not used: {}", newest->path,
                   base::message_of(loaded.status()));
    }
  }
  if (!engine_) engine_ = std::make_unique<consolidation::Engine>(settings_.engine);
  return publisher_->start(engine_->view(), engine_->marks(), engine_->access());
}

Status Authority::replay() {
  const model::Revision last = journal_->last_revision();
  const model::Revision from = std::min(engine_->revision(), quarantine_->last_revision()) + 1;
  if (from <= last) {
    PAS_RETURN_IF_ERROR(journal_->read(from, [&](model::Commit commit) -> Status {
      const model::Revision revision = commit.revision;
      if (settings_.replayed && revision % 64 == 0) {
        settings_.replayed(revision - from + 1, last - from + 1);
      }
      return fold(std::move(commit), revision < last);
    }));
    if (settings_.replayed) settings_.replayed(last - from + 1, last - from + 1);
  }
  return quarantine_->flush();
}

Status Authority::change_engine() {
  const std::uint32_t from = engine_->engine_version();
  const std::uint32_t to = settings_.engine.semantics.version;
  if (from == to || engine_->revision() == 0) return absl::OkStatus();
  model::EngineChanged changed;
  changed.from = from;
  changed.to = to;
  PAS_ASSIGN_OR_RETURN(const auto otherwise, publisher_->published_otherwise(*engine_->view()));
  changed.closed = engine_->closed_otherwise(otherwise);
  spdlog::warn(
      "engine {} takes over from engine {}: the journal was folded anew; {} published values "
      "differ, {} of them are closed and stay; see why with: passerelle diff",
      to, from, otherwise.size(), changed.closed.size());
  model::Commit made;
  made.body = std::move(changed);
  return commit(std::move(made)).status();
}

// On the ledger strand, or while nothing else runs.
Status Authority::fold(model::Commit commit, bool more) {
  PAS_RETURN_IF_ERROR(quarantine_->add(commit));
  if (commit.revision <= engine_->revision()) return absl::OkStatus();
  if (auto* proposed = std::get_if<model::ModelProposed>(&commit.body);
      proposed != nullptr && proposed->parsed == nullptr) {
    PAS_ASSIGN_OR_RETURN(proposed->parsed, parse_model(proposed->canonical, proposed->hash));
  }
  PAS_RETURN_IF_ERROR(engine_->apply(commit, &delta_));
  warn_of_suppression();
  // Under load readers get a view of several revisions at once: each view costs a copy of the pages
  // that change after it.
  const auto now = std::chrono::steady_clock::now();
  flow::Delta delta = std::exchange(delta_, publisher_->spare());
  // Rights are in force when their commit is answered.
  const bool may_wait = more && !delta.reset && delta.access == nullptr;
  if (may_wait && now - shown_ < kViewIntervalMax && !publisher_->needs_view()) {
    return publisher_->note(std::move(delta));
  }
  shown_ = now;
  return publisher_->publish(std::move(delta), engine_->view());
}

// Small counts whose proof took too long: people should know why so much is hidden.
void Authority::warn_of_suppression() {
  const std::size_t coarsened = engine_->coarsened_suppressions();
  if (coarsened > coarsened_) {
    spdlog::warn(
        "small counts: in {} periods of a family of indicators ('suppress_below') the proof is "
        "past its limits; only their coarsest grouping is shown there",
        coarsened);
  }
  coarsened_ = coarsened;
}

void Authority::accept(const std::string& connector,
                       std::unique_ptr<connector::v1::ReadResponse> message,
                       std::function<void(Status)> done) {
  intake_strand_.post(
      [this, connector, message = std::shared_ptr(std::move(message)),
       done = std::move(done)]() mutable { take(connector, *message, std::move(done)); });
}

void Authority::take(const std::string& connector, const connector::v1::ReadResponse& message,
                     std::function<void(Status)> done) {
  if (broken_.contains(connector)) {
    return done(base::error(absl::StatusCode::kAborted, "an earlier batch of this read failed"));
  }
  StatusOr<model::Records> records = intake_->take(connector, message);
  append_merges(intake_->take_merges());
  if (!records.ok()) {
    broken_.insert(connector);
    return done(records.status());
  }
  if (intake::is_empty(*records)) return done(absl::OkStatus());
  ++in_flight_;
  ledger_.post([this, connector, records = std::make_shared<model::Records>(std::move(*records)),
                done = std::move(done)]() mutable {
    intake::leave_out_unchanged(records.get(), *engine_);
    append(connector, std::move(*records), std::move(done));
  });
}

// Ledger strand.
void Authority::append(const std::string& connector, model::Records records,
                       std::function<void(Status)> done) {
  model::Commit commit;
  commit.body = std::move(records);
  journal_->append(std::move(commit), [this, connector, done = std::move(done)](
                                          StatusOr<model::Commit> written) mutable {
    if (!written.ok()) {
      --in_flight_;
      intake_strand_.post([this, connector] { broken_.insert(connector); });
      return done(written.status());
    }
    ledger_.post([this, commit = std::make_shared<model::Commit>(std::move(*written)),
                  done = std::move(done)] {
      const Status folded = fold(std::move(*commit), --in_flight_ > 0);
      if (!folded.ok()) spdlog::critical("fold: {}", folded.ToString());
      done(folded);
    });
  });
}

// Intake strand. The vault forgets them when all are in the journal; until then a start appends
// them again, which changes nothing.
void Authority::append_merges(std::vector<model::PersonMerged> merges) {
  const auto all = std::make_shared<const std::vector<model::PersonMerged>>(std::move(merges));
  for (std::size_t i = 0; i < all->size(); ++i) {
    const bool is_last = i + 1 == all->size();
    model::Commit commit;
    commit.body = (*all)[i];
    ++in_flight_;
    journal_->append(std::move(commit), [this, all, is_last](StatusOr<model::Commit> written) {
      if (!written.ok()) {  // the journal has failed and says why
        --in_flight_;
        return;
      }
      ledger_.post(
          [this, all, is_last, commit = std::make_shared<model::Commit>(std::move(*written))] {
            const Status folded = fold(std::move(*commit), --in_flight_ > 0);
            if (!folded.ok()) spdlog::critical("fold: {}", folded.ToString());
            if (!is_last) return;
            intake_strand_.post([this, all] {
              const Status noted = vault_->merges_journaled(*all);
              if (!noted.ok()) spdlog::warn("vault: {}", base::message_of(noted));
            });
          });
    });
  }
}

Status Authority::append_pending_merges() {
  if (vault_ == nullptr) return absl::OkStatus();
  PAS_ASSIGN_OR_RETURN(const std::vector<model::PersonMerged> merges, vault_->pending_merges());
  if (merges.empty()) return absl::OkStatus();
  for (const model::PersonMerged& merge : merges) {
    model::Commit again;
    again.body = merge;
    PAS_RETURN_IF_ERROR(commit(std::move(again)).status());
  }
  return vault_->merges_journaled(merges);
}

StatusOr<model::Revision> Authority::commit(model::Commit commit) {
  std::promise<StatusOr<model::Revision>> promise;
  auto result = promise.get_future();
  journal_->append(std::move(commit), [&](StatusOr<model::Commit> written) {
    if (!written.ok()) return promise.set_value(written.status());
    ledger_.post([&, commit = std::make_shared<model::Commit>(std::move(*written))] {
      const model::Revision revision = commit->revision;
      const Status folded = fold(std::move(*commit), false);
      promise.set_value(folded.ok() ? StatusOr<model::Revision>(revision)
                                    : StatusOr<model::Revision>(folded));
    });
  });
  return result.get();
}

Status Authority::declare(const std::string& connector,
                          const connector::v1::DiscoverResponse& streams) {
  const auto model = steering();
  if (model == nullptr) return base::failed_precondition("no model is applied");
  const std::vector<connector::v1::StreamType> types(streams.streams().begin(),
                                                     streams.streams().end());
  std::vector<model::PersonLink> links;
  for (const model::ConnectorConfig& config : model->connectors) {
    if (config.id == connector) links = config.links;
  }
  const std::vector<std::string> issues = intake_strand_.run([&] {
    broken_.erase(connector);
    intake_->begin_read(connector);
    return intake_->declare(connector, std::span(types), model->kinds, links);
  });
  for (const std::string& issue : issues) spdlog::warn("[{}] {}", connector, issue);
  return absl::OkStatus();
}

std::string Authority::checkpoint_of(const std::string& connector) {
  return with_engine(
      [&](consolidation::Engine& engine) { return engine.checkpoint_of(connector).value_or(""); });
}

std::shared_ptr<const model::SteeringModel> Authority::steering() {
  return with_engine([](consolidation::Engine& engine) { return engine.steering(); });
}

StatusOr<ModelChange> Authority::apply_model(const std::vector<steering::ModelFile>& files) {
  const steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) {
    return base::invalid_argument(text_of(checked.findings));
  }
  ModelChange change;
  model::ModelProposed proposed;
  proposed.canonical = steering::canonical(files);
  proposed.hash = steering::hash_of(proposed.canonical);
  proposed.parsed = checked.model;
  const auto applied = steering();
  if (applied != nullptr && applied->hash == checked.model->hash) {
    change.unchanged = true;
    return change;
  }
  // What the fold refuses must not be in the journal: it would be refused at every start.
  PAS_RETURN_IF_ERROR(consolidation::Engine::check_model(checked.model));
  model::Commit propose;
  propose.body = std::move(proposed);
  PAS_ASSIGN_OR_RETURN(change.proposed, commit(std::move(propose)));
  model::Commit switch_over;
  switch_over.body = model::ModelSwitched{change.proposed};
  PAS_ASSIGN_OR_RETURN(change.switched, commit(std::move(switch_over)));
  return change;
}

StatusOr<std::vector<journal::StoredModel>> Authority::models() {
  return journal::models_of(journal_->folder() + "/journal.db", journal_->last_revision());
}

StatusOr<ModelChange> Authority::rollback_model(const std::string& which) {
  PAS_ASSIGN_OR_RETURN(const auto known, models());
  PAS_ASSIGN_OR_RETURN(const model::Revision proposed, journal::find_model(known, which));
  PAS_ASSIGN_OR_RETURN(const std::string canonical,
                       journal::canonical_model(journal_->folder() + "/journal.db", proposed));
  PAS_ASSIGN_OR_RETURN(const auto files, steering::files_of(canonical));
  return apply_model(files);
}

Status Authority::set_enabled(const std::string& connector, bool enabled,
                              const std::string& actor) {
  model::Commit wish;
  wish.body =
      model::Admin{actor, enabled ? "connector.enable" : "connector.disable", connector, ""};
  return commit(std::move(wish)).status();
}

template <typename Act>
StatusOr<model::Revision> Authority::commit_act(Act act) {
  PAS_RETURN_IF_ERROR(
      with_engine([&](consolidation::Engine& engine) { return engine.check(act); }));
  model::Commit made;
  made.body = std::move(act);
  return commit(std::move(made));
}

StatusOr<model::Revision> Authority::close(model::Closing closing) {
  return commit_act(std::move(closing));
}
StatusOr<model::Revision> Authority::reopen(model::Reopening reopening) {
  return commit_act(std::move(reopening));
}
StatusOr<model::Revision> Authority::acknowledge(model::AlertAcknowledged acknowledged) {
  return commit_act(std::move(acknowledged));
}
StatusOr<model::Revision> Authority::grant(model::AccessGranted granted) {
  return commit_act(std::move(granted));
}
StatusOr<model::Revision> Authority::revoke(model::AccessRevoked revoked) {
  return commit_act(std::move(revoked));
}

Status Authority::tick_if_due() {
  const base::Instant now = settings_.clock->now();
  const auto model = steering();
  PAS_ASSIGN_OR_RETURN(const base::Zone zone,
                       base::Zone::load(model == nullptr ? "Europe/Paris" : model->time_zone));
  const base::Instant last =
      with_engine([](consolidation::Engine& engine) { return engine.last_tick(); });
  if (now <= last || (last != 0 && zone.local_day(now) == zone.local_day(last))) {
    return absl::OkStatus();
  }
  model::Commit tick;
  tick.body = model::Tick{now};
  return commit(std::move(tick)).status();
}

Status Authority::write_checkpoint() {
  return ledger_.run([this]() -> Status {
    const model::Revision revision = engine_->revision();
    if (revision == checkpointed_) return absl::OkStatus();
    PAS_RETURN_IF_ERROR(quarantine_->flush());
    PAS_RETURN_IF_ERROR(publisher_->flush(revision));
    PAS_RETURN_IF_ERROR(checkpoints_->write(
        revision, [this](const journal::SectionSink& sink) { return engine_->save(sink); }));
    checkpointed_ = revision;
    return absl::OkStatus();
  });
}

}  // namespace passerelle::app
