// The cells as they are published: those of the fold, the closed ones as they were closed.
#pragma once

#include <memory>
#include <vector>

#include "core/consolidation/seals.h"
#include "core/flow/alert.h"

namespace passerelle::consolidation {

class ShownView final : public flow::CellView {
 public:
  // `held` keeps `cells` alive; null: its owner does.
  ShownView(const flow::CellView& cells, std::shared_ptr<const flow::CellView> held, Seals seals,
            std::shared_ptr<const flow::Alerts> alerts)
      : cells_(cells),
        held_(std::move(held)),
        seals_(std::move(seals)),
        alerts_(std::move(alerts)) {}

  model::Revision revision() const override { return cells_.revision(); }
  std::shared_ptr<const model::SteeringModel> steering() const override {
    return cells_.steering();
  }
  const std::vector<flow::CuboidInfo>& cuboids() const override { return cells_.cuboids(); }
  std::uint32_t group_count(std::uint32_t cuboid) const override {
    return cells_.group_count(cuboid);
  }
  base::Period period(std::uint32_t cuboid, std::uint32_t group) const override {
    return cells_.period(cuboid, group);
  }
  std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const override {
    return cells_.values(cuboid, group);
  }
  model::CellValue cell(model::CellRef ref) const override {
    return seals_.shown(ref, cells_.cell(ref));
  }
  const flow::CellView& unclosed() const override { return cells_; }
  std::shared_ptr<const flow::Alerts> alerts() const override { return alerts_; }

 private:
  const flow::CellView& cells_;
  std::shared_ptr<const flow::CellView> held_;
  Seals seals_;
  std::shared_ptr<const flow::Alerts> alerts_;
};

}  // namespace passerelle::consolidation
