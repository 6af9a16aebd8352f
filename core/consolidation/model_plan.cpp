#include "core/consolidation/model_plan.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/base/text.h"
#include "core/consolidation/aggregate_keys.h"
#include "core/consolidation/plan_compiler.h"
#include "core/language/indicator_order.h"
#include "core/language/model_names.h"
#include "core/language/record_schema.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;
using language::AggregateFn;

constexpr std::size_t kIndicatorsPerCuboidMax = 64;

std::int64_t floor_of(const Rational& value) {
  const base::BigInt numerator = boost::multiprecision::numerator(value);
  const base::BigInt denominator = boost::multiprecision::denominator(value);
  base::BigInt quotient = numerator / denominator;
  if (numerator < 0 && quotient * denominator != numerator) quotient -= 1;
  if (quotient > std::numeric_limits<std::int64_t>::max()) {
    return std::numeric_limits<std::int64_t>::max();
  }
  if (quotient < std::numeric_limits<std::int64_t>::min()) {
    return std::numeric_limits<std::int64_t>::min();
  }
  return static_cast<std::int64_t>(quotient);
}

bool needs_bag(AggregateFn fn) {
  switch (fn) {
    case AggregateFn::kMin:
    case AggregateFn::kMax:
    case AggregateFn::kMedian:
    case AggregateFn::kPct:
    case AggregateFn::kShareLe:
    case AggregateFn::kDistinct:
      return true;
    default:
      return false;
  }
}

}  // namespace

BagResult bag_result(const language::Aggregate& aggregate) {
  BagResult wanted;
  wanted.fn = aggregate.fn;
  if (aggregate.fn == AggregateFn::kShareLe) {
    wanted.limit = floor_of(aggregate.parameter * base::power_of_ten(aggregate.scale));
  } else if (aggregate.fn == AggregateFn::kPct) {
    const Rational share = aggregate.parameter / 100;
    wanted.percent_numerator = static_cast<std::int64_t>(boost::multiprecision::numerator(share));
    wanted.percent_denominator =
        static_cast<std::int64_t>(boost::multiprecision::denominator(share));
  }
  return wanted;
}

StatusOr<std::shared_ptr<ModelPlan>> ModelPlan::compile(
    std::shared_ptr<const model::SteeringModel> model, Strings* strings, base::Rounding rounding) {
  std::shared_ptr<ModelPlan> plan(new ModelPlan(rounding));
  plan->model_ = std::move(model);
  PlanCompiler compiler(plan.get(), strings);
  PAS_RETURN_IF_ERROR(compiler.run());
  return plan;
}

Status PlanCompiler::run() {
  const model::SteeringModel& model = *plan_->model_;
  PAS_ASSIGN_OR_RETURN(plan_->zone_, base::Zone::load(model.time_zone));
  plan_->schemas_ = language::fact_schemas(model.kinds, language::ModelNames::of(model));
  for (const model::RecordKind& kind : model.kinds) {
    if (kind.derivation != model::Derivation::kNone) continue;
    KindPlan& known = plan_->kinds_[kind.name];
    known.kind = &kind;
    known.schema = &plan_->schemas_.at(kind.name);
    known.filters.push_back({});
    at_of(&known, kind.default_at);
    const bool is_chained =
        std::any_of(model.kinds.begin(), model.kinds.end(), [&](const model::RecordKind& input) {
          return input.derivation == model::Derivation::kBudgetChain &&
                 input.fact_kind == kind.name;
        });
    if (is_chained) known.flag = model::kFlagIncompleteChain;
    if (kind.name == model::kDeclaredValueKind) known.flag = model::kFlagProvisional;
  }
  PAS_RETURN_IF_ERROR(add_indicators());
  add_suppression();
  PAS_RETURN_IF_ERROR(add_targets());
  if (!model.pools.empty()) {
    PAS_ASSIGN_OR_RETURN(
        plan_->allocation_,
        compile_allocation(model, strings_, [&](const model::Indicator& indicator) {
          return add_hidden(indicator);
        }));
  }
  for (auto& [name, kind] : plan_->kinds_) group_filters(&kind);
  for (std::uint32_t cuboid = 0; cuboid < plan_->layouts_.size(); ++cuboid) settle(cuboid);
  settle_levels();
  return absl::OkStatus();
}

