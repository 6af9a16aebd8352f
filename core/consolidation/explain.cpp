// From a cell back to its facts, by the same filters, arguments and keys that made it.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/consolidation/explained_parts.h"
#include "core/consolidation/fold.h"
#include "core/model/labels.h"

namespace passerelle::consolidation {
namespace {

// A fact behind the cell: where it is, what it gives.
struct Leaf {
  FactPlace place;
  std::uint32_t period = 0;
  std::vector<std::optional<std::int64_t>> values;
  std::uint64_t weight = 0;
  std::uint64_t number = 0;  // in the order of the facts

  bool comes_before(const Leaf& other) const {
    return weight != other.weight ? weight > other.weight : number < other.number;
  }
};

std::uint64_t weight_of(const std::vector<std::optional<std::int64_t>>& values) {
  for (const auto& value : values) {
    if (value) return static_cast<std::uint64_t>(*value < 0 ? -*value : *value);
  }
  return 0;
}

// In the same words whether its own facts are few or another's.
Status suppressed(const CellName& name) {
  return base::error(absl::StatusCode::kPermissionDenied,
                     "the value of " + name.indicator +
                         " is suppressed here: it, or another that it would tell of, stands on too "
                         "few facts ('suppress_below'), so nothing is said of what is behind it; "
                         "ask for a coarser grouping or period");
}

bool hides_small_counts(const model::SteeringModel& model, const std::string& indicator) {
  return std::any_of(model.indicators.begin(), model.indicators.end(), [&](const auto& one) {
    return one.id == indicator && one.suppress_below > 0;
  });
}

// The greatest leaves, as many as are wanted.
class Greatest {
 public:
  explicit Greatest(std::size_t count) : count_(count) {}

  void take(FactPlace place, std::uint32_t period,
            const std::vector<std::optional<std::int64_t>>& values) {
    const std::uint64_t number = taken_++;
    if (count_ == 0) return;
    const std::uint64_t weight = weight_of(values);
    // The least of those kept is in front.
    if (leaves_.size() == count_) {
      if (weight <= leaves_.front().weight) return;
      std::pop_heap(leaves_.begin(), leaves_.end(), before);
      leaves_.pop_back();
    }
    leaves_.push_back({place, period, values, weight, number});
    std::push_heap(leaves_.begin(), leaves_.end(), before);
  }
  std::uint64_t taken() const { return taken_; }
  std::vector<Leaf> sorted() {
    std::sort_heap(leaves_.begin(), leaves_.end(), before);
    return std::move(leaves_);
  }

 private:
  static bool before(const Leaf& a, const Leaf& b) { return a.comes_before(b); }

