// From a cell back to its facts, by the same filters, arguments and keys that made it.
#include <algorithm>
#include <map>

#include "core/consolidation/fold.h"

namespace passerelle::consolidation {
namespace {

// Where an indicator is published: by the named dimensions, at the period's grain.
StatusOr<CellPlace> place_of(const ModelPlan& plan, const CellName& name) {
  bool is_known = false;
  for (std::uint32_t cuboid = 0; cuboid < plan.cuboids(); ++cuboid) {
    const flow::CuboidInfo& info = plan.layout(cuboid).info;
    const auto at = std::find(info.indicators.begin(), info.indicators.end(), name.indicator);
    if (at == info.indicators.end()) continue;
    is_known = true;
    const bool same = info.grain == name.period.grain() &&
                      info.dimensions.size() == name.dimensions.size() &&
                      std::all_of(info.dimensions.begin(), info.dimensions.end(),
                                  [&](const auto& one) { return name.dimensions.contains(one); });
    if (same) return CellPlace{cuboid, static_cast<std::uint32_t>(at - info.indicators.begin())};
  }
  if (!is_known) return base::not_found("there is no published indicator " + name.indicator);
  return base::not_found(name.indicator + " is not published by these dimensions at grain " +
                         std::string(base::to_string(name.period.grain())));
}

// In the same words whether its own facts are few or another's.
Status suppressed(const CellName& name) {
  return base::error(absl::StatusCode::kPermissionDenied,
                     "the value of " + name.indicator +
                         " is suppressed here: it, or another that it would tell of, stands on too "
                         "few facts ('suppress_below'), so nothing is said of what is behind it; "
                         "ask for a coarser grouping or period");
}

bool has_key(const GroupStore& store, std::uint32_t group, const std::vector<Code>& key) {
  return key.empty() || std::memcmp(store.row(group) + store.layout().key, key.data(),
                                    key.size() * sizeof(Code)) == 0;
}

bool is_of_durations(const language::Aggregate& aggregate) {
  return aggregate.argument &&
         aggregate.argument->result().type.kind == language::TypeKind::kDuration;
}

// Whether the aggregate of durations is one itself, not a number of them.
bool is_duration(const language::Aggregate& aggregate) {
  using language::AggregateFn;
  const bool counts = aggregate.fn == AggregateFn::kCount ||
                      aggregate.fn == AggregateFn::kDistinct ||
                      aggregate.fn == AggregateFn::kShareLe || aggregate.fn == AggregateFn::kVar ||
                      aggregate.fn == AggregateFn::kStock;
  return !counts && is_of_durations(aggregate);
}

// A fact behind the cell: where it is, what it gives.
struct Leaf {
  FactSource* source = nullptr;
  std::uint32_t row = 0;
  std::uint32_t period = 0;
  std::vector<RecordId> records;
  std::vector<std::optional<std::int64_t>> values;

