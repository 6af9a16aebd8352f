#include "core/consolidation/strings.h"

#include <algorithm>
#include <cstring>

#include "core/base/hash.h"
#include "core/model/cell.h"

namespace passerelle::consolidation {
namespace {
constexpr std::size_t kBlockBytes = 64 << 10;
}  // namespace

Strings::Strings() : slots_(1024) {
  texts_.push_back(std::string_view());
  intern(model::kUnmapped);
}

Code Strings::find(std::string_view text) const {
  if (text.empty()) return kNoText;
  const std::uint64_t hash = base::hash64(text);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].code != 0; at = (at + 1) & mask) {
    if (slots_[at].tag == tag && texts_[slots_[at].code] == text) return slots_[at].code;
  }
  return kNoText;
}

Code Strings::intern(std::string_view text) {
  if (text.empty()) return kNoText;
  const std::uint64_t hash = base::hash64(text);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].code != 0; at = (at + 1) & mask) {
    if (slots_[at].tag == tag && texts_[slots_[at].code] == text) return slots_[at].code;
  }
  const Code code = texts_.size();
  texts_.push_back(keep(text));
  slots_[at] = {tag, code};
  if (std::size_t{code} * 3 > slots_.size() * 2) grow();
  return code;
}

void Strings::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.code == 0) continue;
    std::size_t at = base::hash64(texts_[slot.code]) & mask;
    while (slots_[at].code != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::string_view Strings::keep(std::string_view text) {
  if (block_size_ - block_used_ < text.size()) {
    block_size_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    block_used_ = 0;
  }
  char* at = blocks_.back().get() + block_used_;
  std::memcpy(at, text.data(), text.size());
  block_used_ += text.size();
  bytes_ += text.size();
  return {at, text.size()};
}

std::size_t Strings::bytes() const {
  return bytes_ + texts_.bytes() + slots_.size() * sizeof(Slot);
}

}  // namespace passerelle::consolidation
