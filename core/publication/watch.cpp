#include "core/publication/watch.h"

#include <algorithm>

namespace passerelle::publication {

void Watched::resolve(Resolved now, std::size_t cuboids) {
  resolved = std::move(now);
  masks.assign(cuboids, 0);
  for (const Part& part : resolved.parts()) masks[part.cuboid] = part.indicators;
}

std::vector<std::uint32_t> watched_groups(const Resolved& resolved, const flow::CellView& view,
                                          const Ledger& ledger) {
  std::vector<std::uint32_t> found;
  for (const Part& part : resolved.parts()) {
    std::vector<std::uint32_t> groups;
    for (std::uint32_t group = 0; group < view.group_count(part.cuboid); ++group) {
      if (resolved.matches(part, view, group)) groups.push_back(group);
    }
    for (const std::uint32_t id : ledger.group_ids(view, part.cuboid, groups)) {
      if (id != kNoLedgerId) found.push_back(id);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void WatchIndex::add(const std::shared_ptr<Watched>& watched,
                     const std::vector<std::uint32_t>& groups) {
  const auto selection = static_cast<std::uint32_t>(selections_.size());
  selections_.push_back(watched);
  for (const std::uint32_t group : groups) link(group, selection);
}

void WatchIndex::take_up(const Applied::Fresh& fresh, const flow::GroupNames& names) {
  const flow::NamedGroup& named = names.groups()[fresh.name];
  const std::vector<std::string_view> values = names.values(named);
  for (std::uint32_t selection = 0; selection < selections_.size(); ++selection) {
    const Watched& watched = *selections_[selection];
    if (watched.ended) continue;
    for (const Part& part : watched.resolved.parts()) {
      if (part.cuboid != fresh.cuboid) continue;
      if (watched.resolved.matches(part, named.period, values)) link(fresh.id, selection);
    }
  }
}

void WatchIndex::take_up(const Applied::Fresh& fresh, const flow::CellView& view,
                         std::uint32_t selection) {
  const Watched& watched = *selections_[selection];
  if (watched.ended) return;
  for (const Part& part : watched.resolved.parts()) {
    if (part.cuboid != fresh.cuboid || !watched.resolved.matches(part, view, fresh.group)) continue;
    link(fresh.id, selection);
  }
}

void WatchIndex::note(const AppliedChange& change, model::CellRef ref, std::uint32_t generation) {
  const std::uint32_t group = change.change.group;
  if (group >= first_.size()) return;
  const CellId id = cell_id(group, change.change.indicator);
  for (std::uint32_t at = first_[group]; at != 0; at = entries_[at - 1].next) {
    Watched& watched = *selections_[entries_[at - 1].selection];
    if (watched.ended || ref.cuboid >= watched.masks.size()) continue;
    if ((watched.masks[ref.cuboid] >> ref.indicator & 1) == 0) continue;
    const auto [pending, fresh] =
        watched.head.cells.try_emplace(id, Pending{change.change.before, {}, 0, false});
    pending->second.ref = change.ref;
    pending->second.generation = generation;
    pending->second.gone = change.gone;
    ++pending->second.published;
  }
}

void WatchIndex::rebuild(const flow::CellView& view, const Ledger& ledger) {
  first_.clear();
  entries_.clear();
  std::vector<std::shared_ptr<Watched>> all = std::move(selections_);
  selections_.clear();
  for (const std::shared_ptr<Watched>& watched : all) {
    if (watched->ended) continue;
    watched->resolve(Resolved::lenient(watched->selector, view), view.cuboids().size());
    add(watched, watched_groups(watched->resolved, view, ledger));
  }
}

void WatchIndex::tidy() {
  const auto ended = static_cast<std::size_t>(
      std::count_if(selections_.begin(), selections_.end(),
                    [](const std::shared_ptr<Watched>& watched) { return watched->ended; }));
  if (ended * 2 <= selections_.size()) return;
  std::vector<std::uint32_t> numbers(selections_.size());
  std::vector<std::shared_ptr<Watched>> kept;
  for (std::size_t i = 0; i < selections_.size(); ++i) {
    numbers[i] = static_cast<std::uint32_t>(kept.size());
    if (!selections_[i]->ended) kept.push_back(selections_[i]);
  }
  const std::vector<std::shared_ptr<Watched>> before = std::move(selections_);
  const std::vector<Entry> entries = std::move(entries_);
  selections_ = std::move(kept);
  entries_.clear();
  for (std::uint32_t group = 0; group < first_.size(); ++group) {
    std::uint32_t at = first_[group];
    first_[group] = 0;
    for (; at != 0; at = entries[at - 1].next) {
      const std::uint32_t selection = entries[at - 1].selection;
      if (!before[selection]->ended) link(group, numbers[selection]);
    }
  }
}

void WatchIndex::link(std::uint32_t group, std::uint32_t selection) {
  if (group >= first_.size()) first_.resize(group + group / 2 + 64, 0);
  for (std::uint32_t at = first_[group]; at != 0; at = entries_[at - 1].next) {
    if (entries_[at - 1].selection == selection) return;
  }
  entries_.push_back({selection, first_[group]});
  first_[group] = static_cast<std::uint32_t>(entries_.size());
}

}  // namespace passerelle::publication
