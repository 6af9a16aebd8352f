#include <map>

#include "core/consolidation/engine_state.h"
#include "core/consolidation/state_bytes.h"

namespace passerelle::consolidation {

struct Engine::Loader::Pending {
  std::vector<Scope> scopes;
  std::uint32_t openings = 0;
  bool any = false;
};

namespace {

Status damaged(std::string_view what) {
  return base::data_loss("the checkpoint's section '" + std::string(what) +
                         "' is not one that this version writes; delete the checkpoint and the "
                         "state is folded from the journal");
}

Status load_headers(StateReader* in, RecordStore* store) {
  while (in->ok() && !in->at_end()) {
    const auto key = in->get<base::Hash128>();
    if (store->index().find(key) != kNone) return damaged("headers");
    RecordHeader& header = store->index()[store->index().add(key)];
    header.version = in->get<std::int64_t>();
    header.content = in->get<std::uint64_t>();
    header.scope = in->get<std::uint32_t>();
    header.seen = in->get<std::uint32_t>();
    const auto table = in->get<std::uint32_t>();
    if (table == kNone) continue;
    if (table >= store->tables().size()) return damaged("headers");
    header.table = table;
    header.row = store->table(table).add_row();
  }
  return in->ok() ? absl::OkStatus() : damaged("headers");
}

Status load_columns(StateReader* in, RecordStore* store) {
  const auto table = in->get<std::uint32_t>();
  const auto number = in->get<std::uint32_t>();
  auto row = in->get<std::uint32_t>();
  if (!in->ok() || table >= store->tables().size() ||
      number >= store->tables()[table]->columns().size()) {
    return damaged("columns");
  }
  TableColumn& column = store->table(table).at(number);
  for (; in->ok() && !in->at_end(); ++row) {
    if (row >= store->tables()[table]->rows()) return damaged("columns");
    if (column.is_text()) {
      column.codes[row] = in->get<Code>();
      if (column.codes[row] >= store->strings()->size()) return damaged("columns");
    } else {
      column.numbers[row] = in->get<std::int64_t>();
    }
  }
  return in->ok() ? absl::OkStatus() : damaged("columns");
}

Status load_tables(StateReader* in, RecordStore* store) {
  while (in->ok() && !in->at_end()) {
    const std::string connector(in->get_text());
    const std::string stream(in->get_text());
    const std::string kind(in->get_text());
    Table& table = store->table(store->table_of(connector, stream, kind));
    const auto columns = in->get<std::uint32_t>();
    for (std::uint32_t i = 0; in->ok() && i < columns; ++i) {
      const std::string name(in->get_text());
      const auto type = in->get<model::FieldType>();
      table.column(name, type, in->get<std::int32_t>());
    }
  }
  return in->ok() ? absl::OkStatus() : damaged("tables");
}

StatusOr<model::RecordBatch> get_batch(StateReader* in) {
  model::RecordBatch batch;
  batch.stream = in->get_text();
  batch.kind = in->get_text();
  batch.scope = in->get_text();
  const auto rows = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < rows; ++i) {
    batch.keys.push_back(in->get<base::Hash128>());
    batch.versions.push_back(in->get<std::int64_t>());
    batch.contents.push_back(in->get<std::uint64_t>());
    batch.deleted.push_back(in->get<std::uint8_t>());
  }
  const bool has_natural_keys = in->get<std::uint8_t>() != 0;
  for (std::uint32_t i = 0; has_natural_keys && in->ok() && i < rows; ++i) {
    batch.natural_keys.append(in->get_text());
  }
  const auto seen = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < seen; ++i) {
    batch.seen.push_back(in->get<base::Hash128>());
  }
  for (std::uint32_t i = 0; in->ok() && i < seen; ++i) {
    batch.seen_versions.push_back(in->get<std::int64_t>());
  }
  const auto columns = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < columns; ++i) {
    model::Column column;
    column.name = in->get_text();
    column.type = in->get<model::FieldType>();
    column.scale = in->get<std::int32_t>();
    const auto texts = in->get<std::uint32_t>();
    for (std::uint32_t t = 0; in->ok() && t < texts; ++t) {
      column.dictionary.emplace_back(in->get_text());
    }
    for (std::uint32_t row = 0; in->ok() && row < rows; ++row) {
      if (model::is_text(column.type)) {
        column.codes.push_back(in->get<std::uint32_t>());
        if (column.codes.back() > texts) return damaged("held");
      } else {
        column.numbers.push_back(in->get<std::int64_t>());
      }
    }
    batch.columns.push_back(std::move(column));
  }
  if (!in->ok() || !in->at_end()) return damaged("held");
  return batch;
}

Status load_scopes(StateReader* in, std::vector<Scope>* scopes) {
  while (in->ok() && !in->at_end()) {
    Scope scope;
    scope.connector = in->get_text();
    scope.name = in->get_text();
    for (bool* bit : {&scope.open, &scope.at_close, &scope.replace, &scope.given_up}) {
      *bit = in->get<std::uint8_t>() != 0;
    }
    scope.version = in->get<std::int64_t>();
    scope.opening = in->get<std::uint32_t>();
    scopes->push_back(std::move(scope));
  }
  return in->ok() ? absl::OkStatus() : damaged("scopes");
}

