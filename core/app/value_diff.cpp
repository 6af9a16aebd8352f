#include "core/app/value_diff.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/app/model_objects.h"

namespace passerelle::app {
namespace {

using consolidation::CellProbe;
using consolidation::RecordStage;

base::Rational worth(const CellProbe& probe) { return probe.exact.value_or(base::Rational(0)); }

base::Rational published(const CellProbe& probe) {
  return probe.exact ? base::to_rational(probe.value.scaled, probe.value.scale) : base::Rational(0);
}

hub::v1::DiffCauseKind kind_of(RecordStage::Change change) {
  switch (change) {
    case RecordStage::Change::kNew:
      return hub::v1::DIFF_CAUSE_KIND_NEW;
    case RecordStage::Change::kCorrected:
      return hub::v1::DIFF_CAUSE_KIND_CORRECTED;
    case RecordStage::Change::kDeleted:
      break;
  }
  return hub::v1::DIFF_CAUSE_KIND_DELETED;
}

hub::v1::DiffCauseKind kind_of(Part part) {
  switch (part) {
    case Part::kOrganisation:
      return hub::v1::DIFF_CAUSE_KIND_ORGANISATION;
    case Part::kMapping:
      return hub::v1::DIFF_CAUSE_KIND_MAPPING;
    case Part::kKey:
      return hub::v1::DIFF_CAUSE_KIND_KEY;
    case Part::kDefinition:
      return hub::v1::DIFF_CAUSE_KIND_DEFINITION;
    case Part::kTarget:
      return hub::v1::DIFF_CAUSE_KIND_TARGET;
    default:
      return hub::v1::DIFF_CAUSE_KIND_REFERENCE;
  }
}

hub::v1::DiffObject object(const std::string& section, const std::string& id) {
  hub::v1::DiffObject out;
  out.set_section(section);
  out.set_id(id);
  return out;
}

const model::Indicator* indicator_named(const model::SteeringModel& model, const std::string& id) {
  const auto at = std::find_if(model.indicators.begin(), model.indicators.end(),
                               [&](const auto& indicator) { return indicator.id == id; });
  return at == model.indicators.end() ? nullptr : &*at;
}

std::string version_text(const model::Indicator& indicator) {
  return "version " + std::to_string(indicator.version);
}

hub::v1::DiffObject object_of(const Difference& difference, const model::SteeringModel& after) {
  static constexpr const char* kChanges[] = {"added", "changed", "removed"};
  hub::v1::DiffObject out = object(difference.what, difference.id);
  out.set_change(kChanges[static_cast<std::size_t>(difference.change)]);
  out.set_detail(difference.detail);
  const model::Indicator* indicator =
      difference.what == "indicators" ? indicator_named(after, difference.id) : nullptr;
  if (indicator != nullptr) out.set_detail(version_text(*indicator));
  return out;
}

CellProbe probe_of(const model::CellValue& value) {
  CellProbe probe;
  probe.is_published = !value.absent;
  probe.value = value;
  if (!value.absent && value.na == model::NaReason::kNone) {
    probe.exact = base::to_rational(value.scaled, value.scale);
  }
  return probe;
}

bool may_change_values(Part part) {
  return std::find(std::begin(kValueParts), std::end(kValueParts), part) != std::end(kValueParts);
}

}  // namespace

ValueStep ValueDiff::engine_step(const CellProbe& before, const CellProbe& after,
                                 std::uint32_t version) {
  ValueStep step;
  step.kind = hub::v1::DIFF_CAUSE_KIND_ENGINE;
  step.revision = engine_revision;
  step.at = engine_at;
  step.objects = {object("engine", std::to_string(version))};
  step.effect = published(after) - published(before);
  step.after = after;
  difference += step.effect;
  return step;
}

void ValueDiff::begin_with(const model::CellValue& value, std::uint32_t version) {
  CellProbe before = probe_of(value);
  ValueStep step = engine_step(before, from, version);
  from = std::move(before);
  if (step.effect == 0) return;
  // A closed cell is again what it was.
  const auto back = std::find_if(steps.begin(), steps.end(), [&](const ValueStep& later) {
    return later.kind == step.kind && later.effect == -step.effect;
  });
  if (back == steps.end()) {
    steps.insert(steps.begin(), std::move(step));
  } else {
    steps.erase(back);
  }
}

void ValueDiff::end_with(const model::CellValue& value, std::uint32_t version) {
  CellProbe after = probe_of(value);
  ValueStep step = engine_step(to, after, version);
  to = std::move(after);
  if (step.effect != 0) steps.push_back(std::move(step));
}

model::Commit nothing_at(model::Revision revision) {
  model::Commit commit;
  commit.revision = revision;
  commit.body = model::Admin{};
  return commit;
}

Status switch_aside(const std::shared_ptr<const model::SteeringModel>& model,
                    consolidation::Engine* engine) {
  model::Commit commit;
  commit.body = model::ModelProposed{model->hash, "", model};
  PAS_RETURN_IF_ERROR(engine->apply_aside(commit));
  commit.body = model::ModelSwitched{engine->revision() + 1};
  return engine->apply_aside(commit);
}

ValueDiffer::ValueDiffer(consolidation::Engine* engine, consolidation::CellName cell,
                         ProposedModels proposed)
    : engine_(*engine), cell_(std::move(cell)), proposed_(std::move(proposed)) {
  now_ = diff_.from = engine_.probe(cell_);
}

ValueStep ValueDiffer::step_of(hub::v1::DiffCauseKind kind) const {
  ValueStep step;
  step.kind = kind;
  step.revision = revision_;
  step.at = at_;
  return step;
}

ValueStep ValueDiffer::step_of(const std::vector<Difference>& differences,
                               const model::SteeringModel& after) const {
  ValueStep step = step_of(kind_of(differences.back().part));
  for (const Difference& difference : differences) {
    step.objects.push_back(object_of(difference, after));
  }
  return step;
}

void ValueDiffer::note(ValueStep step) {
  CellProbe now = engine_.probe(cell_);
  step.effect = worth(now) - worth(now_);
  now_ = now;
  if (step.effect == 0) return;
  step.after = std::move(now);
  diff_.steps.push_back(std::move(step));
}

Status ValueDiffer::take(model::Commit commit, const Check& check) {
  revision_ = commit.revision;
  at_ = commit.at;
  if (std::holds_alternative<model::Records>(commit.body)) {
    return take_records(std::move(commit), check);
  }
  if (const auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
    proposed_[commit.revision] = proposed->parsed;
    return engine_.apply(nothing_at(commit.revision), nullptr);
  }
  if (const auto* switched = std::get_if<model::ModelSwitched>(&commit.body)) {
    PAS_RETURN_IF_ERROR(take_switch(*switched, check));
    return engine_.apply(nothing_at(commit.revision), nullptr);
  }
  PAS_RETURN_IF_ERROR(engine_.apply(commit, nullptr));
  if (const auto* tick = std::get_if<model::Tick>(&commit.body)) {
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_TIME);
    const auto model = engine_.steering();
    PAS_ASSIGN_OR_RETURN(const base::Zone zone,
                         base::Zone::load(model == nullptr ? "UTC" : model->time_zone));
    step.objects = {object("days", base::format_date(zone.local_day(tick->instant)))};
    note(std::move(step));
  } else if (const auto* engine = std::get_if<model::EngineChanged>(&commit.body)) {
    // All commits are folded by this engine, so what it changed shows at the ends; but here closed
    // values become again what they were closed as.
    std::tie(diff_.engine_revision, diff_.engine_at) = std::pair(revision_, at_);
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_ENGINE);
    step.objects = {object("engine", std::to_string(engine->to))};
    note(std::move(step));
  } else if (const auto* reopening = std::get_if<model::Reopening>(&commit.body)) {
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_CLOSING);
    step.objects = {object("closings", std::to_string(reopening->closing))};
    step.objects.back().set_change("removed");
    note(std::move(step));
  } else if (std::holds_alternative<model::Closing>(commit.body)) {
    // It shows on what was shown before, rounded: that difference is rounding's.
    now_ = engine_.probe(cell_);
  } else {
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_PERSONS_MERGED);
    step.objects = {object("persons", "")};
    note(std::move(step));
  }
  return absl::OkStatus();
}