// What an indicator names is compiled, and has its cells, before it.
Status PlanCompiler::add_indicators() {
  const std::vector<model::Indicator>& indicators = plan_->model_->indicators;
  const language::IndicatorOrder order = language::order_of(indicators);
  if (!order.circles.empty()) {
    std::string circle;
    for (const std::size_t number : order.circles[0]) circle += indicators[number].id + " -> ";
    return base::invalid_argument("indicators name each other in a circle: " + circle +
                                  indicators[order.circles[0][0]].id);
  }
  for (const std::size_t number : order.order) {
    const model::Indicator& indicator = indicators[number];
    Status status = compile(indicator);
    if (status.ok()) status = add(&drafts_.at(indicator.id));
    if (!status.ok()) {
      return base::annotate(status, indicator.place.file + ":" +
                                        std::to_string(indicator.place.line) + ": indicator " +
                                        indicator.id);
    }
  }
  return absl::OkStatus();
}

std::uint32_t PlanCompiler::at_of(KindPlan* kind, const std::string& field) {
  const model::Field* found = kind->kind->find(field);
  const std::string& name = found == nullptr ? kind->kind->default_at : field;
  for (std::uint32_t i = 0; i < kind->ats.size(); ++i) {
    if (kind->ats[i].field == name) return i;
  }
  AtPlan at{name, kind->schema->find(name), model::FieldType::kDate};
  if (at.slot) at.type = kind->kind->fields[*at.slot].type;
  kind->ats.push_back(std::move(at));
  return static_cast<std::uint32_t>(kind->ats.size() - 1);
}

std::uint32_t PlanCompiler::filter_of(KindPlan* kind, const std::string& key,
                                      const language::Aggregate& aggregate) {
  if (!aggregate.filter) return 0;
  for (std::uint32_t i = 1; i < kind->filters.size(); ++i) {
    if (kind->filters[i].key == key) return i;
  }
  kind->filters.push_back({key, aggregate.filter});
  return static_cast<std::uint32_t>(kind->filters.size() - 1);
}

std::uint32_t PlanCompiler::argument_of(KindPlan* kind, const std::string& key,
                                        const std::string& field, const language::Program& program,
                                        int scale) {
  for (std::uint32_t i = 0; i < kind->arguments.size(); ++i) {
    if (kind->arguments[i].key == key && kind->arguments[i].scale == scale) return i;
  }
  ArgumentPlan argument{key, program, std::nullopt, scale};
  const model::Field* plain = field.empty() ? nullptr : kind->kind->find(field);
  if (plain != nullptr && (plain->type != model::FieldType::kDecimal || plain->scale == scale)) {
    argument.field = kind->schema->find(field);
  }
  kind->arguments.push_back(std::move(argument));
  return static_cast<std::uint32_t>(kind->arguments.size() - 1);
}

StatusOr<PlanCompiler::Draft> PlanCompiler::draft_of(const model::Indicator& indicator) {
  language::CompiledIndicator compiled =
      language::compile_indicator(indicator, plan_->schemas_, named_);
  if (!compiled.plan) {
    return base::invalid_argument(language::to_string(compiled.problems) +
                                  language::to_string(compiled.where_problems));
  }
  Draft draft{&indicator, *std::move(compiled.plan), {}, {}, {}, {}, {}, {}};
  draft.keys = aggregate_keys(indicator, draft.plan);
  for (const language::Aggregate& aggregate : draft.plan.aggregates) {
    KindPlan& kind = plan_->kinds_.find(aggregate.kind)->second;
    draft.ats.push_back(at_of(&kind, indicator.at.empty() ? kind.kind->default_at : indicator.at));
  }
  // What comes from another indicator keeps its facts' place in time, and its state.
  for (const language::IndicatorReference& reference : draft.plan.references) {
    const Draft& inner = drafts_.at(reference.indicator);
    std::copy(inner.keys.begin(), inner.keys.end(), draft.keys.begin() + reference.first);
    std::copy(inner.ats.begin(), inner.ats.end(), draft.ats.begin() + reference.first);
  }
  draft.families = families_of(draft);
  return draft;
}

StatusOr<CellPlace> PlanCompiler::add_hidden(const model::Indicator& indicator) {
  PAS_ASSIGN_OR_RETURN(Draft draft, draft_of(indicator));
  for (const language::Aggregate& aggregate : draft.plan.aggregates) {
    if (aggregate.fn != AggregateFn::kStock) continue;
    return base::invalid_argument("a stock is no weight: it is known when a commit ends; count");
  }
  if (!draft.plan.references.empty()) {
    return base::invalid_argument("pools and keys measure facts; they name no indicator");
  }
  return place_of(&draft, indicator.by, indicator.grain, false);
}

Status PlanCompiler::compile(const model::Indicator& indicator) {
  PAS_ASSIGN_OR_RETURN(Draft draft, draft_of(indicator));
  draft.ratios = ratios_of(draft.plan);
  const auto [at, is_new] = drafts_.emplace(indicator.id, std::move(draft));
  if (!is_new) return base::invalid_argument("there are two indicators of this id");
  named_[indicator.id] = {&indicator, &at->second.plan};
  return absl::OkStatus();
}

