#include "core/steering/secrets.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/limits.h"
#include "core/formats/byte_source.h"

namespace passerelle::steering {
namespace {

constexpr std::string_view kScheme = "secret://";

bool is_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Status not_a_reference() {
  return base::invalid_argument(
      "this is no reference to a secret; write secret://file/PATH, secret://env/NAME or "
      "secret://systemd-cred/NAME");
}

std::string without_line_break(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// `private_only`: refuse what group or others may read.
StatusOr<std::string> read_secret_file(const std::string& path, bool private_only) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    return base::not_found("the secret's file '" + path + "' is not there or cannot be reached");
  }
  if (private_only && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return base::permission_denied("the secret's file '" + path +
                                   "' may be read by others than its owner; run: chmod 600 '" +
                                   path + "'");
  }
  PAS_ASSIGN_OR_RETURN(const auto source, formats::open_file(path));
  PAS_ASSIGN_OR_RETURN(std::string text, formats::read_all(*source, base::kSecretBytesMax));
  return without_line_break(std::move(text));
}

}  // namespace

StatusOr<SecretReference> parse_secret(std::string_view reference) {
  if (reference.substr(0, kScheme.size()) != kScheme) return not_a_reference();
  const std::string_view rest = reference.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return not_a_reference();
  const std::string_view source = rest.substr(0, slash);
  const std::string_view name = rest.substr(slash + 1);
  if (source == "file") {
    if (name.empty() || name.find('\0') != std::string_view::npos) return not_a_reference();
    return SecretReference{SecretSource::kFile, '/' + std::string(name)};
  }
  if (!is_name(name)) return not_a_reference();
  if (source == "env") return SecretReference{SecretSource::kEnvironment, std::string(name)};
  if (source == "systemd-cred") {
    return SecretReference{SecretSource::kCredential, std::string(name)};
  }
  return not_a_reference();
}

StatusOr<std::string> resolve_secret(std::string_view text) {
  PAS_ASSIGN_OR_RETURN(const SecretReference reference, parse_secret(text));
  if (reference.source == SecretSource::kFile) return read_secret_file(reference.name, true);
  if (reference.source == SecretSource::kEnvironment) {
    const char* value = std::getenv(reference.name.c_str());
    if (value == nullptr || *value == '\0') {
      return base::not_found("the environment variable " + reference.name +
                             " of a secret is not set; set it where the hub is started");
    }
    return std::string(value);
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return base::not_found("the credential " + reference.name +
                           " needs systemd: add LoadCredential=" + reference.name +
                           ":PATH to the hub's unit");
  }
  // systemd guards this folder itself; its files may be 0440.
  return read_secret_file(std::string(folder) + '/' + reference.name, false);
}

}  // namespace passerelle::steering
