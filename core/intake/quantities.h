// Exact conversions between quantities, and values as text for rejects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/record.h"

namespace passerelle::intake {

enum class Rescaled { kExact, kNotExact, kTooLarge };

// `value` in 10^-from units as one in 10^-to units. Scales are 0 to base::kScaleMax.
Rescaled rescale(std::int64_t value, int from, int to, std::int64_t* out);

// Whether a number of that type means something: a day of the years 1 to 9999, 0 or 1.
bool is_in_range(model::FieldType type, std::int64_t value);

// As a person would write it.
std::string shown_number(model::FieldType type, int scale, std::int64_t value);

}  // namespace passerelle::intake
