// How long to wait before a plugin is started again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace passerelle::connectors {

// n * n + n units (Strimzi's formula for connectors), at most `max`, moved by `jitter_percent`
// (-20 to 20) so that neighbours which failed together do not come back together.
inline std::chrono::milliseconds backoff(std::uint32_t failures, std::chrono::milliseconds unit,
                                         std::chrono::milliseconds max, int jitter_percent) {
  const std::int64_t n = std::min<std::uint32_t>(failures, 1'000);  // the square must not overflow
  const auto plain = std::min(max, unit * (n * n + n));
  return std::min(max, plain + plain * jitter_percent / 100);
}

}  // namespace passerelle::connectors
