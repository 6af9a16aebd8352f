// A private folder for one plugin's socket.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/status.h"

namespace passerelle::connectors {

// Where such folders go: $XDG_RUNTIME_DIR if it is a folder one can write in, otherwise /tmp.
std::filesystem::path default_runtime_folder();

// 0700, removed with what is in it at destruction. Its lock says that its hub lives: see sweep().
class SocketFolder {
 public:
  // Under `runtime_folder`. INVALID_ARGUMENT: the socket's path would be too long for the system.
  static StatusOr<std::unique_ptr<SocketFolder>> create(
      const std::filesystem::path& runtime_folder);
  ~SocketFolder();
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string socket() const { return (path_ / "s").string(); }

 private:
  SocketFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

// Removes what killed hubs of this user have left in `runtime_folder`.
void sweep(const std::filesystem::path& runtime_folder);

}  // namespace passerelle::connectors
