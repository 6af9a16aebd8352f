// One authority: its stores, its fold and the way a record takes through them (ARCHITECTURE D14).
//
//   plugin message -> intake strand -> ledger strand (filter) -> journal thread -> ledger strand
//   (fold, quarantine, publication) -> done
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/app/strand.h"
#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/connectors/supervisor.h"
#include "core/consolidation/engine.h"
#include "core/flow/read_sink.h"
#include "core/intake/intake.h"
#include "core/intake/quarantine.h"
#include "core/intake/vault.h"
#include "core/journal/checkpoints.h"
#include "core/journal/data_lock.h"
#include "core/journal/read_only.h"
#include "core/journal/sqlite_journal.h"
#include "core/publication/publisher.h"
#include "core/steering/folder.h"

namespace passerelle::app {

struct AuthoritySettings {
  std::string data_folder;
  // Name of a new authority; an existing data folder's own name wins. Empty: must exist already.
  std::string authority;
  const base::Clock* clock = nullptr;  // must outlive the authority
  consolidation::EngineSettings engine = {};
  // Told while the journal is replayed: commits done, commits in all.
  std::function<void(std::uint64_t, std::uint64_t)> replayed;
};

// What a switch of the model did.
struct ModelChange {
  model::Revision proposed = 0;
  model::Revision switched = 0;
  bool unchanged = false;
};

class Authority final : public flow::ReadSink {
 public:
  // Locks the data folder, opens the stores, restores the newest checkpoint and replays the journal
  // after it. Where another version of the engine wrote it, all of it is folded anew and what that
  // changes is published (ADR 0011). FAILED_PRECONDITION names the hub that holds the folder.
  static StatusOr<std::unique_ptr<Authority>> open(AuthoritySettings settings);
  ~Authority() override;

  // flow::ReadSink. Any thread.
  void accept(const std::string& connector, std::unique_ptr<connector::v1::ReadResponse> message,
              std::function<void(Status)> done) override;

  // For the supervisor: before a read. Any thread but the strands.
  Status declare(const std::string& connector, const connector::v1::DiscoverResponse& streams);
  std::string checkpoint_of(const std::string& connector);

  // Makes `files` the applied model, in two commits; INVALID_ARGUMENT lists every problem, one a
  // line. Waits for the switch. Never from a strand.
  StatusOr<ModelChange> apply_model(const std::vector<steering::ModelFile>& files);
  // Every model that was proposed, oldest first. Reads the whole journal; never from a strand.
  StatusOr<std::vector<journal::StoredModel>> models();
  // Applies an earlier model's text again. `which`: a revision that proposed it or from which it
  // was in force, or the first digits of its hash; NOT_FOUND if it names none, INVALID_ARGUMENT
  // several.
  StatusOr<ModelChange> rollback_model(const std::string& which);
  // Keeps an administrator's wish in the journal.
  Status set_enabled(const std::string& connector, bool enabled, const std::string& actor);
  // Writes and folds an administrator's act; waits. What the fold would pass over is refused with
  // its error and not written. Never from a strand.
  StatusOr<model::Revision> close(model::Closing closing);
  StatusOr<model::Revision> reopen(model::Reopening reopening);
  StatusOr<model::Revision> acknowledge(model::AlertAcknowledged acknowledged);
  StatusOr<model::Revision> grant(model::AccessGranted granted);
  StatusOr<model::Revision> revoke(model::AccessRevoked revoked);
  // Commits the time if a new local day has begun since the last Tick.
  Status tick_if_due();
  // Writes a state checkpoint if anything was committed since the last one.
  Status write_checkpoint();
  // Runs `read` on the ledger strand and waits: what it sees is between two commits.
  template <typename Read>
  auto with_engine(Read&& read) {
    return ledger_.run([&] { return read(*engine_); });
  }
  // The caller's `replayed` is not called any more.
  void forget_progress() { settings_.replayed = nullptr; }
  // After the journal has failed: why. The hub then stops.
  Status health() const { return journal_->health(); }

  publication::Publisher& publisher() { return *publisher_; }
  intake::Quarantine& quarantine() { return *quarantine_; }
  journal::SqliteJournal& journal() { return *journal_; }
  journal::DataLock& lock() { return *lock_; }
  const consolidation::EngineSettings& engine_settings() const { return settings_.engine; }
  const std::string& name() const { return name_; }
  std::shared_ptr<const model::SteeringModel> steering();

 private:
  explicit Authority(AuthoritySettings settings);
  Status open_stores();
  Status restore();
  Status replay();
  // After the replay: if another engine wrote the journal's end, that is committed and published.
  Status change_engine();
  // `more`: another commit follows at once, so readers may wait for it.
  Status fold(model::Commit commit, bool more);
  template <typename Act>
  StatusOr<model::Revision> commit_act(Act act);
  void warn_of_suppression();
  // Appends and folds; waits. Never from a strand.
  StatusOr<model::Revision> commit(model::Commit commit);
  void take(const std::string& connector, const connector::v1::ReadResponse& message,
            std::function<void(Status)> done);
  void append(const std::string& connector, model::Records records,
              std::function<void(Status)> done);
  // Persons that the vault has merged: into the journal before anything that is appended later.
  void append_merges(std::vector<model::PersonMerged> merges);
  // At start: those that a crash kept out of the journal, or that nobody could tick off.
  Status append_pending_merges();

  AuthoritySettings settings_;
  std::string name_;
  std::unique_ptr<journal::DataLock> lock_;
  std::unique_ptr<journal::SqliteJournal> journal_;
  std::unique_ptr<journal::CheckpointStore> checkpoints_;
  std::unique_ptr<intake::Vault> vault_;
  Status vault_error_;
  std::unique_ptr<intake::Quarantine> quarantine_;
  std::unique_ptr<publication::Publisher> publisher_;
  std::unique_ptr<consolidation::Engine> engine_;  // ledger strand
  std::unique_ptr<intake::Intake> intake_;         // intake strand
  // Connectors whose current read has lost a message: the rest of it must not be committed, or a
  // later checkpoint would skip what was lost. Intake strand.
  std::set<std::string> broken_;
  model::Revision checkpointed_ = 0;             // ledger strand
  flow::Delta delta_;                            // the last commit's; ledger strand
  std::size_t coarsened_ = 0;                    // suppressions that were warned of; ledger strand
  std::chrono::steady_clock::time_point shown_;  // the newest view's; ledger strand
  std::atomic<std::uint32_t> in_flight_{0};      // commits from intake that are not folded yet
  Strand intake_strand_{"pas-intake"};
  Strand ledger_{"pas-ledger"};
};

// The authority of a stopped hub's data; nothing is made where there is no journal. `clock` must
// outlive it. Shows the progress of a replay on standard error.
StatusOr<std::unique_ptr<Authority>> open_stopped(const std::string& data_folder,
                                                  const base::Clock& clock);

// The one authority that has a journal in the data folder; without one `otherwise`, or NOT_FOUND if
// that is empty.
StatusOr<std::string> authority_in(const std::string& data_folder, const std::string& otherwise);

// The canonical text of a model to its values.
StatusOr<std::shared_ptr<const model::SteeringModel>> parse_model(const std::string& canonical,
                                                                  base::Hash128 hash);

}  // namespace passerelle::app
