#include "core/publication/ledger_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/hash.h"
#include "core/publication/system_error.h"

namespace passerelle::publication {
namespace {

constexpr std::string_view kMagic = "passerelle ledger 1\n";
constexpr std::size_t kFrameHeaderBytes = 12;
constexpr std::uint32_t kFrameBytesMax = 1U << 30;

std::string header_payload(std::uint64_t epoch) {
  return std::string(kMagic) + base::to_hex(epoch);
}

std::string segment_path(const std::string& folder, std::size_t number) {
  std::string name = std::to_string(number);
  if (name.size() < 6) name.insert(0, 6 - name.size(), '0');
  return folder + "/" + name + ".ledger";
}

Status sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", folder);
  const int result = ::fsync(fd);
  ::close(fd);
  return result == 0 ? Status() : system_error("cannot make durable", folder);
}

Status write_all(const Segment& segment, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t done =
        ::pwrite(segment.fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error("cannot write", segment.path);
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return {};
}

// Bytes read; fewer than asked for at the end of the file.
StatusOr<std::size_t> read_all(const Segment& segment, char* to, std::size_t size,
                               std::uint64_t offset) {
  std::size_t read = 0;
  while (read < size) {
    const ssize_t done =
        ::pread(segment.fd, to + read, size - read, static_cast<off_t>(offset + read));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error("cannot read", segment.path);
    if (done == 0) break;
    read += static_cast<std::size_t>(done);
  }
  return read;
}

std::string framed(std::string_view payload) {
  std::string frame(kFrameHeaderBytes, '\0');
  const auto length = static_cast<std::uint32_t>(payload.size());
  const std::uint64_t checksum = base::hash64(payload);
  std::memcpy(frame.data(), &length, sizeof length);
  std::memcpy(frame.data() + sizeof length, &checksum, sizeof checksum);
  frame.append(payload);
  return frame;
}

Status damaged(const Segment& segment, std::uint64_t offset, std::string_view what) {
  return base::data_loss("ledger " + segment.path + " at byte " + std::to_string(offset) + ": " +
                         std::string(what) +
                         "; restore the data folder from a backup, or move the ledger folder away "
                         "to go on without published history");
}

// Whether an intact frame follows the damaged one: then it is not a tail torn by a crash.
bool is_followed_by_frame(const Segment& segment, std::uint64_t offset) {
  std::uint32_t length = 0;
  const auto got = read_all(segment, reinterpret_cast<char*>(&length), sizeof length, offset);
  if (!got.ok() || *got < sizeof length || length > kFrameBytesMax) return false;
  std::uint64_t next = offset + kFrameHeaderBytes + length;
  std::string payload;
  return read_frame(segment, &next, &payload).ok();
}

}  // namespace

Segment::~Segment() { ::close(fd); }

Status read_frame(const Segment& segment, std::uint64_t* offset, std::string* payload) {
  char header[kFrameHeaderBytes];
  PAS_ASSIGN_OR_RETURN(const std::size_t got, read_all(segment, header, sizeof header, *offset));
  if (got == 0) return base::not_found("end of the segment");
  if (got < sizeof header) return damaged(segment, *offset, "a frame is torn");
  std::uint32_t length = 0;
  std::uint64_t checksum = 0;
  std::memcpy(&length, header, sizeof length);
  std::memcpy(&checksum, header + sizeof length, sizeof checksum);
  struct stat info {};
  if (::fstat(segment.fd, &info) != 0) return system_error("cannot read", segment.path);
  const std::uint64_t left = static_cast<std::uint64_t>(info.st_size) - *offset - sizeof header;
  // Zeros are what a crash leaves of a page that was never written; their checksum is not zero.
  if (length > left || length == 0) return damaged(segment, *offset, "a frame is torn");
  payload->resize(length);
  PAS_ASSIGN_OR_RETURN(const std::size_t read,
                       read_all(segment, payload->data(), length, *offset + sizeof header));
  if (read < length) return damaged(segment, *offset, "a frame is torn");
  if (base::hash64(*payload) != checksum) {
    return damaged(segment, *offset, "a frame's checksum is wrong");
  }
  *offset += sizeof header + length;
  return {};
}

std::uint64_t LedgerFiles::first_offset() { return kFrameHeaderBytes + header_payload(0).size(); }

StatusOr<LedgerFiles> LedgerFiles::open(const std::string& folder, std::uint64_t epoch,
                                        std::uint64_t segment_bytes_max, const Visit& visit) {
  LedgerFiles files;
  files.folder_ = folder;
  files.epoch_ = epoch;
  files.segment_bytes_max_ = segment_bytes_max;
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return base::internal("cannot make " + folder + ": " + failure.message());
  for (std::size_t number = 1;; ++number) {
    const std::string path = segment_path(folder, number);
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) break;
    if (fd < 0) return system_error("cannot open", path);
    files.segments_.push_back(std::make_shared<Segment>(path, fd));
  }
  for (std::uint32_t i = 0; i < files.segments_.size(); ++i) {
    PAS_RETURN_IF_ERROR(files.read_segment(i, i + 1 == files.segments_.size(), visit));
  }
  if (files.segments_.empty()) PAS_RETURN_IF_ERROR(files.add_segment());
  return files;
}