Status load_held(StateReader* in, std::vector<Scope>* scopes) {
  const auto number = in->get<std::uint32_t>();
  if (number == 0 || number > scopes->size()) return damaged("held");
  PAS_ASSIGN_OR_RETURN(model::RecordBatch batch, get_batch(in));
  Scope& scope = (*scopes)[number - 1];
  scope.held_records += batch.size();
  scope.held_bytes += bytes_of(batch);
  scope.held.push_back(std::move(batch));
  return absl::OkStatus();
}

Status load_connectors(StateReader* in, std::map<std::string, ConnectorState>* connectors) {
  while (in->ok() && !in->at_end()) {
    ConnectorState& connector = (*connectors)[std::string(in->get_text())];
    connector.has_checkpoint = in->get<std::uint8_t>() != 0;
    connector.checkpoint = in->get_text();
    ConnectorStatistics& counts = connector.statistics;
    for (std::uint64_t* count :
         {&counts.read, &counts.kept, &counts.unchanged, &counts.stale, &counts.rejected,
          &counts.dropped, &counts.deleted, &counts.deleted_unsent}) {
      *count = in->get<std::uint64_t>();
    }
    const auto marks = in->get<std::uint32_t>();
    for (std::uint32_t i = 0; in->ok() && i < marks; ++i) {
      const std::string stream(in->get_text());
      connector.marks[stream] = in->get<base::Days>();
    }
  }
  return in->ok() ? absl::OkStatus() : damaged("connectors");
}

StatusOr<std::pair<model::Revision, ProposedModel>> load_model(StateReader* in,
                                                               const ModelParser& parser) {
  const auto revision = in->get<model::Revision>();
  ProposedModel model;
  model.hash = in->get<base::Hash128>();
  model.canonical = in->get_text();
  if (!in->ok() || !in->at_end()) return damaged("model");
  PAS_ASSIGN_OR_RETURN(model.parsed, parser(model.canonical, model.hash));
  return std::pair(revision, std::move(model));
}

}  // namespace

Engine::Loader::Loader(EngineSettings settings, ModelParser parser)
    : engine_(std::make_unique<Engine>(settings)),
      parser_(std::move(parser)),
      pending_(std::make_unique<Pending>()) {}
Engine::Loader::~Loader() = default;

Status Engine::Loader::take_meta(std::string_view data) {
  StateReader in(data);
  Impl& state = *engine_->impl_;
  state.revision = in.get<model::Revision>();
  state.epoch = in.get<std::uint64_t>();
  state.authority = in.get_text();
  state.tick = in.get<base::Instant>();
  state.engine_version = in.get<std::uint32_t>();
  pending_->openings = in.get<std::uint32_t>();
  const auto desired = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; in.ok() && i < desired; ++i) {
    const std::string connector(in.get_text());
    state.desired[connector] = in.get<std::uint8_t>() != 0;
  }
  const auto merged = in.get<std::uint32_t>();
  std::map<Code, Code> persons;
  for (std::uint32_t i = 0; in.ok() && i < merged; ++i) {
    const auto dropped = in.get<Code>();
    persons[dropped] = in.get<Code>();
  }
  state.store.set_merged(std::move(persons));
  pending_->any = true;
  return in.ok() && in.at_end() ? absl::OkStatus() : damaged("meta");
}

Status Engine::Loader::take(std::string_view name, std::string_view data) {
  StateReader in(data);
  Impl& state = *engine_->impl_;
  if (name == "meta") return take_meta(data);
  if (!pending_->any) return damaged(name);
  if (name == "strings") {
    while (in.ok() && !in.at_end()) state.store.strings()->intern(in.get_text());
    return in.ok() ? absl::OkStatus() : damaged(name);
  }
  if (name == "tables") return load_tables(&in, &state.store);
  if (name == "headers") return load_headers(&in, &state.store);
  if (name == "columns") return load_columns(&in, &state.store);
  if (name == "connectors") return load_connectors(&in, &state.connectors);
  if (name == "scopes") return load_scopes(&in, &pending_->scopes);
  if (name == "held") return load_held(&in, &pending_->scopes);
  if (name == "closing") return state.closings.load_closing(&in) ? absl::OkStatus() : damaged(name);
  if (name == "seals") return state.closings.load_seals(&in) ? absl::OkStatus() : damaged(name);
  if (name == "alerts") return state.alerts.load_alerts(&in) ? absl::OkStatus() : damaged(name);
  if (name == "statuses") return state.alerts.load_statuses(&in) ? absl::OkStatus() : damaged(name);
  if (name == "holds") return state.holds.load(&in) ? absl::OkStatus() : damaged(name);
  if (name == "access") return state.access.load(&in) ? absl::OkStatus() : damaged(name);
  if (name != "applied" && name != "proposed") return damaged(name);
  PAS_ASSIGN_OR_RETURN(auto model, load_model(&in, parser_));
  if (name == "applied") {
    state.applied = std::move(model.second);
  } else {
    state.proposed[model.first] = std::move(model.second);
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<Engine>> Engine::Loader::finish() {
  Impl& state = *engine_->impl_;
  if (!pending_->any) return damaged("meta");
  state.scopes.restore(std::move(pending_->scopes), pending_->openings);
  if (state.applied.parsed) {
    PAS_ASSIGN_OR_RETURN(state.fold, state.folded(state.applied.parsed));
    state.holds.bind(*state.fold, state.store.strings().get());
    state.closings.bind(*state.fold, state.store.strings().get(), state.live());
    state.alerts.bind(*state.fold, state.store.strings().get());
    if (state.scopes.has_open()) state.alerts.wait_all();
  }
  return std::move(engine_);
}

}  // namespace passerelle::consolidation
