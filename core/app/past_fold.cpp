#include "core/app/past_fold.h"

#include <map>
#include <utility>

#include "core/app/authority.h"
#include "core/app/side_fold.h"
#include "core/model/org_view.h"

namespace passerelle::app {

namespace {

StatusOr<model::CellValue> published_cell(const publication::Publisher& publisher,
                                          const consolidation::CellName& cell,
                                          model::Revision revision) {
  publication::Selector selector;
  selector.indicators = {cell.indicator};
  selector.period = cell.period.to_string();
  selector.grain = base::to_string(cell.period.grain());
  for (const auto& [dimension, value] : cell.dimensions) {
    const std::string plain(model::plain_dimension(dimension));
    selector.by.push_back(plain);
    selector.filter[plain] = value;
    if (const auto view = model::org_view_of(dimension); !view.empty()) selector.org = view;
  }
  PAS_ASSIGN_OR_RETURN(const publication::Answer answer,
                       publisher.get(selector, {revision, "", false}));
  return answer.cells.empty() ? model::CellValue() : answer.cells.front().value;
}

}  // namespace

JournalSource past_of(Authority& authority) {
  journal::SqliteJournal& journal = authority.journal();
  JournalSource source;
  source.engine = authority.engine_settings();
  source.folder = journal.folder();
  source.epoch = journal.epoch();
  source.last = journal.last_revision();
  source.read = [&journal](model::Revision from, const auto& each) {
    return journal.read(from, each);
  };
  source.published = [&authority](const consolidation::CellName& cell, model::Revision revision) {
    return published_cell(authority.publisher(), cell, revision);
  };
  return source;
}

StatusOr<PastFold> fold_to(const JournalSource& source, model::Revision revision,
                           const FoldProgress& progress) {
  PastFold past;
  past.engine =
      checkpointed_state(source.engine, source.folder, source.epoch, revision, source.last);
  if (!past.engine) {
    past.engine = std::make_unique<consolidation::Engine>(source.engine);
  }
  std::map<model::Revision, model::ModelProposed> texts;
  std::shared_ptr<const model::SteeringModel> in_force;
  const auto bring_model = [&]() -> Status {
    const auto model = std::exchange(in_force, nullptr);
    return model == nullptr ? absl::OkStatus() : switch_aside(model, past.engine.get());
  };
  const model::Revision from = past.engine->revision() + 1;
  const Status read = source.read(from, [&](model::Commit commit) -> Status {
    if (commit.revision > revision) return base::cancelled("read to the end");
    PAS_RETURN_IF_ERROR(progress(commit.revision));
    if (auto* proposed = std::get_if<model::ModelProposed>(&commit.body)) {
      texts[commit.revision] = std::move(*proposed);
      return past.engine->apply(nothing_at(commit.revision), nullptr);
    }
    const auto* switched = std::get_if<model::ModelSwitched>(&commit.body);
    if (switched == nullptr) {
      const bool is_about_records = std::holds_alternative<model::Records>(commit.body) ||
                                    std::holds_alternative<model::PersonMerged>(commit.body) ||
                                    std::holds_alternative<model::Tick>(commit.body);
      if (!is_about_records) PAS_RETURN_IF_ERROR(bring_model());
      return past.engine->apply(commit, nullptr);
    }
    in_force = past.engine->proposed(switched->proposed);
    if (const auto at = texts.find(switched->proposed); at != texts.end()) {
      PAS_ASSIGN_OR_RETURN(in_force, parse_model(at->second.canonical, at->second.hash));
    }
    if (in_force == nullptr) {
      return base::data_loss("revision " + std::to_string(commit.revision) +
                             " switches to a model that was not proposed");
    }
    texts.erase(texts.begin(), texts.upper_bound(switched->proposed));
    return past.engine->apply(nothing_at(commit.revision), nullptr);
  });
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  // The reader's own end is told apart from a caller who gave up.
  if (past.engine->revision() < revision) {
    return read.ok()
               ? base::out_of_range("the journal ends before revision " + std::to_string(revision))
               : read;
  }
  PAS_RETURN_IF_ERROR(bring_model());
  for (const auto& [proposed, text] : texts) {
    PAS_ASSIGN_OR_RETURN(past.proposed[proposed], parse_model(text.canonical, text.hash));
  }
  return past;
}

StatusOr<model::Revision> revision_at(const JournalSource& source, base::Instant instant) {
  const auto written_at = [&](model::Revision revision) -> StatusOr<base::Instant> {
    base::Instant at = 0;
    const Status read = source.read(revision, [&](const model::Commit& commit) -> Status {
      at = commit.at;
      return base::cancelled("one commit");
    });
    if (!read.ok() && !absl::IsCancelled(read)) return read;
    return at;
  };
  model::Revision known = 0;
  for (model::Revision end = source.last; known < end;) {
    const model::Revision middle = known + (end - known + 1) / 2;
    PAS_ASSIGN_OR_RETURN(const base::Instant at, written_at(middle));
    if (at <= instant) {
      known = middle;
    } else {
      end = middle - 1;
    }
  }
  if (known == 0) {
    return base::out_of_range("nothing had been committed by " + base::format_instant(instant));
  }
  return known;
}

}  // namespace passerelle::app
