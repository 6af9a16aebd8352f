#include "core/intake/decoder.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/column_decoder.h"
#include "core/intake/columns_from_rows.h"
#include "core/intake/complete.h"
#include "core/intake/links.h"
#include "core/intake/packed.h"
#include "core/intake/rules.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::intake {
namespace {

using connector::v1::Batch;

constexpr std::uint64_t kNaturalKeySalt = 0x9E3779B97F4A7C15ULL;

bool take_texts(const std::string& bytes, const std::string& packed_ends, std::size_t count,
                model::TextPack* out) {
  std::vector<std::uint32_t> ends;
  if (!unpack(packed_ends, count, &ends)) return false;
  std::uint32_t before = 0;
  bool ascending = true;
  for (const std::uint32_t end : ends) {
    ascending &= end >= before;
    before = end;
  }
  if (!ascending || before != bytes.size()) return false;
  *out = model::TextPack::from_parts(bytes, std::move(ends));
  return true;
}

// An array that says nothing is left out, whether the connector sent it or not.
template <typename T>
void drop_if_zero(std::vector<T>* values) {
  T any = 0;
  for (const T value : *values) any |= value;
  if (any == 0) values->clear();
}

// Which of the texts are not UTF-8; empty: none. Most packs are checked in one go.
std::vector<std::uint8_t> not_utf8(const model::TextPack& texts) {
  const std::string& bytes = texts.bytes();
  bool cut = false;
  for (const std::uint32_t end : texts.ends()) {
    cut |= end < bytes.size() && (static_cast<unsigned char>(bytes[end]) & 0xC0) == 0x80;
  }
  if (!cut && base::is_valid_utf8(bytes)) return {};
  std::vector<std::uint8_t> bad(texts.size());
  for (std::size_t row = 0; row < texts.size(); ++row) {
    bad[row] = base::is_valid_utf8(texts[row]) ? 0 : 1;
  }
  return bad;
}

void check_texts(const model::TextPack& texts, std::string_view field, int rank,
                 Verdicts* verdicts) {
  const std::vector<std::uint8_t> bad = not_utf8(texts);
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const std::string_view text = texts[row];
    const auto refuse = [&](const Rule& rule, std::string reason, bool personal) {
      verdicts->reject(row, {rule.name, field, std::move(reason), rule.remedy, personal, rank},
                       text);
    };
    if (text.empty() && rank == kRankId) refuse(kIdEmpty, "the record has no identifier", false);
    if (text.size() > base::kRecordKeyBytesMax) {
      refuse(kIdTooLong,
             "the identifier has " + std::to_string(text.size()) + " bytes, at most " +
                 std::to_string(base::kRecordKeyBytesMax) + " are kept",
             false);
    }
    if (!bad.empty() && bad[row] != 0) refuse(kNotUtf8, "the identifier is not UTF-8", false);
    if (looks_like_nir(text)) {
      refuse(kIdPersonal, "the identifier looks like a social security number", true);
    }
  }
}

std::size_t rows_in(const Batch& batch) {
  return batch.has_rows() ? static_cast<std::size_t>(batch.rows().rows_size())
                          : batch.columns().rows();
}

}  // namespace

Decoder::Decoder(const std::string& connector, const connector::v1::StreamType& type,
                 const model::RecordKind* kind, Vault* vault,
                 std::span<const model::PersonLink> links)
    : plan_(plan_of(connector, type, kind, links)), vault_(vault) {}

std::vector<model::PersonMerged> Decoder::take_merges() { return std::exchange(merges_, {}); }

StatusOr<Decoded> Decoder::decode(const Batch& batch) {
  const std::size_t rows = rows_in(batch);
  if (rows == 0) return Decoded{};
  if (!plan_.kind_known) return rejected_for_its_kind(batch);
  if (plan_.personal && vault_ == nullptr) {
    return base::failed_precondition("stream `" + plan_.stream +
                                     "` has personal identifiers and the vault is not open");
  }
  Verdicts verdicts(rows, vault_);
  Decoded decoded;
  decoded.read = rows;
  decoded.batch.scope = batch.scope();
  types::v1::Columns from_rows;
  if (batch.has_rows()) {
    from_rows = columns_from(batch.rows(), plan_, &verdicts, &unknown_values_);
  }
  const types::v1::Columns& columns = batch.has_rows() ? from_rows : batch.columns();
  const Status status = decode_columns(columns, &verdicts, &decoded.batch);
  if (!status.ok()) {
    return base::annotate(status, plan_.connector + ", stream `" + plan_.stream + "`");
  }
  if (verdicts.any()) {
    decoded.rejects = verdicts.take(decoded.batch);
    keep_rows(verdicts.kept(), &decoded.batch);
  }
  return decoded;
}

