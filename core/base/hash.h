// XXH3 by the xxHash library: fingerprints of content, keys and published cells. Not for secrets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace passerelle::base {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
  auto operator<=>(const Hash128&) const = default;
};

std::uint64_t hash64(std::string_view bytes);
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed);
Hash128 hash128(std::string_view bytes);
std::string to_hex(std::uint64_t value);
std::string to_hex(Hash128 value);

}  // namespace passerelle::base

template <>
struct std::hash<passerelle::base::Hash128> {
  std::size_t operator()(const passerelle::base::Hash128& value) const noexcept {
    return static_cast<std::size_t>(value.low);  // already uniform
  }
};
