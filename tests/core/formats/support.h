// What the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::formats {

// Hands its bytes out in small pieces, so that every refill happens everywhere.
class DroppingSource final : public ByteSource {
 public:
  DroppingSource(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    const std::size_t count = std::min({size, piece_, bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, count, buffer);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

// Fails after its bytes, as a broken connection does.
class FailingSource final : public ByteSource {
 public:
  explicit FailingSource(std::string bytes) : inner_(source_of_bytes(std::move(bytes))) {}

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    auto got = inner_->read(buffer, size);
    if (got.ok() && *got == 0) return base::unavailable("the line broke");
    return got;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
};

inline std::unique_ptr<ByteSource> dropping(std::string bytes, std::size_t piece) {
  return std::make_unique<DroppingSource>(std::move(bytes), piece);
}

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "passerelle-formats-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// "" if the shared data is not there.
std::string shared_file(const std::string& path);

inline std::string message_of(const Status& status) { return base::message_of(status); }

}  // namespace passerelle::formats
