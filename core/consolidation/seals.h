// Cells whose published value is not simply the live one: closed cells, and those that were closed
// and reopened. Copies share their contents, so that a view keeps what was sealed at its revision.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/cell.h"

namespace passerelle::consolidation {

struct Seal {
  model::CellRef ref;
  model::CellValue value;     // as it was closed
  bool is_closed = true;      // false: reopened since
  model::Revision since = 0;  // of the closing; 0: the cell did not exist then
};

class Seals {
 public:
  bool empty() const { return base_ == nullptr && extra_ == nullptr && open_ == nullptr; }
  const Seal* find(model::CellRef ref) const;
  // Of a cell that has none.
  void add(const Seal& seal);
  // Sorted by place.
  std::vector<Seal> all() const;
  void assign(std::vector<Seal> seals);
  // Cells that are PROVISIONAL as long as they are not closed: bits of indicators, by cuboid. Null:
  // none are.
  using Open = std::vector<std::uint64_t>;
  void set_open(std::shared_ptr<const Open> open) { open_ = std::move(open); }
  bool is_provisional(model::CellRef ref) const {
    return open_ != nullptr && ((*open_)[ref.cuboid] >> ref.indicator & 1) != 0;
  }
  // What is published of a cell whose live value this is.
  model::CellValue shown(model::CellRef ref, const model::CellValue& live) const;
  // The same, not PROVISIONAL for being open: what a closing holds.
  model::CellValue held(model::CellRef ref, const model::CellValue& live) const;

 private:
  using List = std::vector<Seal>;  // sorted
  std::shared_ptr<const List> base_;
  std::shared_ptr<const List> extra_;  // added since, few
  std::shared_ptr<const Open> open_;
};

// Whether the two say something else: n, status and flags aside.
bool differs(const model::CellValue& a, const model::CellValue& b);

}  // namespace passerelle::consolidation
