// Where the cells of an indicator lie: those that facts feed, those that roll others up over time,
// and which groups of a ratio stand below which.
#include <algorithm>
#include <set>

#include "core/consolidation/plan_compiler.h"
#include "core/language/units.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;
using language::AggregateFn;
using language::FinaliserNode;

std::optional<Fraction> fraction_of(const Rational& value) {
  const base::BigInt limit = base::BigInt(1) << 62;
  const base::BigInt numerator = boost::multiprecision::numerator(value);
  const base::BigInt denominator = boost::multiprecision::denominator(value);
  if (abs(numerator) > limit || denominator > limit) return std::nullopt;
  return Fraction{static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator)};
}

// The aggregates below a node.
void collect(const language::IndicatorPlan& plan, std::uint32_t index,
             std::set<std::uint32_t>* aggregates) {
  const FinaliserNode& node = plan.finaliser[index];
  switch (node.op) {
    case FinaliserNode::Op::kAggregate:
      aggregates->insert(node.left);
      return;
    case FinaliserNode::Op::kConstant:
      return;
    case FinaliserNode::Op::kNegate:
    case FinaliserNode::Op::kAbs:
    case FinaliserNode::Op::kWhenEmpty:
    case FinaliserNode::Op::kWhenZeroDenominator:
    case FinaliserNode::Op::kIsKnown:
      collect(plan, node.left, aggregates);
      return;
    default:
      collect(plan, node.left, aggregates);
      collect(plan, node.right, aggregates);
  }
}

bool is_count(const language::Aggregate& aggregate) {
  return aggregate.fn == AggregateFn::kCount || aggregate.fn == AggregateFn::kDistinct ||
         aggregate.fn == AggregateFn::kStock;
}

// Counted by itself at every grain: a stock at the end of a year is that of its last month.
bool is_stock_only(const language::IndicatorPlan& plan) {
  return plan.references.empty() &&
         std::all_of(plan.aggregates.begin(), plan.aggregates.end(),
                     [](const auto& aggregate) { return aggregate.fn == AggregateFn::kStock; });
}

}  // namespace

std::vector<Ratio> ratios_of(const language::IndicatorPlan& plan) {
  std::vector<Ratio> ratios;
  for (const FinaliserNode& node : plan.finaliser) {
    if (node.op != FinaliserNode::Op::kDivide) continue;
    std::set<std::uint32_t> above;
    std::set<std::uint32_t> below;
    collect(plan, node.left, &above);
    collect(plan, node.right, &below);
    if (above.empty() || below.empty()) continue;
    Ratio ratio{node.left, node.right, {above.begin(), above.end()}, false};
    bool one_kind = true;
    const language::Aggregate& first = plan.aggregates[*below.begin()];
    for (const std::uint32_t number : above) {
      const language::Aggregate& aggregate = plan.aggregates[number];
      ratio.may_be_zero |= is_count(aggregate) || aggregate.is_selective;
      one_kind = one_kind && aggregate.kind == first.kind;
    }
    // All the facts of a kind: where there are none, the numerator has none either.
    const bool of_all = plan.finaliser[node.right].op == FinaliserNode::Op::kAggregate &&
                        first.fn == AggregateFn::kCount && !first.is_selective;
    if (of_all && one_kind && ratio.may_be_zero) continue;
    ratios.push_back(std::move(ratio));
  }
  return ratios;
}

bool PlanCompiler::rolls_up(const Draft& draft, base::Grain grain) {
  const model::Indicator& indicator = *draft.indicator;
  if (grain <= indicator.grain || indicator.time == model::TimeRule::kSum) return false;
  return indicator.time == model::TimeRule::kAverage || !is_stock_only(draft.plan);
}

StatusOr<CellPlace> PlanCompiler::place_of(Draft* draft, const std::vector<std::string>& grouping,
                                           base::Grain grain, bool is_shown) {
  const std::pair key(grain, grouping);
  if (const auto at = draft->places.find(key); at != draft->places.end()) return at->second;
  auto& places = is_shown ? draft->places : draft->hidden;
  if (const auto at = places.find(key); at != places.end()) return at->second;
  const Wanted wanted{grouping, grain, is_shown};
  CellPlace place;
  if (rolls_up(*draft, grain)) {
    PAS_ASSIGN_OR_RETURN(const CellPlace own,
                         place_of(draft, grouping, draft->indicator->grain, false));
    PAS_ASSIGN_OR_RETURN(place, roll_up(*draft, wanted, own));
  } else {
    PAS_ASSIGN_OR_RETURN(place, compose(*draft, wanted));
  }
  return places[key] = place;
}

