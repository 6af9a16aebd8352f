// The cells at one revision: a snapshot for readers on any thread, or in place for the one that
// folds.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

// What both have in common: rows that know how to become cells.
class RowsView : public flow::CellView {
 public:
  model::Revision revision() const override { return revision_; }
  std::shared_ptr<const model::SteeringModel> steering() const override;
  const std::vector<flow::CuboidInfo>& cuboids() const override;
  base::Period period(std::uint32_t cuboid, std::uint32_t group) const override;
  std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const override;
  model::CellValue cell(model::CellRef ref) const override;

 protected:
  // `plan` may be null: before the first model there are no cuboids.
  RowsView(model::Revision revision, const ModelPlan* plan,
           std::shared_ptr<const model::SteeringModel> steering, const Strings& strings)
      : revision_(revision), plan_(plan), steering_(std::move(steering)), strings_(strings) {}
  virtual RowView row(std::uint32_t cuboid, std::uint32_t group) const = 0;

  model::Revision revision_;
  const ModelPlan* plan_;
  std::shared_ptr<const model::SteeringModel> steering_;
  const Strings& strings_;
};

class View final : public RowsView {
 public:
  View(model::Revision revision, std::shared_ptr<const ModelPlan> plan,
       std::shared_ptr<const model::SteeringModel> steering, std::shared_ptr<const Strings> strings,
       std::vector<GroupSnapshot> groups, std::shared_ptr<RetiredPages> pages)
      : RowsView(revision, plan.get(), std::move(steering), *strings),
        held_plan_(std::move(plan)),
        held_strings_(std::move(strings)),
        pages_(std::move(pages)),
        groups_(std::move(groups)) {}

  std::uint32_t group_count(std::uint32_t cuboid) const override { return groups_[cuboid].groups; }

 private:
  RowView row(std::uint32_t cuboid, std::uint32_t group) const override {
    const GroupSnapshot& groups = groups_[cuboid];
    return {row_of(plan_->layout(cuboid), groups, group), group, groups.promoted.get()};
  }

  std::shared_ptr<const ModelPlan> held_plan_;
  std::shared_ptr<const Strings> held_strings_;
  std::shared_ptr<RetiredPages> pages_;  // keeps the pages of groups_ alive
  std::vector<GroupSnapshot> groups_;
};

class LiveView final : public RowsView {
 public:
  LiveView(model::Revision revision, const ModelPlan* plan,
           std::shared_ptr<const model::SteeringModel> steering, const Strings& strings,
           std::span<const std::unique_ptr<GroupStore>> stores)
      : RowsView(revision, plan, std::move(steering), strings), stores_(stores) {}

  std::uint32_t group_count(std::uint32_t cuboid) const override { return stores_[cuboid]->size(); }

 private:
  RowView row(std::uint32_t cuboid, std::uint32_t group) const override {
    const GroupStore& store = *stores_[cuboid];
    return {store.row(group), group, store.promoted()};
  }

  std::span<const std::unique_ptr<GroupStore>> stores_;
};

}  // namespace passerelle::consolidation
