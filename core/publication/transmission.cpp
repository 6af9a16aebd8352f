#include "core/publication/transmission.h"

#include <algorithm>

#include "core/base/limits.h"

namespace passerelle::publication {
namespace {

// Messages of a transmission that are kept while it lives: at most some 400 KB a selection.
constexpr std::size_t kKeptMessagesMax = 4;

}  // namespace

Members::Members(Resolved resolved_in)
    : resolved(std::move(resolved_in)),
      seen(resolved.parts().size(), 0),
      groups(resolved.parts().size()) {}

void Members::follow(const flow::CellView& view) {
  for (std::size_t p = 0; p < groups.size(); ++p) {
    const Part& part = resolved.parts()[p];
    const std::uint32_t count = view.group_count(part.cuboid);
    for (std::uint32_t group = seen[p]; group < count; ++group) {
      if (resolved.matches(part, view, group)) groups[p].push_back(group);
    }
    seen[p] = std::max(seen[p], count);
  }
}

Message Transmission::message(std::size_t at) {
  if (Message known = messages_[at].lock()) return known;
  Message message = build(at);
  messages_[at] = message;
  if (messages_.size() <= kKeptMessagesMax) kept_.push_back(message);
  return message;
}

Message Transmission::progress(std::uint64_t conflated) {
  if (conflated != 0) return publication::progress(facts_, conflated);
  if (progress_ == nullptr) progress_ = publication::progress(facts_, 0);
  return progress_;
}

SnapshotTransmission::SnapshotTransmission(std::shared_ptr<const flow::CellView> view,
                                           ProgressFacts facts,
                                           std::atomic<std::uint64_t>* serialisations,
                                           std::shared_ptr<const Members> members)
    : Transmission(std::move(view), std::move(facts), serialisations),
      members_(std::move(members)) {
  for (std::size_t p = 0; p < members_->groups.size(); ++p) {
    const auto indicators =
        static_cast<std::size_t>(__builtin_popcountll(members_->resolved.parts()[p].indicators));
    const std::size_t step =
        std::max<std::size_t>(base::kCellsPerMessageMax / std::max<std::size_t>(indicators, 1), 1);
    for (std::size_t begin = 0; begin < members_->groups[p].size(); begin += step) {
      slices_.push_back({p, begin, std::min(begin + step, members_->groups[p].size())});
    }
  }
  set_size(slices_.size() + 2);
}

Message SnapshotTransmission::build(std::size_t at) {
  if (at == 0) return snapshot_begin(facts().revision);
  if (at == slices_.size() + 1) return snapshot_end(facts().revision);
  const Slice& slice = slices_[at - 1];
  BatchWriter writer;
  for (std::size_t i = slice.begin; i < slice.end; ++i) {
    const std::uint32_t group = members_->groups[slice.part][i];
    Dimensions dimensions;
    members_->visit_group(view(), slice.part, group, [&](model::CellRef ref) {
      const model::CellValue value = view().cell(ref);
      if (value.absent) return;
      if (dimensions.empty()) dimensions = dimensions_of(view(), ref.cuboid, group);
      writer.add(view().cuboids()[ref.cuboid].indicators[ref.indicator], dimensions, value, 0,
                 nullptr);
    });
  }
  if (writer.cells() > 0) count_serialisation();
  return writer.take();
}

DeltaTransmission::DeltaTransmission(std::shared_ptr<const flow::CellView> view,
                                     ProgressFacts facts,
                                     std::atomic<std::uint64_t>* serialisations, NetChanges changes,
                                     const Ledger& ledger)
    : Transmission(std::move(view), std::move(facts), serialisations),
      changes_(std::move(changes)),
      ledger_(ledger) {
  set_size((changes_->size() + base::kCellsPerMessageMax - 1) / base::kCellsPerMessageMax);
}

Message DeltaTransmission::build(std::size_t at) {
  const std::size_t begin = at * base::kCellsPerMessageMax;
  const std::size_t end = std::min(begin + base::kCellsPerMessageMax, changes_->size());
  BatchWriter writer;
  for (std::size_t i = begin; i < end; ++i) {
    const NetChange& change = (*changes_)[i];
    const auto words = words_of(change.id, change.location, view(), ledger_);
    if (!words.ok()) continue;  // the hash of Progress then tells the subscriber to ask again
    writer.add(words->indicator, words->dimensions, change.after, facts().revision, &change.before);
  }
  count_serialisation();
  return writer.take();
}

}  // namespace passerelle::publication
