#include <zstd.h>

#include <utility>

#include "core/base/decimal.h"
#include "core/journal/codec.h"
#include "core/journal/packing.h"
#include "passerelle/storage/v1/commit.pb.h"

namespace passerelle::journal {
namespace {

namespace pb = passerelle::storage::v1;
namespace types = passerelle::types::v1;

Status damaged(const std::string& what) {
  return base::data_loss("a stored commit cannot be read: " + what);
}

// The texts of one buffer; empty `ends` with an empty buffer is no text at all.
bool take_texts(std::string* bytes, const std::string& packed_ends, std::size_t count,
                model::TextPack* out) {
  std::vector<std::uint32_t> ends;
  if (!unpack(packed_ends, count, &ends)) return false;
  std::uint32_t before = 0;
  for (const std::uint32_t end : ends) {
    if (end < before) return false;
    before = end;
  }
  if (before != bytes->size()) return false;
  *out = model::TextPack::from_parts(std::move(*bytes), std::move(ends));
  return true;
}

Status decode_column(types::Column* from, std::size_t rows, model::Column* to) {
  to->name = std::move(*from->mutable_name());
  const int type = static_cast<int>(from->type());
  if (type < types::FIELD_TYPE_STRING || type > types::FIELD_TYPE_PERSON || from->scale() > 18) {
    return damaged("column " + to->name + " has an unknown type or scale");
  }
  to->type = static_cast<model::FieldType>(type - 1);
  to->scale = static_cast<int>(from->scale());
  if (!model::is_text(to->type)) {
    if (!unpack(from->numbers(), rows, &to->numbers) || !from->codes().empty() ||
        from->dictionary_size() != 0) {
      return damaged("column " + to->name + " does not hold one number a row");
    }
    return absl::OkStatus();
  }
  if (!unpack(from->codes(), rows, &to->codes) || !from->numbers().empty()) {
    return damaged("column " + to->name + " does not hold one code a row");
  }
  std::uint32_t highest = 0;
  for (const std::uint32_t code : to->codes) highest = code > highest ? code : highest;
  if (highest > static_cast<std::uint32_t>(from->dictionary_size())) {
    return damaged("column " + to->name + " has a code outside its dictionary");
  }
  to->dictionary.reserve(static_cast<std::size_t>(from->dictionary_size()));
  for (std::string& text : *from->mutable_dictionary()) to->dictionary.push_back(std::move(text));
  return absl::OkStatus();
}

Status decode_rows(types::Columns* from, std::size_t rows, model::RecordBatch* to) {
  if (!take_texts(from->mutable_ids(), from->id_ends(), rows, &to->ids)) {
    return damaged("the ids of stream " + to->stream);
  }
  const std::size_t natural_keys = from->natural_key_ends().empty() ? 0 : rows;
  if (!take_texts(from->mutable_natural_keys(), from->natural_key_ends(), natural_keys,
                  &to->natural_keys)) {
    return damaged("the natural keys of stream " + to->stream);
  }
  const auto none_or_all = [rows](const std::string& bytes) { return bytes.empty() ? 0 : rows; };
  if (!unpack(from->versions(), rows, &to->versions) ||
      !unpack(from->deleted(), none_or_all(from->deleted()), &to->deleted) ||
      !unpack(from->positions(), none_or_all(from->positions()), &to->positions)) {
    return damaged("the rows of stream " + to->stream);
  }
  for (const std::uint8_t flag : to->deleted) {
    if (flag > 1) return damaged("the deletions of stream " + to->stream);
  }
  return absl::OkStatus();
}

Status decode_batch(pb::RecordBatch* from, const std::string& connector, model::RecordBatch* to) {
  to->stream = std::move(*from->mutable_stream());
  to->kind = std::move(*from->mutable_kind());
  to->scope = std::move(*from->mutable_scope());
  types::Columns* columns = from->mutable_columns();
  const std::size_t rows = columns->rows();
  PAS_RETURN_IF_ERROR(decode_rows(columns, rows, to));
  to->columns.resize(static_cast<std::size_t>(columns->columns_size()));
  for (std::size_t i = 0; i < to->columns.size(); ++i) {
    PAS_RETURN_IF_ERROR(
        decode_column(columns->mutable_columns(static_cast<int>(i)), rows, &to->columns[i]));
  }
  if (!unpack(from->contents(), rows, &to->contents) ||
      !unpack(from->seen(), from->seen().size() / sizeof(base::Hash128), &to->seen) ||
      !unpack(from->seen_versions(), to->seen.size(), &to->seen_versions)) {
    return damaged("the fingerprints of stream " + to->stream);
  }
  to->keys.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    to->keys.push_back(model::key_of(connector, to->stream, to->ids[row]));
  }
  return absl::OkStatus();
}

model::Reject decode_reject(pb::SealedReject* from) {
  return {std::move(*from->mutable_stream()),
          std::move(*from->mutable_key()),
          std::move(*from->mutable_position()),
          std::move(*from->mutable_rule()),
          std::move(*from->mutable_field()),
          std::move(*from->mutable_value()),
          std::move(*from->mutable_reason()),
          std::move(*from->mutable_remedy()),
          from->records(),
          std::move(*from->mutable_stage()),
          std::move(*from->mutable_sealed())};
}

Status decode_scope(pb::ScopeEvent* from, model::ScopeEvent* to) {
  const int kind = static_cast<int>(from->kind());
  if (kind < pb::ScopeEvent::KIND_OPEN || kind > pb::ScopeEvent::KIND_ABORT) {
    return damaged("a scope event of unknown kind");
  }
  to->kind = static_cast<model::ScopeEvent::Kind>(kind - 1);
  to->scope = std::move(*from->mutable_scope());
  to->streams.assign(from->streams().begin(), from->streams().end());
  to->at_close = from->at_close();
  to->replace = from->replace();
  to->version = from->version();
  return absl::OkStatus();
}

StatusOr<model::Records> decode_records(pb::Records* from) {
  model::Records to;
  to.connector = std::move(*from->mutable_connector());
  to.batches.resize(static_cast<std::size_t>(from->batches_size()));
  for (std::size_t i = 0; i < to.batches.size(); ++i) {
    PAS_RETURN_IF_ERROR(
        decode_batch(from->mutable_batches(static_cast<int>(i)), to.connector, &to.batches[i]));
  }
  to.scopes.resize(static_cast<std::size_t>(from->scopes_size()));
  for (std::size_t i = 0; i < to.scopes.size(); ++i) {
    PAS_RETURN_IF_ERROR(decode_scope(from->mutable_scopes(static_cast<int>(i)), &to.scopes[i]));
  }
  for (pb::SealedReject& reject : *from->mutable_rejects()) {
    to.rejects.push_back(decode_reject(&reject));
  }
  for (const types::Mark& mark : from->marks()) {
    to.marks.push_back({mark.stream(), mark.complete_to()});
  }
  to.checkpoint = std::move(*from->mutable_checkpoint());
  to.has_checkpoint = from->has_checkpoint();
  to.read = from->read();
  to.unchanged = from->unchanged();
  return to;
}

StatusOr<model::ModelProposed> decode_model(const pb::ModelProposed& from) {
  model::ModelProposed to;
  if (!unpack_hash(from.hash(), &to.hash)) return damaged("the model's hash");
  const std::string& packed = from.canonical();
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > kCanonicalBytesMax) return damaged("the model's text has no believable length");
  to.canonical.resize(size);
  const std::size_t got = ZSTD_decompress(to.canonical.data(), size, packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) return damaged("the model's text");
  return to;
}