Status PlanCompiler::add(Draft* draft) {
  const model::Indicator& indicator = *draft->indicator;
  std::vector<std::vector<std::string>> groupings = indicator.publish;
  if (groupings.empty()) groupings.push_back(indicator.by);
  std::vector<base::Grain> grains = indicator.grains;
  if (grains.empty()) grains.push_back(indicator.grain);
  std::sort(grains.begin(), grains.end());
  for (std::vector<std::string>& grouping : groupings) {
    std::sort(grouping.begin(), grouping.end());
    for (const base::Grain grain : grains) {
      PAS_RETURN_IF_ERROR(place_of(draft, grouping, grain, true).status());
      for (const std::string& view : plan_->model_->org_views) {
        PAS_RETURN_IF_ERROR(
            place_of(draft, model::in_org_view(grouping, view), grain, true).status());
      }
    }
  }
  add_families(*draft);
  return absl::OkStatus();
}

std::uint32_t PlanCompiler::cuboid_of(const Draft& draft, const Wanted& wanted) {
  std::string key(wanted.is_shown ? "" : "hidden|");
  if (wanted.depth > 0) key += "made" + std::to_string(wanted.depth) + "|";
  key += base::to_string(wanted.grain);
  std::set<std::pair<std::string, std::uint32_t>> kinds;
  for (std::size_t i = 0; i < draft.ats.size(); ++i) {
    kinds.emplace(draft.plan.aggregates[i].kind, draft.ats[i]);
  }
  for (const auto& [kind, at] : kinds) key += "|" + kind + "@" + std::to_string(at);
  for (const std::string& dimension : wanted.grouping) key += "/" + dimension;
  const auto known = cuboids_.find(key);
  if (known != cuboids_.end() &&
      plan_->layouts_[known->second]->cells.size() < kIndicatorsPerCuboidMax &&
      plan_->layouts_[known->second]->wide_slots < PlanCompiler::kWideSlotsMax &&
      plan_->layouts_[known->second]->narrow_slots < PlanCompiler::kWideSlotsMax) {
    return known->second;
  }
  return cuboids_[key] = new_cuboid(wanted);
}

std::uint32_t PlanCompiler::new_cuboid(const Wanted& wanted) {
  const auto cuboid = static_cast<std::uint32_t>(plan_->layouts_.size());
  auto layout = std::make_unique<CuboidLayout>();
  layout->info.dimensions = wanted.grouping;
  layout->info.grain = wanted.grain;
  plan_->layouts_.push_back(std::move(layout));
  depths_.push_back(wanted.depth);
  return cuboid;
}

CuboidInput& PlanCompiler::input_of(KindPlan* kind, std::uint32_t cuboid, std::uint32_t at) {
  for (CuboidInput& input : kind->inputs) {
    if (input.cuboid == cuboid && input.at == at) return input;
  }
  CuboidInput input;
  input.cuboid = cuboid;
  input.at = at;
  input.grain = plan_->layouts_[cuboid]->info.grain;
  for (const std::string& dimension : plan_->layouts_[cuboid]->info.dimensions) {
    auto known = std::find(kind->dimensions.begin(), kind->dimensions.end(), dimension);
    if (known == kind->dimensions.end()) {
      known = kind->dimensions.insert(kind->dimensions.end(), dimension);
    }
    input.dimensions.push_back(static_cast<std::uint32_t>(known - kind->dimensions.begin()));
  }
  kind->inputs.push_back(std::move(input));
  return kind->inputs.back();
}

// Slots are numbers until settle() turns narrow ones into offsets.
AggregateCell PlanCompiler::add_aggregate(const Draft& draft, std::size_t number,
                                          std::uint32_t cuboid) {
  const language::Aggregate& aggregate = draft.plan.aggregates[number];
  const AggregateKey& key = draft.keys[number];
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const auto found = plan_->kinds_.find(aggregate.kind);
  KindPlan& kind = found->second;
  CuboidInput& input = input_of(&kind, cuboid, draft.ats[number]);
  AggregateCell cell;
  cell.fn = aggregate.fn;
  cell.scale = aggregate.scale;
  cell.is_presence = aggregate.is_presence;
  cell.kind = static_cast<std::uint16_t>(std::distance(plan_->kinds_.begin(), found));
  const std::uint32_t filter = filter_of(&kind, key.filter, aggregate);
  if (kind.flag != 0 && !cell.is_presence) {
    cell.flag = kind.flag;
    cell.flagged = flag_of(&input, &layout, filter);
  }
  if (aggregate.fn == AggregateFn::kStock) {
    add_stock(&kind, &input, &layout, key, aggregate, filter, &cell);
    return cell;
  }
  std::int32_t argument = -1;
  if (aggregate.argument) {
    argument = static_cast<std::int32_t>(
        argument_of(&kind, key.argument, key.field, *aggregate.argument, aggregate.scale));
  }
  Measure& measure = measure_of(&input, &layout, filter, argument);
  cell.count = measure.count;
  if (needs_bag(aggregate.fn)) {
    cell.value = result_of(&measure, &layout, aggregate);
    cell.bag = measure.bag;
  } else if (aggregate.fn != AggregateFn::kCount) {
    if (measure.sum == kNoOffset) measure.sum = wide_offset(layout.wide_slots++);
    cell.value = measure.sum;
    if (aggregate.fn == AggregateFn::kVar) {
      if (measure.squares == kNoOffset) {
        measure.squares = wide_offset(layout.wide_slots);
        layout.wide_slots += 2;
      }
      cell.second = measure.squares;
    }
  }
  return cell;
}

