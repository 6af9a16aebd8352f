#include "core/steering/measurements.h"

#include <algorithm>
#include <string_view>

#include "core/language/record_schema.h"
#include "core/steering/dimensions.h"
#include "core/steering/expression_place.h"
#include "core/steering/facts.h"

namespace passerelle::steering {

Measurements::Measurements(const Draft& draft, Findings* findings)
    : draft_(draft),
      findings_(*findings),
      schemas_(language::fact_schemas(draft.model.kinds, draft.names)) {}

std::optional<language::IndicatorPlan> Measurements::check(const model::Measurement& measure,
                                                           const MeasurementDraft& places,
                                                           bool per_fact, base::Grain grain,
                                                           const std::string& what) {
  const model::RecordKind* from = find_fact_kind(places.from, what, draft_.model, &findings_);
  if (from == nullptr && !places.from.empty()) return std::nullopt;
  constexpr std::string_view kSum = "sum(";
  const std::string value = per_fact ? std::string(kSum) + measure.value + ")" : measure.value;
  auto compiled = language::compile_indicator(value, measure.from, schemas_, measure.where);
  if (per_fact) {
    for (language::Problem& problem : compiled.problems) {
      const std::size_t inside = problem.offset - std::min(problem.offset, kSum.size());
      problem.offset = std::min(inside, measure.value.size());
    }
  }
  if (places.value.scalar != nullptr) {
    report_problems(compiled.problems, places.value, 0, what, &findings_);
  }
  if (places.where.scalar != nullptr) {
    report_problems(compiled.where_problems, places.where, 0, "'where' of " + what, &findings_);
  }
  if (!compiled.plan) return std::nullopt;
  for (const language::Aggregate& aggregate : compiled.plan->aggregates) {
    const bool is_stock = aggregate.fn == language::AggregateFn::kStock;
    if (!is_stock && aggregate.kind != model::kAllocationKind) continue;
    findings_.error(place_of(places.value, measure.place), code::kAllocation,
                    what + (is_stock ? " is a stock, which is known only when a period ends"
                                     : " measures what pools allocate"),
                    is_stock ? "count facts, or sum an amount or a duration"
                             : "take amounts from a pool with 'sources: [{pool: ID}]'");
    return std::nullopt;
  }
  check_at(*compiled.plan, measure, places, grain, what);
  return std::move(compiled.plan);
}

void Measurements::check_at(const language::IndicatorPlan& plan, const model::Measurement& measure,
                            const MeasurementDraft& places, base::Grain grain,
                            const std::string& what) {
  for (const language::Aggregate& aggregate : plan.aggregates) {
    const model::RecordKind* kind = model::find_kind(draft_.model.kinds, aggregate.kind);
    if (kind == nullptr) continue;
    if (!measure.at.empty() && !places_a_fact(*kind, measure.at)) {
      findings_.error(
          places.at.at, code::kAllocation,
          "the field " + in_quotes(measure.at) + " of " + in_quotes(kind->name) +
              " cannot place a fact in a period",
          "name a date, an instant or the exercise; without 'at' it is '" + kind->default_at + "'");
      return;
    }
    const std::string& at = measure.at.empty() ? kind->default_at : measure.at;
    if (grain >= base::Grain::kYear || !is_by_exercise(*kind, at)) continue;
    findings_.error(place_of(places.value, measure.place), code::kAllocation,
                    what + " reads " + in_quotes(kind->name) +
                        ", which is known by exercise only, and the pool is by " +
                        std::string(base::to_string(grain)),
                    "add 'at: ...', a date, or write 'grain: year' for the pool");
    return;
  }
}

bool Measurements::have_dimension(const language::IndicatorPlan& plan, const std::string& dimension,
                                  const model::Place& at, const std::string& what) {
  for (const language::Aggregate& aggregate : plan.aggregates) {
    const model::RecordKind* kind = model::find_kind(draft_.model.kinds, aggregate.kind);
    if (kind == nullptr) continue;
    const auto known = dimensions_of(draft_.model, *kind);
    if (std::binary_search(known.begin(), known.end(), dimension)) continue;
    findings_.error(at, code::kDimension,
                    what + " reads " + in_quotes(kind->name) + ", which has no dimension " +
                        in_quotes(dimension),
                    suggestion(dimension, known, "name a field of its facts or a dimension"));
    return false;
  }
  return true;
}

model::Place place_of(const ExpressionSource& source, const model::Place& otherwise) {
  return source.scalar == nullptr ? otherwise : place_in(source, 0);
}

}  // namespace passerelle::steering
