// From a cell back to those of other periods and indicators that it is made of.
#include <algorithm>
#include <map>

#include "core/consolidation/explained_parts.h"
#include "core/consolidation/fold.h"
#include "core/consolidation/landing.h"
#include "core/consolidation/windows.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;
using language::AggregateFn;

bool is_of_durations(const language::Aggregate& aggregate) {
  return aggregate.argument &&
         aggregate.argument->result().type.kind == language::TypeKind::kDuration;
}

// Whether the aggregate of durations is one itself, not a number of them.
bool is_duration(const language::Aggregate& aggregate) {
  const bool counts = aggregate.fn == AggregateFn::kCount ||
                      aggregate.fn == AggregateFn::kDistinct ||
                      aggregate.fn == AggregateFn::kShareLe || aggregate.fn == AggregateFn::kVar ||
                      aggregate.fn == AggregateFn::kStock;
  return !counts && is_of_durations(aggregate);
}

// States that add up over several cells.
bool adds_up(AggregateFn fn) {
  return fn == AggregateFn::kSum || fn == AggregateFn::kCount || fn == AggregateFn::kStock;
}

// A cell on the way from one period of an indicator to another; it has no name of its own.
bool is_step(const ModelPlan& plan, CellPlace place) {
  const auto indicator_at = [&](CellPlace at) -> const std::string& {
    return plan.layout(at.cuboid).cells[at.cell].indicator;
  };
  return std::any_of(plan.windows().begin(), plan.windows().end(), [&](const WindowCopy& copy) {
    return copy.to.cuboid == place.cuboid && copy.to.cell == place.cell &&
           indicator_at(copy.from) == indicator_at(place);
  });
}

// What one cell gives to aggregates of another.
struct Gift {
  CellName cell;
  Rational weight = 1;  // of its states; more where several windows look at it, one in the other
  std::vector<std::optional<Rational>> values;
  std::vector<std::uint32_t> facts;
  std::vector<std::uint32_t> periods;
};

Gift gift_of(CellName cell, const Rational& weight, const CellPlan& plan, const RowView& view) {
  Gift out{std::move(cell), weight, {}, {}, {}};
  for (const ExplainedAggregate& one : explained_aggregates(plan, view)) {
    out.values.push_back(one.value);
  }
  for (const AggregateCell& one : plan.aggregates) {
    out.facts.push_back(facts_of(one, view));
    out.periods.push_back(periods_of(one, view));
  }
  return out;
}

// Of the gift's aggregate `i` in `to`, among all gifts to it.
ExplainedShare share_of(const Gift& gift, const std::vector<Gift>& all, std::size_t i,
                        AggregateFn fn, bool is_average) {
  ExplainedShare out{gift.values[i], gift.facts[i], std::nullopt};
  if (!gift.values[i]) return out;
  const bool is_one = all.size() == 1 && gift.weight == 1;
  if (is_one) {
    out.share = gift.values[i];
  } else if (adds_up(fn) && !is_average) {
    out.share = *gift.values[i] * gift.weight;
  } else if (adds_up(fn)) {
    // An average over periods: of what each of them has.
    Rational periods = 0;
    for (const Gift& other : all) periods += other.weight * Rational(other.periods[i]);
    const Rational weight = gift.weight * Rational(gift.periods[i]);
    if (periods != 0) out.share = *gift.values[i] * weight / periods;
  }
  return out;
}

// What the states of each period are worth behind a cell of this one, through windows that may look
// at windows.
std::map<std::uint32_t, Rational> weights_behind(const std::vector<language::Window>& windows,
                                                 std::uint32_t period) {
  std::map<std::uint32_t, Rational> periods = {{period, 1}};
  for (auto window = windows.rbegin(); window != windows.rend(); ++window) {
    std::map<std::uint32_t, Rational> next;
    for (const auto& [one, times] : periods) {
      const auto range = looked_at(*window, one);
      if (!range) continue;
      const WindowWeights weights(*window, one);
      for (std::uint32_t p = range->first; p <= range->last; ++p) {
        const auto weight = weights.of(p);
        if (weight) next[p] += times * Rational(*weight) / Rational(weights.divisor());
      }
    }
    periods = std::move(next);
  }
  return periods;
}

// Whether no fact is behind any of the aggregates.
bool is_empty(const CellPlan& plan, const language::IndicatorReference& reference,
              const RowView& view) {
  return std::all_of(plan.aggregates.begin() + reference.first,
                     plan.aggregates.begin() + reference.first + reference.count,
                     [&](const AggregateCell& one) { return facts_of(one, view) == 0; });
}

}  // namespace

