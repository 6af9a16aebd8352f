// Arrays as packed little-endian bytes, and what both directions of the codec share.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/model/record.h"

namespace passerelle::journal {

static_assert(std::endian::native == std::endian::little,
              "arrays are stored as they lie in memory");

// The canonical text of a model: its files and their paths.
inline constexpr std::size_t kCanonicalBytesMax = base::kModelBytesMax + base::kModelFileBytesMax;

template <typename T>
void pack(const std::vector<T>& values, std::string* out) {
  out->assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// False when `bytes` does not hold exactly `count` values.
template <typename T>
bool unpack(const std::string& bytes, std::size_t count, std::vector<T>* out) {
  if (bytes.size() != count * sizeof(T)) return false;
  out->resize(count);
  if (count != 0) std::memcpy(out->data(), bytes.data(), bytes.size());
  return true;
}

// A Hash128 as 16 bytes.
inline std::string pack_hash(base::Hash128 hash) {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &hash.high, 8);
  std::memcpy(bytes.data() + 8, &hash.low, 8);
  return bytes;
}
inline bool unpack_hash(const std::string& bytes, base::Hash128* out) {
  if (bytes.size() != 16) return false;
  std::memcpy(&out->high, bytes.data(), 8);
  std::memcpy(&out->low, bytes.data() + 8, 8);
  return true;
}

}  // namespace passerelle::journal
