#include "core/publication/ledger.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "core/base/hash.h"
#include "core/publication/ledger_codec.h"
#include "core/publication/ledger_files.h"
#include "core/publication/ledger_layout.h"
#include "core/publication/ledger_names.h"
#include "core/publication/mutex.h"
#include "core/publication/published.h"

namespace passerelle::publication {
namespace {

// One index point per so many bytes of file: where a scan can begin.
constexpr std::uint64_t kIndexStepBytes = 64 << 10;
// Groups looked up under one hold of the lock, so that readers do not hold up the writer.
constexpr std::size_t kLookupsPerLock = 256;

struct IndexPoint {
  model::Revision revision = 0;
  FramePlace place;
  base::Instant at = 0;
};

}  // namespace

// The writer changes what readers see under `mutex`; being alone, it reads that without.
struct Ledger::Impl {
  Settings settings;
  mutable Mutex mutex;
  LedgerFiles files;
  LedgerNames names;
  std::vector<IndexPoint> index;
  std::uint32_t written_groups = 0;  // their words are in the file
  model::Revision base = 0;          // history is whole from here on
  model::Revision last = 0;
  model::Revision last_reset = 0;
  base::Instant last_at = 0;
  std::uint32_t engine = 1;  // of the last record
  model::Revision flushed = 0;
  // The writer's own.
  LedgerLayout layout;
  LedgerRecord next;  // to be written: its names may be of revisions that were replayed
  std::string frame;  // the last one: its memory serves the next
  Status broken;