Status ValueDiffer::take_records(model::Commit commit, const Check& check) {
  PAS_RETURN_IF_ERROR(check());
  const auto& records = std::get<model::Records>(commit.body);
  const std::string connector = records.connector;
  const std::vector<RecordStage> stages = engine_.stages_of(records);
  const auto step_of_stage = [&](const RecordStage& stage) {
    ValueStep step = step_of(kind_of(stage.change));
    step.objects = {object("connectors", connector), object("kinds", stage.kind)};
    step.records = stage.records;
    step.examples = stage.examples;
    return step;
  };
  const bool is_split = !stages.empty() && !stages.front().body.batches.empty();
  for (const RecordStage& stage : stages) {
    if (!is_split) break;
    model::Commit part;
    part.body = stage.body;
    PAS_RETURN_IF_ERROR(engine_.apply_aside(std::move(part)));
    note(step_of_stage(stage));
  }
  PAS_RETURN_IF_ERROR(engine_.apply(commit, nullptr));
  if (!is_split && !stages.empty()) {
    note(step_of_stage(stages.front()));
    return absl::OkStatus();
  }
  ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_COMPLETE);
  step.objects = {object("connectors", connector)};
  note(std::move(step));
  return absl::OkStatus();
}

Status ValueDiffer::take_switch(const model::ModelSwitched& switched, const Check& check) {
  auto after = engine_.proposed(switched.proposed);
  if (const auto at = proposed_.find(switched.proposed); at != proposed_.end()) after = at->second;
  if (after == nullptr) {
    return base::data_loss("revision " + std::to_string(revision_) +
                           " switches to a model that revision " +
                           std::to_string(switched.proposed) + " did not propose");
  }
  // A later switch cannot go back to what was proposed before this one.
  proposed_.erase(proposed_.begin(), proposed_.upper_bound(switched.proposed));
  const auto before = engine_.steering();
  if (before == nullptr) {
    PAS_RETURN_IF_ERROR(switch_aside(after, &engine_));
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_DEFINITION);
    step.objects = {object("indicators", cell_.indicator)};
    step.objects.back().set_change("added");
    note(std::move(step));
    return absl::OkStatus();
  }
  return take_parts(*before, after, check);
}

