#include "tests/core/consolidation/harness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::consolidation {
namespace {

model::FieldType type_named(const std::string& name) {
  if (name.starts_with("decimal")) return model::FieldType::kDecimal;
  for (const auto type :
       {model::FieldType::kString, model::FieldType::kInteger, model::FieldType::kDate,
        model::FieldType::kInstant, model::FieldType::kBoolean, model::FieldType::kPerson}) {
    if (model::to_string(type) == name) return type;
  }
  ADD_FAILURE() << "no type " << name;
  return model::FieldType::kString;
}

std::int64_t number_of(const model::Field& field, const std::string& text) {
  switch (field.type) {
    case model::FieldType::kDate:
      return base::parse_date(text).value();
    case model::FieldType::kInstant:
      return base::parse_instant(text).value();
    case model::FieldType::kBoolean:
      return text == "true" ? 1 : 0;
    default:
      return base::parse_scaled(text, field.scale).value();
  }
}

}  // namespace

model::SteeringModel empty_model() {
  model::SteeringModel model;
  model.authority = "TEST";
  model.time_zone = "UTC";
  model.kinds = model::built_in_kinds();
  return model;
}

model::RecordKind kind_of(const std::string& name, const std::string& at,
                          const std::vector<std::string>& fields) {
  model::RecordKind kind;
  kind.name = name;
  kind.fact_kind = name;
  kind.default_at = at;
  for (const std::string& text : fields) {
    const auto parts = base::split(text, ':');
    model::Field field;
    field.name = parts[0];
    const std::string type(parts[1]);
    field.type = type_named(type);
    if (type.starts_with("decimal")) field.scale = std::stoi(type.substr(7));
    if (parts.size() > 2) field.unit = parts[2];
    kind.fields.push_back(std::move(field));
  }
  return kind;
}

model::Indicator indicator(const std::string& id, const std::string& from, const std::string& value,
                           const std::vector<std::string>& by) {
  model::Indicator out;
  out.id = id;
  out.from = from;
  out.value = value;
  out.grain = base::Grain::kMonth;
  out.by = by;
  for (std::size_t bits = 0; bits < std::size_t{1} << by.size(); ++bits) {
    std::vector<std::string> grouping;
    for (std::size_t i = 0; i < by.size(); ++i) {
      if ((bits >> i) & 1) grouping.push_back(by[i]);
    }
    std::sort(grouping.begin(), grouping.end());
    out.publish.push_back(std::move(grouping));
  }
  out.grains = {base::Grain::kMonth};
  out.round = 2;
  return out;
}

model::MappingRule rule(const std::string& name, const std::string& when,
                        const std::map<std::string, std::string>& set) {
  model::MappingRule out;
  out.name = name;
  out.when = when;
  for (const auto& [dimension, value] : set) {
    model::RuleValue given;
    given.text = value;
    if (value.starts_with("$")) {
      given = {model::RuleValue::Kind::kColumn, value.substr(1), {}};
    } else if (value.starts_with("=")) {
      given = {model::RuleValue::Kind::kExpression, value.substr(1), {}};
    }
    out.set[dimension] = given;
  }
  return out;
}

model::OrgUnit unit(const std::string& id, const std::string& kind, const std::string& parent) {
  model::OrgUnit out;
  out.id = id;
  out.kind = kind;
  if (!parent.empty()) out.parents.push_back({parent, {}});
  return out;
}

model::RecordBatch batch_of(const std::string& connector, const model::RecordKind& kind,
                            const std::vector<Row>& rows, const std::string& scope) {
  model::RecordBatch batch;
  batch.stream = kind.name;
  batch.kind = kind.name;
  batch.scope = scope;
  for (const model::Field& field : kind.fields) {
    const bool used = std::any_of(rows.begin(), rows.end(),
                                  [&](const Row& row) { return row.fields.contains(field.name); });
    if (used) batch.columns.push_back({field.name, field.type, field.scale, {}, {}, {}});
  }
  const bool keyed = std::any_of(rows.begin(), rows.end(),
                                 [](const Row& row) { return !row.natural_key.empty(); });
  for (const Row& row : rows) {
    batch.ids.append(row.id);
    batch.keys.push_back(model::key_of(connector, kind.name, row.id));
    batch.versions.push_back(row.version);
    batch.deleted.push_back(row.deleted);
    if (keyed) batch.natural_keys.append(row.natural_key);
    std::string content = row.natural_key;
    for (const auto& [name, value] : row.fields) content += name + "=" + value + ";";
    batch.contents.push_back(base::hash64(content));
    for (model::Column& column : batch.columns) {
      const auto at = row.fields.find(column.name);
      const bool absent = at == row.fields.end();
      if (model::is_text(column.type)) {
        if (!absent) column.dictionary.push_back(at->second);
        column.codes.push_back(absent ? 0 : static_cast<std::uint32_t>(column.dictionary.size()));
      } else {
        column.numbers.push_back(absent ? model::kAbsent
                                        : number_of(*kind.find(column.name), at->second));
      }
    }
  }
  return batch;
}

model::RecordBatch Hub::batch(const std::string& kind, const std::vector<Row>& rows,
                              const std::string& scope, const std::string& connector) {
  const auto& kinds = model_ ? model_->kinds : model::built_in_kinds();
  return batch_of(connector, *model::find_kind(kinds, kind), rows, scope);
}