Decoded Decoder::rejected_for_its_kind(const Batch& batch) const {
  const std::size_t rows = rows_in(batch);
  const std::string first = batch.has_rows() ? batch.rows().rows(0).id() : std::string();
  Decoded decoded;
  decoded.read = rows;
  model::Reject reject;
  reject.stream = plan_.stream;
  reject.key = first.empty() ? "a whole batch" : shown_id(first);
  reject.position = "a batch of " + std::to_string(rows) + " records";
  reject.rule = kUnknownKind.name;
  reject.field = "kind";
  reject.value = sample_of(plan_.kind, base::kRejectSampleBytesMax);
  reject.reason = plan_.issues.front();
  reject.remedy = kUnknownKind.remedy;
  reject.records = rows;
  reject.stage = "decode";
  decoded.rejects.push_back(std::move(reject));
  return decoded;
}

Status Decoder::decode_rows(const types::v1::Columns& columns, model::RecordBatch* batch) const {
  const std::size_t rows = columns.rows();
  const auto none_or_all = [rows](const std::string& bytes) { return bytes.empty() ? 0 : rows; };
  if (!take_texts(columns.ids(), columns.id_ends(), rows, &batch->ids)) {
    return base::invalid_argument("its ids do not hold one text a row");
  }
  if (!take_texts(columns.natural_keys(), columns.natural_key_ends(),
                  none_or_all(columns.natural_key_ends()), &batch->natural_keys)) {
    return base::invalid_argument("its natural keys do not hold one text a row");
  }
  if (!unpack(columns.versions(), rows, &batch->versions) ||
      !unpack(columns.deleted(), none_or_all(columns.deleted()), &batch->deleted) ||
      !unpack(columns.positions(), none_or_all(columns.positions()), &batch->positions)) {
    return base::invalid_argument("its versions, deletions or positions are not one a row");
  }
  for (std::uint8_t& flag : batch->deleted) flag = flag != 0 ? 1 : 0;
  drop_if_zero(&batch->deleted);
  drop_if_zero(&batch->positions);
  if (batch->natural_keys.bytes().empty()) batch->natural_keys = {};
  return absl::OkStatus();
}

Status Decoder::decode_columns(const types::v1::Columns& columns, Verdicts* verdicts,
                               model::RecordBatch* batch) {
  batch->stream = plan_.stream;
  batch->kind = plan_.kind;
  PAS_RETURN_IF_ERROR(decode_rows(columns, batch));
  check_texts(batch->ids, "id", kRankId, verdicts);
  check_texts(batch->natural_keys, "natural_key", kRankNaturalKey, verdicts);
  batch->contents.assign(batch->size(), 0);
  std::vector<const types::v1::Column*> sent(plan_.slots.size());
  for (const types::v1::Column& column : columns.columns()) {
    const int found = plan_.slot_of(column.name());
    const std::size_t slot = found < 0 ? 0 : static_cast<std::size_t>(found);
    if (found < 0 || !plan_.slots[slot].known) {
      count_unknown(column);
      continue;
    }
    if (sent[slot] != nullptr) {
      return base::invalid_argument("column `" + column.name() + "` comes twice");
    }
    sent[slot] = &column;
  }
  std::vector<model::Column> by_slot(plan_.slots.size());
  const auto decode_slots = [&](bool linked) -> Status {
    for (std::size_t slot = 0; slot < sent.size(); ++slot) {
      if (sent[slot] == nullptr || plan_.slots[slot].linked != linked) continue;
      PAS_RETURN_IF_ERROR(decode_column(*sent[slot], plan_.slots[slot], vault_, verdicts,
                                        &batch->contents, &by_slot[slot]));
    }
    return absl::OkStatus();
  };
  PAS_RETURN_IF_ERROR(decode_slots(false));
  if (!plan_.links.empty()) {
    // First who is who, on the word of the rows that stay; then the tokens.
    const std::vector<SamePerson> pairs = stated_pairs(plan_, sent, verdicts->kept(), *batch);
    PAS_ASSIGN_OR_RETURN(const std::vector<model::PersonMerged> merges, vault_->link(pairs));
    merges_.insert(merges_.end(), merges.begin(), merges.end());
    PAS_RETURN_IF_ERROR(decode_slots(true));
  }
  for (model::Column& column : by_slot) {
    if (!column.name.empty()) batch->columns.push_back(std::move(column));
  }
  complete(plan_.kind, batch);
  batch->keys.reserve(batch->size());
  for (std::size_t row = 0; row < batch->size(); ++row) {
    batch->keys.push_back(model::key_of(plan_.connector, plan_.stream, batch->ids[row]));
    std::uint64_t& content = batch->contents[row];
    if (!batch->natural_keys.empty() && !batch->natural_keys[row].empty()) {
      content += base::hash64(batch->natural_keys[row], kNaturalKeySalt);
    }
    content = mixed(content);
  }
  return absl::OkStatus();
}

void Decoder::count_unknown(const types::v1::Column& column) {
  unknown_values_ += values_in(column);
  const bool declared = plan_.slot_of(column.name()) >= 0;  // told with the plan's issues
  if (declared || told_.size() >= base::kRecordFieldsMax) return;
  if (!told_.insert(column.name()).second) return;
  spdlog::warn("{}, stream `{}`: column `{}` was not declared: its values are left out",
               plan_.connector, plan_.stream, column.name());
}

}  // namespace passerelle::intake
