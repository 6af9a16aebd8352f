#include "core/consolidation/engine.h"

#include <algorithm>

#include "core/consolidation/engine_state.h"
#include "core/flow/state_hash.h"

namespace passerelle::consolidation {
namespace {

flow::Cause cause_of(const model::Commit& commit) {
  if (std::holds_alternative<model::Tick>(commit.body)) return flow::Cause::kTime;
  if (std::holds_alternative<model::ModelSwitched>(commit.body)) return flow::Cause::kModel;
  if (std::holds_alternative<model::EngineChanged>(commit.body)) return flow::Cause::kEngine;
  if (std::holds_alternative<model::Reopening>(commit.body)) return flow::Cause::kClosing;
  return flow::Cause::kFacts;
}

}  // namespace

Status Engine::Impl::apply(const model::Commit& commit, flow::Delta* delta) {
  if (commit.revision != revision + 1) {
    return base::failed_precondition("revision " + std::to_string(commit.revision) +
                                     " does not follow " + std::to_string(revision) +
                                     "; the journal must be folded in order, from a checkpoint or "
                                     "from revision 1");
  }
  written_at = commit.at;
  if (commit.engine != 0) engine_version = commit.engine;
  cause = cause_of(commit);
  if (delta != nullptr) {
    std::vector<flow::CellChange> changes = std::move(delta->changes);
    changes.clear();  // its memory serves again
    *delta = {};
    delta->revision = commit.revision;
    delta->at = commit.at;
    delta->cause = cause;
    delta->changes = std::move(changes);
  }
  // A view that nobody else holds must not make pages be copied.
  if (last_shown && last_shown.use_count() == 1) last_shown.reset();
  if (last_view && last_view.use_count() == 1) last_view.reset();
  keeper.begin();
  own_changes.clear();
  closings.begin();
  is_laid_out = is_settled = false;
  is_told_complete = is_closing = false;
  std::vector<flow::CellChange>* changes = delta != nullptr ? &delta->changes : nullptr;
  if (changes == nullptr && is_watched()) changes = &own_changes;
  if (fold) fold->begin(changes != nullptr);
  PAS_RETURN_IF_ERROR(
      std::visit([&](const auto& body) { return apply_body(body, delta); }, commit.body));
  revision = commit.revision;
  if (!fold || is_settled) return absl::OkStatus();
  PAS_RETURN_IF_ERROR(settle(fold.get()));
  if (changes == nullptr || is_laid_out) return absl::OkStatus();
  fold->collect(changes);
  note(changes);
  if (delta != nullptr) name_groups(delta);
  return absl::OkStatus();
}

void Engine::Impl::name_groups(flow::Delta* delta) {
  const auto stores = fold->stores();
  named.resize(stores.size());
  for (const flow::CellChange& change : delta->changes) {
    const auto [cuboid, group, indicator] = change.ref;
    std::vector<bool>& known = named[cuboid];
    if (group >= known.size()) known.resize(stores[cuboid]->size());
    if (known[group]) continue;
    known[group] = true;
    const CuboidLayout& layout = stores[cuboid]->layout();
    const char* row = stores[cuboid]->row(group);
    const std::size_t dimensions = layout.dimensions();
    const auto code = [&](std::size_t i) {
      return load<Code>(row, static_cast<Offset>(layout.key + i * sizeof(Code)));
    };
    delta->names.add(cuboid, group, base::Period::from_packed(code(dimensions)));
    for (std::size_t i = 0; i < dimensions; ++i) {
      delta->names.add_value((*store.strings())[code(i)]);
    }
  }
}

Status Engine::Impl::apply_body(const model::Genesis& genesis, flow::Delta*) {
  epoch = genesis.epoch;
  authority = genesis.authority;
  return absl::OkStatus();
}

Status Engine::Impl::fold_batch(const std::string& name, const model::RecordBatch& batch,
                                ConnectorState* connector) {
  ScopeMark mark;
  if (!batch.scope.empty()) mark = scopes.mark(scopes.number_of(name, batch.scope));
  PAS_ASSIGN_OR_RETURN(const IngestCounts counts, store.ingest(name, batch, mark, fold.get()));
  store.see(batch, mark);
  connector->statistics.kept += counts.kept;
  connector->statistics.unchanged += counts.unchanged;
  connector->statistics.stale += counts.stale;
  connector->statistics.deleted += counts.deleted;
  return absl::OkStatus();
}

Status Engine::Impl::ingest(const model::Records& records, const model::RecordBatch& batch,
                            ConnectorState* connector) {
  if (!batch.scope.empty()) {
    const std::uint32_t number = scopes.number_of(records.connector, batch.scope);
    if (scopes[number].open && scopes[number].at_close) {
      scopes.hold(number, batch, settings.held_scope_bytes_max, &connector->statistics.dropped);
      return absl::OkStatus();
    }
  }
  return fold_batch(records.connector, batch, connector);
}

Status Engine::Impl::end_scope(const model::Records& records, const model::ScopeEvent& event,
                               ConnectorState* connector) {
  const std::uint32_t number = scopes.number_of(records.connector, event.scope);
  if (!scopes[number].open) return absl::OkStatus();
  if (event.kind == model::ScopeEvent::Kind::kAbort || scopes[number].given_up) {
    connector->statistics.dropped += scopes[number].held_records;
    scopes.close(number);
    return absl::OkStatus();
  }
  for (const model::RecordBatch& batch : scopes.take_held(number)) {
    PAS_RETURN_IF_ERROR(fold_batch(records.connector, batch, connector));
  }
  if (scopes[number].replace || event.replace) {
    const std::int64_t version = event.version != 0 ? event.version : scopes[number].version;
    const std::uint64_t deleted = store.delete_unseen(scopes.mark(number), version, fold.get());
    connector->statistics.kept += deleted;
    connector->statistics.deleted += deleted;
    connector->statistics.deleted_unsent += deleted;
  }
  scopes.close(number);
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::Records& records, flow::Delta* delta) {
  ConnectorState& connector = connectors[records.connector];
  connector.statistics.read += records.read;
  connector.statistics.unchanged += records.unchanged;
  // What was read and is neither in a batch nor unchanged was rejected. (A scope's reject also
  // stands for records that came before it: those are dropped with the scope.)
  std::uint64_t sent = records.unchanged;
  for (const model::RecordBatch& batch : records.batches) sent += batch.size();
  connector.statistics.rejected += records.read > sent ? records.read - sent : 0;
  for (const model::ScopeEvent& event : records.scopes) {
    if (event.kind != model::ScopeEvent::Kind::kOpen) continue;
    scopes.open(scopes.number_of(records.connector, event.scope), event);
  }
  for (const model::RecordBatch& batch : records.batches) {
    PAS_RETURN_IF_ERROR(ingest(records, batch, &connector));
  }
  for (const model::ScopeEvent& event : records.scopes) {
    if (event.kind == model::ScopeEvent::Kind::kOpen) continue;
    PAS_RETURN_IF_ERROR(end_scope(records, event, &connector));
  }
  if (records.has_checkpoint) {
    connector.checkpoint = records.checkpoint;
    connector.has_checkpoint = true;
  }
  bool marked = false;
  for (const model::Mark& mark : records.marks) {
    const auto [at, is_new] = connector.marks.try_emplace(mark.stream, mark.complete_to);
    marked |= is_new || at->second != mark.complete_to;
    at->second = mark.complete_to;
  }
  const bool ends =
      std::any_of(records.scopes.begin(), records.scopes.end(),
                  [](const auto& event) { return event.kind != model::ScopeEvent::Kind::kOpen; });
  is_told_complete = marked || ends;
  if (delta != nullptr && marked) {
    delta->marks = marks();
    delta->marks_changed = true;
  }
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::ModelProposed& model, flow::Delta*) {
  if (!model.parsed) {
    return base::invalid_argument(
        "a proposed model came to the fold as text only; whoever reads the journal parses it");
  }
  proposed[revision + 1] = {model.hash, model.canonical, model.parsed};
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<Fold>> Engine::Impl::folded(
    std::shared_ptr<const model::SteeringModel> model) {
  PAS_ASSIGN_OR_RETURN(std::unique_ptr<Fold> made,
                       Fold::make(std::move(model), store.index(), store.strings().get(), &keeper,
                                  tick, settings.semantics.rounding));
  PAS_RETURN_IF_ERROR(made->bind(store.tables()));
  made->begin(false);
  for (RecordId record = 0; record < store.index().size(); ++record) {
    if (store.index()[record].is_live()) made->add(record);
  }
  PAS_RETURN_IF_ERROR(settle(made.get()));
  return made;
}

// A model with other keys and nothing else: the cells go on.
StatusOr<bool> Engine::Impl::restate(std::shared_ptr<const model::SteeringModel> model,
                                     flow::Delta* delta) {
  auto plan = fold ? fold->restated(*model) : std::nullopt;
  if (!plan) return false;
  if (delta != nullptr) {
    delta->previous = shown();
    delta->reset = true;
  }
  let_go();
  fold->restate(std::move(model), *std::move(plan));
  keeper.begin();  // pages of the view before stay as they are
  fold->begin(false);
  PAS_RETURN_IF_ERROR(settle(fold.get()));
  rebind();
  return true;
}

// Units have moved, and nothing else: facts and cells go on, and it is a commit like any other.
bool Engine::Impl::reorganise(std::shared_ptr<const model::SteeringModel> model) {
  if (!fold || !fold->can_reorganise(*model)) return false;
  fold->reorganise(std::move(model), tick);
  return true;
}

void Engine::Impl::switch_to(std::unique_ptr<Fold> made, flow::Delta* delta) {
  if (delta != nullptr) {
    delta->previous = shown();
    delta->reset = true;
  }
  let_go();
  fold = std::move(made);
  rebind();
}

Status Engine::Impl::apply_body(const model::ModelSwitched& switched, flow::Delta* delta) {
  const auto found = proposed.find(switched.proposed);
  if (found == proposed.end()) {
    return base::failed_precondition("revision " + std::to_string(switched.proposed) +
                                     " proposed no model, or one that an earlier switch replaced; "
                                     "propose it again");
  }
  PAS_ASSIGN_OR_RETURN(const bool is_restated, restate(found->second.parsed, delta));
  is_settled = is_restated;
  if (is_restated || reorganise(found->second.parsed)) {
    applied = found->second;
    proposed.erase(proposed.begin(), std::next(found));
    return absl::OkStatus();
  }
  // The new fold is whole before anything is changed.
  auto folded_anew = folded(found->second.parsed);
  if (!folded_anew.ok()) {
    return base::annotate(
        folded_anew.status(),
        "the model of revision " + std::to_string(switched.proposed) + " cannot be switched to");
  }
  switch_to(std::move(folded_anew).value(), delta);
  is_settled = true;
  applied = found->second;
  proposed.erase(proposed.begin(), std::next(found));
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::Tick& tick_commit, flow::Delta* delta) {
  tick = std::max(tick, tick_commit.instant);
  PAS_ASSIGN_OR_RETURN(
      const base::Zone zone,
      base::Zone::load(applied.parsed ? applied.parsed->time_zone : "Europe/Paris"));
  if (access.set_today(zone.local_day(tick)) && delta != nullptr) delta->access = access.now();
  if (!fold || !fold->is_outdated(tick)) return absl::OkStatus();
  // Units have moved: what shows the organisation of today follows.
  fold->reorganise(applied.parsed, tick);
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::Admin& admin, flow::Delta*) {
  if (admin.verb == "connector.enable") desired[admin.object] = true;
  if (admin.verb == "connector.disable") desired[admin.object] = false;
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::PersonMerged& merged, flow::Delta*) {
  store.merge_persons(store.strings()->intern(base::to_hex(merged.kept)),
                      store.strings()->intern(base::to_hex(merged.dropped)), fold.get());
  return absl::OkStatus();
}

std::shared_ptr<const View> Engine::Impl::view() {
  if (last_view && last_view->revision() == revision) return last_view;
  if (!fold) {
    last_view = std::make_shared<View>(revision, nullptr, nullptr, store.strings(),
                                       std::vector<GroupSnapshot>(), nullptr);
    return last_view;
  }
  // Snapshot first: pages changed from now on belong to the next generation.
  std::vector<GroupSnapshot> groups = fold->snapshot();
  last_view = std::make_shared<View>(revision, fold->plan(), fold->model(), store.strings(),
                                     std::move(groups), keeper.share());
  return last_view;
}

const LiveView& Engine::Impl::live() {
  return live_view.emplace(revision, fold ? fold->plan().get() : nullptr,
                           fold ? fold->model() : nullptr, *store.strings(),
                           fold ? fold->stores() : std::span<const std::unique_ptr<GroupStore>>());
}

std::vector<flow::SourceMark> Engine::Impl::marks() const {
  std::vector<flow::SourceMark> all;
  for (const auto& [name, connector] : connectors) {
    for (const auto& [stream, day] : connector.marks) all.push_back({name, {stream, day}});
  }
  return all;
}

Completeness Engine::Impl::completeness(const model::SteeringModel& model) const {
  const base::Days last = base::days_from_civil({9'999, 12, 31});
  Completeness complete;
  for (const auto& table : store.tables()) {
    const auto connector = connectors.find(table->connector());
    if (connector == connectors.end()) continue;
    const auto mark = connector->second.marks.find(table->stream());
    if (mark == connector->second.marks.end()) continue;
    const base::Days day = std::clamp(mark->second, base::Days{0}, last);
    const model::RecordKind* kind = model::find_kind(model.kinds, table->kind());
    if (kind == nullptr) continue;
    const auto [at, is_new] = complete.emplace(kind->fact_kind, day);
    if (!is_new) at->second = std::min(at->second, day);
  }
  return complete;
}

Status Engine::Impl::settle(Fold* made) const {
  return made->settle(
      tick, made->needs_completeness() ? completeness(*made->plan()->model()) : Completeness());
}

Status Engine::check_model(std::shared_ptr<const model::SteeringModel> model) {
  PageKeeper keeper;
  const RecordIndex index;
  Strings strings;
  return Fold::make(std::move(model), index, &strings, &keeper, 0, Semantics().rounding).status();
}

Engine::Engine(EngineSettings settings) : impl_(std::make_unique<Impl>(settings)) {}
Engine::~Engine() = default;

Status Engine::apply(const model::Commit& commit, flow::Delta* delta) {
  return impl_->apply(commit, delta);
}
model::Revision Engine::revision() const { return impl_->revision; }
std::shared_ptr<const flow::CellView> Engine::view() { return impl_->shown(); }
const flow::CellView& Engine::live() { return impl_->shown_live(); }

std::uint64_t Engine::state_hash() { return flow::state_hash(impl_->shown_live()); }

flow::Known Engine::compare(base::Hash128 key, std::int64_t version, std::uint64_t content) const {
  return impl_->store.compare(key, version, content);
}
std::shared_ptr<const model::SteeringModel> Engine::steering() const {
  return impl_->applied.parsed;
}
const std::string& Engine::canonical_model() const { return impl_->applied.canonical; }
std::uint64_t Engine::epoch() const { return impl_->epoch; }
const std::string& Engine::authority() const { return impl_->authority; }
base::Instant Engine::last_tick() const { return impl_->tick; }
std::uint32_t Engine::engine_version() const { return impl_->engine_version; }

std::optional<std::string> Engine::checkpoint_of(const std::string& connector) const {
  const auto at = impl_->connectors.find(connector);
  if (at == impl_->connectors.end() || !at->second.has_checkpoint) return std::nullopt;
  return at->second.checkpoint;
}
std::vector<flow::SourceMark> Engine::marks() const { return impl_->marks(); }

std::optional<bool> Engine::desired_enabled(const std::string& connector) const {
  const auto at = impl_->desired.find(connector);
  return at == impl_->desired.end() ? std::nullopt : std::optional(at->second);
}

std::vector<OpenScope> Engine::open_scopes() const {
  std::vector<OpenScope> open;
  for (const Scope& scope : impl_->scopes.all()) {
    if (!scope.open) continue;
    open.push_back({scope.connector, scope.name, scope.at_close, scope.replace, scope.given_up,
                    scope.held_records});
  }
  return open;
}

std::map<std::string, ConnectorStatistics> Engine::statistics() const {
  std::map<std::string, ConnectorStatistics> all;
  for (const auto& [name, connector] : impl_->connectors) all[name] = connector.statistics;
  for (const auto& table : impl_->store.tables()) {
    all[table->connector()].live += table->live();
    if (!impl_->fold) all[table->connector()].unknown += table->live();
  }
  for (const Scope& scope : impl_->scopes.all()) {
    if (scope.held_records > 0) all[scope.connector].held += scope.held_records;
  }
  if (impl_->fold) impl_->fold->add_statistics(&all);
  return all;
}

std::vector<UnmappedEntry> Engine::unmapped() const {
  return impl_->fold ? impl_->fold->unmapped() : std::vector<UnmappedEntry>();
}

std::vector<ConflictEntry> Engine::conflicts() const {
  return impl_->fold ? impl_->fold->conflicts() : std::vector<ConflictEntry>();
}

std::vector<Fact> Engine::facts_of(base::Hash128 key, bool with_rules) const {
  const RecordId record = impl_->store.index().find(key);
  if (!impl_->fold || record == kNone || !impl_->store.index()[record].is_live()) return {};
  return impl_->fold->facts_of(record, with_rules);
}

StatusOr<Explanation> Engine::explain(const CellName& name, std::size_t leaves_max) const {
  if (!impl_->fold) return base::not_found("no model is applied yet");
  if (impl_->holds.any()) {
    const auto ref = impl_->place_of(name);
    if (ref && impl_->holds.holds(*ref)) {
      return base::unavailable(
          "the sources of this value are being read, and it tells of persons: until they are "
          "complete it is what it was before; ask again later");
    }
  }
  PAS_ASSIGN_OR_RETURN(Explanation found, impl_->fold->explain_cell(name, leaves_max));
  found.revision = impl_->revision;
  return found;
}

std::size_t Engine::coarsened_suppressions() const {
  return impl_->fold ? impl_->fold->coarsened_suppressions() : 0;
}

void Engine::for_each_fact(const std::function<void(const FactGlance&)>& visit) const {
  if (impl_->fold) impl_->fold->for_each_fact(visit);
}

std::uint64_t Engine::memory_bytes() const {
  return impl_->store.bytes() + impl_->scopes.held_bytes() +
         (impl_->fold ? impl_->fold->bytes() : 0);
}

}  // namespace passerelle::consolidation