void PlanCompiler::add_stock(KindPlan* kind, CuboidInput* input, CuboidLayout* layout,
                             const AggregateKey& key, const language::Aggregate& aggregate,
                             std::uint32_t filter, AggregateCell* cell) {
  layout->has_stock = true;
  const std::uint32_t opened = argument_of(kind, key.argument, key.field, *aggregate.argument, 0);
  const std::uint32_t closed = argument_of(kind, key.second, "", *aggregate.second, 0);
  for (const StockMeasure& stock : input->stocks) {
    if (stock.filter != filter || stock.opened != opened || stock.closed != closed) continue;
    cell->value = stock.opened_total;
    cell->second = stock.closed_total;
    return;
  }
  StockMeasure stock{filter, opened, closed, wide_offset(layout->wide_slots),
                     wide_offset(layout->wide_slots + 1)};
  layout->wide_slots += 2;
  cell->value = stock.opened_total;
  cell->second = stock.closed_total;
  input->stocks.push_back(stock);
}

Measure& PlanCompiler::measure_of(CuboidInput* input, CuboidLayout* layout, std::uint32_t filter,
                                  std::int32_t argument) {
  for (Measure& measure : input->measures) {
    if (measure.filter == filter && measure.argument == argument) return measure;
  }
  Measure measure;
  measure.filter = filter;
  measure.argument = argument;
  measure.count = static_cast<Offset>(layout->narrow_slots++);
  input->measures.push_back(std::move(measure));
  return input->measures.back();
}

Offset PlanCompiler::result_of(Measure* measure, CuboidLayout* layout,
                               const language::Aggregate& aggregate) {
  if (measure->bag == kNoOffset) measure->bag = static_cast<Offset>(layout->narrow_slots++);
  BagResult wanted = bag_result(aggregate);
  for (const BagResult& result : measure->results) {
    wanted.at = result.at;
    if (result == wanted) return result.at;
  }
  wanted.at = wide_offset(layout->wide_slots++);
  measure->results.push_back(wanted);
  return wanted.at;
}

Offset PlanCompiler::flag_of(CuboidInput* input, CuboidLayout* layout, std::uint32_t filter) {
  for (const FlagCount& flag : input->flags) {
    if (flag.filter == filter) return flag.count;
  }
  input->flags.push_back({filter, static_cast<Offset>(layout->narrow_slots++)});
  return input->flags.back().count;
}

void PlanCompiler::settle(std::uint32_t cuboid) {
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  layout.close();
  const auto narrow = [&](Offset* at) {
    if (*at != kNoOffset) *at = static_cast<Offset>(layout.wide_slots * 8 + *at * 4);
  };
  for (auto& [name, kind] : plan_->kinds_) {
    for (CuboidInput& input : kind.inputs) {
      if (input.cuboid != cuboid) continue;
      for (Measure& measure : input.measures) {
        narrow(&measure.count);
        narrow(&measure.bag);
      }
      for (FlagCount& flag : input.flags) narrow(&flag.count);
    }
  }
  for (CellPlan& cell : layout.cells) {
    for (AggregateCell& aggregate : cell.aggregates) {
      narrow(&aggregate.count);
      narrow(&aggregate.flagged);
      narrow(&aggregate.periods);
      narrow(&aggregate.bag);
    }
    narrow(&cell.uneven);
    narrow(&cell.uneven_children);
    narrow(&cell.shown_status);
    narrow(&cell.stale);
    for (Offset& at : cell.not_yet) narrow(&at);
  }
  for (WindowCopy& copy : plan_->windows_) {
    if (copy.to.cuboid == cuboid) narrow(&copy.not_yet);
  }
  settle_suppression(cuboid);
  plan_->infos_.push_back(layout.info);
}

}  // namespace passerelle::consolidation
