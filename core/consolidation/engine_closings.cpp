// Closings, alerts and rights within the engine: what readers see instead of what the fold holds.
#include "core/consolidation/engine_state.h"

namespace passerelle::consolidation {

Status Engine::Impl::apply_body(const model::Closing& closing, flow::Delta*) {
  is_closing = true;
  closings.close(closing, revision + 1, written_at, applied.parsed.get(), live());
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::Reopening& reopening, flow::Delta*) {
  closings.reopen(reopening, revision + 1, written_at, live());
  return absl::OkStatus();
}

// The commits before were folded by this engine: closed values are what it makes of them, until
// they are told here to be what was published.
Status Engine::Impl::apply_body(const model::EngineChanged& changed, flow::Delta*) {
  if (fold && !changed.closed.empty()) {
    closings.restore(changed.closed, CellPlaces(*fold, store.strings().get()), live());
  }
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::AlertAcknowledged& acknowledged, flow::Delta*) {
  alerts.acknowledge(moment(), acknowledged);
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::AccessGranted& granted, flow::Delta* delta) {
  access.grant(granted, revision + 1, written_at);
  if (delta != nullptr) delta->access = access.now();
  return absl::OkStatus();
}

Status Engine::Impl::apply_body(const model::AccessRevoked& revoked, flow::Delta* delta) {
  access.revoke(revoked);
  if (delta != nullptr) delta->access = access.now();
  return absl::OkStatus();
}

void Engine::Impl::note(std::vector<flow::CellChange>* changes) {
  if (holds.watches()) {
    if (is_complete()) {
      holds.release(live(), changes);
    } else {
      holds.keep(changes);
    }
  }
  if (closings.amends()) closings.amend(live(), changes);
  if (!alerts.watches()) return;
  if (waits_for_reads()) {
    alerts.wait(*changes);
  } else if (alerts.waits()) {
    alerts.wait(*changes);
    alerts.note_waiting({revision, written_at, cause}, *fold, shown_live());
  } else {
    alerts.note({revision, written_at, cause}, *fold, shown_live(), *changes);
  }
}

bool Engine::Impl::is_complete() const {
  if (cause != flow::Cause::kFacts || is_closing) return true;
  return is_told_complete && !scopes.has_open();
}

// A Tick tells what hangs, in a read that never ends, too.
bool Engine::Impl::waits_for_reads() const {
  return cause != flow::Cause::kTime && scopes.has_open();
}

void Engine::Impl::let_go() {
  last_view.reset();
  last_shown.reset();
  if (!fold) return;
  closings.let_go(live());
  alerts.let_go(live());
}

void Engine::Impl::rebind() {
  named.clear();
  is_laid_out = true;
  holds.bind(*fold, store.strings().get());
  closings.bind(*fold, store.strings().get(), live());
  alerts.bind(*fold, store.strings().get());
  alerts.wait_all();
  if (alerts.watches() && !waits_for_reads()) {
    alerts.note_waiting(moment(), *fold, shown_live());
  }
}

std::shared_ptr<const flow::CellView> Engine::Impl::shown() {
  std::shared_ptr<const flow::CellView> cells = view();
  if (closings.seals().empty() && alerts.list() == nullptr && !holds.any()) return cells;
  if (last_shown && last_shown->revision() == cells->revision()) return last_shown;
  if (holds.any()) {
    const flow::CellView& live_cells = *cells;
    cells = std::make_shared<HeldView>(live_cells, std::move(cells), holds);
  }
  const flow::CellView& read = *cells;
  last_shown = std::make_shared<ShownView>(read, std::move(cells), closings.seals(), alerts.list());
  return last_shown;
}

const flow::CellView& Engine::Impl::held_live() {
  const LiveView& cells = live();
  if (!holds.any()) return cells;
  return live_held.emplace(cells, nullptr, holds);
}

const flow::CellView& Engine::Impl::shown_live() {
  const flow::CellView& cells = held_live();
  if (closings.seals().empty() && alerts.list() == nullptr) return cells;
  return live_shown.emplace(cells, nullptr, closings.seals(), alerts.list());
}

Status Engine::check(const model::Closing& closing) const {
  return impl_->closings.check(closing, impl_->applied.parsed.get(), impl_->live());
}
Status Engine::check(const model::Reopening& reopening) const {
  return impl_->closings.check(reopening);
}
Status Engine::check(const model::AlertAcknowledged& acknowledged) const {
  return impl_->alerts.check(acknowledged);
}
Status Engine::check(const model::AccessGranted& granted) const {
  return impl_->access.check(granted, impl_->applied.parsed.get());
}
Status Engine::check(const model::AccessRevoked& revoked) const {
  return impl_->access.check(revoked);
}
std::shared_ptr<const flow::Access> Engine::access() const { return impl_->access.now(); }

std::vector<ListedClosing> Engine::closings() const {
  return impl_->closings.list(impl_->held_live());
}

std::vector<ClosedCell> Engine::would_close(const model::Closing& closing) const {
  return impl_->closings.would_hold(closing, impl_->applied.parsed.get(), impl_->live());
}

std::vector<ClosedCell> Engine::closed_by(model::Revision closing) const {
  return impl_->closings.held_by(closing, impl_->held_live());
}

std::vector<model::PublishedCell> Engine::closed_otherwise(
    const std::vector<model::PublishedCell>& published) const {
  std::vector<model::PublishedCell> otherwise;
  if (!impl_->fold || !impl_->closings.any()) return otherwise;
  const CellPlaces places(*impl_->fold, impl_->store.strings().get());
  for (const model::PublishedCell& cell : published) {
    auto closed = impl_->closings.closed_otherwise(cell, places);
    if (closed) otherwise.push_back(*std::move(closed));
  }
  return otherwise;
}

ReopenedCells Engine::would_reopen(model::Revision closing) const {
  return impl_->closings.would_release(closing, impl_->live());
}

std::optional<model::CellRef> Engine::Impl::place_of(const CellName& name) {
  CellWords words{name.indicator, {}, {}, name.period};
  for (const auto& [dimension, value] : name.dimensions) {
    words.dimensions.push_back(dimension);
    words.values.push_back(value);
  }
  return CellPlaces(*fold, store.strings().get()).find(words);
}

StatusOr<ClosedCell> Engine::closed_cell(const CellName& name) const {
  if (!impl_->fold) return base::not_found("no model is applied yet");
  const auto ref = impl_->place_of(name);
  if (!ref) return base::not_found("there is no such value: it is not published, or has no facts");
  return impl_->closings.find(impl_->held_live(), *ref);
}

std::optional<RecordState> Engine::record_state(base::Hash128 key) const {
  const RecordId record = impl_->store.index().find(key);
  if (record == kNone || !impl_->store.index()[record].is_live()) return std::nullopt;
  const RecordHeader& header = impl_->store.index()[record];
  return RecordState{header.version, header.content,
                     impl_->store.tables()[header.table]->connector()};
}

}  // namespace passerelle::consolidation
