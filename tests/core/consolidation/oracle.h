// What the cells must be, computed anew from every record by the plainest means: no incremental
// state, no code of the fold or of the expression language.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/core/consolidation/random_case.h"

namespace passerelle::consolidation {

class Oracle {
 public:
  explicit Oracle(ModelCase model) : model_(std::move(model)) {}
  void switch_to(ModelCase model) { model_ = std::move(model); }
  void take(const RecordCase& record);
  // Today is that day from now on; until the first, units are where they come to be.
  void tick(int day) { today_ = day; }
  CellTexts cells() const;

 private:
  struct Fact;
  std::vector<Fact> facts_of_records() const;
  // With the organisation of a view; "": that of each fact's day.
  void add_cells(const IndicatorCase& indicator, const std::string& id, const std::string& view,
                 const std::vector<Fact>& facts, CellTexts* out) const;

  ModelCase model_;
  int today_ = kDays;
  std::map<std::pair<bool, int>, RecordCase> records_;  // by connector and id
};

// The cell that an explanation's leaves make, from nothing else; without flags.
std::string made_of_leaves(const IndicatorCase& indicator, const Explanation& explanation);

}  // namespace passerelle::consolidation
