#include "core/app/explain.h"

#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/model/org_view.h"

namespace passerelle::app {
namespace {

void fill(const consolidation::ExplainedFact& leaf, const consolidation::Explanation& explanation,
          const RecordIds& ids, std::string_view org, hub::v1::ExplainLeaf* out) {
  if (org == model::kOrgWas) org = "";
  out->set_kind(leaf.kind);
  out->set_connector(leaf.connector);
  for (const base::Hash128 key : leaf.records) {
    const auto at = ids.find(key);
    out->add_records(at == ids.end() ? base::to_hex(key) : at->second);
  }
  out->set_period(leaf.period.to_string());
  const auto& drill = explanation.drill;
  for (const auto& field : leaf.fields) {
    const bool is_wanted = std::any_of(drill.begin(), drill.end(),
                                       [&](const auto& one) { return one.first == field.first; });
    if (drill.empty() || is_wanted) (*out->mutable_fields())[field.first] = field.second;
  }
  for (const consolidation::FactDimension& dimension : leaf.dimensions) {
    const std::string plain(model::plain_dimension(dimension.dimension));
    if (model::is_org_dimension(plain) && model::org_view_of(dimension.dimension) != org) continue;
    hub::v1::ExplainDimension* made = out->add_dimensions();
    made->set_id(plain);
    made->set_value(dimension.value);
    made->set_rule(dimension.rule);
  }
  for (const auto& value : leaf.values) {
    hub::v1::ExplainValue* made = out->add_values();
    if (value) made->set_scaled(*value);
  }
}

void fill(const consolidation::ExplainedCell& cell, const std::string& org,
          hub::v1::ExplainCell* out) {
  out->mutable_cell()->set_indicator(cell.cell.indicator);
  auto& dimensions = *out->mutable_cell()->mutable_dimensions();
  for (const auto& [name, value] : cell.cell.dimensions) {
    dimensions[std::string(model::plain_dimension(name))] = value;
  }
  out->mutable_cell()->set_org(org);
  dimensions["period"] = cell.cell.period.to_string();
  for (const auto& share : cell.shares) {
    hub::v1::ExplainShare* made = out->add_shares();
    if (!share) continue;
    made->set_in_part(true);
    made->set_facts(share->facts);
    if (share->value) made->set_value(exact_text(*share->value));
    if (share->share) made->set_share(exact_text(*share->share));
  }
}

}  // namespace

std::string exact_text(const base::Rational& value, int decimals) {
  constexpr int kDecimalsMax = 9;
  for (int scale = decimals; scale <= kDecimalsMax; ++scale) {
    const auto scaled = base::round_to_scaled(value, scale);
    if (scaled && base::to_rational(*scaled, scale) == value) {
      return base::format_scaled(*scaled, scale);
    }
  }
  return value.str();
}

void fill(const hub::v1::CellKey& key, const model::CellValue& value, hub::v1::Cell* out) {
  *out->mutable_key() = key;
  out->set_scale(value.scale);
  out->set_status(static_cast<hub::v1::Status>(value.status));
  out->set_flags(value.flags);
  out->set_n(value.n);
  if (value.absent) {
    out->set_removed(true);
  } else if (value.na == model::NaReason::kNone) {
    out->set_scaled(value.scaled);
  } else {
    out->set_na(static_cast<hub::v1::NaReason>(value.na));
  }
}

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
  if (!key.org().empty()) PAS_RETURN_IF_ERROR(model::check_org_view(key.org()));
  consolidation::CellName name;
  name.indicator = key.indicator();
  std::string period;
  for (const auto& [dimension, value] : key.dimensions()) {
    if (dimension == "period") {
      period = value;
    } else {
      name.dimensions[model::in_org_view({dimension}, key.org())[0]] = value;
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
  fill(request.cell(), explanation.value, out.mutable_cell());
  out.mutable_cell()->set_revision(explanation.revision);
  out.set_formula(explanation.formula);
  out.set_where(explanation.where);
  out.set_unit(explanation.unit);
  for (const auto& [id, label] : explanation.drill) {
    hub::v1::ExplainField& field = *out.add_drill();
    field.set_id(id);
    field.mutable_label()->set_fr(label.fr);
    field.mutable_label()->set_en(label.en);
  }
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
  for (const auto& leaf : explanation.leaves) {
    fill(leaf, explanation, ids, request.cell().org(), out.add_leaves());
  }
  for (const auto& cell : explanation.cells) fill(cell, request.cell().org(), out.add_cells());
  return out;
}

}  // namespace passerelle::app