Status LedgerFiles::read_segment(std::uint32_t number, bool last, const Visit& visit) {
  const Segment& segment = *segments_[number];
  const std::string expected = header_payload(epoch_);
  std::uint64_t offset = 0;
  std::string payload;
  for (std::uint64_t begin = 0;; begin = offset) {
    const Status status = read_frame(segment, &offset, &payload);
    if (absl::IsNotFound(status) && begin > 0) break;
    const bool torn = absl::IsDataLoss(status) || absl::IsNotFound(status);
    if (torn && last && !is_followed_by_frame(segment, begin)) {
      if (::ftruncate(segment.fd, static_cast<off_t>(begin)) != 0) {
        return system_error("cannot cut the torn end of", segment.path);
      }
      offset = begin;
      if (begin == 0) {  // the crash came before the header
        const std::string frame = framed(expected);
        PAS_RETURN_IF_ERROR(write_all(segment, frame, 0));
        offset = frame.size();
      }
      PAS_RETURN_IF_ERROR(sync(segment));
      break;
    }
    if (absl::IsNotFound(status)) return damaged(segment, 0, "the segment is empty");
    PAS_RETURN_IF_ERROR(status);
    if (begin == 0) {
      if (payload != expected) return damaged(segment, 0, "the header is of another epoch");
      continue;
    }
    PAS_RETURN_IF_ERROR(visit({number, begin}, payload));
  }
  size_ = offset;
  return {};
}

Status LedgerFiles::add_segment() {
  if (!segments_.empty()) PAS_RETURN_IF_ERROR(sync(*segments_.back()));
  const std::string path = segment_path(folder_, segments_.size() + 1);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot make", path);
  auto segment = std::make_shared<Segment>(path, fd);
  const std::string frame = framed(header_payload(epoch_));
  PAS_RETURN_IF_ERROR(write_all(*segment, frame, 0));
  PAS_RETURN_IF_ERROR(sync(*segment));
  PAS_RETURN_IF_ERROR(sync_folder(folder_));
  segments_.push_back(std::move(segment));
  size_ = frame.size();
  return {};
}

StatusOr<FramePlace> LedgerFiles::append(std::string_view payload) {
  if (payload.size() > kFrameBytesMax) {
    return base::resource_exhausted("one revision changes " + std::to_string(payload.size()) +
                                    " bytes of published values; the ledger takes at most 1 GiB");
  }
  if (size_ > segment_bytes_max_) PAS_RETURN_IF_ERROR(add_segment());
  const std::string frame = framed(payload);
  const Segment& segment = *segments_.back();
  const FramePlace place{static_cast<std::uint32_t>(segments_.size() - 1), size_};
  if (const Status status = write_all(segment, frame, size_); !status.ok()) {
    // What was written of the frame must not stand before a later one.
    if (::ftruncate(segment.fd, static_cast<off_t>(size_)) != 0) {
      return base::annotate(status, "and the half-written frame stays");
    }
    return status;
  }
  size_ += frame.size();
  return place;
}

Status LedgerFiles::sync(const Segment& current) {
  return ::fdatasync(current.fd) == 0 ? Status()
                                      : system_error("cannot make durable", current.path);
}

}  // namespace passerelle::publication
