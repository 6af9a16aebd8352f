#include "plugins/sdk/batch_builder.h"

#include <fmt/format.h>

#include <limits>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace passerelle::sdk {
namespace {

constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();

types::v1::FieldType proto_type(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return types::v1::FIELD_TYPE_STRING;
    case FieldType::kInteger:
      return types::v1::FIELD_TYPE_INTEGER;
    case FieldType::kDecimal:
      return types::v1::FIELD_TYPE_DECIMAL;
    case FieldType::kDate:
      return types::v1::FIELD_TYPE_DATE;
    case FieldType::kInstant:
      return types::v1::FIELD_TYPE_INSTANT;
    case FieldType::kBoolean:
      return types::v1::FIELD_TYPE_BOOLEAN;
    case FieldType::kPerson:
      return types::v1::FIELD_TYPE_PERSON;
  }
  return types::v1::FIELD_TYPE_UNSPECIFIED;
}

// The contract's little-endian bytes are this machine's own.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
template <typename T>
void assign(std::string* out, const std::vector<T>& values, std::size_t count) {
  out->assign(reinterpret_cast<const char*>(values.data()), count * sizeof(T));
}

std::string shortened(std::string_view text) {
  std::string_view head = text.substr(0, base::kRejectSampleBytesMax);
  while (!head.empty() && !base::is_valid_utf8(head) &&
         head.size() + 4 > base::kRejectSampleBytesMax) {
    head.remove_suffix(1);  // a character cut in two
  }
  return base::is_valid_utf8(head) ? std::string(head) : base::utf8_from_windows1252(head);
}

}  // namespace

Dictionary::Dictionary() : slots_(kSlots) {}

BatchBuilder::BatchBuilder(Stream stream)
    : shape_(std::move(stream)),
      id_ends_(base::kBatchRecordsMax),
      versions_(base::kBatchRecordsMax),
      positions_(base::kBatchRecordsMax),
      deleted_(base::kBatchRecordsMax, '\0'),
      natural_key_ends_(base::kBatchRecordsMax) {
  columns_.resize(shape_.size());
  row_bytes_ = sizeof(std::uint32_t) + sizeof(std::int64_t) + sizeof(std::uint64_t);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    ColumnBuffer& column = columns_[i];
    column.is_text = holds_text(shape_.stream().fields[i].type);
    if (column.is_text) column.codes.assign(base::kBatchRecordsMax, 0);
    if (!column.is_text) column.numbers.assign(base::kBatchRecordsMax, kAbsent);
    row_bytes_ += column.is_text ? sizeof(std::uint32_t) : sizeof(std::int64_t);
  }
  adopt(nullptr);
}

void BatchBuilder::begin(std::string_view id, std::int64_t version, std::uint64_t position,
                         bool deleted) {
  shape_.rewind();
  if (id.empty()) refuse_row("SDK-KEY", "id", id, "the source id is empty");
  check_text("id", id, base::kRecordKeyBytesMax);
  ids_ += id;
  bytes_ += id.size();
  id_ends_[rows_] = static_cast<std::uint32_t>(ids_.size());
  versions_[rows_] = version;
  positions_[rows_] = position;
  deleted_[rows_] = deleted ? '\1' : '\0';
  any_deleted_ = any_deleted_ || deleted;
}

void BatchBuilder::set_text(std::size_t field, std::string_view text) {
  ColumnBuffer& column = columns_[field];
  const auto text_at = [&column](std::uint32_t code) -> std::string_view {
    return column.message->dictionary(static_cast<int>(code) - 1);
  };
  // Neighbouring records of a source often repeat a value.
  if (column.last_code != 0 && text_at(column.last_code) == text) {
    column.codes[rows_] = column.last_code;
    return;
  }
  if (!bad_ && column.message->dictionary_size() >= static_cast<int>(Dictionary::kEntriesMax)) {
    // Only possible when one record's field is set over and over.
    refuse_row("SDK-FIELD", shape_.stream().fields[field].name, "", "set too many times");
  }
  if (bad_) return;
  std::uint32_t* code = column.dictionary.find(base::hash64(text), text, text_at);
  if (*code == 0) {
    // A text that cannot be sent still takes its entry; the record that holds it is dropped.
    const bool good =
        check_text(shape_.stream().fields[field].name, text, base::kTextFieldBytesMax);
    column.message->add_dictionary()->assign(good ? text : std::string_view());
    *code = static_cast<std::uint32_t>(column.message->dictionary_size());
    bytes_ += (good ? text.size() : 0) + 2;
    if (!good) return;
  }
  column.codes[rows_] = *code;
  column.last_code = *code;
}

void BatchBuilder::natural_key(std::string_view key) {
  check_text("natural_key", key, base::kRecordKeyBytesMax);
  natural_keys_.resize(rows_ == 0 ? 0 : natural_key_ends_[rows_ - 1]);
  natural_keys_ += key;
}

void BatchBuilder::end() {
  if (bad_) {
    reject_row();
    return;
  }
  natural_key_ends_[rows_] = static_cast<std::uint32_t>(natural_keys_.size());
  bytes_ += row_bytes_;
  ++rows_;
  ++tries_;
}