StatusOr<model::PersonMerged> decode_merge(const pb::PersonMerged& from) {
  model::PersonMerged to;
  if (!unpack_hash(from.kept(), &to.kept) || !unpack_hash(from.dropped(), &to.dropped)) {
    return damaged("the tokens of a merge");
  }
  return to;
}

StatusOr<model::Closing> decode_closing(const pb::Closing& from) {
  model::Closing to;
  to.author = from.author();
  to.unit = from.unit();
  const auto period = base::Period::parse(from.period());
  if (!period.ok()) return damaged("the period of a closing");
  to.period = *period;
  to.indicators = {from.indicators().begin(), from.indicators().end()};
  to.reason = from.reason();
  to.signatories = {from.signatories().begin(), from.signatories().end()};
  return to;
}

StatusOr<model::EngineChanged> decode_engine(const pb::EngineChanged& from) {
  model::EngineChanged to{from.from(), from.to(), {}};
  for (const pb::ClosedCell& closed : from.closed()) {
    model::PublishedCell& cell = to.closed.emplace_back();
    cell.indicator = closed.indicator();
    cell.dimensions = {closed.dimensions().begin(), closed.dimensions().end()};
    cell.values = {closed.values().begin(), closed.values().end()};
    const auto period = base::Period::parse(closed.period());
    if (!period.ok() || cell.dimensions.size() != cell.values.size() ||
        closed.scale() > static_cast<std::uint32_t>(base::kScaleMax) ||
        closed.na() > static_cast<std::uint32_t>(model::NaReason::kHidden) ||
        closed.status() > static_cast<std::uint32_t>(model::CellStatus::kRed) ||
        closed.flags() > 0xFF) {
      return damaged("a closed cell of an engine change");
    }
    cell.period = *period;
    cell.value.absent = closed.absent();
    cell.value.scaled = closed.scaled();
    cell.value.n = closed.n();
    cell.value.scale = static_cast<std::uint8_t>(closed.scale());
    cell.value.na = static_cast<model::NaReason>(closed.na());
    cell.value.status = static_cast<model::CellStatus>(closed.status());
    cell.value.flags = static_cast<std::uint8_t>(closed.flags());
  }
  return to;
}

