// The fold: commits in, cells out. The state is a pure function of the commits applied, whatever
// their batching and arrival order: no clock, no thread, no I/O.
//
//   Engine engine({});
//   flow::Delta delta;
//   PAS_RETURN_IF_ERROR(engine.apply(commit, &delta));   // in revision order
//   std::shared_ptr<const flow::CellView> view = engine.view();
//
// One thread at a time (the ledger strand); views are read from any thread while it goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/decimal.h"
#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/consolidation/closing_list.h"
#include "core/consolidation/explanation.h"
#include "core/consolidation/stages.h"
#include "core/flow/cells.h"
#include "core/flow/known_records.h"
#include "core/model/commit.h"

namespace passerelle::consolidation {

// The version of what this program makes of commits (ADR 0011). Another one may publish other
// values of the same journal: the number must change with whatever changes them.
inline constexpr std::uint32_t kEngineVersion = 1;

// What a version of the engine stands for; a parameter so that its change can be tested.
struct Semantics {
  std::uint32_t version = kEngineVersion;  // written into commits, checkpoints and the ledger
  base::Rounding rounding = base::Rounding::kHalfEven;  // of published values
};

// Of the sections that save() writes; a checkpoint of another layout is ignored.
inline constexpr std::uint32_t kStateLayout = 4;

// The state depends on these: the same journal must always be folded with the same ones.
struct EngineSettings {
  // Records of open at_close scopes, in memory; a scope that would go past it is given up: its
  // records count as dropped, and its close drops what follows.
  std::size_t held_scope_bytes_max = base::kHeldScopeBytesMax;
  Semantics semantics = {};
};

// What became of a connector's records.
//   since the start: read = kept + unchanged + stale + rejected + dropped + held - deleted_unsent
//   now:             live = facts - derived + linked + outranked + unknown;  facts = mapped +
//   unmapped
struct ConnectorStatistics {
  // Since the journal's start.
  std::uint64_t read = 0;       // records the connector sent
  std::uint64_t kept = 0;       // new or changed; deletions too
  std::uint64_t unchanged = 0;  // same version and content: left out by intake, or met here
  std::uint64_t stale = 0;      // of an older version than the one known
  std::uint64_t rejected = 0;
  std::uint64_t dropped = 0;         // with a scope that was aborted or given up
  std::uint64_t deleted = 0;         // of `kept`: deletions
  std::uint64_t deleted_unsent = 0;  // of `deleted`: by a replace scope, at its close
  // Now.
  std::uint64_t held = 0;       // waiting for their scope to close
  std::uint64_t live = 0;       // records that are not deleted
  std::uint64_t linked = 0;     // of `live`: facts are derived from them
  std::uint64_t outranked = 0;  // of `live`: the fact is told by a record of the same natural key
  std::uint64_t unknown = 0;    // of `live`: of a kind that the model does not have
  std::uint64_t facts = 0;
  std::uint64_t derived = 0;   // of `facts`
  std::uint64_t mapped = 0;    // every dimension that the kind's rules set has a member
  std::uint64_t unmapped = 0;  // some have none, or there are no rules
  std::uint64_t unplaced = 0;  // of `facts`: without the date that places them in a period
  std::uint64_t failures = 0;  // evaluations that failed, other than by an absent field
};

struct MeasureAmount {
  std::string field;
  std::string unit;
  int scale = 0;
  std::int64_t amount = 0;  // of 10^-scale units; the nearest int64 if it does not fit
};

// Facts to which no rule gave a member of a dimension.
struct UnmappedEntry {
  std::string dimension;
  std::string kind;  // fact kind
  std::string connector;
  std::uint64_t facts = 0;
  std::vector<MeasureAmount> amounts;  // of the kind's measures with a unit, zeros left out
};

// DQ-CONFLICT: records of one natural key whose measures differ.
struct ConflictEntry {
  std::string kind;
  std::string counted;  // connector whose record is the fact
  std::string other;    // connector whose record is not counted
  std::uint64_t facts = 0;
  std::vector<MeasureAmount> amounts;  // sums of the differences, without their signs
  std::vector<std::string> examples;   // some of the natural keys, the first by text
};

// One fact as it stands, for tests and explanations.
// What one rule of the fact's kind and connector made of it.
struct FactRule {
  std::uint32_t mapping = 0;  // index in the model's mappings
  std::uint32_t rule = 0;     // index in that mapping's rules
  bool matched = false;
  bool gave = false;     // a value to some dimension, had it been asked
  bool decided = false;  // some dimension: no earlier rule had given it a value
};
struct Fact {
  std::string kind;
  std::string connector;
  std::vector<std::pair<std::string, std::string>> fields;  // those that have a value
  std::vector<FactDimension> dimensions;                    // at the kind's default date
  bool incomplete_chain = false;
  std::vector<FactRule> rules;  // only where asked for
};

// One fact of many, briefly. The texts live as long as the call.
struct FactGlance {
  std::uint32_t record = 0;   // the first of those it is made of; stable over model switches
  std::uint32_t ordinal = 0;  // among the facts of that record
  base::Hash128 key;          // of the record
  std::string_view kind;
  std::string_view connector;
  std::string_view activity;
};

// What a live record says, briefly.
struct RecordState {
  std::int64_t version = 0;
  std::uint64_t content = 0;  // fingerprint
  std::string connector;
  bool operator==(const RecordState&) const = default;
};

struct OpenScope {
  std::string connector;
  std::string scope;
  bool at_close = false;
  bool replace = false;
  bool given_up = false;  // it went past held_scope_bytes_max
  std::uint64_t held_records = 0;
};

// The canonical text of a model to its values (steering::parse_canonical, given by the app).
using ModelParser = std::function<StatusOr<std::shared_ptr<const model::SteeringModel>>(
    const std::string& canonical, base::Hash128 hash)>;

// One section of a state checkpoint, at most base::kStateSectionBytesMax; several share a name.
using SectionSink = std::function<Status(std::string_view name, std::string_view data)>;

class Engine final : public flow::KnownRecords {
 public:
  // Whether the fold can work with the model: an error that names what cannot, and where.
  // To be asked before a model is journaled, because a switch to one that cannot is refused for
  // ever. Any thread.
  static Status check_model(std::shared_ptr<const model::SteeringModel> model);