void BatchBuilder::reject(const Reject& reject) {
  v1::Reject* out = message_->mutable_batch()->add_rejects();
  out->set_stream(shape_.stream().name);
  out->set_key(shortened(reject.key));
  out->set_position(shortened(reject.position));
  out->set_rule(reject.rule);
  out->set_field(shortened(reject.field));
  out->set_value(shortened(reject.value));
  out->set_reason(shortened(reject.reason));
  out->set_remedy(shortened(reject.remedy));
  out->set_records(reject.records);
  bytes_ += out->ByteSizeLong();
  ++tries_;
}

bool BatchBuilder::check_text(std::string_view field, std::string_view text,
                              std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    refuse_row("SDK-LENGTH", field, text,
               fmt::format("{} bytes; at most {} are taken", text.size(), bytes_max));
    return false;
  }
  if (!base::is_valid_utf8(text)) {
    refuse_row("SDK-UTF8", field, text, "not valid UTF-8");
    return false;
  }
  return true;
}

// The first reason is kept. The text is not: this place cannot tell whether it is personal.
void BatchBuilder::refuse_row(std::string_view rule, std::string_view field, std::string_view text,
                              std::string reason) {
  if (bad_) return;
  bad_.emplace();
  bad_->rule = rule;
  bad_->field = field;
  bad_->value = base::masked(text);
  bad_->reason = std::move(reason);
  bad_->remedy = "correct the record in the source, or the encoding in the connector's file";
}

void BatchBuilder::reject_row() {
  const std::size_t start = rows_ == 0 ? 0 : id_ends_[rows_ - 1];
  bad_->key = bad_->field == "id" ? base::masked(ids_.substr(start)) : ids_.substr(start);
  bad_->position = positions_[rows_] == 0 ? "" : std::to_string(positions_[rows_]);
  const Reject why = std::move(*bad_);
  drop_row();
  reject(why);
}

void BatchBuilder::drop_row() {
  ids_.resize(rows_ == 0 ? 0 : id_ends_[rows_ - 1]);
  natural_keys_.resize(rows_ == 0 ? 0 : natural_key_ends_[rows_ - 1]);
  for (ColumnBuffer& column : columns_) {
    if (column.is_text) column.codes[rows_] = 0;
    if (!column.is_text) column.numbers[rows_] = kAbsent;
  }
  bad_.reset();
}

std::unique_ptr<v1::ReadResponse> BatchBuilder::take(std::unique_ptr<v1::ReadResponse> spare) {
  types::v1::Columns& out = *message_->mutable_batch()->mutable_columns();
  out.set_rows(static_cast<std::uint32_t>(rows_));
  out.mutable_ids()->assign(ids_);
  assign(out.mutable_id_ends(), id_ends_, rows_);
  assign(out.mutable_versions(), versions_, rows_);
  assign(out.mutable_positions(), positions_, rows_);
  if (any_deleted_) out.mutable_deleted()->assign(deleted_, 0, rows_);
  if (!natural_keys_.empty()) {
    out.mutable_natural_keys()->assign(natural_keys_);
    assign(out.mutable_natural_key_ends(), natural_key_ends_, rows_);
  }
  for (ColumnBuffer& column : columns_) {
    if (column.is_text) {
      assign(column.message->mutable_codes(), column.codes, rows_);
      std::fill_n(column.codes.begin(), rows_, 0);
    } else {
      assign(column.message->mutable_numbers(), column.numbers, rows_);
      std::fill_n(column.numbers.begin(), rows_, kAbsent);
    }
  }
  auto done = std::move(message_);
  adopt(std::move(spare));
  return done;
}

// Makes `message` (or a new one) the empty batch. Clearing field by field keeps the memory of its
// strings, so that a steady flow allocates nothing.
void BatchBuilder::adopt(std::unique_ptr<v1::ReadResponse> message) {
  const bool fresh = message == nullptr;
  message_ = fresh ? std::make_unique<v1::ReadResponse>() : std::move(message);
  v1::Batch* batch = message_->mutable_batch();
  if (fresh) {
    add_header(batch);
  } else {
    batch->clear_scope();
    batch->clear_rejects();
    batch->clear_marks();
    batch->clear_checkpoint();
  }
  types::v1::Columns* out = batch->mutable_columns();
  out->clear_deleted();
  out->clear_natural_keys();
  out->clear_natural_key_ends();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].message = out->mutable_columns(static_cast<int>(i));
    columns_[i].message->clear_dictionary();
    columns_[i].dictionary.clear();
    columns_[i].last_code = 0;
  }
  ids_.clear();
  natural_keys_.clear();
  any_deleted_ = false;
  rows_ = 0;
  tries_ = 0;
  bytes_ = 0;
}

void BatchBuilder::add_header(v1::Batch* batch) const {
  batch->set_stream(shape_.stream().name);
  for (const Field& field : shape_.stream().fields) {
    types::v1::Column* column = batch->mutable_columns()->add_columns();
    column->set_name(field.name);
    column->set_type(proto_type(field.type));
    column->set_scale(static_cast<std::uint32_t>(field.scale));
    column->set_scheme(field.scheme);
  }
}

}  // namespace passerelle::sdk