StatusOr<CellPlace> explained_place(const ModelPlan& plan, const CellName& name) {
  bool is_known = false;
  std::optional<CellPlace> hidden;
  for (std::uint32_t cuboid = 0; cuboid < plan.cuboids(); ++cuboid) {
    const CuboidLayout& layout = plan.layout(cuboid);
    const flow::CuboidInfo& info = layout.info;
    const bool same = info.grain == name.period.grain() &&
                      info.dimensions.size() == name.dimensions.size() &&
                      std::all_of(info.dimensions.begin(), info.dimensions.end(),
                                  [&](const auto& one) { return name.dimensions.contains(one); });
    for (std::uint32_t cell = 0; cell < layout.cells.size(); ++cell) {
      if (layout.cells[cell].indicator != name.indicator) continue;
      const bool is_shown = cell < info.indicators.size();
      is_known |= is_shown;
      if (!same) continue;
      if (is_shown) return CellPlace{cuboid, cell};
      if (!is_step(plan, {cuboid, cell})) hidden = CellPlace{cuboid, cell};
    }
  }
  if (hidden) return *hidden;
  if (!is_known) return base::not_found("there is no published indicator " + name.indicator);
  return base::not_found(name.indicator + " is not published by these dimensions at grain " +
                         std::string(base::to_string(name.period.grain())));
}

const WindowCopy* copy_to(const ModelPlan& plan, CellPlace place, std::uint32_t first) {
  const auto at =
      std::find_if(plan.windows().begin(), plan.windows().end(), [&](const WindowCopy& copy) {
        return copy.to.cuboid == place.cuboid && copy.to.cell == place.cell && copy.first == first;
      });
  return at == plan.windows().end() ? nullptr : &*at;
}

std::vector<ExplainedAggregate> explained_aggregates(const CellPlan& plan, const RowView& view) {
  std::vector<ExplainedAggregate> out;
  const auto values = aggregate_values(plan, view);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const language::Aggregate& aggregate = plan.plan.aggregates[i];
    out.push_back({aggregate.text, aggregate.kind, 0, aggregate.scale, is_of_durations(aggregate),
                   values[i]});
    if (values[i] && is_duration(aggregate)) {
      *out.back().value /= (60 * base::kMicrosPerMinute);
    }
  }
  return out;
}

void Fold::add_cells(const CellName& name, CellPlace place, const std::vector<Code>& key,
                     Explanation* out) {
  const CellPlan& plan = plan_->layout(place.cuboid).cells[place.cell];
  for (const language::IndicatorReference& reference : plan.plan.references) {
    const WindowCopy* copy = copy_to(*plan_, place, reference.first);
    if (copy == nullptr) continue;  // fed by facts
    CellPlace from = copy->from;
    for (std::size_t i = 1; i < reference.windows.size(); ++i) {
      from = copy_to(*plan_, from, 0)->from;
    }
    const CellPlan& source = plan_->layout(from.cuboid).cells[from.cell];
    const GroupStore& store = *facts_.stores()[from.cuboid];
    const bool lands =
        std::any_of(reference.windows.begin(), reference.windows.end(),
                    [](const auto& window) { return language::is_landing(window.kind); });
    if (lands) {
      const GroupStore& own = *facts_.stores()[place.cuboid];
      std::vector<std::uint32_t> at(key.begin(), key.end());
      at.push_back(name.period.packed());
      const auto group = own.find(at.data());
      // Months that do not suffice, or no year before.
      if (!group || is_empty(plan, reference, view_of(own, *group))) continue;
    }
    std::vector<Gift> gifts;
    for (const auto& [period, weight] : weights_behind(reference.windows, name.period.packed())) {
      std::vector<std::uint32_t> at(key.begin(), key.end());
      at.push_back(period);
      const auto group = store.find(at.data());
      if (!group || is_absent(source, view_of(store, *group))) continue;
      gifts.push_back(
          gift_of({reference.indicator, name.dimensions, base::Period::from_packed(period)}, weight,
                  source, view_of(store, *group)));
    }
    for (const Gift& gift : gifts) {
      ExplainedCell cell{gift.cell, {}};
      cell.shares.resize(plan.aggregates.size());
      for (std::uint32_t i = 0; i < reference.count; ++i) {
        const AggregateCell& to = plan.aggregates[reference.first + i];
        cell.shares[reference.first + i] =
            share_of(gift, gifts, i, to.fn, to.periods != kNoOffset && !lands);
      }
      out->cells.push_back(std::move(cell));
    }
  }
}

}  // namespace passerelle::consolidation
