// The current layout of cells, in the ledger's numbers. Writer's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/flow/cells.h"
#include "core/publication/ledger.h"
#include "core/publication/ledger_codec.h"
#include "core/publication/ledger_names.h"
#include "core/publication/published.h"

namespace passerelle::publication {

struct LedgerLayout {
  struct Cuboid {
    std::uint32_t grouping = 0;
    std::vector<std::uint32_t> indicators;  // by place in the cuboid
    std::vector<std::uint32_t> groups;      // by group; kNoLedgerId: not looked up yet
  };
  std::vector<Cuboid> cuboids;
};

// Gives names numbers, new ones too, and notes these in the record that will introduce them.
class Numbering {
 public:
  // `change_names` runs a function that changes the names, under the lock readers take. New names
  // go to `record`.
  Numbering(LedgerNames& names, LedgerRecord* record,
            std::function<void(const std::function<void()>&)> change_names)
      : names_(names), record_(*record), change_names_(std::move(change_names)) {}

  LedgerLayout layout_of(const flow::CellView& view);
  // Numbers the groups that a delta names.
  void take_names(const flow::GroupNames& names, LedgerLayout* layout);
  std::uint32_t group(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group,
                      LedgerLayout* layout);
  // What a model switch changed: every cell of `before` (null: none) and `after` that differs.
  void diff(const flow::CellView* before, LedgerLayout* before_layout, const flow::CellView& after,
            LedgerLayout* after_layout, std::vector<AppliedChange>* changes);

  // Every cell of `after` that differs from what was published last, in its layout's order; then
  // those that it does not have (`gone`), by number.
  std::vector<AppliedChange> compare(PublishedCells published, const flow::CellView& after,
                                     LedgerLayout* layout);

  std::vector<Applied::Fresh>& fresh() { return fresh_; }

 private:
  // The number of a group with these words, a new one if it has none.
  std::uint32_t number_of(NewGroup group);

  LedgerNames& names_;
  LedgerRecord& record_;
  std::function<void(const std::function<void()>&)> change_names_;
  std::vector<Applied::Fresh> fresh_;
};

}  // namespace passerelle::publication
