// Sorted multisets of int64, one per (group, aggregate): the state of medians, percentiles, minima,
// maxima, shares and distinct counts. Small ones lie in slabs of doubling size, large ones in
// blocks of their own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/consolidation/blocked_values.h"
#include "core/consolidation/stable_vector.h"

namespace passerelle::consolidation {

// A handle names one multiset; 0 is the empty one. The caller keeps the number of its values.
using BagHandle = std::uint32_t;

class BagPool {
 public:
  BagHandle insert(BagHandle handle, std::uint32_t count, std::int64_t value);
  // `value` must be in it.
  BagHandle erase(BagHandle handle, std::uint32_t count, std::int64_t value);
  // The value of rank 0 .. count - 1.
  std::int64_t at(BagHandle handle, std::uint32_t rank) const;
  std::uint32_t count_le(BagHandle handle, std::uint32_t count, std::int64_t limit) const;
  std::uint32_t distinct(BagHandle handle, std::uint32_t count) const;
  // Many values at once, sorted. Linear in both, but for few against many.
  BagHandle insert_all(BagHandle handle, std::uint32_t count,
                       const std::vector<std::int64_t>& values);
  // `values` must be in it.
  BagHandle erase_all(BagHandle handle, std::uint32_t count,
                      const std::vector<std::int64_t>& values);
  void clear(BagHandle handle) {
    if (handle != 0) release(handle);
  }
  // Appends the values, in order.
  void copy(BagHandle handle, std::uint32_t count, std::vector<std::int64_t>* out) const;
  // What insert() or erase() will look at, some time before, in this order.
  void prefetch(BagHandle handle) const {
    if (handle == 0) return;
    if (class_of(handle) == kLarge) return __builtin_prefetch(large_[index_of(handle)].get());
    for (std::uint32_t i = 0; i < 1U << class_of(handle); i += 8) {
      __builtin_prefetch(values(handle) + i);
    }
  }
  void prefetch_blocks(BagHandle handle) const {
    if (is_large(handle)) large_[index_of(handle)]->prefetch_blocks();
  }
  void prefetch_place(BagHandle handle, std::int64_t value) const {
    if (is_large(handle)) large_[index_of(handle)]->prefetch_place(value);
  }
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kClasses = 7;  // 1, 2, 4 .. 64 values
  static constexpr std::uint32_t kLarge = kClasses;
  static constexpr std::uint32_t kSmallMax = 1U << (kClasses - 1);

  static bool is_large(BagHandle handle) { return handle != 0 && class_of(handle) == kLarge; }
  static std::uint32_t class_of(BagHandle handle) { return (handle >> 28) - 1; }
  static std::uint32_t index_of(BagHandle handle) { return handle & 0x0FFFFFFF; }
  static BagHandle handle_of(std::uint32_t size_class, std::uint32_t index) {
    return ((size_class + 1) << 28) | index;
  }
  // The values of a small one lie side by side: no chunk of a slab ends within them.
  const std::int64_t* values(BagHandle handle) const {
    return &slabs_[class_of(handle)][index_of(handle) << class_of(handle)];
  }
  std::int64_t* values(BagHandle handle) {
    return &slabs_[class_of(handle)][index_of(handle) << class_of(handle)];
  }
  BagHandle allocate(std::uint32_t size_class);
  void release(BagHandle handle);
  BagHandle move_to(std::uint32_t size_class, BagHandle handle, std::uint32_t count);
  BagHandle make_large(BagHandle handle, std::uint32_t count);
  BagHandle make_small(BagHandle handle, std::uint32_t count);
  BagHandle assign(BagHandle handle, const std::vector<std::int64_t>& sorted);

  std::array<StableVector<std::int64_t>, kClasses> slabs_;
  std::array<std::vector<std::uint32_t>, kClasses + 1> free_;
  std::vector<std::unique_ptr<BlockedValues>> large_;
};

}  // namespace passerelle::consolidation
