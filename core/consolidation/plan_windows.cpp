// Cells of indicators that name others: which facts feed, and which are made of other cells, at the
// same period or at others.
#include <algorithm>
#include <set>

#include "core/consolidation/plan_compiler.h"

namespace passerelle::consolidation {
namespace {

using language::AggregateFn;
using language::Window;

bool is_total(const std::optional<Window>& window) {
  return window && window->kind != Window::Kind::kOffset;
}

}  // namespace

bool PlanCompiler::is_fed_by_facts(const Draft& draft, base::Grain grain) const {
  return std::all_of(draft.plan.references.begin(), draft.plan.references.end(),
                     [&](const language::IndicatorReference& reference) {
                       const Draft& inner = drafts_.at(reference.indicator);
                       return reference.windows.empty() && !rolls_up(inner, grain) &&
                              is_fed_by_facts(inner, grain);
                     });
}

std::vector<AggregateCell> PlanCompiler::copied(std::uint32_t cuboid, WindowCopy copy,
                                                std::span<const language::Aggregate> as) {
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const CellPlan& source = plan_->layouts_[copy.from.cuboid]->cells[copy.from.cell];
  const auto narrow = [&] { return static_cast<Offset>(layout.narrow_slots++); };
  std::set<std::string> kinds;
  std::vector<AggregateCell> cells;
  copy.to = {cuboid, static_cast<std::uint32_t>(layout.cells.size())};
  for (std::size_t i = 0; i < as.size(); ++i) {
    const AggregateCell& from = source.aggregates[i];
    AggregateCell cell;
    cell.fn = from.fn;
    cell.scale = from.scale;
    cell.is_presence = from.is_presence;
    cell.count = narrow();
    const bool averages = is_total(copy.window) && as[i].time == model::TimeRule::kAverage;
    const bool lands = copy.window && language::is_landing(copy.window->kind);
    if (averages || lands || from.periods != kNoOffset) cell.periods = narrow();
    cell.flag = from.flag;
    if (from.flagged != kNoOffset) cell.flagged = narrow();
    if (lands && from.fn == AggregateFn::kCount) {
      cell.fn = AggregateFn::kSum;  // of weights: how many it will be
      cell.scale = 0;
      cell.value = wide_offset(layout.wide_slots++);
    }
    if (from.value != kNoOffset) cell.value = wide_offset(layout.wide_slots++);
    if (from.second != kNoOffset) {
      cell.second = wide_offset(layout.wide_slots);
      layout.wide_slots += from.fn == AggregateFn::kVar ? 2 : 1;
    }
    if (from.bag != kNoOffset && !is_total(copy.window)) cell.bag = narrow();
    copy.averages.push_back(averages);
    copy.results.push_back(bag_result(as[i]));
    kinds.insert(as[i].kind);
    cells.push_back(cell);
  }
  copy.kinds.assign(kinds.begin(), kinds.end());
  if (is_total(copy.window) || !source.not_yet.empty()) copy.not_yet = narrow();
  plan_->windows_.push_back(std::move(copy));
  return cells;
}

StatusOr<CellPlace> PlanCompiler::source_of(const Draft& draft,
                                            const language::IndicatorReference& reference,
                                            const Wanted& wanted) {
  Draft* inner = &drafts_.at(reference.indicator);
  PAS_ASSIGN_OR_RETURN(CellPlace from, place_of(inner, wanted.grouping, wanted.grain, false));
  const std::span as(draft.plan.aggregates.data() + reference.first, reference.count);
  for (std::size_t i = 0; i + 1 < reference.windows.size(); ++i) {
    const std::uint32_t cuboid =
        cuboid_of(*inner, {wanted.grouping, wanted.grain, false, depths_[from.cuboid] + 1});
    WindowCopy copy;
    copy.from = from;
    copy.window = reference.windows[i];
    std::vector<AggregateCell> cells = copied(cuboid, std::move(copy), as);
    const Offset not_yet = plan_->windows_.back().not_yet;
    PAS_ASSIGN_OR_RETURN(from, add_cell(*inner, cuboid, false, std::move(cells)));
    if (not_yet != kNoOffset) plan_->layouts_[cuboid]->cells[from.cell].not_yet = {not_yet};
  }
  return from;
}

StatusOr<CellPlace> PlanCompiler::compose(const Draft& draft, const Wanted& wanted) {
  std::vector<CellPlace> sources;
  Wanted made = wanted;
  if (!is_fed_by_facts(draft, wanted.grain)) {
    for (const language::IndicatorReference& reference : draft.plan.references) {
      PAS_ASSIGN_OR_RETURN(const CellPlace from, source_of(draft, reference, wanted));
      sources.push_back(from);
      made.depth = std::max(made.depth, depths_[from.cuboid] + 1);
    }
  }
  const std::uint32_t cuboid = cuboid_of(draft, made);
  std::vector<AggregateCell> cells(draft.plan.aggregates.size());
  std::vector<bool> is_copied(cells.size());
  std::vector<Offset> not_yet;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const language::IndicatorReference& reference = draft.plan.references[i];
    WindowCopy copy;
    copy.from = sources[i];
    copy.first = reference.first;
    if (!reference.windows.empty()) copy.window = reference.windows.back();
    const auto parts =
        copied(cuboid, std::move(copy),
               std::span(draft.plan.aggregates.data() + reference.first, reference.count));
    std::copy(parts.begin(), parts.end(), cells.begin() + reference.first);
    std::fill_n(is_copied.begin() + reference.first, parts.size(), true);
    if (plan_->windows_.back().not_yet != kNoOffset) {
      not_yet.push_back(plan_->windows_.back().not_yet);
    }
  }
  const auto kinds = static_cast<std::uint16_t>(plan_->kinds_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const language::Aggregate& aggregate = draft.plan.aggregates[i];
    if (!is_copied[i]) cells[i] = add_aggregate(draft, i, cuboid);
    const auto kind = static_cast<std::uint32_t>(
        std::distance(plan_->kinds_.begin(), plan_->kinds_.find(aggregate.kind)));
    cells[i].span = static_cast<std::uint16_t>(aggregate.span);
    cells[i].kind = static_cast<std::uint16_t>(kind + std::uint32_t{aggregate.span} * kinds);
  }
  PAS_ASSIGN_OR_RETURN(const CellPlace place,
                       add_cell(draft, cuboid, wanted.is_shown, std::move(cells)));
  plan_->layouts_[cuboid]->cells[place.cell].not_yet = std::move(not_yet);
  return place;
}

// A step goes from a cuboid of a lower level to one of a higher; there is no way back.
void PlanCompiler::settle_levels() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> steps;
  plan_->levels_.assign(plan_->layouts_.size(), 0);
  plan_->clocks_.assign(plan_->layouts_.size(), false);
  for (const TimeRollup& rollup : plan_->time_rollups_) {
    steps.emplace_back(rollup.from.cuboid, rollup.to.cuboid);
  }
  for (const WindowCopy& copy : plan_->windows_) {
    steps.emplace_back(copy.from.cuboid, copy.to.cuboid);
    if (copy.window) plan_->clocks_[copy.to.cuboid] = true;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [from, to] : steps) {
      std::uint32_t& level = plan_->levels_[to];
      if (level <= plan_->levels_[from]) {
        level = plan_->levels_[from] + 1;
        changed = true;
      }
      if (plan_->clocks_[to] && !plan_->clocks_[from]) {
        plan_->clocks_[from] = true;
        changed = true;
      }
    }
  }
}

}  // namespace passerelle::consolidation
