#include "core/consolidation/allocator.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/base/apportionment.h"

namespace passerelle::consolidation {
namespace {

using base::Int128;
using base::Rational;

std::uint32_t code_at(const GroupStore& store, std::uint32_t group, std::uint32_t position) {
  return load<std::uint32_t>(
      store.row(group), static_cast<Offset>(store.layout().key + position * sizeof(std::uint32_t)));
}

std::uint32_t period_of(const GroupStore& store, std::uint32_t group) {
  return store.period(group);
}

}  // namespace

Allocator::Allocator(AllocationPlan plan, const model::RecordKind& kind, Strings* strings)
    : plan_(std::move(plan)),
      strings_(*strings),
      kind_(kind.name),
      slots_{slot_of(kind, "pool"),    slot_of(kind, "to_pool"), slot_of(kind, "part"),
             slot_of(kind, "key"),     slot_of(kind, "day"),     slot_of(kind, "amount"),
             slot_of(kind, "minutes"), slot_of(kind, "gross")},
      unassigned_(strings->intern(model::kUnassigned)),
      unused_(strings->intern(model::kUnused)) {
  for (std::uint32_t slot = 0; slot < kind.fields.size(); ++slot) {
    fields_[kind.fields[slot].name] = slot;
  }
  fields_[std::string(model::kPoolDimension)] = slots_.to_pool;
  for (const char* name : {"allocated", "unassigned", "unused", "gross"}) {
    part_names_.push_back(strings->intern(name));
  }
  pools_.resize(plan_.pools.size());
  link();
}

// Pointers into the plan.
void Allocator::link() {
  weights_.resize(plan_.measures.size());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolPlan& plan = plan_.pools[i];
    Pool& pool = pools_[i];
    pool.inputs.clear();
    for (const PoolInput& source : plan.sources) pool.inputs.push_back(&source);
    if (plan.capacity) pool.inputs.push_back(&*plan.capacity);
    pool.inputs.push_back(&plan.allocated);
    pool.cells_of.resize(pool.inputs.size());
    std::set<std::pair<std::uint32_t, std::vector<std::uint32_t>>> measures;
    for (const KeyPlan& key : plan.keys) {
      for (const KeyVersionPlan& version : key.versions) {
        if (version.kind >= model::KeyVersion::Kind::kWeight) {
          measures.emplace(version.measure, version.per);
        }
      }
    }
    pool.measures.assign(measures.begin(), measures.end());
  }
}

void Allocator::restate(AllocationPlan plan) {
  plan_ = std::move(plan);
  link();
  settled_.clear();
  for (Pool& pool : pools_) {
    for (std::uint32_t cell = 0; cell < pool.cells.size(); ++cell) mark(&pool, cell);
  }
}

void Allocator::mark(Pool* pool, std::uint32_t cell) {
  if (pool->cells[cell].dirty) return;
  pool->cells[cell].dirty = true;
  pool->dirty.push_back(cell);
}

std::uint32_t Allocator::cell_of(Pool* pool, Key key) {
  const auto [at, is_new] =
      pool->numbers.emplace(std::move(key), static_cast<std::uint32_t>(pool->cells.size()));
  if (!is_new) return at->second;
  Cell cell;
  cell.key = at->first;
  cell.groups.assign(pool->inputs.size(), kNone);
  pool->cells.push_back(std::move(cell));
  pool->periods[at->first.back()].push_back(at->second);
  return at->second;
}

void Allocator::index_group(Pool* pool, std::size_t input, const GroupStore& store,
                            std::uint32_t group) {
  const PoolInput& place = *pool->inputs[input];
  if (place.selector && code_at(store, group, *place.selector) != place.selected) {
    pool->cells_of[input].push_back(kNone);
    return;
  }
  Key key;
  for (const std::uint32_t position : place.each) key.push_back(code_at(store, group, position));
  key.push_back(period_of(store, group));
  const std::uint32_t cell = cell_of(pool, std::move(key));
  pool->cells[cell].groups[input] = group;
  pool->cells_of[input].push_back(cell);
}

