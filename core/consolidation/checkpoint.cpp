// Engine::save: the records and what else the fold remembers. Sections, in this order:
//   meta, strings*, tables, headers*, columns*, connectors, scopes*, closings*, seals*, alerts*,
//   statuses*, access, holds*, models
#include "core/consolidation/engine_state.h"
#include "core/consolidation/state_bytes.h"

namespace passerelle::consolidation {
namespace {

// Sections are cut at half of what one may hold: one more entry always fits.
constexpr std::size_t kSliceBytes = base::kStateSectionBytesMax / 2;

Status flush(const SectionSink& sink, std::string_view name, StateWriter* out, bool always) {
  if (out->size() == 0 || (!always && out->size() < kSliceBytes)) return absl::OkStatus();
  PAS_RETURN_IF_ERROR(sink(name, out->bytes()));
  out->clear();
  return absl::OkStatus();
}

Status save_strings(const Strings& strings, const SectionSink& sink) {
  StateWriter out;
  for (Code code = kUnmappedText + 1; code < strings.size(); ++code) {
    out.put_text(strings[code]);
    PAS_RETURN_IF_ERROR(flush(sink, "strings", &out, false));
  }
  return flush(sink, "strings", &out, true);
}

// Only rows in use, in the order of their headers: free rows are closed up.
Status save_headers(const RecordIndex& index, const SectionSink& sink) {
  StateWriter out;
  for (RecordId record = 0; record < index.size(); ++record) {
    const RecordHeader& header = index[record];
    out.put(header.key);
    out.put(header.version);
    out.put(header.content);
    out.put(header.scope);
    out.put(header.seen);
    out.put(header.is_live() ? header.table : kNone);
    PAS_RETURN_IF_ERROR(flush(sink, "headers", &out, false));
  }
  return flush(sink, "headers", &out, true);
}

Status save_columns(const RecordStore& store, const SectionSink& sink) {
  std::vector<std::vector<std::uint32_t>> rows(store.tables().size());
  for (RecordId record = 0; record < store.index().size(); ++record) {
    const RecordHeader& header = store.index()[record];
    if (header.is_live()) rows[header.table].push_back(header.row);
  }
  for (std::uint32_t table = 0; table < rows.size(); ++table) {
    for (std::uint32_t number = 0; number < store.tables()[table]->columns().size(); ++number) {
      const TableColumn& column = *store.tables()[table]->columns()[number];
      for (std::size_t from = 0; from < rows[table].size();) {
        StateWriter out;
        out.put(table);
        out.put(number);
        out.put(static_cast<std::uint32_t>(from));
        for (; from < rows[table].size() && out.size() < kSliceBytes; ++from) {
          const std::uint32_t row = rows[table][from];
          if (column.is_text()) {
            out.put(column.codes[row]);
          } else {
            out.put(column.numbers[row]);
          }
        }
        PAS_RETURN_IF_ERROR(sink("columns", out.bytes()));
      }
    }
  }
  return absl::OkStatus();
}

void put_batch(const model::RecordBatch& batch, StateWriter* out) {
  out->put_text(batch.stream);
  out->put_text(batch.kind);
  out->put_text(batch.scope);
  out->put(static_cast<std::uint32_t>(batch.size()));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    out->put(batch.keys[i]);
    out->put(batch.versions[i]);
    out->put(batch.contents.empty() ? std::uint64_t{0} : batch.contents[i]);
    out->put(static_cast<std::uint8_t>(batch.is_deleted(i)));
  }
  out->put(static_cast<std::uint8_t>(!batch.natural_keys.empty()));
  for (std::size_t i = 0; i < batch.natural_keys.size(); ++i) out->put_text(batch.natural_keys[i]);
  out->put(static_cast<std::uint32_t>(batch.seen.size()));
  for (const base::Hash128& key : batch.seen) out->put(key);
  for (const std::int64_t version : batch.seen_versions) out->put(version);
  out->put(static_cast<std::uint32_t>(batch.columns.size()));
  for (const model::Column& column : batch.columns) {
    out->put_text(column.name);
    out->put(column.type);
    out->put(static_cast<std::int32_t>(column.scale));
    out->put(static_cast<std::uint32_t>(column.dictionary.size()));
    for (const std::string& text : column.dictionary) out->put_text(text);
    for (const std::uint32_t code : column.codes) out->put(code);
    for (const std::int64_t number : column.numbers) out->put(number);
  }
}

Status save_scopes(const Scopes& scopes, const SectionSink& sink) {
  StateWriter out;
  for (std::size_t number = 1; number < scopes.all().size(); ++number) {
    const Scope& scope = scopes.all()[number];
    out.put_text(scope.connector);
    out.put_text(scope.name);
    for (const bool bit : {scope.open, scope.at_close, scope.replace, scope.given_up}) {
      out.put(static_cast<std::uint8_t>(bit));
    }
    out.put(scope.version);
    out.put(scope.opening);
    PAS_RETURN_IF_ERROR(flush(sink, "scopes", &out, false));
  }
  PAS_RETURN_IF_ERROR(flush(sink, "scopes", &out, true));
  for (std::uint32_t number = 1; number < scopes.all().size(); ++number) {
    for (const model::RecordBatch& batch : scopes.all()[number].held) {
      out.put(number);
      put_batch(batch, &out);
      PAS_RETURN_IF_ERROR(flush(sink, "held", &out, true));
    }
  }
  return absl::OkStatus();
}

void put_model(model::Revision revision, const ProposedModel& model, StateWriter* out) {
  out->put(revision);
  out->put(model.hash);
  out->put_text(model.canonical);
}

void put_connectors(const std::map<std::string, ConnectorState>& connectors, StateWriter* out) {
  for (const auto& [name, connector] : connectors) {
    out->put_text(name);
    out->put(static_cast<std::uint8_t>(connector.has_checkpoint));
    out->put_text(connector.checkpoint);
    const ConnectorStatistics& counts = connector.statistics;
    for (const std::uint64_t count :
         {counts.read, counts.kept, counts.unchanged, counts.stale, counts.rejected, counts.dropped,
          counts.deleted, counts.deleted_unsent}) {
      out->put(count);
    }
    out->put(static_cast<std::uint32_t>(connector.marks.size()));
    for (const auto& [stream, day] : connector.marks) {
      out->put_text(stream);
      out->put(day);
    }
  }
}

}  // namespace