StatusOr<model::AccessGranted> decode_grant(const pb::AccessGranted& from) {
  model::AccessGranted to;
  to.account.id = from.account();
  const auto role = model::parse_role(from.role());
  if (!role.ok()) return damaged("the role of a grant");
  to.account.role = *role;
  to.account.units = {from.units().begin(), from.units().end()};
  to.account.processes = {from.processes().begin(), from.processes().end()};
  if (from.has_until()) to.account.until = from.until();
  if (!from.digest().empty() && from.digest().size() != model::kTokenDigestBytes) {
    return damaged("the digest of a grant's token");
  }
  to.account.digest = from.digest();
  to.author = from.author();
  to.reason = from.reason();
  return to;
}

Status decode_body(pb::Commit* from, model::Commit* to) {
  switch (from->body_case()) {
    case pb::Commit::kGenesis:
      to->body = model::Genesis{from->genesis().epoch(), from->genesis().authority()};
      return absl::OkStatus();
    case pb::Commit::kRecords: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_records(from->mutable_records()));
      return absl::OkStatus();
    }
    case pb::Commit::kModelProposed: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_model(from->model_proposed()));
      return absl::OkStatus();
    }
    case pb::Commit::kModelSwitched:
      to->body = model::ModelSwitched{from->model_switched().proposed()};
      return absl::OkStatus();
    case pb::Commit::kTick:
      to->body = model::Tick{from->tick().instant()};
      return absl::OkStatus();
    case pb::Commit::kAdmin:
      to->body = model::Admin{from->admin().actor(), from->admin().verb(), from->admin().object(),
                              from->admin().detail()};
      return absl::OkStatus();
    case pb::Commit::kPersonMerged: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_merge(from->person_merged()));
      return absl::OkStatus();
    }
    case pb::Commit::kEngineChanged: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_engine(from->engine_changed()));
      return absl::OkStatus();
    }
    case pb::Commit::kClosing: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_closing(from->closing()));
      return absl::OkStatus();
    }
    case pb::Commit::kReopening: {
      const pb::Reopening& reopening = from->reopening();
      to->body = model::Reopening{reopening.closing(),
                                  reopening.author(),
                                  reopening.reason(),
                                  {reopening.signatories().begin(), reopening.signatories().end()}};
      return absl::OkStatus();
    }
    case pb::Commit::kAlertAcknowledged:
      to->body = model::AlertAcknowledged{from->alert_acknowledged().alert(),
                                          from->alert_acknowledged().author(),
                                          from->alert_acknowledged().comment()};
      return absl::OkStatus();
    case pb::Commit::kAccessGranted: {
      PAS_ASSIGN_OR_RETURN(to->body, decode_grant(from->access_granted()));
      return absl::OkStatus();
    }
    case pb::Commit::kAccessRevoked: {
      const pb::AccessRevoked& revoked = from->access_revoked();
      to->body = model::AccessRevoked{revoked.account(), revoked.author(), revoked.reason()};
      return absl::OkStatus();
    }
    case pb::Commit::BODY_NOT_SET:
      break;
  }
  return damaged("it has no body that this version knows");
}

}  // namespace

StatusOr<model::Commit> decode(std::string_view bytes) {
  pb::Commit from;
  if (bytes.size() > base::kCommitBytesMax ||
      !from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return damaged("its bytes are not a commit");
  }
  // Only a log with a message limit splits commits; a transaction of this one holds them whole.
  if (from.part() != 0 || from.parts() != 0) return damaged("it is one part of a split commit");
  model::Commit to;
  to.revision = from.revision();
  to.at = from.at();
  to.engine = from.engine();
  PAS_RETURN_IF_ERROR(decode_body(&from, &to));
  return to;
}

}  // namespace passerelle::journal
