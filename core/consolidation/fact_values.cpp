#include "core/consolidation/fact_values.h"

#include "core/base/calendar.h"
#include "core/base/decimal.h"

namespace passerelle::consolidation {

using language::Value;

FactValues::FactValues(const model::RecordKind& kind, const Table& table, const Strings& strings)
    : kind_(kind), strings_(strings), values_(kind.fields.size()), loaded_(kind.fields.size()) {
  for (const model::Field& field : kind.fields) {
    columns_.push_back(table.find(field.name, field.type, field.scale));
    is_text_.push_back(model::is_text(field.type));
  }
}

void FactValues::load(std::uint32_t row) {
  row_ = row;
  ++turn_;
  frame_.bind(values_);
}

Value FactValues::value(std::uint32_t slot) const {
  if (is_absent(slot)) return Value::absent();
  const model::Field& field = kind_.fields[slot];
  const std::int64_t number = raw(slot);
  switch (field.type) {
    case model::FieldType::kString:
    case model::FieldType::kPerson:
      return Value::string(strings_[static_cast<Code>(number)]);
    case model::FieldType::kInteger:
      return Value::integer(number);
    case model::FieldType::kDecimal:
      return Value::decimal(number, field.scale);
    case model::FieldType::kDate:
      return Value::date(static_cast<base::Days>(number));
    case model::FieldType::kInstant:
      return Value::timestamp(number);
    case model::FieldType::kBoolean:
      break;
  }
  return Value::boolean(number != 0);
}

Value FactValues::eval(const language::Program& program) {
  for (const std::uint32_t slot : program.fields()) {
    if (loaded_[slot] == turn_) continue;
    loaded_[slot] = turn_;
    values_[slot] = value(slot);
  }
  return program.eval(frame_);
}

std::string text_of(const Value& value) {
  switch (value.tag()) {
    case language::Tag::kString:
      return std::string(value.text());
    case language::Tag::kAbsent:
    case language::Tag::kError:
    case language::Tag::kNull:
      return "";
    default:
      return language::to_string(value);
  }
}

std::string text_of(std::int64_t number, model::FieldType type, int scale) {
  if (number == model::kAbsent) return "";
  switch (type) {
    case model::FieldType::kDate:
      return base::format_date(static_cast<base::Days>(number));
    case model::FieldType::kInstant:
      return base::format_instant(number);
    case model::FieldType::kBoolean:
      return number != 0 ? "true" : "false";
    case model::FieldType::kDecimal:
      return base::format_scaled(number, scale);
    default:
      return std::to_string(number);
  }
}

}  // namespace passerelle::consolidation