void Allocator::index_groups(Pool* pool, std::size_t input, const GroupStore& store) {
  for (auto group = static_cast<std::uint32_t>(pool->cells_of[input].size()); group < store.size();
       ++group) {
    index_group(pool, input, store, group);
  }
}

// Cells of the pool whose amounts or capacity changed.
void Allocator::collect(const DerivationContext& context, std::uint32_t number) {
  Pool& pool = pools_[number];
  for (std::size_t input = 0; input + 1 < pool.inputs.size(); ++input) {
    const GroupStore& store = *context.facts.stores()[pool.inputs[input]->place.cuboid];
    index_groups(&pool, input, store);
    for (std::size_t i = 0; i < store.touched(); ++i) {
      const std::uint32_t cell = pool.cells_of[input][store.touched_group(i)];
      if (cell != kNone) mark(&pool, cell);
    }
  }
}

// Measures read no allocated amounts: they are all there when the first pool is worked out.
void Allocator::index_weights(const DerivationContext& context) {
  for (std::uint32_t measure = 0; measure < weights_.size(); ++measure) {
    const KeyMeasure& place = plan_.measures[measure];
    const GroupStore& store = *context.facts.stores()[place.place.cuboid];
    Weights& weights = weights_[measure];
    for (; weights.indexed < store.size(); ++weights.indexed) {
      Key key;
      for (const std::uint32_t position : place.per) {
        key.push_back(code_at(store, weights.indexed, position));
      }
      key.push_back(period_of(store, weights.indexed));
      weights.groups[std::move(key)].push_back(weights.indexed);
    }
    mark_weighted(store, measure);
  }
}

void Allocator::mark_weighted(const GroupStore& store, std::uint32_t measure) {
  const KeyMeasure& place = plan_.measures[measure];
  for (Pool& pool : pools_) {
    for (const auto& [number, per] : pool.measures) {
      if (number != measure) continue;
      std::set<Key> seen;
      for (std::size_t i = 0; i < store.touched(); ++i) {
        const std::uint32_t group = store.touched_group(i);
        Key key;
        for (const std::uint32_t position : place.per)
          key.push_back(code_at(store, group, position));
        key.push_back(period_of(store, group));
        const auto cells = pool.periods.find(key.back());
        if (cells == pool.periods.end() || !seen.insert(key).second) continue;
        for (const std::uint32_t cell : cells->second) {
          bool same = true;
          for (std::size_t p = 0; p < per.size(); ++p) {
            same = same && pool.cells[cell].key[per[p]] == key[p];
          }
          if (same) mark(&pool, cell);
        }
      }
    }
  }
}

std::optional<Rational> Allocator::value_of(const DerivationContext& context, CellPlace place,
                                            std::uint32_t group) const {
  if (group == kNone) return std::nullopt;
  const GroupStore& store = *context.facts.stores()[place.cuboid];
  const CellPlan& plan = store.layout().cells[place.cell];
  const RowView view{store.row(group), group, store.promoted()};
  if (is_absent(plan, view)) return std::nullopt;
  return exact_value(plan, view);
}

bool Allocator::has_facts(const DerivationContext& context, const Pool& pool,
                          const Cell& cell) const {
  for (std::size_t input = 0; input + 1 < pool.inputs.size(); ++input) {
    if (value_of(context, pool.inputs[input]->place, cell.groups[input])) return true;
  }
  return false;
}

Int128 Allocator::source_of(const DerivationContext& context, const PoolPlan& plan,
                            const Cell& cell) const {
  Rational euros = 0;
  for (std::size_t input = 0; input < plan.sources.size(); ++input) {
    const auto value = value_of(context, plan.sources[input].place, cell.groups[input]);
    if (value) euros += *value;
  }
  return rounded_to_unit(euros * 100);
}

