// Where a reader's bytes come from: a file, memory, an entry of an archive. A source is read once,
// from its start to its end, by one thread; readers own their source and use constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/hash.h"
#include "core/base/status.h"

namespace passerelle::formats {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads at most `size` (> 0) bytes into `buffer`. Fewer bytes are not the end: 0 is, and every
  // later call returns 0 too. After an error the source is not read again.
  virtual StatusOr<std::size_t> read(char* buffer, std::size_t size) = 0;
  // Passes over `bytes` bytes; OUT_OF_RANGE if the source ends before.
  virtual Status skip(std::uint64_t bytes);
};

// A file by its path. NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT for a folder.
StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path);
// An open file descriptor (file, pipe or socket); the source closes it. `name` is for messages.
std::unique_ptr<ByteSource> source_of_descriptor(int descriptor, std::string name);
// Owns its bytes.
std::unique_ptr<ByteSource> source_of_bytes(std::string bytes);
// `bytes` must outlive the source.
std::unique_ptr<ByteSource> source_of_view(std::string_view bytes);

// Everything that is left; INVALID_ARGUMENT if that is more than `bytes_max`.
StatusOr<std::string> read_all(ByteSource& source, std::size_t bytes_max);

// Counts and fingerprints (XXH3, 128 bits) the bytes that pass. skip() reads, so that skipped
// bytes count too.
class HashingSource final : public ByteSource {
 public:
  explicit HashingSource(std::unique_ptr<ByteSource> inner);
  ~HashingSource() override;

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override;
  // Of all bytes read so far.
  base::Hash128 digest() const;
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct State;
  std::unique_ptr<ByteSource> inner_;
  std::unique_ptr<State> state_;
  std::uint64_t bytes_ = 0;
};

}  // namespace passerelle::formats
