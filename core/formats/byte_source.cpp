#include "core/formats/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace passerelle::formats {
namespace {

constexpr std::size_t kSkipBufferBytes = 64 << 10;

Status system_error(const std::string& name, std::string_view verb, int number) {
  const std::string text =
      name + ": cannot " + std::string(verb) + ": " + std::generic_category().message(number);
  if (number == ENOENT || number == ENOTDIR) return base::not_found(text);
  if (number == EACCES || number == EPERM) return base::permission_denied(text);
  if (number == EISDIR || number == ENAMETOOLONG || number == ELOOP) {
    return base::invalid_argument(text);
  }
  return base::unavailable(text);
}

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int descriptor, std::string name)
      : descriptor_(descriptor), name_(std::move(name)) {}
  ~DescriptorSource() override { ::close(descriptor_); }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_, buffer, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return system_error(name_, "read", errno);
    }
  }

  Status skip(std::uint64_t bytes) override {
    struct stat info {};
    const off_t at = ::lseek(descriptor_, 0, SEEK_CUR);
    // A seek passes the end of a file silently, so the size is compared first.
    if (at < 0 || ::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
      return ByteSource::skip(bytes);
    }
    if (bytes > static_cast<std::uint64_t>(std::max<off_t>(info.st_size - at, 0))) {
      return base::out_of_range(name_ + ": the file has " + std::to_string(info.st_size) +
                                " bytes; it is shorter than the place to resume at");
    }
    if (::lseek(descriptor_, static_cast<off_t>(bytes), SEEK_CUR) < 0) {
      return system_error(name_, "seek in", errno);
    }
    return {};
  }

 private:
  int descriptor_;
  std::string name_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)), rest_(bytes_) {}
  explicit MemorySource(std::string_view view) : rest_(view) {}

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    const std::size_t count = std::min(size, rest_.size());
    std::copy_n(rest_.data(), count, buffer);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string bytes_;
  std::string_view rest_;
};

}  // namespace

Status ByteSource::skip(std::uint64_t bytes) {
  std::vector<char> buffer(kSkipBufferBytes);
  while (bytes > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer.size()));
    PAS_ASSIGN_OR_RETURN(const std::size_t got, read(buffer.data(), want));
    if (got == 0) {
      return base::out_of_range("the data ends " + std::to_string(bytes) +
                                " bytes before the place to resume at");
    }
    bytes -= got;
  }
  return {};
}

StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return system_error(path, "open", errno);
  auto source = source_of_descriptor(descriptor, path);
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return system_error(path, "open", errno);
  if (S_ISDIR(info.st_mode)) return system_error(path, "read", EISDIR);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);  // advice only: no error matters
  return source;
}

std::unique_ptr<ByteSource> source_of_descriptor(int descriptor, std::string name) {
  return std::make_unique<DescriptorSource>(descriptor, std::move(name));
}

std::unique_ptr<ByteSource> source_of_bytes(std::string bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}

std::unique_ptr<ByteSource> source_of_view(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

StatusOr<std::string> read_all(ByteSource& source, std::size_t bytes_max) {
  std::string all;
  std::vector<char> buffer(kSkipBufferBytes);
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const std::size_t got, source.read(buffer.data(), buffer.size()));
    if (got == 0) return all;
    if (got > bytes_max - all.size()) {
      return base::invalid_argument("more than " + std::to_string(bytes_max) +
                                    " bytes, the most that is read at once here");
    }
    all.append(buffer.data(), got);
  }
}

struct HashingSource::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() { XXH3_128bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

HashingSource::HashingSource(std::unique_ptr<ByteSource> inner)
    : inner_(std::move(inner)), state_(std::make_unique<State>()) {}

HashingSource::~HashingSource() = default;

StatusOr<std::size_t> HashingSource::read(char* buffer, std::size_t size) {
  PAS_ASSIGN_OR_RETURN(const std::size_t got, inner_->read(buffer, size));
  XXH3_128bits_update(state_->xxh, buffer, got);
  bytes_ += got;
  return got;
}

base::Hash128 HashingSource::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
  return {hash.high64, hash.low64};
}

}  // namespace passerelle::formats
