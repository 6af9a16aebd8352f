#include "core/intake/columns_from_rows.h"

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/decimal.h"
#include "core/intake/quantities.h"
#include "core/intake/rules.h"

namespace passerelle::intake {
namespace {

using connector::v1::Value;
using model::FieldType;

template <typename T>
void append_packed(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

FieldType type_of(const Value& value) {
  switch (value.value_case()) {
    case Value::kInteger:
      return FieldType::kInteger;
    case Value::kDecimal:
      return FieldType::kDecimal;
    case Value::kDate:
      return FieldType::kDate;
    case Value::kInstant:
      return FieldType::kInstant;
    case Value::kBoolean:
      return FieldType::kBoolean;
    case Value::kPerson:
      return FieldType::kPerson;
    default:
      return FieldType::kString;
  }
}

// A decimal keeps its own scale until its column's scale is known.
std::int64_t number_of(const Value& value) {
  switch (value.value_case()) {
    case Value::kInteger:
      return value.integer();
    case Value::kDecimal:
      return value.decimal().scaled();
    case Value::kDate:
      return value.date();
    case Value::kInstant:
      return value.instant();
    default:
      return value.boolean() ? 1 : 0;
  }
}

const std::string& text_of(const Value& value) {
  return value.value_case() == Value::kPerson ? value.person().value() : value.text();
}

std::string shown(const Value& value) {
  const FieldType type = type_of(value);
  if (model::is_text(type)) return text_of(value);
  const int scale = type == FieldType::kDecimal ? static_cast<int>(value.decimal().scale()) : 0;
  return scale > base::kScaleMax ? std::to_string(number_of(value))
                                 : shown_number(type, scale, number_of(value));
}

// One field's values, row by row.
class ColumnBuilder {
 public:
  ColumnBuilder(const Slot& slot, std::size_t rows) : slot_(slot) {
    column_.set_name(slot.field.name);
    column_.set_type(static_cast<types::v1::FieldType>(static_cast<int>(slot.declared) + 1));
    column_.set_scheme(slot.scheme);
    is_quantity_ = slot.declared == FieldType::kInteger || slot.declared == FieldType::kDecimal;
    if (is_quantity_) {
      // Straight to the kind's scale: exact there or not at all.
      scale_ = slot.field.type == FieldType::kDecimal ? slot.field.scale : 0;
      column_.set_type(scale_ == 0 ? types::v1::FIELD_TYPE_INTEGER : types::v1::FIELD_TYPE_DECIMAL);
      column_.set_scale(static_cast<std::uint32_t>(scale_));
    }
    if (model::is_text(slot.declared)) {
      codes_.resize(rows, 0);
    } else {
      numbers_.resize(rows, model::kAbsent);
    }
  }

  void put(std::size_t row, const Value& value, Verdicts* verdicts) {
    const FieldType type = type_of(value);
    const bool quantity = type == FieldType::kInteger || type == FieldType::kDecimal;
    if (type != slot_.declared && !(quantity && is_quantity_)) {
      reject(row, value, kWrongType,
             "expected " + described(slot_.declared, slot_.field.scale) + ", got " +
                 described(type, static_cast<int>(value.decimal().scale())),
             verdicts);
    } else if (quantity) {
      put_quantity(row, value, verdicts);
    } else if (model::is_text(type)) {
      put_text(row, value, verdicts);
    } else {
      numbers_[row] = number_of(value);
    }
  }

  void finish(types::v1::Column* out) {
    column_.set_codes(codes_.data(), codes_.size() * sizeof(std::uint32_t));
    column_.set_numbers(numbers_.data(), numbers_.size() * sizeof(std::int64_t));
    *out = std::move(column_);
  }

 private:
  void put_quantity(std::size_t row, const Value& value, Verdicts* verdicts) {
    const std::int64_t number = number_of(value);
    const std::uint32_t scale = value.value_case() == Value::kDecimal ? value.decimal().scale() : 0;
    if (number == model::kAbsent) return;
    const Rescaled result = scale > static_cast<std::uint32_t>(base::kScaleMax)
                                ? Rescaled::kNotExact
                                : rescale(number, static_cast<int>(scale), scale_, &numbers_[row]);
    if (result == Rescaled::kExact) return;
    numbers_[row] = model::kAbsent;
    const bool too_large = result == Rescaled::kTooLarge;
    reject(row, value, too_large ? kOutOfRange : kWrongScale,
           (too_large ? "does not fit " : "is not exact as ") +
               described(slot_.field.type, slot_.field.scale),
           verdicts);
  }

  void put_text(std::size_t row, const Value& value, Verdicts* verdicts) {
    const bool wrong_scheme = value.value_case() == Value::kPerson &&
                              !value.person().scheme().empty() &&
                              value.person().scheme() != slot_.scheme;
    if (wrong_scheme) {
      reject(row, value, kRefusedPerson,
             "the identifier is of register `" + value.person().scheme() + "`, declared is `" +
                 slot_.scheme + "`",
             verdicts);
      return;
    }
    const std::string& text = text_of(value);
    const auto [entry, is_new] = code_of_.try_emplace(text, codes_in_use_ + 1);
    if (is_new) {
      ++codes_in_use_;
      column_.add_dictionary(text);
    }
    codes_[row] = entry->second;
  }

  void reject(std::size_t row, const Value& value, const Rule& rule, std::string reason,
              Verdicts* verdicts) {
    const bool personal =
        slot_.declared == FieldType::kPerson || value.value_case() == Value::kPerson;
    verdicts->reject(
        row, {rule.name, slot_.field.name, std::move(reason), rule.remedy, personal, slot_.rank},
        shown(value));
  }

  const Slot& slot_;
  types::v1::Column column_;
  bool is_quantity_ = false;
  int scale_ = 0;
  std::vector<std::uint32_t> codes_;
  std::vector<std::int64_t> numbers_;
  std::unordered_map<std::string_view, std::uint32_t> code_of_;  // views of the message's texts
  std::uint32_t codes_in_use_ = 0;
};

void put_row(const connector::v1::Row& row, types::v1::Columns* columns) {
  columns->mutable_ids()->append(row.id());
  append_packed(static_cast<std::uint32_t>(columns->ids().size()), columns->mutable_id_ends());
  append_packed(row.version(), columns->mutable_versions());
  append_packed(static_cast<std::uint8_t>(row.deleted() ? 1 : 0), columns->mutable_deleted());
  append_packed(row.position(), columns->mutable_positions());
  columns->mutable_natural_keys()->append(row.natural_key());
  append_packed(static_cast<std::uint32_t>(columns->natural_keys().size()),
                columns->mutable_natural_key_ends());
}

}  // namespace

types::v1::Columns columns_from(const connector::v1::Rows& rows, const StreamPlan& plan,
                                Verdicts* verdicts, std::uint64_t* unknown_values) {
  types::v1::Columns columns;
  const std::size_t count = static_cast<std::size_t>(rows.rows_size());
  columns.set_rows(static_cast<std::uint32_t>(count));
  std::vector<std::unique_ptr<ColumnBuilder>> builders(plan.slots.size());
  for (std::size_t i = 0; i < count; ++i) {
    const connector::v1::Row& row = rows.rows(static_cast<int>(i));
    put_row(row, &columns);
    for (const auto& [name, value] : row.values()) {
      if (value.value_case() == Value::VALUE_NOT_SET) continue;
      const int slot = plan.slot_of(name);
      if (slot < 0 || !plan.slots[static_cast<std::size_t>(slot)].known) {
        ++*unknown_values;
        continue;
      }
      auto& builder = builders[static_cast<std::size_t>(slot)];
      if (!builder) {
        builder =
            std::make_unique<ColumnBuilder>(plan.slots[static_cast<std::size_t>(slot)], count);
      }
      builder->put(i, value, verdicts);
    }
  }
  for (const auto& builder : builders) {
    if (builder) builder->finish(columns.add_columns());
  }
  return columns;
}

}  // namespace passerelle::intake
