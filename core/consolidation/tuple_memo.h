// Numbers tuples of integers densely, in order of first sight: the key of every memo of the fold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace passerelle::consolidation {

inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 32);
}

class TupleMemo {
 public:
  explicit TupleMemo(std::size_t width = 1) : width_(width), slots_(64, kFree) {}

  std::size_t size() const { return size_; }
  std::size_t width() const { return width_; }
  std::span<const std::int64_t> operator[](std::uint32_t number) const {
    return {keys_.data() + number * width_, width_};
  }
  void clear() {
    keys_.clear();
    slots_.assign(64, kFree);
    size_ = 0;
  }
  // The tuple's number; `size()` grew if it is new.
  std::uint32_t find_or_add(const std::int64_t* key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_of(key) & mask;
    for (; slots_[at] != kFree; at = (at + 1) & mask) {
      if (equals(slots_[at], key)) return slots_[at];
    }
    const auto number = static_cast<std::uint32_t>(size_++);
    slots_[at] = number;
    keys_.insert(keys_.end(), key, key + width_);
    if (size_ * 3 > slots_.size() * 2) grow();
    return number;
  }
  std::size_t bytes() const {
    return keys_.size() * sizeof(std::int64_t) + slots_.size() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;

  std::uint64_t hash_of(const std::int64_t* key) const {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < width_; ++i) hash = mixed(hash, static_cast<std::uint64_t>(key[i]));
    return hash;
  }
  bool equals(std::uint32_t number, const std::int64_t* key) const {
    const std::int64_t* known = keys_.data() + number * width_;
    for (std::size_t i = 0; i < width_; ++i) {
      if (known[i] != key[i]) return false;
    }
    return true;
  }
  void grow() {
    slots_.assign(slots_.size() * 2, kFree);
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t number = 0; number < size_; ++number) {
      std::size_t at = hash_of(keys_.data() + number * width_) & mask;
      while (slots_[at] != kFree) at = (at + 1) & mask;
      slots_[at] = number;
    }
  }

  std::size_t width_;
  std::size_t size_ = 0;
  std::vector<std::int64_t> keys_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace passerelle::consolidation
