#include <zstd.h>

#include <utility>

#include "core/base/text.h"
#include "core/journal/codec.h"
#include "core/journal/packing.h"
#include "passerelle/storage/v1/commit.pb.h"

namespace passerelle::journal {
namespace {

namespace pb = passerelle::storage::v1;
namespace types = passerelle::types::v1;

constexpr int kZstdLevel = 3;

static_assert(static_cast<int>(types::FIELD_TYPE_STRING) ==
              static_cast<int>(model::FieldType::kString) + 1);
static_assert(static_cast<int>(types::FIELD_TYPE_PERSON) ==
              static_cast<int>(model::FieldType::kPerson) + 1);
static_assert(static_cast<int>(pb::ScopeEvent::KIND_ABORT) ==
              static_cast<int>(model::ScopeEvent::Kind::kAbort) + 1);

Status not_encodable(const std::string& where, std::string_view why) {
  return base::invalid_argument("commit refused by the journal: " + where + ": " +
                                std::string(why));
}

// A text that is not UTF-8 would be written and could not be read back.
Status put_text(std::string_view text, const std::string& where, std::string* out) {
  if (!base::is_valid_utf8(text)) return not_encodable(where, "a text is not UTF-8");
  out->assign(text);
  return absl::OkStatus();
}

Status encode_column(const model::Column& from, std::size_t rows, const std::string& where,
                     types::Column* to) {
  PAS_RETURN_IF_ERROR(put_text(from.name, where, to->mutable_name()));
  to->set_type(static_cast<types::FieldType>(static_cast<int>(from.type) + 1));
  to->set_scale(static_cast<std::uint32_t>(from.scale));
  if (!model::is_text(from.type)) {
    if (from.numbers.size() != rows || !from.codes.empty() || !from.dictionary.empty()) {
      return not_encodable(where + "." + from.name, "not one number a row");
    }
    pack(from.numbers, to->mutable_numbers());
    return absl::OkStatus();
  }
  if (from.codes.size() != rows || !from.numbers.empty()) {
    return not_encodable(where + "." + from.name, "not one code a row");
  }
  std::uint32_t highest = 0;
  for (const std::uint32_t code : from.codes) highest = code > highest ? code : highest;
  if (highest > from.dictionary.size()) {
    return not_encodable(where + "." + from.name, "a code is not in the dictionary");
  }
  to->mutable_dictionary()->Reserve(static_cast<int>(from.dictionary.size()));
  for (const std::string& text : from.dictionary) {
    PAS_RETURN_IF_ERROR(put_text(text, where + "." + from.name, to->add_dictionary()));
  }
  pack(from.codes, to->mutable_codes());
  return absl::OkStatus();
}

bool lengths_agree(const model::RecordBatch& batch) {
  const std::size_t rows = batch.size();
  const auto none_or_all = [rows](std::size_t size) { return size == 0 || size == rows; };
  return batch.ids.size() == rows && batch.keys.size() == rows && batch.contents.size() == rows &&
         none_or_all(batch.deleted.size()) && none_or_all(batch.positions.size()) &&
         none_or_all(batch.natural_keys.size()) && batch.seen_versions.size() == batch.seen.size();
}

Status encode_batch(const model::RecordBatch& from, pb::RecordBatch* to) {
  const std::string where = "stream " + from.stream;
  if (!lengths_agree(from)) return not_encodable(where, "its vectors differ in length");
  PAS_RETURN_IF_ERROR(put_text(from.stream, where, to->mutable_stream()));
  PAS_RETURN_IF_ERROR(put_text(from.kind, where, to->mutable_kind()));
  PAS_RETURN_IF_ERROR(put_text(from.scope, where, to->mutable_scope()));
  types::Columns* columns = to->mutable_columns();
  columns->set_rows(static_cast<std::uint32_t>(from.size()));
  columns->set_ids(from.ids.bytes());
  pack(from.ids.ends(), columns->mutable_id_ends());
  pack(from.versions, columns->mutable_versions());
  pack(from.deleted, columns->mutable_deleted());
  pack(from.positions, columns->mutable_positions());
  columns->set_natural_keys(from.natural_keys.bytes());
  pack(from.natural_keys.ends(), columns->mutable_natural_key_ends());
  for (const model::Column& column : from.columns) {
    PAS_RETURN_IF_ERROR(encode_column(column, from.size(), where, columns->add_columns()));
  }
  pack(from.contents, to->mutable_contents());
  pack(from.seen, to->mutable_seen());
  pack(from.seen_versions, to->mutable_seen_versions());
  return absl::OkStatus();
}

Status encode_reject(const model::Reject& from, pb::SealedReject* to) {
  const std::string where = "reject of stream " + from.stream;
  PAS_RETURN_IF_ERROR(put_text(from.stream, where, to->mutable_stream()));
  PAS_RETURN_IF_ERROR(put_text(from.key, where, to->mutable_key()));
  PAS_RETURN_IF_ERROR(put_text(from.position, where, to->mutable_position()));
  PAS_RETURN_IF_ERROR(put_text(from.rule, where, to->mutable_rule()));
  PAS_RETURN_IF_ERROR(put_text(from.field, where, to->mutable_field()));
  PAS_RETURN_IF_ERROR(put_text(from.value, where, to->mutable_value()));
  PAS_RETURN_IF_ERROR(put_text(from.reason, where, to->mutable_reason()));
  PAS_RETURN_IF_ERROR(put_text(from.remedy, where, to->mutable_remedy()));
  PAS_RETURN_IF_ERROR(put_text(from.stage, where, to->mutable_stage()));
  to->set_records(from.records);
  to->set_sealed(from.sealed);
  return absl::OkStatus();
}

Status encode_scope(const model::ScopeEvent& from, pb::ScopeEvent* to) {
  to->set_kind(static_cast<pb::ScopeEvent::Kind>(static_cast<int>(from.kind) + 1));
  PAS_RETURN_IF_ERROR(put_text(from.scope, "scope", to->mutable_scope()));
  for (const std::string& stream : from.streams) {
    PAS_RETURN_IF_ERROR(put_text(stream, "scope " + from.scope, to->add_streams()));
  }
  to->set_at_close(from.at_close);
  to->set_replace(from.replace);
  to->set_version(from.version);
  return absl::OkStatus();
}

Status encode_body(const model::Records& from, pb::Commit* commit) {
  pb::Records* to = commit->mutable_records();
  PAS_RETURN_IF_ERROR(put_text(from.connector, "connector", to->mutable_connector()));
  for (const model::RecordBatch& batch : from.batches) {
    PAS_RETURN_IF_ERROR(encode_batch(batch, to->add_batches()));
  }
  for (const model::ScopeEvent& scope : from.scopes) {
    PAS_RETURN_IF_ERROR(encode_scope(scope, to->add_scopes()));
  }
  for (const model::Reject& reject : from.rejects) {
    PAS_RETURN_IF_ERROR(encode_reject(reject, to->add_rejects()));
  }
  for (const model::Mark& mark : from.marks) {
    types::Mark* mark_to = to->add_marks();
    PAS_RETURN_IF_ERROR(put_text(mark.stream, "mark", mark_to->mutable_stream()));
    mark_to->set_complete_to(mark.complete_to);
  }
  to->set_checkpoint(from.checkpoint);
  to->set_has_checkpoint(from.has_checkpoint);
  to->set_read(from.read);
  to->set_unchanged(from.unchanged);
  return absl::OkStatus();
}

Status encode_body(const model::Genesis& from, pb::Commit* commit) {
  pb::Genesis* to = commit->mutable_genesis();
  to->set_epoch(from.epoch);
  return put_text(from.authority, "genesis", to->mutable_authority());
}

Status encode_body(const model::ModelProposed& from, pb::Commit* commit) {
  if (from.canonical.size() > kCanonicalBytesMax) {
    return base::resource_exhausted(
        "the model's text has " + std::to_string(from.canonical.size()) + " bytes, at most " +
        std::to_string(kCanonicalBytesMax) + " are kept: move data out of the model folder");
  }
  pb::ModelProposed* to = commit->mutable_model_proposed();
  to->set_hash(pack_hash(from.hash));
  std::string* packed = to->mutable_canonical();
  packed->resize(ZSTD_compressBound(from.canonical.size()));
  const std::size_t size = ZSTD_compress(packed->data(), packed->size(), from.canonical.data(),
                                         from.canonical.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) return not_encodable("model", ZSTD_getErrorName(size));
  packed->resize(size);
  return absl::OkStatus();
}

Status encode_body(const model::ModelSwitched& from, pb::Commit* commit) {
  commit->mutable_model_switched()->set_proposed(from.proposed);
  return absl::OkStatus();
}

Status encode_body(const model::Tick& from, pb::Commit* commit) {
  commit->mutable_tick()->set_instant(from.instant);
  return absl::OkStatus();
}

Status encode_body(const model::Admin& from, pb::Commit* commit) {
  pb::Admin* to = commit->mutable_admin();
  PAS_RETURN_IF_ERROR(put_text(from.actor, "admin", to->mutable_actor()));
  PAS_RETURN_IF_ERROR(put_text(from.verb, "admin", to->mutable_verb()));
  PAS_RETURN_IF_ERROR(put_text(from.object, "admin", to->mutable_object()));
  return put_text(from.detail, "admin", to->mutable_detail());
}

Status encode_body(const model::PersonMerged& from, pb::Commit* commit) {
  commit->mutable_person_merged()->set_kept(pack_hash(from.kept));
  commit->mutable_person_merged()->set_dropped(pack_hash(from.dropped));
  return absl::OkStatus();
}

Status encode_body(const model::EngineChanged& from, pb::Commit* commit) {
  pb::EngineChanged* to = commit->mutable_engine_changed();
  to->set_from(from.from);
  to->set_to(from.to);
  for (const model::PublishedCell& cell : from.closed) {
    pb::ClosedCell* closed = to->add_closed();
    PAS_RETURN_IF_ERROR(put_text(cell.indicator, "closed cell", closed->mutable_indicator()));
    for (const std::string& dimension : cell.dimensions) {
      PAS_RETURN_IF_ERROR(put_text(dimension, "closed cell", closed->add_dimensions()));
    }
    for (const std::string& value : cell.values) {
      PAS_RETURN_IF_ERROR(put_text(value, "closed cell", closed->add_values()));
    }
    closed->set_period(cell.period.to_string());
    closed->set_absent(cell.value.absent);
    closed->set_scaled(cell.value.scaled);
    closed->set_n(cell.value.n);
    closed->set_scale(cell.value.scale);
    closed->set_na(static_cast<std::uint32_t>(cell.value.na));
    closed->set_status(static_cast<std::uint32_t>(cell.value.status));
    closed->set_flags(cell.value.flags);
  }
  return absl::OkStatus();
}

Status encode_body(const model::Closing& from, pb::Commit* commit) {
  pb::Closing* to = commit->mutable_closing();
  PAS_RETURN_IF_ERROR(put_text(from.author, "closing", to->mutable_author()));
  PAS_RETURN_IF_ERROR(put_text(from.unit, "closing", to->mutable_unit()));
  to->set_period(from.period.to_string());
  for (const std::string& indicator : from.indicators) {
    PAS_RETURN_IF_ERROR(put_text(indicator, "closing", to->add_indicators()));
  }
  PAS_RETURN_IF_ERROR(put_text(from.reason, "closing", to->mutable_reason()));
  for (const std::string& signatory : from.signatories) {
    PAS_RETURN_IF_ERROR(put_text(signatory, "closing", to->add_signatories()));
  }
  return absl::OkStatus();
}

Status encode_body(const model::Reopening& from, pb::Commit* commit) {
  pb::Reopening* to = commit->mutable_reopening();
  to->set_closing(from.closing);
  PAS_RETURN_IF_ERROR(put_text(from.author, "reopening", to->mutable_author()));
  PAS_RETURN_IF_ERROR(put_text(from.reason, "reopening", to->mutable_reason()));
  for (const std::string& signatory : from.signatories) {
    PAS_RETURN_IF_ERROR(put_text(signatory, "reopening", to->add_signatories()));
  }
  return absl::OkStatus();
}

Status encode_body(const model::AlertAcknowledged& from, pb::Commit* commit) {
  pb::AlertAcknowledged* to = commit->mutable_alert_acknowledged();
  to->set_alert(from.alert);
  PAS_RETURN_IF_ERROR(put_text(from.author, "acknowledgement", to->mutable_author()));
  return put_text(from.comment, "acknowledgement", to->mutable_comment());
}

Status encode_body(const model::AccessGranted& from, pb::Commit* commit) {
  pb::AccessGranted* to = commit->mutable_access_granted();
  PAS_RETURN_IF_ERROR(put_text(from.account.id, "grant", to->mutable_account()));
  to->set_role(std::string(model::to_string(from.account.role)));
  for (const std::string& unit : from.account.units) {
    PAS_RETURN_IF_ERROR(put_text(unit, "grant", to->add_units()));
  }
  for (const std::string& process : from.account.processes) {
    PAS_RETURN_IF_ERROR(put_text(process, "grant", to->add_processes()));
  }
  if (from.account.until) to->set_until(*from.account.until);
  to->set_digest(from.account.digest);
  PAS_RETURN_IF_ERROR(put_text(from.author, "grant", to->mutable_author()));
  return put_text(from.reason, "grant", to->mutable_reason());
}

Status encode_body(const model::AccessRevoked& from, pb::Commit* commit) {
  pb::AccessRevoked* to = commit->mutable_access_revoked();
  PAS_RETURN_IF_ERROR(put_text(from.account, "revocation", to->mutable_account()));
  PAS_RETURN_IF_ERROR(put_text(from.author, "revocation", to->mutable_author()));
  return put_text(from.reason, "revocation", to->mutable_reason());
}

}  // namespace

StatusOr<std::string> encode(const model::Commit& commit) {
  pb::Commit to;
  to.set_revision(commit.revision);
  to.set_at(commit.at);
  to.set_engine(commit.engine);
  PAS_RETURN_IF_ERROR(
      std::visit([&to](const auto& body) { return encode_body(body, &to); }, commit.body));
  const std::size_t size = to.ByteSizeLong();
  if (size > base::kCommitBytesMax) {
    return base::resource_exhausted("a commit of " + std::to_string(size) + " bytes, at most " +
                                    std::to_string(base::kCommitBytesMax) +
                                    " are written: send smaller batches");
  }
  std::string bytes(size, '\0');
  to.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
  return bytes;
}

}  // namespace passerelle::journal
