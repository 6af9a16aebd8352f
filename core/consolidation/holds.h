// Small counts between two revisions: what one record adds to a total tells of that record. So
// cells of indicators with `suppress_below`, and those made of them, keep the value they had until
// the sources are complete again: the commit that ends the last open scope, or in which a source
// says how far it is complete; a Tick, for sources that say neither; and what administrators do to
// the model and to closings. What is held is what readers see: views, deltas, alerts.
#pragma once

#include <cstdint>
#include <vector>

#include "core/consolidation/cell_words.h"
#include "core/consolidation/seals.h"
#include "core/flow/wrapped_view.h"

namespace passerelle::consolidation {

class Holds {
 public:
  // Whether the model has such indicators, and whether some of their cells are held.
  bool watches() const { return watches_; }
  bool any() const { return !held_.empty(); }
  bool holds(model::CellRef ref) const { return held_.find(ref) != nullptr; }
  model::CellValue shown(model::CellRef ref, const model::CellValue& live) const;

  // Takes the cells that keep their value out of what a commit changed.
  void keep(std::vector<flow::CellChange>* changes);
  // Adds what has changed since the values were kept.
  void release(const flow::CellView& live, std::vector<flow::CellChange>* changes);

  // In another layout: nothing is held in it but what was loaded.
  void bind(const Fold& fold, Strings* strings);
  // Section "holds" of a checkpoint; what was loaded is in force after bind().
  Status save(const flow::CellView* live, const SectionSink& sink) const;
  bool load(StateReader* in);

 private:
  struct Lost {
    CellWords words;
    model::CellValue value;
  };
  bool is_personal(model::CellRef ref) const {
    return (personal_[ref.cuboid] >> ref.indicator & 1) != 0;
  }

  bool watches_ = false;
  std::vector<std::uint64_t> personal_;  // by cuboid: bits of indicators
  Seals held_;
  std::vector<Lost> loaded_;
};

// The cells with what is held; for readers, who see closings over it.
class HeldView final : public flow::WrappedView {
 public:
  HeldView(const flow::CellView& cells, std::shared_ptr<const flow::CellView> held, Holds holds)
      : WrappedView(cells, std::move(held)), holds_(std::move(holds)) {}

  model::CellValue cell(model::CellRef ref) const override {
    return holds_.shown(ref, cells().cell(ref));
  }

 private:
  Holds holds_;
};

}  // namespace passerelle::consolidation
