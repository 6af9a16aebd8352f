// The totals of the shared data, computed from the raw files by another program.
#pragma once

#include <cstdint>
#include <string>

#include "core/formats/json.h"

namespace passerelle::finance_totem::testing {

formats::Json expected_values(const std::string& data);
// A text such as "191602651.45" as cents (or whatever `scale`).
std::int64_t scaled(const formats::Json& value, int scale = 2);

}  // namespace passerelle::finance_totem::testing
