#include "core/connectors/socket_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace passerelle::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderPrefix = "passerelle-";
// A folder this young may be between its creation and its lock.
constexpr std::chrono::seconds kYoungestSwept{60};

}  // namespace

fs::path default_runtime_folder() {
  const char* given = std::getenv("XDG_RUNTIME_DIR");
  std::error_code error;
  if (given != nullptr && fs::is_directory(given, error) && ::access(given, W_OK | X_OK) == 0) {
    return given;
  }
  return "/tmp";
}

StatusOr<std::unique_ptr<SocketFolder>> SocketFolder::create(const fs::path& runtime_folder) {
  std::string name = (runtime_folder / (std::string(kFolderPrefix) + "XXXXXX")).string();
  if (name.size() + 2 >= sizeof(sockaddr_un::sun_path)) {
    return base::invalid_argument(fmt::format(
        "{}: too long for a Unix socket's path; set XDG_RUNTIME_DIR to a shorter folder",
        runtime_folder.string()));
  }
  if (::mkdtemp(name.data()) == nullptr) {  // 0700
    return base::internal(fmt::format("cannot make a folder in {}: {}", runtime_folder.string(),
                                      std::strerror(errno)));
  }
  const int lock = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock >= 0) ::flock(lock, LOCK_EX | LOCK_NB);
  return std::unique_ptr<SocketFolder>(new SocketFolder(name, lock));
}

SocketFolder::~SocketFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

void sweep(const fs::path& runtime_folder) {
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator at(runtime_folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.rfind(kFolderPrefix, 0) != 0 || name.size() != kFolderPrefix.size() + 6) continue;
    if (now - fs::last_write_time(at->path(), ignored) < kYoungestSwept) continue;
    const int lock = ::open(at->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about {};
    const bool is_ours = lock >= 0 && ::fstat(lock, &about) == 0 && about.st_uid == ::geteuid();
    if (is_ours && ::flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(at->path(), ignored);
    if (lock >= 0) ::close(lock);
  }
}

}  // namespace passerelle::connectors
