// The vault's master key: a secret, or DATA/<authority>/vault.key (0600, 64 hexadecimal digits).
// While keys rotate, the next one lies beside it as vault.key.next.
#pragma once

#include <string>

#include "core/base/status.h"
#include "core/intake/sealing.h"

namespace passerelle::intake {

// NOT_FOUND when there is none; FAILED_PRECONDITION when other users can read it or it holds no
// key.
StatusOr<Key> read_key_file(const std::string& path);
// On disk, with its directory entry, when it returns; never replaces a file.
Status write_key_file(const std::string& path, const Key& key);
Status replace_key_file(const std::string& from, const std::string& to);

}  // namespace passerelle::intake
