// Packed little-endian arrays of the contract.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace passerelle::intake {

static_assert(std::endian::native == std::endian::little, "arrays are taken as they lie in memory");

// False when `bytes` does not hold exactly `count` values.
template <typename T>
bool unpack(const std::string& bytes, std::size_t count, std::vector<T>* out) {
  if (bytes.size() != count * sizeof(T)) return false;
  out->resize(count);
  if (count != 0) std::memcpy(out->data(), bytes.data(), bytes.size());
  return true;
}

}  // namespace passerelle::intake
