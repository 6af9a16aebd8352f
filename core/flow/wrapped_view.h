// A view over another one that shows some of its cells otherwise: cuboids, groups and words are the
// same.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/flow/cells.h"

namespace passerelle::flow {

class WrappedView : public CellView {
 public:
  model::Revision revision() const override { return cells_.revision(); }
  std::shared_ptr<const model::SteeringModel> steering() const override {
    return cells_.steering();
  }
  const std::vector<CuboidInfo>& cuboids() const override { return cells_.cuboids(); }
  std::uint32_t group_count(std::uint32_t cuboid) const override {
    return cells_.group_count(cuboid);
  }
  base::Period period(std::uint32_t cuboid, std::uint32_t group) const override {
    return cells_.period(cuboid, group);
  }
  std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const override {
    return cells_.values(cuboid, group);
  }

 protected:
  // `held` keeps `cells` alive; null: its owner does.
  WrappedView(const CellView& cells, std::shared_ptr<const CellView> held)
      : cells_(cells), held_(std::move(held)) {}
  const CellView& cells() const { return cells_; }

 private:
  const CellView& cells_;
  std::shared_ptr<const CellView> held_;
};

}  // namespace passerelle::flow
