// The first line of a plugin's life: the hub says where to listen and with which token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::sdk {

struct Handshake {
  std::string socket;
  std::string token;
  std::uint32_t contract_min = 0;
  std::uint32_t contract_max = 0;
};

// INVALID_ARGUMENT: the line is not {"socket": PATH, "token": TEXT, "contract": [MIN, MAX]}.
StatusOr<Handshake> parse_handshake(std::string_view line);
// The highest major that both speak; FAILED_PRECONDITION names both ranges and the remedy.
StatusOr<std::uint32_t> agree_on_contract(const Handshake& hub, std::string_view plugin);

}  // namespace passerelle::sdk
