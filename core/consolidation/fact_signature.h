// Four bytes per fact, kept beside its row, that tell most facts which are not behind a cell: the
// month of its day and a few bits of each of its dimensions. Looking through them takes a
// nanosecond a fact; what passes is looked at itself.
//
//   bit 0: a fact | 6 bits: month, modulo 64 | the rest, in equal parts: dimensions, hashed
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/consolidation/strings.h"

namespace passerelle::consolidation {

class FactSignatures {
 public:
  explicit FactSignatures(std::size_t dimensions)
      : bits_(dimensions == 0 ? 0
                              : static_cast<std::uint32_t>(
                                    std::min<std::size_t>(kFree / dimensions, kDimensionMax))),
        dimensions_(dimensions) {}

  // `codes`: by dimension, at the fact's own day.
  void set(std::uint32_t row, const Code* codes, std::uint32_t month) {
    std::uint32_t signature = 1 | month % kMonths << 1;
    for (std::uint32_t i = 0; bits_ != 0 && i < dimensions_; ++i) {
      signature |= hashed(codes[i]) << at(i);
    }
    if (row >= rows_.size()) rows_.resize(row + 1);
    rows_[row] = signature;
  }
  void clear(std::uint32_t row) {
    if (row < rows_.size()) rows_[row] = 0;
  }
  // Units have moved, and the rows still say where they were: from now on nobody asks that of them.
  void let_units_lag() { units_lag_ = true; }
  bool units_lag() const { return units_lag_; }
  std::size_t bytes() const { return rows_.capacity() * sizeof(std::uint32_t); }

  // What a fact must look like to be behind a cell.
  struct Wanted {
    std::uint32_t mask = 1;
    std::uint32_t value = 1;
    std::uint64_t months = ~std::uint64_t{0};
  };
  void want(std::uint32_t dimension, Code code, Wanted* wanted) const {
    if (bits_ == 0) return;
    wanted->mask |= ((1U << bits_) - 1) << at(dimension);
    wanted->value |= hashed(code) << at(dimension);
  }
  static void want_months(std::uint32_t first, std::uint32_t last, std::uint64_t* months) {
    if (last - first >= kMonths) last = first + kMonths - 1;
    for (std::uint32_t month = first; month <= last; ++month) {
      *months |= std::uint64_t{1} << month % kMonths;
    }
  }
  // Calls `visit` for the rows that may be wanted, in order.
  template <typename Visit>
  void for_each(const std::vector<Wanted>& wanted, const Visit& visit) const {
    for (std::uint32_t row = 0; row < rows_.size(); ++row) {
      const std::uint32_t signature = rows_[row];
      for (const Wanted& one : wanted) {
        if ((signature & one.mask) != one.value) continue;
        if ((one.months >> (signature >> 1 & (kMonths - 1)) & 1) == 0) continue;
        visit(row);
        break;
      }
    }
  }

 private:
  static constexpr std::uint32_t kMonths = 64;
  static constexpr std::size_t kFree = 32 - 7;  // bits for dimensions
  static constexpr std::size_t kDimensionMax = 16;

  std::uint32_t at(std::uint32_t dimension) const { return 7 + dimension * bits_; }
  std::uint32_t hashed(Code code) const { return (code * 0x9E3779B1U) >> (32 - bits_); }

  std::uint32_t bits_;
  std::size_t dimensions_;
  bool units_lag_ = false;
  std::vector<std::uint32_t> rows_;
};

}  // namespace passerelle::consolidation