Status Hub::apply(model::Commit commit, flow::Delta* delta) {
  commit.revision = engine_->revision() + 1;
  Status status = engine_->apply(commit, delta);
  if (status.ok()) journal_.push_back(std::move(commit));
  return status;
}

flow::Delta Hub::apply_model(const model::SteeringModel& model) {
  model_ = std::make_shared<model::SteeringModel>(model);
  flow::Delta delta;
  model::Commit proposed;
  proposed.body = model::ModelProposed{{1, 2}, "canonical", model_};
  EXPECT_TRUE(apply(proposed, &delta).ok());
  model::Commit switched;
  switched.body = model::ModelSwitched{engine_->revision()};
  const Status status = apply(switched, &delta);
  EXPECT_TRUE(status.ok()) << status;
  return delta;
}

flow::Delta Hub::commit(model::Records records) {
  flow::Delta delta;
  model::Commit commit;
  commit.body = std::move(records);
  const Status status = apply(std::move(commit), &delta);
  EXPECT_TRUE(status.ok()) << status;
  return delta;
}

flow::Delta Hub::send(const std::string& kind, const std::vector<Row>& rows,
                      const std::string& scope, const std::string& connector) {
  model::Records records;
  records.connector = connector;
  records.read = rows.size();
  records.batches.push_back(batch(kind, rows, scope, connector));
  // Without a scope of its own it is a read by itself, begun and ended.
  for (const auto event : {model::ScopeEvent::Kind::kOpen, model::ScopeEvent::Kind::kClose}) {
    if (!scope.empty()) break;
    records.scopes.emplace_back().kind = event;
    records.scopes.back().scope = "read";
  }
  return commit(std::move(records));
}

flow::Delta Hub::tick(const std::string& instant) {
  flow::Delta delta;
  model::Commit commit;
  commit.body = model::Tick{base::parse_instant(instant).value()};
  EXPECT_TRUE(apply(std::move(commit), &delta).ok());
  return delta;
}

std::string text_of(const model::CellValue& value) {
  if (value.absent) return "absent";
  std::string text;
  switch (value.na) {
    case model::NaReason::kNone:
      text = base::format_scaled(value.scaled, value.scale);
      break;
    case model::NaReason::kNoData:
      text = "na NO_DATA";
      break;
    case model::NaReason::kZeroDen:
      text = "na ZERO_DEN";
      break;
    case model::NaReason::kNotYet:
      text = "na NOT_YET";
      break;
    case model::NaReason::kSuppressed:
      text = "na SUPPRESSED";
      break;
    default:
      text = "na ?";
  }
  if (value.flags & model::kFlagIncompleteChain) text += " INCOMPLETE";
  if (value.flags & model::kFlagStale) text += " STALE";
  if (value.flags & model::kFlagProvisional) text += " PROVISIONAL";
  if (value.flags & model::kFlagHeterogeneous) text += " HETEROGENEOUS";
  if (value.flags & model::kFlagOverflow) text += " OVERFLOW";
  if (value.flags & model::kFlagRestatementPending) text += " PENDING";
  if (value.flags & model::kFlagRestated) text += " RESTATED";
  if (value.status == model::CellStatus::kGreen) text += " GREEN";
  if (value.status == model::CellStatus::kAmber) text += " AMBER";
  if (value.status == model::CellStatus::kRed) text += " RED";
  return text;
}

std::string cell_of(const flow::CellView& view, const std::string& indicator_id,
                    const Fields& dimensions, const std::string& period) {
  const base::Period wanted = base::Period::parse(period).value();
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    const flow::CuboidInfo& info = view.cuboids()[cuboid];
    const auto at = std::find(info.indicators.begin(), info.indicators.end(), indicator_id);
    if (at == info.indicators.end() || info.grain != wanted.grain()) continue;
    if (info.dimensions.size() != dimensions.size()) continue;
    if (!std::all_of(info.dimensions.begin(), info.dimensions.end(),
                     [&](const std::string& name) { return dimensions.contains(name); })) {
      continue;
    }
    for (std::uint32_t group = 0; group < view.group_count(cuboid); ++group) {
      if (view.period(cuboid, group) != wanted) continue;
      const auto values = view.values(cuboid, group);
      bool same = true;
      for (std::size_t i = 0; i < values.size(); ++i) {
        same = same && values[i] == dimensions.at(info.dimensions[i]);
      }
      if (!same) continue;
      return text_of(
          view.cell({cuboid, group, static_cast<std::uint16_t>(at - info.indicators.begin())}));
    }
    return "absent";
  }
  return "not published";
}

std::string Hub::cell(const std::string& indicator_id, const Fields& dimensions,
                      const std::string& period) {
  return cell_of(*engine_->view(), indicator_id, dimensions, period);
}

std::unique_ptr<Engine> Hub::reloaded() const {
  Engine::Loader loader(EngineSettings{}, [&](const std::string&, base::Hash128) {
    return StatusOr<std::shared_ptr<const model::SteeringModel>>(model_);
  });
  const Status saved = engine_->save(
      [&](std::string_view name, std::string_view data) { return loader.take(name, data); });
  EXPECT_TRUE(saved.ok()) << saved;
  auto loaded = loader.finish();
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return std::move(loaded).value();
}

}  // namespace passerelle::consolidation