  explicit Engine(EngineSettings settings);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Folds the commit that follows the last one. `delta` (may be null while replaying: faster) gets
  // what it changed. FAILED_PRECONDITION for a revision out of order or a switch to a model that
  // was never proposed, INVALID_ARGUMENT for a model whose expressions do not compile; the state is
  // then as before. Bad records never fail: they are counted.
  Status apply(const model::Commit& commit, flow::Delta* delta);

  model::Revision revision() const;
  // The cells at revision(), closed ones as they were closed (CellView::unclosed: as they would
  // be), with the alerts. Cheap: pages are shared until they change.
  std::shared_ptr<const flow::CellView> view();
  // The same cells, in place: nothing is shared, so nothing need be copied when it changes. For the
  // thread that applies, until its next apply().
  const flow::CellView& live();
  // XOR of model::cell_hash over the cells that are not absent. Reads every cell.
  std::uint64_t state_hash();

  flow::Known compare(base::Hash128 key, std::int64_t version,
                      std::uint64_t content) const override;

  // The applied model, null before the first switch.
  std::shared_ptr<const model::SteeringModel> steering() const;
  const std::string& canonical_model() const;  // its text, empty before
  std::uint64_t epoch() const;                 // of Genesis, 0 before
  const std::string& authority() const;
  base::Instant last_tick() const;       // 0 before the first
  std::uint32_t engine_version() const;  // that wrote the newest commit, 0 before the first

