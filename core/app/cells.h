// Single cells of a view, found by name and written as text.
#pragma once

#include <map>
#include <string>

#include "core/flow/cells.h"

namespace passerelle::app {

// Absent too where the view does not publish such a cell. Looks at every group of its cuboid.
model::CellValue cell_of(const flow::CellView& view, const std::string& indicator,
                         const std::map<std::string, std::string>& dimensions, base::Period period);

// "82.7", "na ZERO_DEN", "absent"; plain, for every language.
std::string plain_text(const model::CellValue& value);

}  // namespace passerelle::app
