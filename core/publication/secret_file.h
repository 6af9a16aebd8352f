// A file with random bytes that only this user may read.
#pragma once

#include <string>

#include "core/base/status.h"

namespace passerelle::publication {

// The content of `path`, made of `bytes` random bytes (as hexadecimal digits if `hexadecimal`) if
// the file is missing. FAILED_PRECONDITION if others may read it; DATA_LOSS if its size is wrong.
StatusOr<std::string> read_or_make_secret(const std::string& path, std::size_t bytes,
                                          bool hexadecimal);

// Random bytes as hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace passerelle::publication