  std::size_t count_;
  std::uint64_t taken_ = 0;
  std::vector<Leaf> leaves_;
};

bool has_key(const GroupStore& store, std::uint32_t group, const std::vector<Code>& key) {
  return key.empty() || std::memcmp(store.row(group) + store.layout().key, key.data(),
                                    key.size() * sizeof(Code)) == 0;
}

}  // namespace

TracePlan FactFold::trace_plan(FactSource* source, const CellTrace& cell) const {
  TracePlan out;
  const KindPlan& kind = source->kind();
  for (const CuboidInput& input : kind.inputs) {
    if (input.cuboid != cell.cuboid) continue;
    TracePlan::Input made{&input, {}, {}};
    for (std::uint32_t i = 0; i < cell.plan->aggregates.size(); ++i) {
      const AggregateCell& aggregate = cell.plan->aggregates[i];
      if (aggregate.is_presence) continue;
      for (const Measure& measure : input.measures) {
        if (measure.count != aggregate.count || aggregate.count == kNoOffset) continue;
        made.measures.emplace_back(i, &measure);
        break;
      }
      for (const StockMeasure& stock : input.stocks) {
        const bool is_it =
            aggregate.fn == language::AggregateFn::kStock && stock.opened_total == aggregate.value;
        if (is_it) made.stocks.emplace_back(i, &stock);
      }
    }
    if (made.measures.empty() && made.stocks.empty()) continue;
    FactSignatures::Wanted wanted;
    for (std::uint32_t i = 0; i < cell.key.size(); ++i) {
      const std::uint32_t dimension = input.dimensions[i];
      const bool may_differ = input.at != 0 || source->signatures().units_lag();
      if (may_differ && source->is_dated(dimension)) continue;
      source->signatures().want(dimension, cell.key[i], &wanted);
    }
    if (input.at == 0 && input.grain != base::Grain::kAll && made.stocks.empty()) {
      wanted.months = 0;
      for (const std::uint32_t packed : cell.periods) {
        const base::Period period = base::Period::from_packed(packed);
        const auto month = [](base::Days day) {
          return base::Period::of(day, base::Grain::kMonth).packed();
        };
        FactSignatures::want_months(month(period.first_day()), month(period.last_day()),
                                    &wanted.months);
      }
    }
    out.filters.resize(kind.filters.size());
    for (const auto& [aggregate, measure] : made.measures) out.filters[measure->filter] = 1;
    for (const auto& [aggregate, stock] : made.stocks) out.filters[stock->filter] = 1;
    out.wanted.push_back(wanted);
    out.inputs.push_back(std::move(made));
  }
  return out;
}

std::optional<std::int64_t> FactFold::given(const Measure& measure, FactSource* source) {
  std::int64_t value = 1;
  const bool counts = passes(measure.filter) &&
                      (measure.argument < 0 ||
                       argument(source, static_cast<std::uint32_t>(measure.argument), &value));
  return counts ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> FactFold::given(const StockMeasure& stock, FactSource* source,
                                            const CuboidInput& input, const CellTrace& cell) {
  if (!passes(stock.filter)) return std::nullopt;
  const auto opened = moment(source, stock.opened);
  const auto closed = moment(source, stock.closed);
  if (!opened || (closed && *closed < *opened)) return std::nullopt;
  const std::uint32_t period = cell.periods.back();
  const bool is_open = days_.period(*opened, input.grain) <= period &&
                       (!closed || days_.period(*closed, input.grain) > period);
  return is_open ? std::optional<std::int64_t>(1) : std::nullopt;
}

bool FactFold::contribution(FactSource* source, std::uint32_t row, const CellTrace& cell,
                            const TracePlan& plan, std::vector<std::optional<std::int64_t>>* values,
                            std::uint32_t* period) {
  source->load(row);
  answers_.assign(source->kind().arguments.size(), Answer::kUnknown);
  arguments_.resize(source->kind().arguments.size());
  values->assign(cell.plan->aggregates.size(), std::nullopt);
  bool is_answered = false;
  bool any = false;
  for (const TracePlan::Input& part : plan.inputs) {
    const CuboidInput& input = *part.input;
    const auto day = day_of(*source, input.at);
    if (!day && input.grain != base::Grain::kAll) continue;
    const base::Days at = day.value_or(std::numeric_limits<base::Days>::max());
    const std::uint32_t own =
        input.grain == base::Grain::kAll ? base::Period().packed() : days_.period(at, input.grain);
    const bool in_period = std::binary_search(cell.periods.begin(), cell.periods.end(), own);
    if (!in_period && part.stocks.empty()) continue;
    const Code* codes = source->dimensions(at);
    bool same = true;
    for (std::size_t i = 0; i < cell.key.size(); ++i) {
      same = same && codes[input.dimensions[i]] == cell.key[i];
    }
    if (!same) continue;
    if (!is_answered) answer_filters(source, &plan.filters);
    is_answered = true;
    const auto take = [&](std::uint32_t aggregate, std::optional<std::int64_t> value) {
      if (!value) return;
      (*values)[aggregate] = value;
      *period = in_period ? own : cell.periods.back();
      any = true;
    };
    for (const auto& [aggregate, measure] : part.measures) {
      if (in_period) take(aggregate, given(*measure, source));
    }
    for (const auto& [aggregate, stock] : part.stocks) {
      take(aggregate, given(*stock, source, input, cell));
    }
  }
  return any;
}

template <typename Visit>
void Fold::visit_behind(const CellTrace& trace, const Visit& visit) {
  std::vector<std::optional<std::int64_t>> values;
  const auto look_at = [&](FactSource* source) {
    const TracePlan plan = facts_.trace_plan(source, trace);
    if (plan.inputs.empty()) return;
    source->signatures().for_each(plan.wanted, [&](std::uint32_t row) {
      std::uint32_t period = 0;
      if (!facts_.contribution(source, row, trace, plan, &values, &period)) return;
      visit(FactPlace{source, row}, period, values);
    });
  };
  for (const BoundTable& table : tables_) {
    if (table.source) look_at(table.source.get());
  }
  for (std::uint32_t table = 0; table < derived_.size(); ++table) {
    look_at(derived_.source(DerivedRef{table, 0}));
  }
}

StatusOr<Explanation> Fold::explain_cell(const CellName& name, std::size_t leaves_max) {
  PAS_ASSIGN_OR_RETURN(const CellPlace place, explained_place(*plan_, name));
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
  // A part of others that nobody sees: what would be hidden of it was not worked out.
  if (!out.is_personal && hides_small_counts(*plan_->model(), name.indicator)) {
    return suppressed(name);
  }
  const GroupStore& shown = *facts_.stores()[place.cuboid];
  std::vector<std::uint32_t> key(trace.key.begin(), trace.key.end());
  key.push_back(name.period.packed());
  if (const auto group = shown.find(key.data())) {
    if (is_suppressed(*trace.plan, shown.row(*group))) return suppressed(name);
    out.value = finalise(shown.layout(), place.cell, view_of(shown, *group));
    out.aggregates = explained_aggregates(*trace.plan, view_of(shown, *group));
  }
  if (out.value.absent) return base::not_found("there is no value: no fact is behind this cell");
  if (!out.is_personal) add_cells(name, place, trace.key, &out);
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
    for (const std::string& field : indicator.drill) {
      out.drill.emplace_back(field, model::dimension_label(*plan_->model(), field));
    }
    out.where = indicator.where;
    out.unit = indicator.unit;
  }
  return out;
}

void Fold::add_leaves(const CellTrace& trace, std::size_t leaves_max, Explanation* out) {
  Greatest greatest(leaves_max);
  visit_behind(trace, [&](FactPlace place, std::uint32_t period, const auto& values) {
    greatest.take(place, period, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      out->aggregates[i].facts += values[i].has_value();
    }
  });
  out->facts = greatest.taken();
  const std::vector<Leaf> leaves = greatest.sorted();
  std::vector<FactPlace> places;
  for (const Leaf& leaf : leaves) places.push_back(leaf.place);
  auto records = records_of(places);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const Leaf& leaf = leaves[i];
    Fact fact = explain(leaf.place.source, leaf.place.row, false);
    ExplainedFact& shown = out->leaves.emplace_back();
    shown.records = std::move(records[i]);
    shown.kind = std::move(fact.kind);
    shown.connector = std::move(fact.connector);
    shown.period = base::Period::from_packed(leaf.period);
    const model::RecordKind& kind = *leaf.place.source->kind().kind;
    for (auto& field : fact.fields) {
      if (kind.find(field.first)->type == model::FieldType::kPerson) continue;
      shown.fields.push_back(std::move(field));
    }
    shown.dimensions = std::move(fact.dimensions);
    shown.values = leaf.values;
  }
}

