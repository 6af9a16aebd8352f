#include "core/publication/secret_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/publication/system_error.h"

namespace passerelle::publication {
namespace {

// The name too must survive a power cut: tokens made with the secret are out by then.
Status sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", folder);
  const int result = ::fsync(fd);
  ::close(fd);
  return result == 0 ? Status() : system_error("cannot make durable", folder);
}

// Written whole under another name first: a crash leaves no half secret behind.
Status make(const std::string& path, std::string_view secret) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot make", draft);
  const bool written =
      ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return system_error("cannot write", draft);
  if (::rename(draft.c_str(), path.c_str()) != 0) return system_error("cannot make", path);
  return sync_folder_of(path);
}

StatusOr<std::string> read(int fd, const std::string& path, std::size_t size) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error("cannot read", path);
  if ((info.st_mode & 077) != 0) {
    return base::failed_precondition(path + " may be read by other users; chmod 600 " + path +
                                     ", and remove it for a new one if it may have been seen");
  }
  std::string secret(size + 1, '\0');
  const ssize_t got = ::read(fd, secret.data(), secret.size());
  if (got < 0) return system_error("cannot read", path);
  secret.resize(static_cast<std::size_t>(got));
  // An editor's newline comes after the secret; one random secret in 256 ends with that byte
  // itself.
  if (secret.size() == size + 1 && secret.ends_with('\n')) secret.pop_back();
  if (secret.size() != size) {
    return base::data_loss(path + " should hold " + std::to_string(size) + " bytes, not " +
                           std::to_string(secret.size()) + "; remove it and a new one is made");
  }
  return secret;
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  std::string digits(2 * bytes + 1, '\0');
  sodium_bin2hex(digits.data(), digits.size(),
                 reinterpret_cast<const unsigned char*>(random.data()), random.size());
  digits.pop_back();
  return digits;
}

StatusOr<std::string> read_or_make_secret(const std::string& path, std::size_t bytes,
                                          bool hexadecimal) {
  if (sodium_init() < 0) return base::internal("libsodium cannot be initialised");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) {
    auto secret = read(fd, path, hexadecimal ? 2 * bytes : bytes);
    ::close(fd);
    return secret;
  }
  if (errno != ENOENT) return system_error("cannot open", path);
  std::string secret;
  if (hexadecimal) {
    secret = random_hex(bytes);
  } else {
    secret.resize(bytes);
    randombytes_buf(secret.data(), secret.size());
  }
  PAS_RETURN_IF_ERROR(make(path, secret));
  return secret;
}

}  // namespace passerelle::publication
