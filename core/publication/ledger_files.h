// The ledger's segment files: checksummed frames, appended and read back. Knows nothing of what is
// in a frame but its revision. Frame: u32 length, u64 XXH3-64 of the payload, payload; little
// endian. A segment begins with a header frame of its own (magic, layout, epoch).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/model/record.h"

namespace passerelle::publication {

// Where a frame is.
struct FramePlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
};

// An open segment; readers share it with the writer. Immutable but for what is behind `size`.
struct Segment {
  Segment(std::string path_in, int fd_in) : path(std::move(path_in)), fd(fd_in) {}
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  const std::string path;
  const int fd;
};
using SegmentPtr = std::shared_ptr<const Segment>;

// One writer; not locked: the ledger does.
class LedgerFiles {
 public:
  using Visit = std::function<Status(FramePlace, std::string_view payload)>;

  // Opens the segments of `folder` in order and visits every frame. Cuts a torn tail of the last.
  static StatusOr<LedgerFiles> open(const std::string& folder, std::uint64_t epoch,
                                    std::uint64_t segment_bytes_max, const Visit& visit);

  // Writes one frame, in a new segment if the current one is full. On failure the file is cut back.
  StatusOr<FramePlace> append(std::string_view payload);
  // Makes durable what was written before the call; `current` outlives the call.
  static Status sync(const Segment& current);

  const std::vector<SegmentPtr>& segments() const { return segments_; }
  // Where the first frame of a segment is, behind its header.
  static std::uint64_t first_offset();

 private:
  Status add_segment();
  Status read_segment(std::uint32_t number, bool last, const Visit& visit);

  std::string folder_;
  std::uint64_t epoch_ = 0;
  std::uint64_t segment_bytes_max_ = 0;
  std::vector<SegmentPtr> segments_;
  std::uint64_t size_ = 0;  // of the last segment
};

// Reads the frame at `offset` of a segment into `payload` and moves `offset` behind it; NOT_FOUND
// at the end of the file, DATA_LOSS if it is torn or its checksum is wrong.
Status read_frame(const Segment& segment, std::uint64_t* offset, std::string* payload);

}  // namespace passerelle::publication
