// A large sorted multiset: blocks of at most 128 values, and where each begins side by side, so
// that a search looks at few far places. A finger remembers where the last rank was: medians move
// little from one change to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace passerelle::consolidation {

class BlockedValues {
 public:
  BlockedValues() = default;
  BlockedValues(const BlockedValues&) = delete;
  BlockedValues& operator=(const BlockedValues&) = delete;
  ~BlockedValues() { clear(); }

  // Sorted ones.
  void assign(const std::int64_t* values, std::uint32_t count);
  void insert(std::int64_t value);
  void erase(std::int64_t value);  // must be there
  // By the thread that changes it only: it moves the finger.
  std::int64_t at(std::uint32_t rank) const;
  std::uint32_t count_le(std::int64_t limit) const;
  std::uint32_t distinct() const { return distinct_; }
  void copy(std::vector<std::int64_t>* out) const;
  std::size_t bytes() const;
  // What insert() and erase() will look at, some time before: first the blocks, then, when these
  // have come, the values among which `value` lies and those of the last rank.
  void prefetch_blocks() const;
  void prefetch_place(std::int64_t value) const;

 private:
  struct Block {
    std::int64_t first = 0;  // values[0]
    std::int64_t* values = nullptr;
    std::uint32_t count = 0;  // 1 .. kBlockMax
    std::uint32_t capacity = 0;
  };
  static constexpr std::uint32_t kBlockMax = 128;
  static constexpr std::uint32_t kStep = 32;  // of capacities

  void clear();
  static void hold(Block* block, std::uint32_t count);
  std::size_t block_of(std::int64_t value) const;
  void split(std::size_t number);

  std::vector<Block> blocks_;
  std::uint32_t distinct_ = 0;
  // A block, and the values before it.
  mutable std::uint32_t finger_ = 0;
  mutable std::uint32_t before_ = 0;
};

}  // namespace passerelle::consolidation