  // What the connector last committed as its checkpoint; none if it never did.
  std::optional<std::string> checkpoint_of(const std::string& connector) const;
  std::vector<flow::SourceMark> marks() const;
  // By an Admin commit: true enabled, false disabled, none: as its file says.
  std::optional<bool> desired_enabled(const std::string& connector) const;
  std::vector<OpenScope> open_scopes() const;
  std::map<std::string, ConnectorStatistics> statistics() const;
  // By dimension, kind and connector.
  std::vector<UnmappedEntry> unmapped() const;
  // By kind and connectors. Reads every natural key.
  std::vector<ConflictEntry> conflicts() const;
  // The facts that a live record is or feeds; empty for one that is unknown, deleted, or outranked.
  std::vector<Fact> facts_of(base::Hash128 key, bool with_rules = false) const;
  // What a cell is made of, with the `leaves_max` greatest of its facts. NOT_FOUND for what is not
  // published, and where there is no value.
  StatusOr<Explanation> explain(const CellName& name, std::size_t leaves_max) const;
  // One cell as it stands, by a look-up: cheap enough to ask after every commit.
  CellProbe probe(const CellName& name) const;
  // What a commit of records would do, taken apart; nothing is folded. Folding the bodies in this
  // order and then the commit itself gives what the commit alone gives.
  std::vector<RecordStage> stages_of(const model::Records& records) const;
  // Folds what is no commit of the journal, a stage of the next one: revision() stays as it is.
  // For engines beside the journal's; views are to be asked for after the next apply() only.
  Status apply_aside(model::Commit commit);
  // A model that was proposed by that revision and not switched to since; or null.
  std::shared_ptr<const model::SteeringModel> proposed(model::Revision revision) const;
  // To be asked before such a commit is journaled: what is wrong with it. The fold passes over it.
  Status check(const model::Closing& closing) const;
  Status check(const model::Reopening& reopening) const;
  Status check(const model::AlertAcknowledged& acknowledged) const;
  Status check(const model::AccessGranted& granted) const;
  Status check(const model::AccessRevoked& revoked) const;
  // Of published cells those that a closing holds and that this engine would show with another
  // value: what an engine change must carry for closed values to stay as they were published.
  std::vector<model::PublishedCell> closed_otherwise(
      const std::vector<model::PublishedCell>& published) const;
  // Who may see what; never null.
  std::shared_ptr<const flow::Access> access() const;
  // Oldest first, reopened ones too. Reads every closed cell.
  std::vector<ListedClosing> closings() const;
  // The cells that a closing would freeze now; those that one holds. Reads every cell.
  std::vector<ClosedCell> would_close(const model::Closing& closing) const;
  std::vector<ClosedCell> closed_by(model::Revision closing) const;
  ReopenedCells would_reopen(model::Revision closing) const;
  // NOT_FOUND where the cell is not closed, or there is none.
  StatusOr<ClosedCell> closed_cell(const CellName& name) const;
  // None of a record that is unknown or deleted.
  std::optional<RecordState> record_state(base::Hash128 key) const;
  // Families of indicators with `suppress_below` and periods of theirs that are past the limits of
  // the proof (base/limits.h): nothing but their coarsest cells is shown.
  std::size_t coarsened_suppressions() const;
  // Every fact, by record and ordinal.
  void for_each_fact(const std::function<void(const FactGlance&)>& visit) const;
  // Bytes of the state, about; without allocator overhead.
  std::uint64_t memory_bytes() const;

  // Writes the state as sections. Facts and cells are left out: loading derives them anew.
  Status save(const SectionSink& sink) const;

  class Loader;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Takes the sections of a checkpoint in the order they were written, then makes the engine.
// DATA_LOSS for sections that save() does not write.
class Engine::Loader {
 public:
  Loader(EngineSettings settings, ModelParser parser);
  ~Loader();
  Status take(std::string_view name, std::string_view data);
  StatusOr<std::unique_ptr<Engine>> finish();

 private:
  std::unique_ptr<Engine> engine_;
  ModelParser parser_;
  Status take_meta(std::string_view data);
  struct Pending;
  std::unique_ptr<Pending> pending_;
};

}  // namespace passerelle::consolidation
