// References to secrets. A model holds references only; the value is read when a connector starts.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::steering {

//   secret://file/run/passerelle/x    the file /run/passerelle/x, one line
//   secret://env/NAME                 an environment variable of the hub
//   secret://systemd-cred/NAME        $CREDENTIALS_DIRECTORY/NAME
enum class SecretSource : std::uint8_t { kFile, kEnvironment, kCredential };
struct SecretReference {
  SecretSource source = SecretSource::kFile;
  std::string name;  // absolute path, or name
};

// INVALID_ARGUMENT for what is no reference; the message never repeats the text, which may be a
// secret written in the wrong place.
StatusOr<SecretReference> parse_secret(std::string_view reference);

// The value, without the line break at its end. NOT_FOUND, PERMISSION_DENIED for a file that others
// than its owner may read; no message holds the value. Reads files and the environment.
StatusOr<std::string> resolve_secret(std::string_view reference);

}  // namespace passerelle::steering