// A part that does not fit 64 bits becomes several facts.
void Allocator::add_amount(std::vector<Part>* parts, Part part, Int128 amount) {
  constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const Int128 now = std::clamp(amount, -kMost, kMost);
    part.amount = static_cast<std::int64_t>(now);
    parts->push_back(part);
    amount -= now;
    if (amount == 0) return;
    part.minutes = model::kAbsent;
  }
}

bool Allocator::is_before(const Part& a, const Part& b) const {
  if (a.kind != b.kind) return a.kind < b.kind;
  return a.destination != b.destination && strings_[a.destination] < strings_[b.destination];
}

std::vector<Allocator::Part> Allocator::parts_of(const Spread& spread, Int128 total) const {
  std::vector<Rational> weights;
  Rational sum = 0;
  for (const Share& share : spread.shares) weights.push_back(share.weight);
  weights.push_back(spread.unassigned);
  weights.push_back(spread.unused);
  for (const Rational& weight : weights) sum += weight;
  if (sum == 0) weights[spread.shares.size()] = 1;  // nothing says where: unassigned
  const std::vector<Int128> amounts = base::apportioned(total, weights);
  std::vector<Part> parts;
  std::int64_t left = 0;  // minutes
  if (spread.capacity) left = static_cast<std::int64_t>(rounded_to_unit(*spread.capacity * 100));
  const auto minutes_of = [&](const std::optional<Rational>& minutes) {
    if (!minutes) return model::kAbsent;
    const auto hundredths = static_cast<std::int64_t>(rounded_to_unit(*minutes * 100));
    left -= hundredths;
    return hundredths;
  };
  for (std::size_t i = 0; i < spread.shares.size(); ++i) {
    const Share& share = spread.shares[i];
    Part part{PartKind::kAllocated, share.destination, spread.key};
    part.minutes = minutes_of(share.minutes);
    if (share.weight != 0 || part.minutes != model::kAbsent) add_amount(&parts, part, amounts[i]);
  }
  Part unassigned{PartKind::kUnassigned, unassigned_, spread.key};
  unassigned.minutes = minutes_of(spread.unassigned_minutes);
  const std::size_t last = spread.shares.size();
  if (weights[last] != 0 || unassigned.minutes != model::kAbsent) {
    add_amount(&parts, unassigned, amounts[last]);
  }
  Part unused{PartKind::kUnused, unused_, spread.key};
  if (spread.capacity) unused.minutes = left;
  if (weights[last + 1] != 0 || spread.capacity) add_amount(&parts, unused, amounts[last + 1]);
  return parts;
}

Status Allocator::settle(DerivationContext* context) {
  context->facts.flush();
  index_weights(*context);
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    for (const std::uint32_t pool : plan_.steps[step]) collect(*context, pool);
    if (plan_.pools[plan_.steps[step][0]].gives_to_pools()) {
      PAS_RETURN_IF_ERROR(settle_step(context, step));
    } else {
      PAS_RETURN_IF_ERROR(settle_pool(context, plan_.steps[step][0]));
    }
  }
  return absl::OkStatus();
}

Status Allocator::settle_pool(DerivationContext* context, std::uint32_t number) {
  Pool& pool = pools_[number];
  const PoolPlan& plan = plan_.pools[number];
  std::vector<std::uint32_t> dirty;
  dirty.swap(pool.dirty);
  for (const std::uint32_t cell : dirty) {
    pool.cells[cell].dirty = false;
    Int128 total = 0;
    std::vector<Part> parts;
    if (has_facts(*context, pool, pool.cells[cell])) {
      total = source_of(*context, plan, pool.cells[cell]);
      parts = parts_of(spread_of(*context, plan, pool.cells[cell]), total);
    }
    PAS_RETURN_IF_ERROR(replace(context, number, cell, std::move(parts), total));
  }
  return absl::OkStatus();
}

