#include "core/app/diff.h"

#include <algorithm>
#include <utility>

#include "core/app/authority.h"
#include "core/app/explain.h"
#include "core/publication/query.h"

namespace passerelle::app {
namespace {

StatusOr<model::Revision> revision_meant(model::Revision revision, const std::string& known_at,
                                         const JournalSource& source,
                                         const std::string& time_zone) {
  if (known_at.empty()) {
    if (revision <= source.last) return revision;
    return base::invalid_argument("there is no revision " + std::to_string(revision) +
                                  " yet; the newest is " + std::to_string(source.last));
  }
  if (revision != 0) return base::invalid_argument("give a revision or a date, not both");
  PAS_ASSIGN_OR_RETURN(const base::Instant instant,
                       publication::known_instant(known_at, time_zone));
  return revision_at(source, instant);
}

StatusOr<std::pair<model::Revision, model::Revision>> revisions_of(
    const hub::v1::DiffRequest& request, const JournalSource& source,
    const std::string& time_zone) {
  std::pair<model::Revision, model::Revision> out;
  if (request.from_revision() == 0 && request.from_known_at().empty()) {
    return base::invalid_argument("say since when: a revision or a date (--from)");
  }
  PAS_ASSIGN_OR_RETURN(out.first, revision_meant(request.from_revision(), request.from_known_at(),
                                                 source, time_zone));
  PAS_ASSIGN_OR_RETURN(
      out.second, revision_meant(request.to_revision(), request.to_known_at(), source, time_zone));
  if (request.to_revision() == 0 && request.to_known_at().empty()) out.second = source.last;
  if (out.first > out.second) {
    return base::invalid_argument("revision " + std::to_string(out.first) + " is after revision " +
                                  std::to_string(out.second) + "; ask from the earlier one");
  }
  return out;
}

// Causes tell of few records: what small counts hide would be told by them.
Status check_personal(const model::SteeringModel* model, const std::string& indicator) {
  if (model == nullptr) return absl::OkStatus();
  for (const model::Indicator& one : model->indicators) {
    if (one.id != indicator || one.suppress_below == 0) continue;
    return base::error(absl::StatusCode::kPermissionDenied,
                       indicator +
                           " hides small counts ('suppress_below'), so it is not told which "
                           "records changed it; compare its published values (get --revision)");
  }
  return absl::OkStatus();
}

// The version of the engine that wrote the commit.
StatusOr<std::uint32_t> engine_of(const JournalSource& source, model::Revision revision) {
  std::uint32_t engine = 0;
  const Status read = source.read(revision, [&](const model::Commit& commit) -> Status {
    engine = commit.engine;
    return base::cancelled("one commit");
  });
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  return engine;
}

// What another engine had published at `revision`; none where it was this one.
StatusOr<std::optional<model::CellValue>> published_otherwise(const JournalSource& source,
                                                              const consolidation::CellName& cell,
                                                              model::Revision revision) {
  if (revision == 0) return std::nullopt;
  PAS_ASSIGN_OR_RETURN(const std::uint32_t engine, engine_of(source, revision));
  if (engine == source.engine.semantics.version) return std::nullopt;
  if (source.published == nullptr) {
    return base::failed_precondition(
        "revision " + std::to_string(revision) + " was published by engine " +
        std::to_string(engine) + ", this is engine " +
        std::to_string(source.engine.semantics.version) +
        "; only a running hub can compare the two: start it and ask with --hub");
  }
  const auto value = source.published(cell, revision);
  if (absl::IsOutOfRange(value.status())) return std::nullopt;  // older than published history
  PAS_RETURN_IF_ERROR(value.status());
  return *value;
}

StatusOr<ValueDiff> walked(const JournalSource& source, const consolidation::CellName& cell,
                           model::Revision from, model::Revision to, const FoldProgress& progress) {
  PAS_ASSIGN_OR_RETURN(PastFold past, fold_to(source, from, progress));
  PAS_RETURN_IF_ERROR(check_personal(past.engine->steering().get(), cell.indicator));
  PAS_ASSIGN_OR_RETURN(const auto published_from, published_otherwise(source, cell, from));
  ValueDiffer differ(past.engine.get(), cell, std::move(past.proposed));
  model::Revision done = from;
  const Status read = source.read(from + 1, [&](model::Commit commit) -> Status {
    if (commit.revision > to) return base::cancelled("read to the end");
    const model::Revision revision = commit.revision;
    PAS_RETURN_IF_ERROR(progress(revision));
    if (auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
      PAS_ASSIGN_OR_RETURN(proposed->parsed, parse_model(proposed->canonical, proposed->hash));
      PAS_RETURN_IF_ERROR(check_personal(proposed->parsed.get(), cell.indicator));
    }
    PAS_RETURN_IF_ERROR(differ.take(std::move(commit), [&] { return progress(revision); }));
    done = revision;
    return absl::OkStatus();
  });
  if (done < to) {
    return read.ok() ? base::out_of_range("the journal ends before revision " + std::to_string(to))
                     : read;
  }
  PAS_ASSIGN_OR_RETURN(const auto published_to, published_otherwise(source, cell, to));
  ValueDiff found = differ.finish();
  const std::uint32_t version = source.engine.semantics.version;
  if (published_from) found.begin_with(*published_from, version);
  if (published_to) found.end_with(*published_to, version);
  return found;
}

void fill(const ValueStep& step, int decimals, const RecordIds& ids, hub::v1::DiffCause* out) {
  out->set_kind(step.kind);
  out->set_revision(step.revision);
  out->set_at(step.at);
  for (const hub::v1::DiffObject& object : step.objects) *out->add_objects() = object;
  out->set_effect(exact_text(step.effect, decimals));
  if (step.after.exact) out->set_value(exact_text(*step.after.exact, decimals));
  out->set_na(static_cast<hub::v1::NaReason>(step.after.value.na));
  out->set_records(step.records);
  for (const auto& [key, id] : step.examples) {
    const auto at = ids.find(key);
    out->add_examples(!id.empty() ? id : at == ids.end() ? base::to_hex(key) : at->second);
  }
}

// Of the records that a commit removed without naming them.
StatusOr<RecordIds> ids_of(const ValueDiff& found, const JournalSource& source) {
  std::vector<base::Hash128> keys;
  for (const ValueStep& step : found.steps) {
    for (const auto& [key, id] : step.examples) {
      if (id.empty()) keys.push_back(key);
    }
  }
  return record_ids(keys, [&](const auto& each) { return source.read(1, each); });
}

}  // namespace

StatusOr<hub::v1::DiffResponse> diff(const hub::v1::DiffRequest& request,
                                     const JournalSource& source, const std::string& time_zone,
                                     const FoldProgress& progress) {
  PAS_ASSIGN_OR_RETURN(const consolidation::CellName cell, cell_name(request.cell()));
  PAS_ASSIGN_OR_RETURN(const auto revisions, revisions_of(request, source, time_zone));
  const auto [from, to] = revisions;
  PAS_ASSIGN_OR_RETURN(const ValueDiff found, walked(source, cell, from, to, progress));
  if (!found.from.is_published && !found.to.is_published) {
    return base::not_found(cell.indicator + " is published by these dimensions at grain " +
                           std::string(base::to_string(cell.period.grain())) +
                           " neither at revision " + std::to_string(from) + " nor at revision " +
                           std::to_string(to) + "; see its groupings with `passerelle describe`");
  }
  PAS_ASSIGN_OR_RETURN(const RecordIds ids, ids_of(found, source));
  hub::v1::DiffResponse out;
  out.set_from_revision(from);
  out.set_to_revision(to);
  fill(request.cell(), found.from.value, out.mutable_from());
  fill(request.cell(), found.to.value, out.mutable_to());
  out.mutable_from()->set_revision(from);
  out.mutable_to()->set_revision(to);
  out.set_unit(found.unit);
  const int decimals = std::max(found.from.value.scale, found.to.value.scale);
  out.set_difference(exact_text(found.difference, decimals));
  for (const ValueStep& step : found.steps) fill(step, decimals, ids, out.add_causes());
  return out;
}

}  // namespace passerelle::app
