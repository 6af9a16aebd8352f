#include "core/publication/history.h"

#include <algorithm>

#include "core/model/org_view.h"

namespace passerelle::publication {

Locator::Locator(const Ledger& ledger, Selector selector, Resolved resolved)
    : ledger_(ledger),
      selector_(std::move(selector)),
      grouping_(selector_.grouping()),
      resolved_(std::move(resolved)) {
  for (const std::string& indicator : selector_.indicators) {
    const std::uint32_t id = ledger_.indicator_id(indicator);
    if (id != kNoLedgerId) asked_.insert(id);
  }
}

void Locator::learn_layout(const flow::CellView& view) {
  for (const Part& part : resolved_.parts()) {
    const flow::CuboidInfo& cuboid = view.cuboids()[part.cuboid];
    std::map<std::uint32_t, std::uint16_t>& places = places_.emplace_back();
    for (std::uint16_t i = 0; i < cuboid.indicators.size(); ++i) {
      if ((part.indicators >> i & 1) == 0) continue;
      const std::uint32_t id = ledger_.indicator_id(cuboid.indicators[i]);
      if (id == kNoLedgerId) continue;
      places.emplace(id, i);
      grains_[id] = cuboid.grain;
    }
  }
  followed_.assign(resolved_.parts().size(), 0);
}

void Locator::follow(const flow::CellView& view) {
  if (places_.empty()) learn_layout(view);
  for (std::uint32_t p = 0; p < resolved_.parts().size(); ++p) {
    const Part& part = resolved_.parts()[p];
    const std::uint32_t count = view.group_count(part.cuboid);
    for (std::uint32_t group = followed_[p]; group < count; ++group) {
      if (resolved_.matches(part, view, group)) unnumbered_.push_back({p, group});
    }
    followed_[p] = std::max(followed_[p], count);
  }
  number(view);
}

// A group has no number before its first change, so those left are tried again each time.
void Locator::number(const flow::CellView& view) {
  const std::vector<Home> waiting = std::move(unnumbered_);
  unnumbered_.clear();
  std::vector<std::uint32_t> groups;
  for (std::size_t begin = 0; begin < waiting.size();) {
    const std::uint32_t part = waiting[begin].part;
    groups.clear();
    std::size_t end = begin;
    for (; end < waiting.size() && waiting[end].part == part; ++end) {
      groups.push_back(waiting[end].group);
    }
    const std::vector<std::uint32_t> ids =
        ledger_.group_ids(view, resolved_.parts()[part].cuboid, groups);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (ids[i] == kNoLedgerId) {
        unnumbered_.push_back(waiting[begin + i]);
      } else {
        homes_.emplace(ids[i], waiting[begin + i]);
      }
    }
    begin = end;
  }
}

Location Locator::locate(CellId id) {
  const auto group = static_cast<std::uint32_t>(id >> 16);
  const auto indicator = static_cast<std::uint32_t>(id & 0xFFFF);
  if (asked_.count(indicator) == 0) return {};
  const auto [begin, end] = homes_.equal_range(group);
  for (auto home = begin; home != end; ++home) {
    const auto place = places_[home->second.part].find(indicator);
    if (place == places_[home->second.part].end()) continue;
    const std::uint32_t cuboid = resolved_.parts()[home->second.part].cuboid;
    return {true, false, {cuboid, home->second.group, place->second}};
  }
  // A group of the present layout is not selected for this indicator, or the layout lost it.
  return {was_selected(id), true, {}};
}

// Whether a cell that the present layout does not have was one of the selection.
bool Locator::was_selected(CellId id) {
  const auto group = static_cast<std::uint32_t>(id >> 16);
  const auto indicator = static_cast<std::uint32_t>(id & 0xFFFF);
  const auto [known, fresh] = strangers_.try_emplace(group);
  if (fresh) {
    const auto key = ledger_.group_key(group);
    bool matches = key.ok() && key->dimensions == grouping_ &&
                   resolved_.matches_period(key->period.to_string());
    for (std::size_t i = 0; matches && i < key->values.size(); ++i) {
      const auto wanted =
          selector_.filter.find(std::string(model::plain_dimension(key->dimensions[i])));
      matches = wanted == selector_.filter.end() || wanted->second == key->values[i];
    }
    if (matches) known->second = key->period;
  }
  if (!known->second) return false;
  const auto grain = grains_.find(indicator);
  if (grain != grains_.end()) return known->second->grain() == grain->second;
  return selector_.grain.empty() || selector_.grain == base::to_string(known->second->grain());
}

StatusOr<CellWords> words_of(CellId id, const Location& location, const flow::CellView& view,
                             const Ledger& ledger) {
  if (!location.gone) {
    const model::CellRef ref = location.ref;
    return CellWords{view.cuboids()[ref.cuboid].indicators[ref.indicator],
                     dimensions_of(view, ref.cuboid, ref.group)};
  }
  PAS_ASSIGN_OR_RETURN(const GroupKey key, ledger.group_key(static_cast<std::uint32_t>(id >> 16)));
  return CellWords{ledger.indicator_name(static_cast<std::uint32_t>(id & 0xFFFF)),
                   dimensions_of(key)};
}

}  // namespace passerelle::publication