StatusOr<CellPlace> PlanCompiler::add_cell(const Draft& draft, std::uint32_t cuboid, bool is_shown,
                                           std::vector<AggregateCell> aggregates) {
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const model::Indicator& indicator = *draft.indicator;
  CellPlan cell;
  cell.indicator = indicator.id;
  cell.plan = draft.plan;
  cell.aggregates = std::move(aggregates);
  cell.round = indicator.round;
  cell.rounding = plan_->rounding_;
  cell.lower_is_better = indicator.better == "lower";
  for (std::size_t i = 0; i < draft.ats.size(); ++i) {
    const KindPlan& kind = plan_->kinds_.find(draft.plan.aggregates[i].kind)->second;
    cell.is_of_exercise |= kind.ats[draft.ats[i]].type == model::FieldType::kInteger;
  }
  for (const FinaliserNode& node : draft.plan.finaliser) {
    cell.constants.push_back(fraction_of(node.constant));
  }
  cell.exact_factor = language::unit_factor(draft.plan.unit, indicator.unit).value_or(Rational(1));
  cell.factor = fraction_of(cell.exact_factor);
  cell.is_plain = draft.plan.finaliser.size() == 1 && cell.exact_factor == 1 &&
                  draft.plan.aggregates[0].fn != AggregateFn::kVar;
  if (draft.plan.when_empty) {
    cell.when_empty = base::round_to_scaled(*draft.plan.when_empty * cell.exact_factor, cell.round,
                                            cell.rounding);
  }
  cell.ratios = draft.ratios;
  if (is_shown && indicator.fresh_hours > 0) {
    cell.fresh = indicator.fresh_hours * 60 * base::kMicrosPerMinute;
    cell.stale = static_cast<Offset>(layout.narrow_slots++);
  }
  if (is_shown) layout.info.indicators.push_back(indicator.id);
  layout.cells.push_back(std::move(cell));
  if (layout.wide_slots > kWideSlotsMax + 1'000) {
    return base::invalid_argument("the indicator has too many aggregates");
  }
  return CellPlace{cuboid, static_cast<std::uint32_t>(layout.cells.size() - 1)};
}

StatusOr<CellPlace> PlanCompiler::roll_up(const Draft& draft, const Wanted& wanted,
                                          CellPlace from) {
  const bool average = draft.indicator->time == model::TimeRule::kAverage;
  const std::uint32_t cuboid = cuboid_of(draft, wanted);
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const auto narrow = [&] { return static_cast<Offset>(layout.narrow_slots++); };
  const Offset periods = average ? narrow() : kNoOffset;
  std::vector<AggregateCell> cells;
  for (const AggregateCell& source : plan_->layouts_[from.cuboid]->cells[from.cell].aggregates) {
    if (average && !language::has_mean_over_time(source.fn)) {
      return base::invalid_argument(
          "'time: average' is for sums, counts and stocks; without 'time' the " +
          std::string(language::to_string(source.fn)) + " is that of all facts of the period");
    }
    AggregateCell cell;
    cell.fn = source.fn;
    cell.kind = source.kind;
    cell.span = source.span;
    cell.is_presence = source.is_presence;
    cell.scale = source.scale;
    cell.count = narrow();
    cell.periods = source.periods == kNoOffset ? periods : narrow();  // a mean stays one
    if (source.value != kNoOffset) cell.value = wide_offset(layout.wide_slots++);
    if (source.second != kNoOffset) {
      cell.second = wide_offset(layout.wide_slots);
      layout.wide_slots += source.fn == AggregateFn::kVar ? 2 : 1;
    }
    cell.flag = source.flag;
    if (source.flagged != kNoOffset) cell.flagged = narrow();
    cells.push_back(cell);
  }
  PAS_ASSIGN_OR_RETURN(const CellPlace place,
                       add_cell(draft, cuboid, wanted.is_shown, std::move(cells)));
  plan_->time_rollups_.push_back({from, place, average});
  return place;
}

// Children are the groups of the groupings that no other published one refines.
void PlanCompiler::add_families(const Draft& draft) {
  if (draft.ratios.empty()) return;
  // The flag would tell of cells that are suppressed.
  const auto is_personal = [](const std::string& family) { return !family.empty(); };
  if (std::any_of(draft.families.begin(), draft.families.end(), is_personal)) return;
  const auto refines = [](const auto& fine, const auto& coarse) {
    return fine.first.first == coarse.first.first &&
           fine.first.second.size() > coarse.first.second.size() &&
           std::includes(fine.first.second.begin(), fine.first.second.end(),
                         coarse.first.second.begin(), coarse.first.second.end());
  };
  // A grouping without the organisation is in no other view than `was`.
  const auto view_of = [](const auto& place) {
    std::string_view view;
    for (const std::string& dimension : place.first.second) {
      if (view.empty()) view = model::org_view_of(dimension);
    }
    return view;
  };
  const auto cell_at = [&](CellPlace place) {
    return &plan_->layouts_[place.cuboid]->cells[place.cell];
  };
  for (const auto& fine : draft.places) {
    if (std::any_of(draft.places.begin(), draft.places.end(),
                    [&](const auto& other) { return refines(other, fine); })) {
      continue;
    }
    RatioFamily family{fine.second, {}};
    const std::vector<std::string>& all = fine.first.second;
    for (const auto& coarse : draft.places) {
      if (!refines(fine, coarse) || view_of(coarse) != view_of(fine)) continue;
      RatioFamily::Parent parent{coarse.second, {}};
      for (const std::string& dimension : coarse.first.second) {
        const auto at = std::lower_bound(all.begin(), all.end(), dimension);
        parent.dimensions.push_back(static_cast<std::uint32_t>(at - all.begin()));
      }
      Offset& children = cell_at(coarse.second)->uneven_children;
      if (children == kNoOffset) {
        children = static_cast<Offset>(plan_->layouts_[coarse.second.cuboid]->narrow_slots++);
      }
      family.parents.push_back(std::move(parent));
    }
    if (family.parents.empty()) continue;
    cell_at(fine.second)->uneven =
        static_cast<Offset>(plan_->layouts_[fine.second.cuboid]->narrow_slots++);
    plan_->ratio_families_.push_back(std::move(family));
  }
}

}  // namespace passerelle::consolidation