std::vector<std::vector<base::Hash128>> Fold::records_of(const std::vector<FactPlace>& leaves) {
  std::vector<std::vector<base::Hash128>> out(leaves.size());
  std::map<const FactSource*, std::unordered_map<std::uint32_t, std::size_t>> wanted;
  std::set<std::string> derived;  // kinds
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    wanted[leaves[i].source].emplace(leaves[i].row, i);
    derived.insert(leaves[i].source->kind().kind->name);
  }
  const auto note = [&](const FactSource* source, std::uint32_t row, RecordId record) {
    const auto of_source = wanted.find(source);
    if (of_source == wanted.end()) return;
    const auto leaf = of_source->second.find(row);
    if (leaf != of_source->second.end()) out[leaf->second].push_back(index_[record].key);
  };
  for (RecordId record = 0; !leaves.empty() && record < index_.size(); ++record) {
    if (!index_[record].is_live()) continue;
    const BoundTable& table = tables_[index_[record].table];
    if (table.kind == nullptr || !derived.contains(table.kind->fact_kind)) continue;
    const bool by_own_row = table.source && table.agent == kNone;
    if (by_own_row || (table.source && wanted.contains(table.source.get()))) {
      note(table.source.get(), index_[record].row, record);
    }
    if (by_own_row) continue;
    const auto refs = derived_of(record);
    for (std::size_t i = 0; refs && i < refs->size(); ++i) {
      const DerivedRef& ref = (*refs)[i];
      if (ref.is_set()) note(derived_.source(ref), ref.row, record);
    }
  }
  return out;
}

}  // namespace passerelle::consolidation
