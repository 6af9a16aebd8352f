// What facts add to the rows of groups, or take away again. Rows lie all over memory: additions
// wait until some hundred are together, so that what they need is fetched at once.
#pragma once

#include <cstdint>
#include <vector>

#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/value_bag.h"

namespace passerelle::consolidation {

// Squares of larger values could leave 128 bits when many are added: such a value counts as a
// failed evaluation.
inline constexpr std::int64_t kSquareArgumentMax = std::int64_t{1} << 53;

inline bool takes(const Measure& measure, std::int64_t value) {
  return measure.squares == kNoOffset ||
         (value <= kSquareArgumentMax && value >= -kSquareArgumentMax);
}

// The statistics that a measure keeps beside its bag, of `count` values.
void set_results(const Measure& measure, const BagPool& bags, GroupStore* store,
                 std::uint32_t group, char* row, BagHandle bag, std::uint32_t count);

class Additions {
 public:
  explicit Additions(BagPool* bags) : bags_(*bags) {}

  // Begins what one fact does to the group of that key (a code per dimension, the packed period).
  // `store` and what is given must outlive apply().
  void begin(GroupStore* store, const std::vector<std::uint32_t>& key, bool minus);
  // A value that the measure takes.
  void give(const Measure& measure, std::int64_t value) { given_.push_back({&measure, value, 0}); }
  void give(const FlagCount& flag) { flags_.push_back(flag.count); }
  bool is_full() const { return waiting_.size() >= kWaitingMax; }
  // Does all of them, in the order in which they came.
  void apply();

 private:
  // Rows of so many, and the values that they add to, lie in a core's own cache.
  static constexpr std::size_t kWaitingMax = 128;

  struct Given {
    const Measure* measure;
    std::int64_t value;
    BagHandle bag = 0;  // that it was likely to go to, before any of them was done
  };
  // Keys, values and flags of one reach to those of the next.
  struct Waiting {
    GroupStore* store = nullptr;
    std::uint64_t hash = 0;
    std::uint32_t key = 0;    // first, in keys_
    std::uint32_t given = 0;  // first, in given_
    std::uint32_t flags = 0;  // first, in flags_
    bool minus = false;
  };

  void prefetch_bags(std::size_t number);
  void apply(std::size_t number);
  void add(const Measure& measure, GroupStore* store, std::uint32_t group, char* row,
           std::int64_t value, bool minus);
  void add_to_bag(const Measure& measure, GroupStore* store, std::uint32_t group, char* row,
                  std::uint32_t before, std::int64_t value, bool minus);
  std::size_t given_end(std::size_t number) const {
    return number + 1 < waiting_.size() ? waiting_[number + 1].given : given_.size();
  }
  std::size_t flags_end(std::size_t number) const {
    return number + 1 < waiting_.size() ? waiting_[number + 1].flags : flags_.size();
  }

  BagPool& bags_;
  std::vector<Waiting> waiting_;
  std::vector<std::uint32_t> keys_;
  std::vector<Given> given_;
  std::vector<Offset> flags_;
};

}  // namespace passerelle::consolidation
