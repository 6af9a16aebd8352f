#include "core/journal/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace passerelle::journal {
namespace {

constexpr std::size_t kAddressBytesMax = 4'096;

std::string read_address(int file) {
  std::string text(kAddressBytesMax, '\0');
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Status in_use(const std::string& data_dir, const std::string& holder) {
  return base::failed_precondition("the data directory " + data_dir + " is in use by a hub" +
                                   (holder.empty() ? std::string() : " that answers at " + holder) +
                                   ": ask that hub, or stop it first");
}

std::string system_error(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace

StatusOr<std::unique_ptr<DataLock>> DataLock::acquire(const std::string& data_dir,
                                                      const std::string& address) {
  std::error_code failed;
  if (std::filesystem::create_directories(data_dir, failed)) ::chmod(data_dir.c_str(), 0700);
  if (failed) {
    return base::failed_precondition("the data directory " + data_dir +
                                     " cannot be made: " + failed.message());
  }
  const std::string path = data_dir + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return base::failed_precondition(
        system_error("the data directory " + data_dir + " cannot be written: " + path));
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_address(file);
    ::close(file);
    return in_use(data_dir, holder);
  }
  std::unique_ptr<DataLock> lock(new DataLock(data_dir, file));
  PAS_RETURN_IF_ERROR(lock->set_address(address));
  return lock;
}

DataLock::~DataLock() {
  if (::ftruncate(file_, 0) != 0) errno = 0;  // a stale address is harmless: nobody holds the lock
  ::close(file_);
}

Status DataLock::set_address(const std::string& address) {
  const std::string line = address.substr(0, kAddressBytesMax - 1) + "\n";
  if (::ftruncate(file_, 0) != 0 ||
      ::pwrite(file_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
    return base::failed_precondition(system_error("cannot write " + data_dir_ + "/lock"));
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<SharedDataLock>> SharedDataLock::acquire(const std::string& data_dir) {
  const int file = ::open((data_dir + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return base::not_found(data_dir + " is no hub's data folder");
  if (::flock(file, LOCK_SH | LOCK_NB) != 0) {
    const std::string holder = read_address(file);
    ::close(file);
    return in_use(data_dir, holder);
  }
  return std::unique_ptr<SharedDataLock>(new SharedDataLock(file));
}

SharedDataLock::~SharedDataLock() { ::close(file_); }

std::string read_lock_holder(const std::string& data_dir) {
  const int file = ::open((data_dir + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string holder;
  if (::flock(file, LOCK_SH | LOCK_NB) != 0) holder = read_address(file);
  ::close(file);
  return holder;
}

}  // namespace passerelle::journal
