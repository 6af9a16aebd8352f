// What a pool's key says of a period: weights, constant or measured, time against capacity, and the
// cascade of pools that give to pools.
#include <algorithm>

#include "core/consolidation/allocator.h"

namespace passerelle::consolidation {
namespace {

using base::Int128;
using base::Rational;
using Kind = model::KeyVersion::Kind;

}  // namespace

// Of the keys that name the cell the one that says most, where one of its versions holds on the
// period's last day. What is unmapped is not spread by a key for all.
const KeyVersionPlan* Allocator::version_of(const PoolPlan& plan, const Key& key, Code* id) const {
  const base::Days day = base::Period::from_packed(key.back()).last_day();
  const auto names = [&](const KeyPlan& candidate) {
    for (std::size_t i = 0; i < plan.each.size(); ++i) {
      const auto of = std::find_if(candidate.of.begin(), candidate.of.end(),
                                   [&](const auto& one) { return one.first == i; });
      if (of == candidate.of.end() ? key[i] == kUnmappedText : key[i] != of->second) return false;
    }
    return true;
  };
  for (const KeyPlan& candidate : plan.keys) {
    if (!names(candidate)) continue;
    for (const KeyVersionPlan& version : candidate.versions) {
      if (!version.valid.holds(day)) continue;
      *id = candidate.id;
      return &version;
    }
  }
  return nullptr;
}

Allocator::Spread Allocator::spread_of(const DerivationContext& context, const PoolPlan& plan,
                                       const Cell& cell) const {
  Spread spread;
  const KeyVersionPlan* version = version_of(plan, cell.key, &spread.key);
  if (version == nullptr) {
    const auto only =
        plan.activity ? plan.served.find(cell.key[*plan.activity]) : plan.served.end();
    if (only != plan.served.end()) {
      spread.shares.push_back({only->second, 1, std::nullopt});
    } else {
      spread.unassigned = 1;
    }
    return spread;
  }
  switch (version->kind) {
    case Kind::kShare:
    case Kind::kPercent:
      for (const auto& [destination, share] : version->shares) {
        spread.shares.push_back({destination, share, std::nullopt});
      }
      spread.unassigned = version->rest;
      break;
    case Kind::kWeight:
      spread_measured(context, plan, cell, *version, &spread);
      break;
    case Kind::kMinutes:
    case Kind::kVolume:
      spread_time(context, plan, cell, *version, &spread);
  }
  sort(&spread.shares);
  return spread;
}

// What is measured at no destination keeps its part: it is unassigned. A weight below 0 is none.
void Allocator::spread_measured(const DerivationContext& context, const PoolPlan& plan,
                                const Cell& cell, const KeyVersionPlan& version,
                                Spread* spread) const {
  const KeyMeasure& measure = plan_.measures[version.measure];
  Key key;
  for (const std::uint32_t each : version.per) key.push_back(cell.key[each]);
  key.push_back(cell.key.back());
  const auto groups = weights_[version.measure].groups.find(key);
  if (groups == weights_[version.measure].groups.end()) return;
  const GroupStore& store = *context.facts.stores()[measure.place.cuboid];
  for (const std::uint32_t group : groups->second) {
    const auto value = value_of(context, measure.place, group);
    if (!value || *value <= 0) continue;
    const auto destination =
        load<Code>(store.row(group),
                   static_cast<Offset>(store.layout().key + measure.destination * sizeof(Code)));
    if (destination == kNoText || destination == kUnmappedText ||
        (plan.gives_to_pools() && destination == plan.code)) {
      spread->unassigned += *value;
    } else {
      spread->shares.push_back({destination, *value, std::nullopt});
    }
  }
}

// Kaplan and Anderson: a minute of work costs what a minute of capacity costs; what no work uses is
// shown. Work beyond the capacity takes the whole cost, and the capacity left is below 0.
void Allocator::spread_time(const DerivationContext& context, const PoolPlan& plan,
                            const Cell& cell, const KeyVersionPlan& version, Spread* spread) const {
  spread_measured(context, plan, cell, version, spread);
  Rational used = 0;
  for (Share& share : spread->shares) {
    if (version.kind == Kind::kVolume) {
      const auto time = version.times.find(share.destination);
      share.weight *= time == version.times.end() ? Rational(0) : time->second;
    }
    share.minutes = share.weight;
    used += share.weight;
  }
  if (version.kind == Kind::kVolume) spread->unassigned = 0;  // without unit time, no minutes
  if (spread->unassigned != 0) spread->unassigned_minutes = spread->unassigned;
  used += spread->unassigned;
  const std::uint32_t group = plan.capacity ? cell.groups[plan.sources.size()] : kNone;
  const auto capacity =
      plan.capacity ? value_of(context, plan.capacity->place, group) : std::nullopt;
  if (!capacity || *capacity <= 0) {
    // Without capacity there is no rate.
    for (Share& share : spread->shares) share.weight = 0;
    spread->unassigned = 1;
    return;
  }
  spread->capacity = *capacity;
  if (*capacity > used) spread->unused = *capacity - used;
}

void Allocator::sort(std::vector<Share>* shares) const {
  std::sort(shares->begin(), shares->end(), [&](const Share& a, const Share& b) {
    return strings_[a.destination] < strings_[b.destination];
  });
}

Status Allocator::settle_step(DerivationContext* context, std::size_t step) {
  std::vector<std::uint32_t> periods;
  for (const std::uint32_t number : plan_.steps[step]) {
    Pool& pool = pools_[number];
    for (const std::uint32_t cell : pool.dirty) {
      pool.cells[cell].dirty = false;
      periods.push_back(pool.cells[cell].key.back());
    }
    pool.dirty.clear();
  }
  std::sort(periods.begin(), periods.end());
  periods.erase(std::unique(periods.begin(), periods.end()), periods.end());
  for (const std::uint32_t period : periods) {
    PAS_RETURN_IF_ERROR(settle_period(context, step, period));
  }
  return absl::OkStatus();
}

Status Allocator::settle_period(DerivationContext* context, std::size_t step,
                                std::uint32_t period) {
  const std::vector<std::uint32_t>& givers = plan_.steps[step];
  std::vector<std::uint32_t> takers;
  for (std::uint32_t i = 0; i < plan_.pools.size(); ++i) {
    const PoolPlan& pool = plan_.pools[i];
    if (pool.takes_from_pools() && pool.grain == plan_.pools[givers[0]].grain) takers.push_back(i);
  }
  std::sort(takers.begin(), takers.end(), [&](std::uint32_t a, std::uint32_t b) {
    return plan_.pools[a].id < plan_.pools[b].id;
  });
  std::vector<Spread> spreads;
  std::vector<std::uint32_t> cells;
  std::vector<Int128> own;
  for (const std::uint32_t number : givers) {
    cells.push_back(cell_of(&pools_[number], {period}));
    const Cell& cell = pools_[number].cells[cells.back()];
    spreads.push_back(spread_of(*context, plan_.pools[number], cell));
    own.push_back(source_of(*context, plan_.pools[number], cell));
  }
  const SettledCascade& settled = cascade_of(step, period, spreads, takers);
  for (std::size_t i = 0; i < givers.size(); ++i) {
    Spread ends;
    ends.key = spreads[i].key;
    for (std::size_t t = 0; t < takers.size(); ++t) {
      if (settled.exits[i][t] == 0) continue;
      ends.shares.push_back({plan_.pools[takers[t]].code, settled.exits[i][t], std::nullopt});
    }
    ends.unassigned = settled.exits[i].back();
    std::vector<Part> parts;
    if (has_facts(*context, pools_[givers[i]], pools_[givers[i]].cells[cells[i]])) {
      parts = parts_of(ends, own[i]);
    }
    Rational gross = 0;
    for (std::size_t from = 0; from < givers.size(); ++from) {
      gross += settled.gross[from][i] * base::to_rational(own[from], 0);
    }
    if (gross != 0) {
      Part part{PartKind::kGross, kNoText, kNoText};
      part.gross = static_cast<std::int64_t>(rounded_to_unit(gross));
      parts.push_back(part);
    }
    PAS_RETURN_IF_ERROR(replace(context, givers[i], cells[i], std::move(parts), own[i]));
  }
  return absl::OkStatus();
}

// Solved anew only where a share changed.
const SettledCascade& Allocator::cascade_of(std::size_t step, std::uint32_t period,
                                            const std::vector<Spread>& spreads,
                                            const std::vector<std::uint32_t>& takers) {
  const std::vector<std::uint32_t>& givers = plan_.steps[step];
  using Method = model::Cascade::Method;
  const auto rank = [&](std::size_t giver) {
    const auto& order = plan_.cascade.order;
    return std::find(order.begin(), order.end(), plan_.pools[givers[giver]].id) - order.begin();
  };
  const auto may_give = [&](std::size_t from, std::size_t to) {
    switch (plan_.cascade.method) {
      case Method::kDirect:
        return false;
      case Method::kStepDown:
        return rank(from) < rank(to);
      default:
        return true;
    }
  };
  Matrix among(givers.size(), std::vector<Rational>(givers.size()));
  Matrix exits(givers.size(), std::vector<Rational>(takers.size() + 1));
  for (std::size_t i = 0; i < givers.size(); ++i) {
    exits[i].back() = spreads[i].unassigned;
    Rational sum = spreads[i].unassigned;
    for (const Share& share : spreads[i].shares) {
      const auto is_it = [&](std::uint32_t pool) {
        return plan_.pools[pool].code == share.destination;
      };
      const auto giver = std::find_if(givers.begin(), givers.end(), is_it);
      const auto taker = std::find_if(takers.begin(), takers.end(), is_it);
      if (giver != givers.end()) {
        const auto to = static_cast<std::size_t>(giver - givers.begin());
        if (!may_give(i, to)) continue;
        among[i][to] += share.weight;
      } else if (taker != takers.end()) {
        exits[i][static_cast<std::size_t>(taker - takers.begin())] += share.weight;
      } else {
        exits[i].back() += share.weight;
      }
      sum += share.weight;
    }
    if (sum == 0) {
      exits[i].back() = 1;
      continue;
    }
    for (Rational& share : among[i]) share /= sum;
    for (Rational& share : exits[i]) share /= sum;
  }
  Settled& known = settled_[{step, period}];
  if (known.among == among && known.exits == exits) return known.result;
  known = {among, exits, {}};
  known.result = settle_cascade(std::move(among), std::move(exits));
  return known.result;
}

}  // namespace passerelle::consolidation
