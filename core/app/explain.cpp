#include "core/app/explain.h"

#include <utility>

#include "core/base/hash.h"

namespace passerelle::app {
namespace {

// "12.5" where that is exact, else "1/3".
std::string exact_text(const base::Rational& value) {
  constexpr int kDecimalsMax = 9;
  for (int scale = 0; scale <= kDecimalsMax; ++scale) {
    const auto scaled = base::round_to_scaled(value, scale);
    if (scaled && base::to_rational(*scaled, scale) == value) {
      return base::format_scaled(*scaled, scale);
    }
  }
  return value.str();
}

void fill(const consolidation::ExplainedFact& leaf, const RecordIds& ids,
          hub::v1::ExplainLeaf* out) {
  out->set_kind(leaf.kind);
  out->set_connector(leaf.connector);
  for (const base::Hash128 key : leaf.records) {
    const auto at = ids.find(key);
    out->add_records(at == ids.end() ? base::to_hex(key) : at->second);
  }
  out->set_period(leaf.period.to_string());
  for (const auto& [name, value] : leaf.fields) (*out->mutable_fields())[name] = value;
  for (const consolidation::FactDimension& dimension : leaf.dimensions) {
    hub::v1::ExplainDimension* made = out->add_dimensions();
    made->set_id(dimension.dimension);
    made->set_value(dimension.value);
    made->set_rule(dimension.rule);
  }
  for (const auto& value : leaf.values) {
    hub::v1::ExplainValue* made = out->add_values();
    if (value) made->set_scaled(*value);
  }
}

void fill(const hub::v1::CellKey& key, const consolidation::Explanation& explanation,
          hub::v1::Cell* out) {
  *out->mutable_key() = key;
  const model::CellValue& value = explanation.value;
  if (value.na == model::NaReason::kNone) {
    out->set_scaled(value.scaled);
  } else {
    out->set_na(static_cast<hub::v1::NaReason>(value.na));
  }
  out->set_scale(value.scale);
  out->set_status(static_cast<hub::v1::Status>(value.status));
  out->set_flags(value.flags);
  out->set_n(value.n);
}

}  // namespace

StatusOr<RecordIds> record_ids(const std::vector<base::Hash128>& keys, const JournalReader& read) {
  RecordIds ids;
  for (const base::Hash128 key : keys) ids.emplace(key, "");
  std::size_t missing = ids.size();
  if (missing == 0) return ids;
  const Status status = read([&](const model::Commit& commit) -> Status {
    const auto* records = std::get_if<model::Records>(&commit.body);
    if (records == nullptr) return absl::OkStatus();
    for (const model::RecordBatch& batch : records->batches) {
      for (std::size_t row = 0; row < batch.size(); ++row) {
        const auto at = ids.find(batch.keys[row]);
        if (at == ids.end() || !at->second.empty()) continue;
        at->second = std::string(batch.ids[row]);
        --missing;
      }
    }
    return missing > 0 ? absl::OkStatus() : base::cancelled("all found");
  });
  if (!status.ok() && !absl::IsCancelled(status)) return status;
  return ids;
}

StatusOr<consolidation::CellName> cell_name(const hub::v1::CellKey& key) {
  consolidation::CellName name;
  name.indicator = key.indicator();
  std::string period;
  for (const auto& [dimension, value] : key.dimensions()) {
    if (dimension == "period") {
      period = value;
    } else {
      name.dimensions[dimension] = value;
    }
  }
  const auto parsed = base::Period::parse(period);
  if (!parsed.ok()) {
    return base::invalid_argument("the cell's period '" + period +
                                  "' is none; write 2026, 2026-Q1, 2026-03, 2026-03-31 or all");
  }
  name.period = *parsed;
  return name;
}

StatusOr<consolidation::Explanation> explain(const hub::v1::ExplainRequest& request,
                                             const consolidation::Engine& engine) {
  if (request.leaves() > kExplainLeavesMax) {
    return base::invalid_argument("at most " + std::to_string(kExplainLeavesMax) +
                                  " leaves are told at once");
  }
  PAS_ASSIGN_OR_RETURN(const consolidation::CellName name, cell_name(request.cell()));
  return engine.explain(name, request.leaves());
}

StatusOr<hub::v1::ExplainResponse> told(const hub::v1::ExplainRequest& request,
                                        const consolidation::Explanation& explanation,
                                        const JournalReader& read) {
  std::vector<base::Hash128> keys;
  for (const consolidation::ExplainedFact& leaf : explanation.leaves) {
    keys.insert(keys.end(), leaf.records.begin(), leaf.records.end());
  }
  PAS_ASSIGN_OR_RETURN(const RecordIds ids, record_ids(keys, read));
  hub::v1::ExplainResponse out;
  out.set_revision(explanation.revision);
  fill(request.cell(), explanation, out.mutable_cell());
  out.mutable_cell()->set_revision(explanation.revision);
  out.set_formula(explanation.formula);
  out.set_where(explanation.where);
  out.set_unit(explanation.unit);
  for (const consolidation::ExplainedAggregate& aggregate : explanation.aggregates) {
    hub::v1::ExplainPart* part = out.add_parts();
    part->set_text(aggregate.text);
    part->set_facts(aggregate.facts);
    if (aggregate.value) part->set_value(exact_text(*aggregate.value));
    part->set_scale(aggregate.scale);
    part->set_kind(aggregate.kind);
    part->set_of_durations(aggregate.of_durations);
  }
  for (const base::Period period : explanation.periods) out.add_periods(period.to_string());
  out.set_facts(explanation.facts);
  if (explanation.is_personal) {
    out.mutable_withheld()->set_fr(
        "Secret statistique (suppress_below) : les faits ne sont pas listés, ils en diraient plus "
        "que les valeurs publiées.");
    out.mutable_withheld()->set_en(
        "Small-count suppression (suppress_below): the facts are not listed, they would tell more "
        "than the published values do.");
  }
  for (const auto& leaf : explanation.leaves) fill(leaf, ids, out.add_leaves());
  return out;
}

}  // namespace passerelle::app