  void note(const LedgerRecord& record, FramePlace place);
  Status take_up(FramePlace place, std::string_view payload);
  // `at`: when the revision was committed; never earlier than the one before.
  Status write(base::Instant at, std::span<const AppliedChange> changes);
  Numbering numbering() {
    return {names, &next, [this](const std::function<void()>& change) {
              const MutexLock lock(&mutex);
              change();
            }};
  }
  Status convert(const flow::Delta& delta, const flow::CellView* view, Numbering* numbers,
                 Applied* applied);
  FramePlace place_after(model::Revision revision) const;
};

// Records a frame that is in the file. With `mutex` held, or before readers exist.
void Ledger::Impl::note(const LedgerRecord& record, FramePlace place) {
  const model::Revision revision = record.revision.revision;
  if (index.empty() || index.back().place.segment != place.segment ||
      place.offset - index.back().place.offset >= kIndexStepBytes) {
    index.push_back({revision, place, record.revision.at});
  }
  if (!record.new_groups.empty()) {
    const auto added = static_cast<std::uint32_t>(record.new_groups.size());
    names.add_run(names.group_count() - added, place);
    written_groups = names.group_count();
  }
  if (record.gap) base = revision;
  if (record.engine != 0) engine = record.engine;
  if (record.revision.reset) last_reset = revision;
  last = revision;
  last_at = record.revision.at;
}

// At open: a frame read back.
Status Ledger::Impl::take_up(FramePlace place, std::string_view payload) {
  LedgerRecord record;
  if (const Status status = decode(payload, Depth::kNames, &record); !status.ok()) {
    return base::annotate(
        status, files.segments().empty() ? settings.folder : files.segments().back()->path);
  }
  for (std::string& name : record.new_indicators) names.add_indicator(std::move(name));
  for (auto& dimensions : record.new_groupings) names.add_grouping(std::move(dimensions));
  for (const NewGroup& group : record.new_groups) {
    names.add_group(
        group_hash(group.grouping, group.period, {group.values.begin(), group.values.end()}));
  }
  note(record, place);
  return {};
}

Status Ledger::Impl::write(base::Instant at, std::span<const AppliedChange> changes) {
  next.revision.at = std::max(at, last_at);
  if (engine != settings.engine) next.engine = settings.engine;
  encode(next, changes, &frame);
  const MutexLock lock(&mutex);
  auto place = files.append(frame);
  if (!place.ok()) {
    broken = place.status();
    return broken;
  }
  note(next, *place);
  next = {};
  return {};
}

Status Ledger::Impl::convert(const flow::Delta& delta, const flow::CellView* view,
                             Numbering* numbers, Applied* applied) {
  applied->changes.clear();
  if (delta.reset) {
    LedgerLayout before = std::move(layout);
    layout = numbers->layout_of(*view);
    // Without the view before there is nothing to compare with but an empty state.
    if (delta.previous == nullptr) before = LedgerLayout{};
    numbers->diff(delta.previous.get(), &before, *view, &layout, &applied->changes);
  } else {
    numbers->take_names(delta.names, &layout);
    applied->changes.reserve(delta.changes.size());
    for (const flow::CellChange& change : delta.changes) {
      const model::CellRef ref = change.ref;
      const LedgerLayout::Cuboid& place = layout.cuboids[ref.cuboid];
      const std::uint32_t group =
          ref.group < place.groups.size() ? place.groups[ref.group] : kNoLedgerId;
      if (group == kNoLedgerId) return base::internal("a group was published without its words");
      const std::uint32_t indicator = place.indicators[ref.indicator];
      applied->changes.push_back(
          {{group, indicator, change.before, change.after}, ref, false, false, {}});
    }
  }
  applied->fresh.swap(numbers->fresh());
  return {};
}

// A place at or before the first frame after `revision`. With `mutex` held.
FramePlace Ledger::Impl::place_after(model::Revision revision) const {
  const auto later = std::upper_bound(
      index.begin(), index.end(), revision,
      [](model::Revision wanted, const IndexPoint& point) { return wanted < point.revision; });
  if (later == index.begin()) return {0, LedgerFiles::first_offset()};
  return std::prev(later)->place;
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

StatusOr<std::unique_ptr<Ledger>> Ledger::open(Settings settings) {
  auto impl = std::make_unique<Impl>();
  impl->settings = std::move(settings);
  Impl& it = *impl;
  const std::string folder = it.settings.folder + "/" + base::to_hex(it.settings.epoch);
  PAS_ASSIGN_OR_RETURN(it.files,
                       LedgerFiles::open(folder, it.settings.epoch, it.settings.segment_bytes_max,
                                         [&it](FramePlace place, std::string_view payload) {
                                           return it.take_up(place, payload);
                                         }));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Status Ledger::start(const flow::CellView& view) {
  PAS_RETURN_IF_ERROR(impl_->broken);
  const bool gap = view.revision() > impl_->last;
  Numbering numbers = impl_->numbering();
  impl_->layout = numbers.layout_of(view);
  if (!gap) return {};
  impl_->next.gap = true;
  impl_->next.revision.revision = view.revision();
  std::vector<AppliedChange> cells;
  LedgerLayout none;
  numbers.diff(nullptr, &none, view, &impl_->layout, &cells);
  return impl_->write(impl_->settings.clock->now(), cells);
}

Status Ledger::append(const flow::Delta& delta, const flow::CellView* view, Applied* applied) {
  PAS_RETURN_IF_ERROR(impl_->broken);
  const bool replayed = delta.revision <= impl_->last;
  const bool compares = !replayed && impl_->engine != impl_->settings.engine;
  if (view == nullptr && (compares || delta.reset)) {
    return base::internal("a revision that needs its view was appended without");
  }
  Applied unused;
  Applied& out = applied == nullptr ? unused : *applied;
  Numbering numbers = impl_->numbering();
  if (compares) {
    if (delta.reset) impl_->layout = numbers.layout_of(*view);
    PAS_ASSIGN_OR_RETURN(PublishedCells published, published_last(impl_->files.segments()));
    out.changes = numbers.compare(std::move(published), *view, &impl_->layout);
    out.fresh.swap(numbers.fresh());
  } else {
    PAS_RETURN_IF_ERROR(impl_->convert(delta, view, &numbers, &out));
  }
  if (replayed) return {};
  LedgerRevision& revision = impl_->next.revision;
  revision.revision = delta.revision;
  revision.cause = delta.cause;
  revision.reset = delta.reset;
  return impl_->write(delta.at, out.changes);
}

StatusOr<std::vector<model::PublishedCell>> Ledger::published_otherwise(
    const flow::CellView& view) {
  PAS_ASSIGN_OR_RETURN(PublishedCells published, published_last(impl_->files.segments()));
  Numbering numbers = impl_->numbering();
  LedgerLayout layout = numbers.layout_of(view);
  std::vector<model::PublishedCell> cells;
  for (const AppliedChange& change : numbers.compare(std::move(published), view, &layout)) {
    if (change.gone) {
      PAS_ASSIGN_OR_RETURN(GroupKey key, group_key(change.change.group));
      cells.push_back({indicator_name(change.change.indicator), std::move(key.dimensions),
                       std::move(key.values), key.period, change.change.before});
      continue;
    }
    const flow::CuboidInfo& cuboid = view.cuboids()[change.ref.cuboid];
    const auto values = view.values(change.ref.cuboid, change.ref.group);
    cells.push_back({cuboid.indicators[change.ref.indicator],
                     cuboid.dimensions,
                     {values.begin(), values.end()},
                     view.period(change.ref.cuboid, change.ref.group),
                     change.change.before});
  }
  return cells;
}

Status Ledger::flush(model::Revision revision) {
  SegmentPtr current;
  model::Revision upto = 0;
  {
    const MutexLock lock(&impl_->mutex);
    if (impl_->flushed >= revision) return {};
    current = impl_->files.segments().back();
    upto = impl_->last;
  }
  if (upto < revision) {
    return base::failed_precondition("the ledger ends at revision " + std::to_string(upto) +
                                     "; revision " + std::to_string(revision) +
                                     " was not published");
  }
  PAS_RETURN_IF_ERROR(LedgerFiles::sync(*current));
  const MutexLock lock(&impl_->mutex);
  impl_->flushed = std::max(impl_->flushed, upto);
  return {};
}

bool Ledger::needs_view() const {
  const MutexLock lock(&impl_->mutex);
  return impl_->engine != impl_->settings.engine;
}

model::Revision Ledger::last_revision() const {
  const MutexLock lock(&impl_->mutex);
  return impl_->last;
}

model::Revision Ledger::last_reset() const {
  const MutexLock lock(&impl_->mutex);
  return impl_->last_reset;
}

model::Revision Ledger::resumable_from(std::chrono::seconds age) const {
  const base::Instant oldest = impl_->settings.clock->now() - age.count() * base::kMicrosPerSecond;
  const MutexLock lock(&impl_->mutex);
  model::Revision from = impl_->base;
  for (auto point = impl_->index.rbegin(); point != impl_->index.rend(); ++point) {
    if (point->at >= oldest) continue;
    // What follows this point within its step may be young enough.
    from = std::max(from, point->revision - std::min<model::Revision>(point->revision, 1));
    break;
  }
  return from;
}

StatusOr<model::Revision> Ledger::revision_known_at(base::Instant instant) const {
  LedgerCursor cursor;
  {
    const MutexLock lock(&impl_->mutex);
    const auto later = std::upper_bound(
        impl_->index.begin(), impl_->index.end(), instant,
        [](base::Instant wanted, const IndexPoint& point) { return wanted < point.at; });
    if (impl_->last == 0 || later == impl_->index.begin()) {
      return base::out_of_range(
          "nothing had been published by " + base::format_instant(instant) +
          "; published history begins on " +
          base::format_instant(impl_->index.empty() ? impl_->last_at : impl_->index[0].at));
    }
    if (impl_->last_at <= instant) return impl_->last;
    cursor.after = std::prev(later)->revision;
  }
  // Between two points of the index.
  model::Revision known = cursor.after;
  for (bool past = false; !past;) {
    PAS_ASSIGN_OR_RETURN(const bool whole, scan(&cursor, ~model::Revision{0}, kIndexStepBytes,
                                                [&](const LedgerRevision& revision) {
                                                  past = past || revision.at > instant;
                                                  if (!past) known = revision.revision;
                                                }));
    past = past || whole;
  }
  return known;
}

StatusOr<bool> Ledger::scan(LedgerCursor* cursor, model::Revision last, std::size_t bytes_max,
                            const std::function<void(const LedgerRevision&)>& visit) const {
  std::vector<SegmentPtr> segments;
  {
    const MutexLock lock(&impl_->mutex);
    last = std::min(last, impl_->last);
    if (cursor->after < impl_->base) {
      return base::out_of_range("published history begins at revision " +
                                std::to_string(impl_->base));
    }
    if (cursor->after >= last) return true;
    segments = impl_->files.segments();
    if (cursor->offset == 0) {
      std::tie(cursor->segment, cursor->offset) = [&] {
        const FramePlace place = impl_->place_after(cursor->after);
        return std::pair(place.segment, place.offset);
      }();
    }
  }
  std::string payload;
  LedgerRecord record;
  for (std::size_t bytes = 0; cursor->after < last && bytes < bytes_max;) {
    const Status status = read_frame(*segments[cursor->segment], &cursor->offset, &payload);
    if (absl::IsNotFound(status) && cursor->segment + 1 < segments.size()) {
      ++cursor->segment;
      cursor->offset = LedgerFiles::first_offset();
      continue;
    }
    PAS_RETURN_IF_ERROR(status);
    bytes += payload.size();
    PAS_RETURN_IF_ERROR(decode(payload, Depth::kRevisionOnly, &record));
    if (record.revision.revision <= cursor->after) continue;
    PAS_RETURN_IF_ERROR(decode(payload, Depth::kAll, &record));
    visit(record.revision);
    cursor->after = record.revision.revision;
  }
  return cursor->after >= last;
}

LedgerCursor Ledger::recent(std::size_t bytes) const {
  const MutexLock lock(&impl_->mutex);
  LedgerCursor cursor;
  cursor.after = impl_->base;
  const std::size_t steps = std::max<std::size_t>(bytes / kIndexStepBytes, 1);
  if (impl_->index.size() > steps) {
    const IndexPoint& point = impl_->index[impl_->index.size() - steps];
    cursor.after = std::max(cursor.after, point.revision - 1);
  }
  return cursor;
}

std::vector<std::uint32_t> Ledger::group_ids(const flow::CellView& view, std::uint32_t cuboid,
                                             std::span<const std::uint32_t> groups) const {
  std::uint32_t grouping = kNoLedgerId;
  {
    const MutexLock lock(&impl_->mutex);
    grouping = impl_->names.find_grouping(view.cuboids()[cuboid].dimensions);
  }
  std::vector<std::uint32_t> ids(groups.size(), kNoLedgerId);
  if (grouping == kNoLedgerId) return ids;
  std::vector<std::uint64_t> hashes;
  for (std::size_t begin = 0; begin < groups.size(); begin += kLookupsPerLock) {
    const std::size_t end = std::min(groups.size(), begin + kLookupsPerLock);
    hashes.clear();
    for (std::size_t i = begin; i < end; ++i) {
      hashes.push_back(
          group_hash(grouping, view.period(cuboid, groups[i]), view.values(cuboid, groups[i])));
    }
    const MutexLock lock(&impl_->mutex);
    for (std::size_t i = begin; i < end; ++i) ids[i] = impl_->names.find_group(hashes[i - begin]);
  }
  return ids;
}

std::uint32_t Ledger::indicator_id(std::string_view indicator) const {
  const MutexLock lock(&impl_->mutex);
  return impl_->names.find_indicator(indicator);
}

std::string Ledger::indicator_name(std::uint32_t id) const {
  const MutexLock lock(&impl_->mutex);
  return id < impl_->names.indicators().size() ? impl_->names.indicators()[id] : "";
}

StatusOr<GroupKey> Ledger::group_key(std::uint32_t id) const {
  SegmentPtr segment;
  LedgerNames::Run run;
  {
    const MutexLock lock(&impl_->mutex);
    if (id >= impl_->written_groups) return base::not_found("no such group in the ledger");
    run = impl_->names.run_of(id);
    segment = impl_->files.segments()[run.place.segment];
  }
  std::string payload;
  LedgerRecord record;
  PAS_RETURN_IF_ERROR(read_frame(*segment, &run.place.offset, &payload));
  PAS_RETURN_IF_ERROR(decode(payload, Depth::kNames, &record));
  const std::uint32_t at = id - run.first;
  if (at >= record.new_groups.size()) return base::data_loss("a group is not where it was written");
  NewGroup& group = record.new_groups[at];
  const MutexLock lock(&impl_->mutex);
  if (group.grouping >= impl_->names.groupings().size()) {
    return base::data_loss("a group of the ledger has no grouping");
  }
  return GroupKey{impl_->names.groupings()[group.grouping], std::move(group.values), group.period};
}

}  // namespace passerelle::publication
