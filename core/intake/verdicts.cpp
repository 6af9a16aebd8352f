#include "core/intake/verdicts.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace passerelle::intake {
namespace {

template <typename T>
void keep(const std::vector<std::uint8_t>& kept, std::vector<T>* values) {
  if (values->empty()) return;
  std::size_t to = 0;
  for (std::size_t row = 0; row < kept.size(); ++row) {
    if (kept[row] != 0) (*values)[to++] = (*values)[row];
  }
  values->resize(to);
}

void keep(const std::vector<std::uint8_t>& kept, model::TextPack* texts) {
  if (texts->empty()) return;
  model::TextPack left;
  for (std::size_t row = 0; row < kept.size(); ++row) {
    if (kept[row] != 0) left.append((*texts)[row]);
  }
  *texts = std::move(left);
}

void drop_unused_entries(model::Column* column) {
  std::vector<std::uint32_t> code_of(column->dictionary.size() + 1, 0);
  for (const std::uint32_t code : column->codes) code_of[code] = 1;
  code_of[0] = 0;
  std::uint32_t next = 0;
  for (std::size_t code = 1; code < code_of.size(); ++code) {
    if (code_of[code] == 0) continue;
    code_of[code] = ++next;
    if (next != code) column->dictionary[next - 1] = std::move(column->dictionary[code - 1]);
  }
  column->dictionary.resize(next);
  for (std::uint32_t& code : column->codes) code = code_of[code];
}

}  // namespace

std::string sample_of(std::string_view text, std::size_t bytes_max) {
  std::string sample(text.substr(0, bytes_max));
  // A cut may have gone through a character: its first bytes go too.
  for (int back = 0; back < 4 && !sample.empty() && text.size() > bytes_max; ++back) {
    if (base::is_valid_utf8(sample)) break;
    sample.pop_back();
  }
  if (base::is_valid_utf8(sample)) return sample;
  sample = base::utf8_from_windows1252(text.substr(0, bytes_max / 3));
  return sample;
}

std::string shown_id(std::string_view id) {
  return looks_like_nir(id) ? base::masked(id) : sample_of(id, base::kRejectSampleBytesMax);
}

void Verdicts::reject(std::size_t row, Breach breach, std::string_view value) {
  if (place_.empty()) place_.resize(rows_);
  std::uint32_t& place = place_[row];
  if (place != 0 && rejects_[place - 1].breach.rank <= breach.rank) return;
  if (place == 0) {
    rejects_.emplace_back();
    place = static_cast<std::uint32_t>(rejects_.size());
  }
  rejects_[place - 1] = {row, std::move(breach),
                         std::string(value.substr(0, base::kTextFieldBytesMax))};
}

model::Reject Verdicts::described(const Rejected& rejected, const model::RecordBatch& batch) const {
  const auto& [row, breach, value] = rejected;
  model::Reject reject;
  reject.stream = batch.stream;
  reject.key = shown_id(batch.ids[row]);
  const bool has_position = !batch.positions.empty() && batch.positions[row] != 0;
  reject.position = has_position ? std::to_string(batch.positions[row])
                                 : "record " + std::to_string(row + 1) + " of its batch";
  reject.rule = breach.rule;
  reject.field = breach.field;
  reject.value =
      breach.personal ? base::masked(value) : sample_of(value, base::kRejectSampleBytesMax);
  reject.reason = breach.reason;
  reject.remedy = breach.remedy;
  reject.stage = "decode";
  if (vault_ != nullptr && !value.empty()) reject.sealed = vault_->seal(value);
  return reject;
}

std::vector<model::Reject> Verdicts::take(const model::RecordBatch& batch) {
  std::vector<model::Reject> rejects;
  rejects.reserve(rejects_.size());
  for (const std::uint32_t place : place_) {
    if (place != 0) rejects.push_back(described(rejects_[place - 1], batch));
  }
  return rejects;
}

std::vector<std::uint8_t> Verdicts::kept() const {
  std::vector<std::uint8_t> kept(rows_, 1);
  for (std::size_t row = 0; row < place_.size(); ++row) kept[row] = place_[row] == 0 ? 1 : 0;
  return kept;
}

void keep_rows(const std::vector<std::uint8_t>& kept, model::RecordBatch* batch) {
  keep(kept, &batch->ids);
  keep(kept, &batch->keys);
  keep(kept, &batch->versions);
  keep(kept, &batch->deleted);
  keep(kept, &batch->positions);
  keep(kept, &batch->contents);
  keep(kept, &batch->natural_keys);
  for (model::Column& column : batch->columns) {
    keep(kept, &column.codes);
    keep(kept, &column.numbers);
    if (model::is_text(column.type)) drop_unused_entries(&column);
  }
}

}  // namespace passerelle::intake
