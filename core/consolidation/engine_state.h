// The whole state behind Engine. Inside the room only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/consolidation/access_list.h"
#include "core/consolidation/alerts.h"
#include "core/consolidation/closings.h"
#include "core/consolidation/engine.h"
#include "core/consolidation/fold.h"
#include "core/consolidation/holds.h"
#include "core/consolidation/record_store.h"
#include "core/consolidation/scopes.h"
#include "core/consolidation/shown_view.h"
#include "core/consolidation/view.h"

namespace passerelle::consolidation {

struct ConnectorState {
  std::string checkpoint;
  bool has_checkpoint = false;
  std::map<std::string, base::Days> marks;  // by stream
  ConnectorStatistics statistics;           // the counts since the start
};

struct ProposedModel {
  base::Hash128 hash;
  std::string canonical;
  std::shared_ptr<const model::SteeringModel> parsed;
};

struct Engine::Impl {
  explicit Impl(EngineSettings engine_settings) : settings(engine_settings) {}

  Status apply(const model::Commit& commit, flow::Delta* delta);
  Status apply_body(const model::Genesis& genesis, flow::Delta* delta);
  Status apply_body(const model::Records& records, flow::Delta* delta);
  Status apply_body(const model::ModelProposed& proposed, flow::Delta* delta);
  Status apply_body(const model::ModelSwitched& switched, flow::Delta* delta);
  Status apply_body(const model::Tick& tick_commit, flow::Delta* delta);
  Status apply_body(const model::Admin& admin, flow::Delta* delta);
  Status apply_body(const model::PersonMerged& merged, flow::Delta* delta);
  Status apply_body(const model::EngineChanged& changed, flow::Delta* delta);
  Status apply_body(const model::Closing& closing, flow::Delta* delta);
  Status apply_body(const model::Reopening& reopening, flow::Delta* delta);
  Status apply_body(const model::AlertAcknowledged& acknowledged, flow::Delta* delta);
  Status apply_body(const model::AccessGranted& granted, flow::Delta* delta);
  Status apply_body(const model::AccessRevoked& revoked, flow::Delta* delta);

  Status ingest(const model::Records& records, const model::RecordBatch& batch,
                ConnectorState* connector);
  Status fold_batch(const std::string& name, const model::RecordBatch& batch,
                    ConnectorState* connector);
  Status end_scope(const model::Records& records, const model::ScopeEvent& event,
                   ConnectorState* connector);
  // Whether the fold could go on with a model that has other keys only.
  StatusOr<bool> restate(std::shared_ptr<const model::SteeringModel> model, flow::Delta* delta);
  // Whether it could go on with a model that has other units only.
  bool reorganise(std::shared_ptr<const model::SteeringModel> model);
  // A fold of `model` over all records, settled.
  void switch_to(std::unique_ptr<Fold> made, flow::Delta* delta);
  StatusOr<std::unique_ptr<Fold>> folded(std::shared_ptr<const model::SteeringModel> model);
  std::shared_ptr<const View> view();
  const LiveView& live();
  // The same, closed cells as they were closed.
  std::shared_ptr<const flow::CellView> shown();
  const flow::CellView& shown_live();
  // Whether closings or alerts must see what a commit changed.
  bool is_watched() const { return closings.any() || alerts.watches() || holds.watches(); }
  // Says the words of groups that readers meet for the first time.
  void name_groups(flow::Delta* delta);
  // Around a switch of the model: closings and alerts find their cells in the new layout.
  void let_go();
  void rebind();
  // Makes what a commit changed in the fold what it changed for readers; tells what was crossed.
  void note(std::vector<flow::CellChange>* changes);
  bool waits_for_reads() const;
  // Whether personal cells may be shown as they are.
  bool is_complete() const;
  // The fold's cells with what is held.
  const flow::CellView& held_live();
  std::optional<model::CellRef> place_of(const CellName& name);
  // Of the commit at hand, before its revision is that of the state.
  AlertWatch::Moment moment() const { return {revision + 1, written_at, cause}; }
  std::vector<flow::SourceMark> marks() const;
  // By fact kind, as far as marks say.
  Completeness completeness(const model::SteeringModel& model) const;
  Status settle(Fold* made) const;

  const EngineSettings settings;
  PageKeeper keeper;  // outlives the fold
  RecordStore store;
  Scopes scopes;
  std::map<std::string, ConnectorState> connectors;
  std::map<std::string, bool> desired;
  std::map<model::Revision, ProposedModel> proposed;  // not yet switched to
  ProposedModel applied;
  std::unique_ptr<Fold> fold;
  model::Revision revision = 0;
  std::uint64_t epoch = 0;
  std::string authority;
  base::Instant tick = 0;
  std::uint32_t engine_version = 0;  // of the newest commit
  Closings closings;
  AlertWatch alerts;
  AccessList access;
  Holds holds;
  std::vector<std::vector<bool>> named;  // by cuboid and group: its words were told to readers
  bool is_told_complete = false;  // by the commit at hand, which ended a scope or moved a mark
  bool is_closing = false;        // the commit at hand: what it freezes is what is shown with it
  base::Instant written_at = 0;   // of the commit at hand, as its cause
  flow::Cause cause = flow::Cause::kFacts;
  bool is_laid_out = false;                   // by the commit at hand, anew: it has no changes
  bool is_settled = false;                    // the fold has been, by the commit at hand
  std::vector<flow::CellChange> own_changes;  // where the caller wants none
  std::shared_ptr<const View> last_view;
  std::shared_ptr<const ShownView> last_shown;
  std::optional<HeldView> live_held;
  std::optional<ShownView> live_shown;
  std::optional<LiveView> live_view;
};

}  // namespace passerelle::consolidation
