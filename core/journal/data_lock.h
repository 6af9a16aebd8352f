// One process at a time works on a data directory. The lock is flock(2) on DATA/lock, released by
// the kernel when the process ends, however it ends; the file holds the address of the hub, so that
// whoever is refused can say where to ask.
#pragma once

#include <memory>
#include <string>

#include "core/base/status.h"

namespace passerelle::journal {

class DataLock {
 public:
  // Creates the directory (0700) if needed. FAILED_PRECONDITION, naming the holder's address, when
  // another process has it.
  static StatusOr<std::unique_ptr<DataLock>> acquire(const std::string& data_dir,
                                                     const std::string& address);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

  const std::string& data_dir() const { return data_dir_; }
  // Where this hub answers, once it is known.
  Status set_address(const std::string& address);

 private:
  DataLock(std::string data_dir, int file) : data_dir_(std::move(data_dir)), file_(file) {}

  std::string data_dir_;
  int file_;
};

// For whoever only looks: shared with others that look, and no hub has or gets the directory
// meanwhile. Writes nothing.
class SharedDataLock {
 public:
  // FAILED_PRECONDITION, naming the holder's address; NOT_FOUND where no hub has ever been.
  static StatusOr<std::unique_ptr<SharedDataLock>> acquire(const std::string& data_dir);
  ~SharedDataLock();
  SharedDataLock(const SharedDataLock&) = delete;
  SharedDataLock& operator=(const SharedDataLock&) = delete;

 private:
  explicit SharedDataLock(int file) : file_(file) {}

  int file_;
};

// The address written by the process that holds the lock; "" when none holds it.
std::string read_lock_holder(const std::string& data_dir);

}  // namespace passerelle::journal
