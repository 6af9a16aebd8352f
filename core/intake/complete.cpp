#include "core/intake/complete.h"

#include <algorithm>

namespace passerelle::intake {
namespace {

constexpr std::uint64_t kFilledSalt = 0xD6E8FEB86659FD93ULL;

// The column, if it holds amounts in cents.
const model::Column* cents(const model::RecordBatch& batch, std::string_view name) {
  const model::Column* column = batch.find(name);
  const bool fits =
      column != nullptr && column->type == model::FieldType::kDecimal && column->scale == 2;
  return fits ? column : nullptr;
}

// What is left of `amount`; kAbsent if it does not fit.
std::int64_t less(std::int64_t amount, const model::Column* column, std::size_t row) {
  if (column == nullptr || column->numbers[row] == model::kAbsent) return amount;
  std::int64_t left = 0;
  if (amount == model::kAbsent || __builtin_sub_overflow(amount, column->numbers[row], &left)) {
    return model::kAbsent;
  }
  return left;
}

}  // namespace

void complete(std::string_view kind, model::RecordBatch* batch) {
  constexpr std::string_view kLeft = "engaged_not_mandated";
  if (kind != "engagement" || cents(*batch, "engaged") == nullptr) return;
  if (batch->find(kLeft) == nullptr) {
    model::Column fresh{std::string(kLeft), model::FieldType::kDecimal, 2, {}, {}, {}};
    fresh.numbers.assign(batch->size(), model::kAbsent);
    batch->columns.push_back(std::move(fresh));
  }
  const auto left = std::find_if(batch->columns.begin(), batch->columns.end(),
                                 [&](const model::Column& column) { return column.name == kLeft; });
  if (cents(*batch, kLeft) == nullptr) return;
  const model::Column* engaged = cents(*batch, "engaged");
  const model::Column* mandated = cents(*batch, "mandated");
  const model::Column* released = cents(*batch, "released");
  for (std::size_t row = 0; row < batch->size(); ++row) {
    if (left->numbers[row] != model::kAbsent || engaged->numbers[row] == model::kAbsent) continue;
    left->numbers[row] = less(less(engaged->numbers[row], mandated, row), released, row);
    if (!batch->contents.empty()) batch->contents[row] += kFilledSalt;
  }
}

}  // namespace passerelle::intake
