// Small counts, commit by commit: the cells of the periods that a commit touched are looked at
// again, and what is hidden of them is noted in their rows (CellPlan::hidden).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/suppression.h"

namespace passerelle::consolidation {

// One family, over all its periods.
class Suppressor {
 public:
  Suppressor(const SuppressionFamily& family, const Strings& strings)
      : family_(&family), strings_(&strings) {}
  // After all values of the commit, before what is made of other cells and statuses.
  void settle(const GroupStores& stores);
  // Periods in which the limits left nothing but the coarsest cells.
  std::size_t coarsened() const { return coarsened_.size(); }

 private:
  // Where it is noted that a cell is hidden.
  struct Mark {
    std::uint32_t cuboid;
    std::uint32_t group;
    Offset at;
    auto operator<=>(const Mark&) const = default;
  };
  // A group of the finest kind that has facts, its texts as ranks, its period last.
  using RankedKey = std::vector<std::uint32_t>;
  // The keys of a table's cells, with codes instead of ranks.
  struct Keyed {
    SuppressionTable table;
    std::vector<std::vector<std::uint32_t>> keys;
    std::size_t places = 0;  // atoms times publications
  };

  void follow(const GroupStore& atoms);
  std::vector<RankedKey> atoms_of(std::uint32_t system, const GroupStore& atoms,
                                  std::vector<Code>* codes) const;
  Keyed table_of(const std::vector<RankedKey>& atoms, const std::vector<Code>& codes) const;
  void count(const GroupStores& stores, Keyed* keyed) const;
  void settle(std::uint32_t system, const GroupStores& stores);
  void note(std::uint32_t system, std::vector<Mark> marks, const GroupStores& stores);

  const SuppressionFamily* family_;
  const Strings* strings_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> groups_;  // of atoms, by system
  std::uint32_t followed_ = 0;
  std::map<std::uint32_t, std::vector<Mark>> marks_;  // by system; sorted
  std::set<std::uint32_t> coarsened_;                 // systems
};

}  // namespace passerelle::consolidation