  std::uint64_t weight() const {
    for (const auto& value : values) {
      if (value) return static_cast<std::uint64_t>(*value < 0 ? -*value : *value);
    }
    return 0;
  }
};

}  // namespace

std::optional<std::int64_t> FactFold::given(const CuboidInput& input,
                                            const AggregateCell& aggregate, FactSource* source,
                                            const CellTrace& cell, bool in_period) {
  for (const Measure& measure : input.measures) {
    if (measure.count != aggregate.count || aggregate.count == kNoOffset) continue;
    std::int64_t value = 1;
    const bool counts = in_period && passes(measure.filter) &&
                        (measure.argument < 0 ||
                         argument(source, static_cast<std::uint32_t>(measure.argument), &value));
    return counts ? std::optional(value) : std::nullopt;
  }
  for (const StockMeasure& stock : input.stocks) {
    if (aggregate.fn != language::AggregateFn::kStock) break;
    if (stock.opened_total != aggregate.value || !passes(stock.filter)) continue;
    const auto opened = moment(source, stock.opened);
    const auto closed = moment(source, stock.closed);
    if (!opened || (closed && *closed < *opened)) return std::nullopt;
    const std::uint32_t period = cell.periods.back();
    const bool is_open = days_.period(*opened, input.grain) <= period &&
                         (!closed || days_.period(*closed, input.grain) > period);
    return is_open ? std::optional<std::int64_t>(1) : std::nullopt;
  }
  return std::nullopt;
}

bool FactFold::contribution(FactSource* source, std::uint32_t row, const CellTrace& cell,
                            std::vector<std::optional<std::int64_t>>* values,
                            std::uint32_t* period) {
  KindPlan& kind = source->kind();
  const bool feeds = std::any_of(kind.inputs.begin(), kind.inputs.end(),
                                 [&](const auto& input) { return input.cuboid == cell.cuboid; });
  if (!feeds) return false;
  source->load(row);
  answers_.assign(kind.arguments.size(), Answer::kUnknown);
  arguments_.resize(kind.arguments.size());
  answer_filters(source);
  values->assign(cell.plan->aggregates.size(), std::nullopt);
  bool any = false;
  for (const CuboidInput& input : kind.inputs) {
    if (input.cuboid != cell.cuboid) continue;
    const auto day = day_of(*source, input.at);
    if (!day && input.grain != base::Grain::kAll) continue;
    const base::Days at = day.value_or(std::numeric_limits<base::Days>::max());
    const Code* codes = source->dimensions(at);
    bool same = true;
    for (std::size_t i = 0; i < cell.key.size(); ++i) {
      same = same && codes[input.dimensions[i]] == cell.key[i];
    }
    if (!same) continue;
    const std::uint32_t own =
        input.grain == base::Grain::kAll ? base::Period().packed() : days_.period(at, input.grain);
    const bool in_period = std::binary_search(cell.periods.begin(), cell.periods.end(), own);
    for (std::size_t i = 0; i < values->size(); ++i) {
      const auto value = given(input, cell.plan->aggregates[i], source, cell, in_period);
      if (!value) continue;
      (*values)[i] = value;
      *period = in_period ? own : cell.periods.back();
      any = true;
    }
  }
  return any;
}

StatusOr<Explanation> Fold::explain_cell(const CellName& name, std::size_t leaves_max) {
  PAS_ASSIGN_OR_RETURN(const CellPlace place, place_of(*plan_, name));
  for (const WindowCopy& copy : plan_->windows()) {
    if (copy.to.cuboid != place.cuboid || copy.to.cell != place.cell) continue;
    return base::error(absl::StatusCode::kUnimplemented,
                       name.indicator +
                           " is made of cells of other periods or indicators; explain these, one "
                           "by one (see its formula with `describe`)");
  }
  CellTrace trace{place.cuboid, &plan_->layout(place.cuboid).cells[place.cell], {}, {}};
  for (const std::string& dimension : plan_->layout(place.cuboid).info.dimensions) {
    const std::string& member = name.dimensions.at(dimension);
    trace.key.push_back(strings_.find(member));
    if (trace.key.back() == kNoText && !member.empty()) {
      return base::not_found("there is no value: no fact has the " + dimension + " " + member);
    }
  }
  Explanation out;
  out.is_personal = !trace.plan->hidden.empty();
  const GroupStore& shown = *facts_.stores()[place.cuboid];
  for (std::uint32_t group = 0; group < shown.size(); ++group) {
    if (shown.period(group) != name.period.packed() || !has_key(shown, group, trace.key)) continue;
    if (is_suppressed(*trace.plan, shown.row(group))) return suppressed(name);
    const auto values = aggregate_values(*trace.plan, view_of(shown, group));
    out.value = finalise(shown.layout(), place.cell, view_of(shown, group));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const language::Aggregate& aggregate = trace.plan->plan.aggregates[i];
      out.aggregates.push_back({aggregate.text, aggregate.kind, 0, aggregate.scale,
                                is_of_durations(aggregate), values[i]});
      if (values[i] && is_duration(aggregate)) {
        *out.aggregates.back().value /= (60 * base::kMicrosPerMinute);
      }
    }
  }
  if (out.value.absent) return base::not_found("there is no value: no fact is behind this cell");
  trace.periods = {name.period.packed()};
  for (const TimeRollup& rollup : plan_->time_rollups()) {
    if (rollup.to.cuboid != place.cuboid || rollup.to.cell != place.cell) continue;
    trace.cuboid = rollup.from.cuboid;
    trace.plan = &plan_->layout(rollup.from.cuboid).cells[rollup.from.cell];
    trace.periods.clear();
    const GroupStore& own = *facts_.stores()[rollup.from.cuboid];
    for (std::uint32_t group = 0; group < own.size(); ++group) {
      const auto period = base::Period::from_packed(own.period(group));
      if (period.coarsened(name.period.grain()) == name.period && has_key(own, group, trace.key) &&
          !is_absent(*trace.plan, view_of(own, group))) {
        trace.periods.push_back(period.packed());
      }
    }
    std::sort(trace.periods.begin(), trace.periods.end());
    if (!rollup.average) trace.periods.erase(trace.periods.begin(), trace.periods.end() - 1);
  }
  for (const std::uint32_t period : trace.periods) {
    out.periods.push_back(base::Period::from_packed(period));
  }
  add_leaves(trace, out.is_personal ? 0 : leaves_max, &out);
  for (const model::Indicator& indicator : plan_->model()->indicators) {
    if (indicator.id != name.indicator) continue;
    out.formula = indicator.value;
    out.where = indicator.where;
    out.unit = indicator.unit;
  }
  return out;
}

