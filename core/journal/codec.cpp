#include "core/journal/codec.h"

#include "core/base/hash.h"

namespace passerelle::journal {

std::uint64_t chained_checksum(std::uint64_t previous, std::string_view bytes) {
  return base::hash64(bytes, previous);
}

}  // namespace passerelle::journal
