#include "core/consolidation/blocked_values.h"

#include <algorithm>
#include <cstdlib>

namespace passerelle::consolidation {

void BlockedValues::clear() {
  for (const Block& block : blocks_) std::free(block.values);
  blocks_.clear();
  distinct_ = finger_ = before_ = 0;
}

void BlockedValues::prefetch_blocks() const {
  constexpr std::size_t kLineBlocks = 64 / sizeof(Block);
  constexpr std::size_t kLinesMax = 8;
  for (std::size_t i = 0; i < blocks_.size() && i < kLinesMax * kLineBlocks; i += kLineBlocks) {
    __builtin_prefetch(blocks_.data() + i);
  }
}

void BlockedValues::prefetch_place(std::int64_t value) const {
  if (blocks_.empty()) return;
  constexpr std::uint32_t kLineValues = 64 / sizeof(std::int64_t);
  const Block& block = blocks_[block_of(value)];
  for (std::uint32_t i = 0; i <= block.count; i += kLineValues) {
    __builtin_prefetch(block.values + i);
  }
  __builtin_prefetch(blocks_[finger_].values + blocks_[finger_].count / 2);
}

// Makes room for so many.
void BlockedValues::hold(Block* block, std::uint32_t count) {
  const std::uint32_t capacity = (count + kStep - 1) / kStep * kStep;
  if (capacity == block->capacity) return;
  block->values =
      static_cast<std::int64_t*>(std::realloc(block->values, capacity * sizeof(std::int64_t)));
  if (block->values == nullptr) std::abort();
  block->capacity = capacity;
}

void BlockedValues::assign(const std::int64_t* values, std::uint32_t count) {
  clear();
  constexpr std::uint32_t kFill = kBlockMax / 4 * 3;
  for (std::uint32_t from = 0; from < count; from += kFill) {
    Block block;
    block.first = values[from];
    block.count = std::min(count - from, kFill);
    hold(&block, block.count);
    std::copy_n(values + from, block.count, block.values);
    blocks_.push_back(block);
  }
  for (std::uint32_t i = 0; i < count; ++i) distinct_ += i == 0 || values[i] != values[i - 1];
}

// The last block that begins at or before `value`: an equal value, if any, is in it.
std::size_t BlockedValues::block_of(std::int64_t value) const {
  std::size_t low = 0;
  std::size_t high = blocks_.size();
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (blocks_[middle].first <= value ? low : high) = middle;
  }
  return low;
}

void BlockedValues::split(std::size_t number) {
  Block upper;
  upper.count = kBlockMax / 2;
  hold(&upper, upper.count);
  Block& lower = blocks_[number];
  std::copy_n(lower.values + lower.count - upper.count, upper.count, upper.values);
  upper.first = upper.values[0];
  lower.count -= upper.count;
  hold(&lower, lower.count);
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(number) + 1, upper);
  if (finger_ > number) ++finger_;
}

void BlockedValues::insert(std::int64_t value) {
  if (blocks_.empty()) return assign(&value, 1);
  std::size_t number = block_of(value);
  if (blocks_[number].count == kBlockMax) {
    split(number);
    number = block_of(value);
  }
  Block& block = blocks_[number];
  hold(&block, block.count + 1);
  std::int64_t* end = block.values + block.count;
  std::int64_t* at = std::lower_bound(block.values, end, value);
  distinct_ += at == end || *at != value;
  std::copy_backward(at, end, end + 1);
  *at = value;
  block.first = block.values[0];
  ++block.count;
  if (number < finger_) ++before_;
}

void BlockedValues::erase(std::int64_t value) {
  const std::size_t number = block_of(value);
  Block& block = blocks_[number];
  std::int64_t* end = block.values + block.count;
  std::int64_t* at = std::lower_bound(block.values, end, value);
  std::copy(at + 1, end, at);
  --block.count;
  const bool here = at != end - 1 && *at == value;
  const bool before =
      number > 0 && blocks_[number - 1].values[blocks_[number - 1].count - 1] == value;
  distinct_ -= !here && !before;
  if (number < finger_) --before_;
  if (block.count > 0) {
    block.first = block.values[0];
    return hold(&block, block.count);
  }
  std::free(block.values);
  blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(number));
  if (number < finger_) --finger_;
  if (finger_ >= blocks_.size()) finger_ = before_ = 0;
}

std::int64_t BlockedValues::at(std::uint32_t rank) const {
  if (rank < before_ / 2) finger_ = before_ = 0;
  while (rank < before_) before_ -= blocks_[--finger_].count;
  while (rank - before_ >= blocks_[finger_].count) before_ += blocks_[finger_++].count;
  return blocks_[finger_].values[rank - before_];
}

std::uint32_t BlockedValues::count_le(std::int64_t limit) const {
  if (blocks_.empty() || blocks_.front().first > limit) return 0;
  const std::size_t last = block_of(limit);
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < last; ++i) count += blocks_[i].count;
  const Block& block = blocks_[last];
  return count +
         static_cast<std::uint32_t>(
             std::upper_bound(block.values, block.values + block.count, limit) - block.values);
}

void BlockedValues::copy(std::vector<std::int64_t>* out) const {
  for (const Block& block : blocks_) {
    out->insert(out->end(), block.values, block.values + block.count);
  }
}

std::size_t BlockedValues::bytes() const {
  std::size_t bytes = blocks_.capacity() * sizeof(Block);
  for (const Block& block : blocks_) bytes += block.capacity * sizeof(std::int64_t);
  return bytes;
}

}  // namespace passerelle::consolidation
