#include "core/consolidation/view.h"

namespace passerelle::consolidation {

std::shared_ptr<const model::SteeringModel> RowsView::steering() const { return steering_; }

const std::vector<flow::CuboidInfo>& RowsView::cuboids() const {
  static const std::vector<flow::CuboidInfo> none;
  return plan_ != nullptr ? plan_->infos() : none;
}

base::Period RowsView::period(std::uint32_t cuboid, std::uint32_t group) const {
  const CuboidLayout& layout = plan_->layout(cuboid);
  const auto at = static_cast<Offset>(layout.key + layout.dimensions() * sizeof(Code));
  return base::Period::from_packed(load<std::uint32_t>(row(cuboid, group).row, at));
}

std::vector<std::string_view> RowsView::values(std::uint32_t cuboid, std::uint32_t group) const {
  const CuboidLayout& layout = plan_->layout(cuboid);
  const char* found = row(cuboid, group).row;
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < layout.dimensions(); ++i) {
    const auto at = static_cast<Offset>(layout.key + i * sizeof(Code));
    values.push_back(strings_[load<Code>(found, at)]);
  }
  return values;
}

model::CellValue RowsView::cell(model::CellRef ref) const {
  return finalise(plan_->layout(ref.cuboid), ref.indicator, row(ref.cuboid, ref.group));
}

}  // namespace passerelle::consolidation
