// An append-only array that never moves its elements: chunks of doubling size. One thread appends
// and writes; other threads may read elements that were there before the array was handed to them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace passerelle::consolidation {

template <typename T>
class StableVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  StableVector() = default;
  StableVector(const StableVector&) = delete;
  StableVector& operator=(const StableVector&) = delete;
  StableVector(StableVector&& other) noexcept : chunks_(other.chunks_), size_(other.size_) {
    other.chunks_ = {};
    other.size_ = 0;
  }
  ~StableVector() {
    for (T* chunk : chunks_) std::free(chunk);
  }

  std::uint32_t size() const { return size_; }
  const T& operator[](std::uint32_t index) const { return *at(index); }
  T& operator[](std::uint32_t index) { return *at(index); }
  void push_back(const T& value) {
    reserve_one();
    *at(size_++) = value;
  }
  // Adds elements of zero bytes.
  void grow_to(std::uint32_t size) {
    while (size_ < size) push_back(T{});
  }
  std::size_t bytes() const { return size_ * sizeof(T); }

 private:
  static constexpr std::uint32_t kFirstBits = 6;  // the first chunk holds 64

  T* at(std::uint32_t index) const {
    const std::uint64_t shifted = std::uint64_t{index} + (1U << kFirstBits);
    const auto bits = static_cast<std::uint32_t>(std::bit_width(shifted)) - 1;
    return chunks_[bits - kFirstBits] + (shifted - std::bit_floor(shifted));
  }
  void reserve_one() {
    const std::uint64_t shifted = std::uint64_t{size_} + (1U << kFirstBits);
    if (!std::has_single_bit(shifted)) return;
    const auto bits = static_cast<std::uint32_t>(std::bit_width(shifted)) - 1;
    T*& chunk = chunks_[bits - kFirstBits];
    if (chunk != nullptr) return;
    // Untouched pages of a large chunk cost no memory.
    chunk = static_cast<T*>(std::calloc(shifted, sizeof(T)));
    if (chunk == nullptr) std::abort();
  }

  std::array<T*, 33 - kFirstBits> chunks_{};
  std::uint32_t size_ = 0;
};

}  // namespace passerelle::consolidation
