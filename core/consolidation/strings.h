// Every text of the fold, once: texts are 32-bit codes everywhere else. Texts are never forgotten.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/consolidation/stable_vector.h"

namespace passerelle::consolidation {

using Code = std::uint32_t;
inline constexpr Code kNoText = 0;        // "", and the value of an absent text
inline constexpr Code kUnmappedText = 1;  // model::kUnmapped

// One thread interns; any thread may read codes it was handed.
class Strings {
 public:
  Strings();
  Code intern(std::string_view text);
  // The code of a text that is already there, else kNoText.
  Code find(std::string_view text) const;
  std::string_view operator[](Code code) const { return texts_[code]; }
  std::uint32_t size() const { return texts_.size(); }
  std::size_t bytes() const;

 private:
  struct Slot {
    std::uint32_t tag = 0;
    Code code = 0;  // 0: free
  };
  void grow();
  std::string_view keep(std::string_view text);

  StableVector<std::string_view> texts_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::size_t block_size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace passerelle::consolidation
