#include "core/consolidation/view.h"

namespace passerelle::consolidation {

std::shared_ptr<const model::SteeringModel> View::steering() const {
  return plan_ ? plan_->model() : nullptr;
}

const std::vector<flow::CuboidInfo>& View::cuboids() const {
  static const std::vector<flow::CuboidInfo> none;
  return plan_ ? plan_->infos() : none;
}

std::uint32_t View::group_count(std::uint32_t cuboid) const { return groups_[cuboid].groups; }

base::Period View::period(std::uint32_t cuboid, std::uint32_t group) const {
  const CuboidLayout& layout = plan_->layout(cuboid);
  const auto at = static_cast<Offset>(layout.key + layout.dimensions() * sizeof(Code));
  return base::Period::from_packed(load<std::uint32_t>(row(cuboid, group), at));
}

std::vector<std::string_view> View::values(std::uint32_t cuboid, std::uint32_t group) const {
  const CuboidLayout& layout = plan_->layout(cuboid);
  const char* found = row(cuboid, group);
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < layout.dimensions(); ++i) {
    const auto at = static_cast<Offset>(layout.key + i * sizeof(Code));
    values.push_back((*strings_)[load<Code>(found, at)]);
  }
  return values;
}

model::CellValue View::cell(model::CellRef ref) const {
  const GroupSnapshot& groups = groups_[ref.cuboid];
  const RowView view{row(ref.cuboid, ref.group), ref.group, groups.promoted.get()};
  return finalise(plan_->layout(ref.cuboid), ref.indicator, view);
}

}  // namespace passerelle::consolidation