Status ValueDiffer::take_parts(const model::SteeringModel& before,
                               const std::shared_ptr<const model::SteeringModel>& after,
                               const Check& check) {
  std::vector<std::vector<Difference>> parts;
  for (Difference& difference : differences(before, *after)) {
    if (!may_change_values(difference.part)) continue;
    if (parts.empty() || parts.back().front().part != difference.part) parts.emplace_back();
    parts.back().push_back(std::move(difference));
  }
  if (parts.empty()) {
    PAS_RETURN_IF_ERROR(switch_aside(after, &engine_));
    ValueStep step = step_of(hub::v1::DIFF_CAUSE_KIND_DEFINITION);
    step.objects = {object("indicators", cell_.indicator)};
    note(std::move(step));
    return absl::OkStatus();
  }
  auto last = std::make_shared<const model::SteeringModel>(before);
  model::SteeringModel model = before;
  std::vector<Difference> together;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    PAS_RETURN_IF_ERROR(check());
    together.insert(together.end(), parts[i].begin(), parts[i].end());
    model = with_part(std::move(model), *after, parts[i].front().part);
    const bool is_last = i + 1 == parts.size();
    const auto next = is_last ? after : std::make_shared<const model::SteeringModel>(model);
    const Status applied = switch_aside(next, &engine_);
    // What does not work without a later part shares the effect with it.
    if (!applied.ok() && !is_last) continue;
    PAS_RETURN_IF_ERROR(applied);
    const base::Rational effect = worth(engine_.probe(cell_)) - worth(now_);
    const bool is_told_apart =
        effect != 0 && together.size() > 1 && together.size() <= kDiffObjectsMax;
    if (is_told_apart) {
      PAS_RETURN_IF_ERROR(take_objects(*last, next, together, check));
    } else {
      note(step_of(together, *after));
    }
    last = next;
    together.clear();
  }
  return absl::OkStatus();
}

Status ValueDiffer::take_objects(const model::SteeringModel& before,
                                 const std::shared_ptr<const model::SteeringModel>& after,
                                 const std::vector<Difference>& differences, const Check& check) {
  model::SteeringModel model = before;
  std::vector<Difference> together;  // in `model`, and not told yet
  std::vector<Difference> rest;      // what cannot be taken alone
  for (std::size_t i = 0; i + 1 < differences.size(); ++i) {
    PAS_RETURN_IF_ERROR(check());
    if (!take_object(differences[i], *after, &model)) {
      rest.push_back(differences[i]);
      continue;
    }
    together.push_back(differences[i]);
    const auto next = std::make_shared<const model::SteeringModel>(model);
    if (!switch_aside(next, &engine_).ok()) continue;
    note(step_of(together, *after));
    together.clear();
  }
  together.insert(together.end(), rest.begin(), rest.end());
  together.push_back(differences.back());
  PAS_RETURN_IF_ERROR(switch_aside(after, &engine_));
  note(step_of(together, *after));
  return absl::OkStatus();
}

ValueDiff ValueDiffer::finish() {
  if (diff_.engine_revision == 0) {
    std::tie(diff_.engine_revision, diff_.engine_at) = std::pair(revision_, at_);
  }
  diff_.to = now_;
  diff_.difference = published(diff_.to) - published(diff_.from);
  base::Rational told = 0;
  for (const ValueStep& step : diff_.steps) told += step.effect;
  if (diff_.difference != told) {
    ValueStep rounding;
    rounding.kind = hub::v1::DIFF_CAUSE_KIND_ROUNDING;
    rounding.revision = revision_;
    rounding.at = at_;
    rounding.objects = {object("indicators", cell_.indicator)};
    rounding.effect = diff_.difference - told;
    rounding.after = now_;
    diff_.steps.push_back(std::move(rounding));
  }
  const auto model = engine_.steering();
  const model::Indicator* indicator =
      model == nullptr ? nullptr : indicator_named(*model, cell_.indicator);
  if (indicator != nullptr) {
    diff_.unit = indicator->unit;
    if (!diff_.steps.empty() && diff_.steps.back().kind == hub::v1::DIFF_CAUSE_KIND_ROUNDING) {
      diff_.steps.back().objects.back().set_detail(version_text(*indicator));
    }
  }
  return std::move(diff_);
}

}  // namespace passerelle::app
