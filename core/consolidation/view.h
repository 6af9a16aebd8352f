// The cells at one revision, for readers on any thread.
#pragma once

#include <memory>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/flow/cells.h"

namespace passerelle::consolidation {

class View final : public flow::CellView {
 public:
  // `plan` may be null: before the first model there are no cuboids.
  View(model::Revision revision, std::shared_ptr<const ModelPlan> plan,
       std::shared_ptr<const Strings> strings, std::vector<GroupSnapshot> groups,
       std::shared_ptr<RetiredPages> pages)
      : revision_(revision),
        plan_(std::move(plan)),
        strings_(std::move(strings)),
        pages_(std::move(pages)),
        groups_(std::move(groups)) {}

  model::Revision revision() const override { return revision_; }
  std::shared_ptr<const model::SteeringModel> steering() const override;
  const std::vector<flow::CuboidInfo>& cuboids() const override;
  std::uint32_t group_count(std::uint32_t cuboid) const override;
  base::Period period(std::uint32_t cuboid, std::uint32_t group) const override;
  std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const override;
  model::CellValue cell(model::CellRef ref) const override;

 private:
  const char* row(std::uint32_t cuboid, std::uint32_t group) const {
    return row_of(plan_->layout(cuboid), groups_[cuboid], group);
  }

  model::Revision revision_;
  std::shared_ptr<const ModelPlan> plan_;
  std::shared_ptr<const Strings> strings_;
  std::shared_ptr<RetiredPages> pages_;  // keeps the pages of groups_ alive
  std::vector<GroupSnapshot> groups_;
};

}  // namespace passerelle::consolidation
