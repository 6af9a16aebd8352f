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
  CellTexts cells() const;

 private:
  struct Fact;
  std::vector<Fact> facts_of_records() const;

  ModelCase model_;
  std::map<std::pair<bool, int>, RecordCase> records_;  // by connector and id
};

// The cell that an explanation's leaves make, from nothing else; without flags.
std::string made_of_leaves(const IndicatorCase& indicator, const Explanation& explanation);

}  // namespace passerelle::consolidation
