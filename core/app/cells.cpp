#include "core/app/cells.h"

#include <algorithm>

#include "core/base/decimal.h"
#include "core/steering/model_test.h"

namespace passerelle::app {
namespace {

bool has_dimensions(const flow::CuboidInfo& info,
                    const std::map<std::string, std::string>& dimensions) {
  return std::equal(info.dimensions.begin(), info.dimensions.end(), dimensions.begin(),
                    dimensions.end(),
                    [](const std::string& name, const auto& pair) { return name == pair.first; });
}

}  // namespace

model::CellValue cell_of(const flow::CellView& view, const std::string& indicator,
                         const std::map<std::string, std::string>& dimensions,
                         base::Period period) {
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    const flow::CuboidInfo& info = view.cuboids()[cuboid];
    const auto at = std::find(info.indicators.begin(), info.indicators.end(), indicator);
    if (at == info.indicators.end() || info.grain != period.grain() ||
        !has_dimensions(info, dimensions)) {
      continue;
    }
    for (std::uint32_t group = 0; group < view.group_count(cuboid); ++group) {
      if (view.period(cuboid, group) != period) continue;
      const auto values = view.values(cuboid, group);
      const bool same =
          std::equal(values.begin(), values.end(), dimensions.begin(), dimensions.end(),
                     [](std::string_view value, const auto& pair) { return value == pair.second; });
      if (!same) continue;
      return view.cell({cuboid, group, static_cast<std::uint16_t>(at - info.indicators.begin())});
    }
  }
  return {};
}

std::string plain_text(const model::CellValue& value) {
  if (value.absent) return "absent";
  if (value.na == model::NaReason::kNone) return base::format_scaled(value.scaled, value.scale);
  return "na " + std::string(steering::to_string(value.na));
}

}  // namespace passerelle::app