void Fold::add_leaves(const CellTrace& trace, std::size_t leaves_max, Explanation* out) {
  std::vector<Leaf> leaves;
  std::map<std::pair<const FactSource*, std::uint32_t>, std::size_t> derived;  // leaves
  std::vector<std::optional<std::int64_t>> values;
  visit_facts([&](RecordId record, std::uint32_t, FactSource* source, std::uint32_t row) {
    const bool is_derived = source != tables_[index_[record].table].source.get();
    if (is_derived) {
      if (const auto at = derived.find({source, row}); at != derived.end()) {
        leaves[at->second].records.push_back(record);
        return;
      }
    }
    std::uint32_t period = 0;
    if (!facts_.contribution(source, row, trace, &values, &period)) return;
    if (is_derived) derived.emplace(std::pair(source, row), leaves.size());
    leaves.push_back({source, row, period, {record}, values});
  });
  if (allocator_) {
    // Of no record: what pools give.
    allocator_->for_each_fact([&](DerivedRef fact) {
      std::uint32_t period = 0;
      FactSource* source = derived_.source(fact);
      if (!facts_.contribution(source, fact.row, trace, &values, &period)) return;
      leaves.push_back({source, fact.row, period, {}, values});
    });
  }
  for (const Leaf& leaf : leaves) {
    for (std::size_t i = 0; i < leaf.values.size(); ++i) {
      out->aggregates[i].facts += leaf.values[i].has_value();
    }
  }
  out->facts = leaves.size();
  std::stable_sort(leaves.begin(), leaves.end(),
                   [](const Leaf& a, const Leaf& b) { return a.weight() > b.weight(); });
  for (const Leaf& leaf : leaves) {
    if (out->leaves.size() == leaves_max) break;
    Fact fact = explain(leaf.source, leaf.row, false);
    ExplainedFact& shown = out->leaves.emplace_back();
    for (const RecordId record : leaf.records) shown.records.push_back(index_[record].key);
    shown.kind = std::move(fact.kind);
    shown.connector = std::move(fact.connector);
    shown.period = base::Period::from_packed(leaf.period);
    const model::RecordKind& kind = *leaf.source->kind().kind;
    for (auto& field : fact.fields) {
      if (kind.find(field.first)->type == model::FieldType::kPerson) continue;
      shown.fields.push_back(std::move(field));
    }
    shown.dimensions = std::move(fact.dimensions);
    shown.values = leaf.values;
  }
}

}  // namespace passerelle::consolidation
