#include "core/intake/quantities.h"

#include "core/base/calendar.h"
#include "core/base/decimal.h"

namespace passerelle::intake {
namespace {

constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31

}  // namespace

Rescaled rescale(std::int64_t value, int from, int to, std::int64_t* out) {
  if (from <= to) {
    const bool overflow = __builtin_mul_overflow(value, base::power_of_ten(to - from), out);
    return overflow || *out == model::kAbsent ? Rescaled::kTooLarge : Rescaled::kExact;
  }
  const std::int64_t divisor = base::power_of_ten(from - to);
  *out = value / divisor;
  return value % divisor == 0 ? Rescaled::kExact : Rescaled::kNotExact;
}

bool is_in_range(model::FieldType type, std::int64_t value) {
  switch (type) {
    case model::FieldType::kDate:
      return value >= kFirstDay && value <= kLastDay;
    case model::FieldType::kInstant:
      return value >= kFirstDay * base::kMicrosPerDay &&
             value < (kLastDay + 1) * base::kMicrosPerDay;
    case model::FieldType::kBoolean:
      return value == 0 || value == 1;
    default:
      return true;
  }
}

std::string shown_number(model::FieldType type, int scale, std::int64_t value) {
  if (!is_in_range(type, value)) return std::to_string(value);
  switch (type) {
    case model::FieldType::kDate:
      return base::format_date(static_cast<base::Days>(value));
    case model::FieldType::kInstant:
      return base::format_instant(value);
    case model::FieldType::kDecimal:
      return base::format_scaled(value, scale);
    default:
      return std::to_string(value);
  }
}

}  // namespace passerelle::intake
