#include "core/consolidation/value_bag.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace passerelle::consolidation {
namespace {

// One value among many costs as much as looking at so many of them.
constexpr std::size_t kFewAgainst = 32;

}  // namespace

BagHandle BagPool::allocate(std::uint32_t size_class) {
  std::vector<std::uint32_t>& free = free_[size_class];
  if (!free.empty()) {
    const std::uint32_t index = free.back();
    free.pop_back();
    return handle_of(size_class, index);
  }
  if (size_class == kLarge) {
    large_.push_back(nullptr);
    return handle_of(kLarge, static_cast<std::uint32_t>(large_.size() - 1));
  }
  StableVector<std::int64_t>& slab = slabs_[size_class];
  const std::uint32_t index = slab.size() >> size_class;
  slab.grow_to(slab.size() + (1U << size_class));
  return handle_of(size_class, index);
}

void BagPool::release(BagHandle handle) {
  if (class_of(handle) == kLarge) large_[index_of(handle)].reset();
  free_[class_of(handle)].push_back(index_of(handle));
}

BagHandle BagPool::move_to(std::uint32_t size_class, BagHandle handle, std::uint32_t count) {
  const BagHandle moved = allocate(size_class);
  std::copy_n(values(handle), count, values(moved));
  release(handle);
  return moved;
}

BagHandle BagPool::make_large(BagHandle handle, std::uint32_t count) {
  const BagHandle made = allocate(kLarge);
  large_[index_of(made)] = std::make_unique<BlockedValues>();
  large_[index_of(made)]->assign(values(handle), count);
  release(handle);
  return made;
}

BagHandle BagPool::make_small(BagHandle handle, std::uint32_t count) {
  const BagHandle made = allocate(kClasses - 1);
  std::vector<std::int64_t> all;
  all.reserve(count);
  large_[index_of(handle)]->copy(&all);
  std::copy(all.begin(), all.end(), values(made));
  release(handle);
  return made;
}

BagHandle BagPool::insert(BagHandle handle, std::uint32_t count, std::int64_t value_in) {
  if (handle == 0) {
    handle = allocate(0);
    *values(handle) = value_in;
    return handle;
  }
  if (class_of(handle) != kLarge && count == 1U << class_of(handle)) {
    handle = count == kSmallMax ? make_large(handle, count)
                                : move_to(class_of(handle) + 1, handle, count);
  }
  if (class_of(handle) == kLarge) {
    large_[index_of(handle)]->insert(value_in);
    return handle;
  }
  std::int64_t* all = values(handle);
  std::int64_t* at = std::lower_bound(all, all + count, value_in);
  std::copy_backward(at, all + count, all + count + 1);
  *at = value_in;
  return handle;
}

BagHandle BagPool::erase(BagHandle handle, std::uint32_t count, std::int64_t value_out) {
  if (class_of(handle) == kLarge) {
    large_[index_of(handle)]->erase(value_out);
    // Half of what made it large, so that one value coming and going does not copy it each time.
    return count - 1 <= kSmallMax / 2 ? make_small(handle, count - 1) : handle;
  }
  std::int64_t* all = values(handle);
  std::int64_t* at = std::lower_bound(all, all + count, value_out);
  std::copy(at + 1, all + count, at);
  if (count == 1) {
    release(handle);
    return 0;
  }
  const std::uint32_t size_class = class_of(handle);
  if (size_class > 0 && count - 1 <= (1U << size_class) / 4) {
    return move_to(size_class - 1, handle, count - 1);
  }
  return handle;
}

BagHandle BagPool::assign(BagHandle handle, const std::vector<std::int64_t>& sorted) {
  if (handle != 0) release(handle);
  if (sorted.empty()) return 0;
  const auto count = static_cast<std::uint32_t>(sorted.size());
  if (count > kSmallMax) {
    const BagHandle made = allocate(kLarge);
    large_[index_of(made)] = std::make_unique<BlockedValues>();
    large_[index_of(made)]->assign(sorted.data(), count);
    return made;
  }
  const BagHandle made = allocate(static_cast<std::uint32_t>(std::bit_width(count - 1)));
  std::copy(sorted.begin(), sorted.end(), values(made));
  return made;
}

void BagPool::copy(BagHandle handle, std::uint32_t count, std::vector<std::int64_t>* out) const {
  if (handle == 0) return;
  if (class_of(handle) == kLarge) return large_[index_of(handle)]->copy(out);
  out->insert(out->end(), values(handle), values(handle) + count);
}

BagHandle BagPool::insert_all(BagHandle handle, std::uint32_t count,
                              const std::vector<std::int64_t>& values_in) {
  if (values_in.size() * kFewAgainst < count) {
    for (const std::int64_t value : values_in) handle = insert(handle, count++, value);
    return handle;
  }
  std::vector<std::int64_t> before;
  before.reserve(count);
  copy(handle, count, &before);
  std::vector<std::int64_t> after(count + values_in.size());
  std::merge(before.begin(), before.end(), values_in.begin(), values_in.end(), after.begin());
  return assign(handle, after);
}

BagHandle BagPool::erase_all(BagHandle handle, std::uint32_t count,
                             const std::vector<std::int64_t>& values_out) {
  if (values_out.size() * kFewAgainst < count) {
    for (const std::int64_t value : values_out) handle = erase(handle, count--, value);
    return handle;
  }
  std::vector<std::int64_t> before;
  before.reserve(count);
  copy(handle, count, &before);
  std::vector<std::int64_t> after;
  after.reserve(count - values_out.size());
  std::set_difference(before.begin(), before.end(), values_out.begin(), values_out.end(),
                      std::back_inserter(after));
  return assign(handle, after);
}

std::int64_t BagPool::at(BagHandle handle, std::uint32_t rank) const {
  return class_of(handle) == kLarge ? large_[index_of(handle)]->at(rank) : values(handle)[rank];
}

std::uint32_t BagPool::count_le(BagHandle handle, std::uint32_t count, std::int64_t limit) const {
  if (handle == 0) return 0;
  if (class_of(handle) == kLarge) return large_[index_of(handle)]->count_le(limit);
  const std::int64_t* all = values(handle);
  return static_cast<std::uint32_t>(std::upper_bound(all, all + count, limit) - all);
}

std::uint32_t BagPool::distinct(BagHandle handle, std::uint32_t count) const {
  if (handle == 0) return 0;
  if (class_of(handle) == kLarge) return large_[index_of(handle)]->distinct();
  const std::int64_t* all = values(handle);
  std::uint32_t found = 1;
  for (std::uint32_t i = 1; i < count; ++i) found += all[i] != all[i - 1];
  return found;
}

std::size_t BagPool::bytes() const {
  std::size_t bytes = 0;
  for (const auto& slab : slabs_) bytes += slab.bytes();
  for (const auto& values : large_) bytes += values ? values->bytes() : 0;
  return bytes;
}

}  // namespace passerelle::consolidation