Status Engine::save(const SectionSink& sink) const {
  const Impl& state = *impl_;
  StateWriter out;
  out.put(state.revision);
  out.put(state.epoch);
  out.put_text(state.authority);
  out.put(state.tick);
  out.put(state.engine_version);
  out.put(state.scopes.openings());
  out.put(static_cast<std::uint32_t>(state.desired.size()));
  for (const auto& [connector, enabled] : state.desired) {
    out.put_text(connector);
    out.put(static_cast<std::uint8_t>(enabled));
  }
  out.put(static_cast<std::uint32_t>(state.store.merged().size()));
  for (const auto& [dropped, kept] : state.store.merged()) {
    out.put(dropped);
    out.put(kept);
  }
  PAS_RETURN_IF_ERROR(flush(sink, "meta", &out, true));
  PAS_RETURN_IF_ERROR(save_strings(*state.store.strings(), sink));
  for (const auto& table : state.store.tables()) {
    out.put_text(table->connector());
    out.put_text(table->stream());
    out.put_text(table->kind());
    out.put(static_cast<std::uint32_t>(table->columns().size()));
    for (const auto& column : table->columns()) {
      out.put_text(column->name);
      out.put(column->type);
      out.put(static_cast<std::int32_t>(column->scale));
    }
  }
  PAS_RETURN_IF_ERROR(flush(sink, "tables", &out, true));
  PAS_RETURN_IF_ERROR(save_headers(state.store.index(), sink));
  PAS_RETURN_IF_ERROR(save_columns(state.store, sink));
  put_connectors(state.connectors, &out);
  PAS_RETURN_IF_ERROR(flush(sink, "connectors", &out, true));
  PAS_RETURN_IF_ERROR(save_scopes(state.scopes, sink));
  const flow::CellView* cells = state.fold ? &impl_->live() : nullptr;
  PAS_RETURN_IF_ERROR(state.closings.save(cells, sink));
  PAS_RETURN_IF_ERROR(state.alerts.save(cells, sink));
  PAS_RETURN_IF_ERROR(state.access.save(sink));
  PAS_RETURN_IF_ERROR(state.holds.save(cells, sink));
  if (state.fold) {
    put_model(0, state.applied, &out);
    PAS_RETURN_IF_ERROR(flush(sink, "applied", &out, true));
  }
  for (const auto& [revision, model] : state.proposed) {
    put_model(revision, model, &out);
    PAS_RETURN_IF_ERROR(flush(sink, "proposed", &out, true));
  }
  return absl::OkStatus();
}

}  // namespace passerelle::consolidation
