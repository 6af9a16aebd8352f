#include "core/intake/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace passerelle::intake {
namespace {

constexpr std::size_t kHexBytes = Key::kBytes * 2;

Status system_error(const std::string& path) {
  return base::failed_precondition(path + ": " + std::strerror(errno));
}

void sync_folder_of(const std::string& path) {
  const int folder =
      ::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace

StatusOr<Key> read_key_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? base::not_found(path + " is missing") : system_error(path);
  struct stat found = {};
  char hex[kHexBytes];
  const bool stated = ::fstat(file, &found) == 0;
  const ssize_t size = ::read(file, hex, sizeof hex);
  ::close(file);
  if (!stated || (found.st_mode & 077) != 0) {
    return base::failed_precondition(path + " can be read by other users: chmod 600 it");
  }
  unsigned char key[Key::kBytes];
  std::size_t bytes = 0;
  const bool whole =
      size == static_cast<ssize_t>(sizeof hex) &&
      sodium_hex2bin(key, sizeof key, hex, sizeof hex, nullptr, &bytes, nullptr) == 0 &&
      bytes == sizeof key;
  sodium_memzero(hex, sizeof hex);
  if (!whole) return base::failed_precondition(path + " does not hold a key of 64 hex digits");
  const Key result = Key::from({reinterpret_cast<const char*>(key), sizeof key});
  sodium_memzero(key, sizeof key);
  return result;
}

Status write_key_file(const std::string& path, const Key& key) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return system_error(path);
  char hex[kHexBytes + 1];
  sodium_bin2hex(hex, sizeof hex, key.data(), Key::kBytes);
  hex[kHexBytes] = '\n';
  const bool written =
      ::write(file, hex, sizeof hex) == static_cast<ssize_t>(sizeof hex) && ::fsync(file) == 0;
  sodium_memzero(hex, sizeof hex);
  const Status status = written ? absl::OkStatus() : system_error(path);
  ::close(file);
  sync_folder_of(path);
  return status;
}

Status replace_key_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(from);
  sync_folder_of(to);
  return absl::OkStatus();
}

}  // namespace passerelle::intake
