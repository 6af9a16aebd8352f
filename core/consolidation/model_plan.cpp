#include "core/consolidation/model_plan.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "core/consolidation/aggregate_keys.h"
#include "core/consolidation/plan_compiler.h"
#include "core/language/record_schema.h"

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

StatusOr<std::shared_ptr<ModelPlan>> ModelPlan::compile(
    std::shared_ptr<const model::SteeringModel> model, Strings* strings) {
  std::shared_ptr<ModelPlan> plan(new ModelPlan());
  plan->model_ = std::move(model);
  PlanCompiler compiler(plan.get(), strings);
  PAS_RETURN_IF_ERROR(compiler.run());
  return plan;
}

Status PlanCompiler::run() {
  const model::SteeringModel& model = *plan_->model_;
  PAS_ASSIGN_OR_RETURN(plan_->zone_, base::Zone::load(model.time_zone));
  plan_->schemas_ = language::fact_schemas(model.kinds);
  for (const model::RecordKind& kind : model.kinds) {
    if (kind.derivation != model::Derivation::kNone) continue;
    KindPlan& known = plan_->kinds_[kind.name];
    known.kind = &kind;
    known.schema = &plan_->schemas_.at(kind.name);
    known.filters.push_back({});
    at_of(&known, kind.default_at);
    known.flags_chains =
        std::any_of(model.kinds.begin(), model.kinds.end(), [&](const model::RecordKind& input) {
          return input.derivation == model::Derivation::kBudgetChain &&
                 input.fact_kind == kind.name;
        });
  }
  for (const model::Indicator& indicator : model.indicators) {
    Status status = add(indicator);
    if (!status.ok()) {
      return base::annotate(status, indicator.place.file + ":" +
                                        std::to_string(indicator.place.line) + ": indicator " +
                                        indicator.id);
    }
  }
  for (auto& [name, kind] : plan_->kinds_) group_filters(&kind);
  for (std::uint32_t cuboid = 0; cuboid < plan_->layouts_.size(); ++cuboid) settle(cuboid);
  return add_targets();
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

Status PlanCompiler::add(const model::Indicator& indicator) {
  language::CompiledIndicator compiled = language::compile_indicator(
      indicator.value, indicator.from, plan_->schemas_, indicator.where);
  if (!compiled.plan) {
    return base::invalid_argument(language::to_string(compiled.problems) +
                                  language::to_string(compiled.where_problems));
  }
  Draft draft{&indicator, *std::move(compiled.plan), {}, {}, {}, {}};
  draft.keys = aggregate_keys(indicator, draft.plan);
  for (const language::Aggregate& aggregate : draft.plan.aggregates) {
    KindPlan& kind = plan_->kinds_.find(aggregate.kind)->second;
    draft.ats[aggregate.kind] =
        at_of(&kind, indicator.at.empty() ? kind.kind->default_at : indicator.at);
  }
  draft.ratios = ratios_of(draft.plan);
  std::vector<std::vector<std::string>> groupings = indicator.publish;
  if (groupings.empty()) groupings.push_back(indicator.by);
  for (std::vector<std::string>& grouping : groupings) {
    std::sort(grouping.begin(), grouping.end());
    PAS_RETURN_IF_ERROR(add_cells(&draft, grouping));
  }
  add_families(draft);
  return absl::OkStatus();
}

std::uint32_t PlanCompiler::cuboid_of(const Draft& draft, const std::vector<std::string>& grouping,
                                      base::Grain grain, bool is_shown) {
  std::string key(is_shown ? "" : "hidden|");
  key += base::to_string(grain);
  for (const auto& [kind, at] : draft.ats) key += "|" + kind + "@" + std::to_string(at);
  for (const std::string& dimension : grouping) key += "/" + dimension;
  const auto known = cuboids_.find(key);
  if (known != cuboids_.end() &&
      plan_->layouts_[known->second]->cells.size() < kIndicatorsPerCuboidMax &&
      plan_->layouts_[known->second]->wide_slots < PlanCompiler::kWideSlotsMax) {
    return known->second;
  }
  const auto cuboid = static_cast<std::uint32_t>(plan_->layouts_.size());
  cuboids_[key] = cuboid;
  auto layout = std::make_unique<CuboidLayout>();
  layout->info.dimensions = grouping;
  layout->info.grain = grain;
  plan_->layouts_.push_back(std::move(layout));
  return cuboid;
}

CuboidInput& PlanCompiler::input_of(KindPlan* kind, std::uint32_t cuboid, std::uint32_t at) {
  for (CuboidInput& input : kind->inputs) {
    if (input.cuboid == cuboid) return input;
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
                                          std::uint32_t cuboid, std::uint32_t at) {
  const language::Aggregate& aggregate = draft.plan.aggregates[number];
  const AggregateKey& key = draft.keys[number];
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const auto found = plan_->kinds_.find(aggregate.kind);
  KindPlan& kind = found->second;
  CuboidInput& input = input_of(&kind, cuboid, at);
  AggregateCell cell;
  cell.fn = aggregate.fn;
  cell.scale = aggregate.scale;
  cell.kind = static_cast<std::uint16_t>(std::distance(plan_->kinds_.begin(), found));
  const std::uint32_t filter = filter_of(&kind, key.filter, aggregate);
  if (kind.flags_chains) cell.flagged = flag_of(&input, &layout, filter);
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
    }
    narrow(&cell.uneven);
    narrow(&cell.uneven_children);
  }
  plan_->infos_.push_back(layout.info);
}

}  // namespace passerelle::consolidation
