#include "core/publication/selection.h"

#include <algorithm>

#include "core/flow/alert.h"

namespace passerelle::publication {
namespace {

// indicator -> grain asked for.
std::map<std::string, base::Grain> grains_of(const Resolved& resolved, const flow::CellView& view) {
  std::map<std::string, base::Grain> grains;
  for (const Part& part : resolved.parts()) {
    const flow::CuboidInfo& cuboid = view.cuboids()[part.cuboid];
    for (std::size_t i = 0; i < cuboid.indicators.size(); ++i) {
      if ((part.indicators >> i & 1) != 0) grains[cuboid.indicators[i]] = cuboid.grain;
    }
  }
  return grains;
}

// The alert's value of a dimension; none: it has no such dimension.
const std::string* value_in(const flow::Alert& alert, const std::string& dimension) {
  for (const auto& [name, value] : alert.dimensions) {
    if (name == dimension) return &value;
  }
  return nullptr;
}

bool is_of(const flow::Alert& alert, const Part& part, const flow::CuboidInfo& cuboid) {
  const auto& names = cuboid.indicators;
  const auto indicator = std::find(names.begin(), names.end(), alert.indicator);
  if (indicator == names.end() || (part.indicators >> (indicator - names.begin()) & 1) == 0 ||
      cuboid.grain != alert.grain || cuboid.dimensions.size() + 1 != alert.dimensions.size()) {
    return false;
  }
  for (std::size_t i = 0; i < cuboid.dimensions.size(); ++i) {
    const std::string* value = value_in(alert, cuboid.dimensions[i]);
    if (value == nullptr || (part.filtered[i] && *value != part.wanted[i])) return false;
  }
  return true;
}

}  // namespace

bool Selection::asks_for(const flow::Alert& alert) const {
  const Resolved& resolved = members_->resolved;
  const std::string* period = value_in(alert, "period");
  if (period == nullptr || !resolved.matches_period(*period)) return false;
  if (!perimeter_->sees(alert.dimensions)) return false;
  return std::any_of(resolved.parts().begin(), resolved.parts().end(), [&](const Part& part) {
    return is_of(alert, part, stand_.view->cuboids()[part.cuboid]);
  });
}

Selection::Selection(Context& context, std::shared_ptr<Watched> watched, Stand stand,
                     std::shared_ptr<const Perimeter> perimeter)
    : context_(context),
      watched_(std::move(watched)),
      selector_(watched_->selector),
      selector_hash_(hash_of(selector_)),
      perimeter_(std::move(perimeter)),
      stand_(std::move(stand)),
      members_(std::make_shared<Members>(Resolved::lenient(selector_, *stand_.view))) {
  stand_.view = masked(std::move(stand_.view), perimeter_);
  settle_scope();
  members_->follow(*stand_.view);
  count_all();
}

void Selection::settle_scope() {
  scope_hash_ = perimeter_->hash();
  if (selector_.families.empty()) return;
  const base::Hash128 indicators = hash_of(expanded(selector_, *stand_.view));
  scope_hash_.high ^= indicators.high;
  scope_hash_.low ^= indicators.low;
}

void Selection::count_all() {
  hash_ = 0;
  cells_ = 0;
  const flow::CellView& view = *stand_.view;
  members_->for_each_cell(view, [&](model::CellRef ref) {
    const model::CellValue value = view.cell(ref);
    if (value.absent) return;
    const auto& name = view.cuboids()[ref.cuboid].indicators[ref.indicator];
    hash_ ^= model::cell_hash(key_text(name, dimensions_of(view, ref.cuboid, ref.group)), value);
    ++cells_;
  });
}

// Adds the changes to (or, backwards, takes them from) a hash and a count of cells.
void Selection::count(const std::vector<NetChange>& net, bool forward, std::uint64_t* hash,
                      std::uint64_t* cells) const {
  for (const NetChange& change : net) {
    const auto words = words_of(change.id, change.location, *stand_.view, context_.ledger);
    if (!words.ok()) continue;
    const std::string text = key_text(words->indicator, words->dimensions);
    if (!change.before.absent) {
      *hash ^= model::cell_hash(text, change.before);
      *cells += forward ? -1 : 1;
    }
    if (!change.after.absent) {
      *hash ^= model::cell_hash(text, change.after);
      *cells += forward ? 1 : -1;
    }
  }
}

Location Selection::locate(CellId id) {
  if (!locator_) {
    locator_.emplace(context_.ledger, expanded(selector_, *stand_.view), members_->resolved);
    locator_->follow(*stand_.view);
  }
  return locator_->locate(id);
}

model::CellValue Selection::shown(CellId id, const Location& location,
                                  const model::CellValue& value) const {
  if (perimeter_->sees_all() || value.absent) return value;
  if (!location.gone) {
    const bool is_seen = perimeter_->sees(*stand_.view, location.ref.cuboid, location.ref.group);
    return is_seen ? value : hidden_value();
  }
  const auto words = words_of(id, location, *stand_.view, context_.ledger);
  return words.ok() && perimeter_->sees(words->dimensions) ? value : hidden_value();
}

void Selection::relocate(CellId id, Pending* pending) {
  const Location location = locate(id);
  pending->gone = !location.selected || location.gone;
  pending->ref = location.ref;
  pending->generation = stand_.generation;
}

NetChanges Selection::net_of(const PendingCells& cells) {
  auto net = std::make_shared<std::vector<NetChange>>();
  net->reserve(cells.size());
  for (const auto& [id, known] : cells) {
    Pending pending = known;
    if (pending.generation != stand_.generation) relocate(id, &pending);
    NetChange change{id, {true, pending.gone, pending.ref}, pending.before, {}};
    change.before = shown(id, change.location, change.before);
    if (!pending.gone) change.after = stand_.view->cell(pending.ref);
    if (!change.before.same_value(change.after)) net->push_back(change);
  }
  std::sort(net->begin(), net->end(),
            [](const NetChange& a, const NetChange& b) { return a.id < b.id; });
  return net;
}

void Selection::unshare(Lag* lag) {
  if (lag->single == nullptr) return;
  for (const NetChange& change : *lag->single) {
    lag->merged.try_emplace(change.id, Pending{change.before, change.location.ref,
                                               stand_.generation, change.location.gone});
  }
  lag->single = nullptr;
}

void Selection::merge(const NetChanges& net, std::uint64_t published, Lag* lag) {
  lag->published += published;
  if (net->empty()) return;
  if (lag->single == nullptr && lag->merged.empty()) {
    lag->single = net;
    return;
  }
  unshare(lag);
  for (const NetChange& change : *net) {
    const auto [pending, fresh] =
        lag->merged.try_emplace(change.id, Pending{change.before, {}, 0, false});
    pending->second.ref = change.location.ref;
    pending->second.gone = change.location.gone;
    pending->second.generation = stand_.generation;
  }
}

// Changes before they were netted, those of hidden cells aside: what happens there is nobody's to
// count.
std::uint64_t Selection::published_in(const Head& head, const std::vector<NetChange>& net) const {
  std::uint64_t published = 0;
  if (perimeter_->sees_all()) {
    for (const auto& [id, pending] : head.cells) published += pending.published;
    return published;
  }
  for (const NetChange& change : net) {
    const bool is_hidden =
        change.before.na == model::NaReason::kHidden || change.after.na == model::NaReason::kHidden;
    published += is_hidden ? 1 : head.cells.at(change.id).published;
  }
  return published;
}

bool Selection::absorb(const Head& head, Stand stand) {
  const bool switched = stand.generation != stand_.generation;
  bool regrained = false;
  if (switched) {
    // While the old layout still stands, so that these locations are known to be of it.
    for (auto& [sent, lag] : lags_) unshare(&lag);
    const auto before = grains_of(members_->resolved, *stand_.view);
    auto resolved = Resolved::lenient(selector_, *stand.view);
    for (const auto& [indicator, grain] : grains_of(resolved, *stand.view)) {
      const auto known = before.find(indicator);
      regrained = regrained || (known != before.end() && known->second != grain);
    }
    members_ = std::make_shared<Members>(std::move(resolved));
    locator_.reset();
  }
  built_.clear();
  stand_ = std::move(stand);
  stand_.view = masked(std::move(stand_.view), perimeter_);
  if (switched) {
    const base::Hash128 before = scope_hash_;
    settle_scope();
    regrained = regrained || scope_hash_ != before;
  }
  members_->follow(*stand_.view);
  if (locator_) locator_->follow(*stand_.view);
  const NetChanges net = net_of(head.cells);
  if (regrained) {
    count_all();
  } else {
    count(*net, true, &hash_, &cells_);
  }
  const std::uint64_t published = published_in(head, *net);
  for (auto& [sent, lag] : lags_) merge(net, published, &lag);
  return regrained;
}

void Selection::join(model::Revision sent) { ++lags_[sent].users; }

void Selection::leave(model::Revision sent) {
  const auto lag = lags_.find(sent);
  if (lag == lags_.end() || --lag->second.users > 0) return;
  built_.erase(&lag->second);  // another lag may come to lie there
  lags_.erase(lag);
}

bool Selection::has_changes(model::Revision sent) const {
  const auto lag = lags_.find(sent);
  return lag != lags_.end() && (lag->second.single != nullptr || !lag->second.merged.empty());
}

ProgressFacts Selection::facts_at(model::Revision revision, std::uint64_t cells,
                                  std::uint64_t hash) const {
  ProgressFacts facts;
  facts.revision = revision;
  facts.token = context_.tokens.make({context_.epoch, revision, selector_hash_, scope_hash_});
  facts.marks = stand_.marks;
  facts.cells = cells;
  facts.hash = hash;
  return facts;
}

std::shared_ptr<Transmission> Selection::snapshot() {
  if (auto known = snapshot_.lock(); known != nullptr && known->facts().revision == at()) {
    return known;
  }
  auto made = std::make_shared<SnapshotTransmission>(stand_.view, facts_at(at(), cells_, hash_),
                                                     &context_.serialisations, members_);
  snapshot_ = made;
  return made;
}

std::shared_ptr<Transmission> Selection::delta_of(const PendingCells& cells) {
  return std::make_shared<DeltaTransmission>(stand_.view, facts_at(at(), cells_, hash_),
                                             &context_.serialisations, net_of(cells),
                                             context_.ledger);
}

std::shared_ptr<Transmission> Selection::delta(model::Revision sent, std::uint64_t* published) {
  const Lag& lag = lags_[sent];
  *published += lag.published;
  const void* made_of = nullptr;
  if (lag.single != nullptr) {
    made_of = lag.single.get();
  } else if (!lag.merged.empty()) {
    made_of = &lag;
  }
  std::shared_ptr<Transmission>& built = built_[made_of];
  if (built == nullptr) {
    built = std::make_shared<DeltaTransmission>(
        stand_.view, facts_at(at(), cells_, hash_), &context_.serialisations,
        lag.single != nullptr ? lag.single : net_of(lag.merged), context_.ledger);
  }
  return built;
}

void Selection::rewind(const PendingCells& cells, std::uint64_t* hash, std::uint64_t* count_of) {
  *hash = hash_;
  *count_of = cells_;
  count(*net_of(cells), false, hash, count_of);
}

}  // namespace passerelle::publication
