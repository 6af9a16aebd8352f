#include "core/publication/published.h"

#include "core/publication/ledger_codec.h"

namespace passerelle::publication {

StatusOr<PublishedCells> published_last(const std::vector<SegmentPtr>& segments) {
  PublishedCells published;
  std::string payload;
  LedgerRecord record;
  for (const SegmentPtr& segment : segments) {
    for (std::uint64_t offset = LedgerFiles::first_offset();;) {
      const Status status = read_frame(*segment, &offset, &payload);
      if (absl::IsNotFound(status)) break;  // the segment's end
      PAS_RETURN_IF_ERROR(status);
      PAS_RETURN_IF_ERROR(decode(payload, Depth::kAll, &record));
      if (record.gap) published.clear();
      for (const LedgerChange& change : record.revision.changes) {
        published[cell_id(change.group, change.indicator)] = change.after;
      }
    }
  }
  return published;
}

}  // namespace passerelle::publication
