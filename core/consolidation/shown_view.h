// The cells as they are published: those of the fold, the closed ones as they were closed.
#pragma once

#include <memory>
#include <vector>

#include "core/consolidation/seals.h"
#include "core/flow/alert.h"
#include "core/flow/wrapped_view.h"

namespace passerelle::consolidation {

class ShownView final : public flow::WrappedView {
 public:
  ShownView(const flow::CellView& cells, std::shared_ptr<const flow::CellView> held, Seals seals,
            std::shared_ptr<const flow::Alerts> alerts)
      : WrappedView(cells, std::move(held)), seals_(std::move(seals)), alerts_(std::move(alerts)) {}

  model::CellValue cell(model::CellRef ref) const override {
    return seals_.shown(ref, cells().cell(ref));
  }
  const flow::CellView& unclosed() const override { return cells(); }
  std::shared_ptr<const flow::Alerts> alerts() const override { return alerts_; }

 private:
  Seals seals_;
  std::shared_ptr<const flow::Alerts> alerts_;
};

}  // namespace passerelle::consolidation