// Puts the new parts in place of the old ones; only what differs is folded.
Status Allocator::replace(DerivationContext* context, std::uint32_t number, std::uint32_t cell,
                          std::vector<Part> parts, Int128 source) {
  Pool& pool = pools_[number];
  std::vector<Part>& known = pool.cells[cell].parts;
  std::size_t old = 0;
  const auto remove = [&](Part* part) { context->remove_fact(&part->fact); };
  for (Part& part : parts) {
    while (old < known.size() && is_before(known[old], part)) remove(&known[old++]);
    const bool is_known = old < known.size() && !is_before(part, known[old]);
    if (is_known && known[old].same(part)) {
      part.fact = known[old++].fact;
      continue;
    }
    if (is_known) remove(&known[old++]);
    PAS_ASSIGN_OR_RETURN(part.fact, add_fact(context, plan_.pools[number], pool.cells[cell], part));
  }
  while (old < known.size()) remove(&known[old++]);
  known = std::move(parts);
  context->facts.flush();
  const std::size_t input = pool.inputs.size() - 1;
  index_groups(&pool, input, *context->facts.stores()[pool.inputs[input]->place.cuboid]);
  return verify(*context, number, pool.cells[cell], source);
}

StatusOr<DerivedRef> Allocator::add_fact(DerivationContext* context, const PoolPlan& plan,
                                         const Cell& cell, const Part& part) const {
  PAS_ASSIGN_OR_RETURN(const DerivedRef fact, context->derived.add(kind_, ""));
  const auto set = [&](std::uint32_t slot, std::int64_t raw) {
    context->derived.set(fact, slot, raw);
  };
  set(slots_.pool, plan.code);
  set(slots_.part, part_names_[static_cast<std::size_t>(part.kind)]);
  set(slots_.key, part.key);
  set(slots_.day, base::Period::from_packed(cell.key.back()).last_day());
  set(slots_.amount, part.amount);
  set(slots_.minutes, part.minutes);
  set(slots_.gross, part.gross);
  for (std::size_t i = 0; i < plan.each.size(); ++i) {
    const auto slot = fields_.find(plan.each[i]);
    if (slot != fields_.end()) set(slot->second, cell.key[i]);
  }
  const auto slot = fields_.find(plan.to);
  if (slot != fields_.end()) set(slot->second, part.destination);
  context->add_fact(fact);
  return fact;
}

Status Allocator::verify(const DerivationContext& context, std::uint32_t number, const Cell& cell,
                         Int128 source) const {
  const PoolInput& all = plan_.pools[number].allocated;
  const auto euros = value_of(context, all.place, cell.groups.back());
  const Rational folded = euros ? Rational(*euros * 100) : Rational(0);
  if (folded == base::to_rational(source, 0)) return absl::OkStatus();
  std::string parts;
  for (const Part& part : cell.parts) {
    if (part.amount == model::kAbsent) continue;
    parts += (parts.empty() ? "" : " + ") + std::string(strings_[part.destination]) + ' ' +
             base::format_scaled(part.amount, 2);
  }
  std::string where;
  for (std::size_t i = 0; i < plan_.pools[number].each.size(); ++i) {
    where += ", " + plan_.pools[number].each[i] + " " + std::string(strings_[cell.key[i]]);
  }
  return base::internal("conservation: pool " + plan_.pools[number].id + " in " +
                        base::Period::from_packed(cell.key.back()).to_string() + where + " had " +
                        base::format_scaled(source, 2) + " and gave " +
                        base::format_scaled(rounded_to_unit(folded), 2) + " (" + parts +
                        "); this is a fault of the hub: keep the journal and report it");
}

std::size_t Allocator::bytes() const {
  std::size_t bytes = 0;
  for (const Pool& pool : pools_) {
    for (const auto& cells : pool.cells_of) bytes += cells.size() * sizeof(std::uint32_t);
    for (const Cell& cell : pool.cells) {
      bytes += sizeof(Cell) + cell.key.size() * 2 * sizeof(std::uint32_t) +
               cell.groups.size() * sizeof(std::uint32_t) + cell.parts.size() * sizeof(Part);
    }
  }
  for (const Weights& weights : weights_) bytes += weights.indexed * sizeof(std::uint32_t);
  return bytes;
}

}  // namespace passerelle::consolidation
