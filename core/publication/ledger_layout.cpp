#include "core/publication/ledger_layout.h"

#include <algorithm>
#include <tuple>

namespace passerelle::publication {
namespace {

// Where the groups of a layout are, sorted by the ledger's number: one grouping may be spread over
// several cuboids, so a number may be there more than once.
struct GroupPlace {
  std::uint32_t id = 0;
  std::uint32_t cuboid = 0;
  std::uint32_t group = 0;
  auto operator<=>(const GroupPlace&) const = default;
};
using GroupPlaces = std::vector<GroupPlace>;

bool has_cells(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group) {
  const std::size_t indicators = view.cuboids()[cuboid].indicators.size();
  for (std::uint16_t i = 0; i < indicators; ++i) {
    if (!view.cell({cuboid, group, i}).absent) return true;
  }
  return false;
}

GroupPlaces locations_of(const flow::CellView& view, LedgerLayout* layout, Numbering* numbering) {
  GroupPlaces locations;
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    const std::uint32_t count = view.group_count(cuboid);
    for (std::uint32_t group = 0; group < count; ++group) {
      if (!has_cells(view, cuboid, group)) continue;
      const std::uint32_t id = numbering->group(view, cuboid, group, layout);
      locations.push_back({id, cuboid, group});
    }
  }
  std::sort(locations.begin(), locations.end());
  return locations;
}

// The place of (group, indicator) in a layout, if the layout has it.
bool find_cell(const GroupPlaces& locations, const LedgerLayout& layout, std::uint32_t id,
               std::uint32_t indicator, model::CellRef* ref) {
  auto at = std::lower_bound(locations.begin(), locations.end(), GroupPlace{id, 0, 0});
  for (; at != locations.end() && at->id == id; ++at) {
    const auto& indicators = layout.cuboids[at->cuboid].indicators;
    const auto found = std::find(indicators.begin(), indicators.end(), indicator);
    if (found == indicators.end()) continue;
    *ref = {at->cuboid, at->group, static_cast<std::uint16_t>(found - indicators.begin())};
    return true;
  }
  return false;
}

}  // namespace

LedgerLayout Numbering::layout_of(const flow::CellView& view) {
  LedgerLayout layout;
  for (const flow::CuboidInfo& info : view.cuboids()) {
    LedgerLayout::Cuboid cuboid;
    cuboid.grouping = names_.find_grouping(info.dimensions);
    if (cuboid.grouping == kNoLedgerId) {
      change_names_([&] { cuboid.grouping = names_.add_grouping(info.dimensions); });
      record_.new_groupings.push_back(info.dimensions);
    }
    for (const std::string& name : info.indicators) {
      std::uint32_t id = names_.find_indicator(name);
      if (id == kNoLedgerId) {
        change_names_([&] { id = names_.add_indicator(name); });
        record_.new_indicators.push_back(name);
      }
      cuboid.indicators.push_back(id);
    }
    layout.cuboids.push_back(std::move(cuboid));
  }
  return layout;
}

std::uint32_t Numbering::number_of(NewGroup group) {
  const std::uint64_t hash =
      group_hash(group.grouping, group.period, {group.values.begin(), group.values.end()});
  std::uint32_t id = names_.find_group(hash);
  if (id != kNoLedgerId) return id;
  change_names_([&] { id = names_.add_group(hash); });
  record_.new_groups.push_back(std::move(group));
  return id;
}

std::uint32_t Numbering::group(const flow::CellView& view, std::uint32_t cuboid,
                               std::uint32_t group, LedgerLayout* layout) {
  LedgerLayout::Cuboid& place = layout->cuboids[cuboid];
  if (group >= place.groups.size()) {
    place.groups.resize(std::max<std::size_t>(group + 1, view.group_count(cuboid)), kNoLedgerId);
  }
  std::uint32_t& id = place.groups[group];
  if (id != kNoLedgerId) return id;
  const auto values = view.values(cuboid, group);
  id = number_of({place.grouping, view.period(cuboid, group), {values.begin(), values.end()}});
  fresh_.push_back({id, cuboid, group, 0});
  return id;
}

void Numbering::take_names(const flow::GroupNames& names, LedgerLayout* layout) {
  for (std::uint32_t name = 0; name < names.groups().size(); ++name) {
    const flow::NamedGroup& named = names.groups()[name];
    LedgerLayout::Cuboid& place = layout->cuboids[named.cuboid];
    if (named.group >= place.groups.size()) {
      const std::size_t half_more = place.groups.size() + place.groups.size() / 2;
      place.groups.resize(std::max<std::size_t>(named.group + 1, half_more), kNoLedgerId);
    }
    std::uint32_t& id = place.groups[named.group];
    if (id != kNoLedgerId) continue;
    const auto values = names.values(named);
    id = number_of({place.grouping, named.period, {values.begin(), values.end()}});
    fresh_.push_back({id, named.cuboid, named.group, name});
  }
}

std::vector<AppliedChange> Numbering::compare(PublishedCells published, const flow::CellView& after,
                                              LedgerLayout* layout) {
  std::vector<AppliedChange> changes;
  for (std::uint32_t cuboid = 0; cuboid < after.cuboids().size(); ++cuboid) {
    const LedgerLayout::Cuboid& place = layout->cuboids[cuboid];
    const std::uint32_t groups = after.group_count(cuboid);
    for (std::uint32_t group = 0; group < groups; ++group) {
      // A group without cells gets no number, but it may have had some.
      const bool has_any = has_cells(after, cuboid, group);
      const std::uint32_t id =
          has_any ? this->group(after, cuboid, group, layout)
                  : names_.find_group(group_hash(place.grouping, after.period(cuboid, group),
                                                 after.values(cuboid, group)));
      if (id == kNoLedgerId) continue;
      for (std::uint16_t i = 0; i < place.indicators.size(); ++i) {
        AppliedChange change;
        change.ref = {cuboid, group, i};
        change.change = {id, place.indicators[i], {}, after.cell(change.ref)};
        const auto known = published.find(cell_id(id, place.indicators[i]));
        if (known != published.end()) {
          change.change.before = known->second;
          published.erase(known);
        }
        if (!change.change.before.same_value(change.change.after)) changes.push_back(change);
      }
    }
  }
  const auto first_gone = static_cast<std::ptrdiff_t>(changes.size());
  for (const auto& [id, value] : published) {
    if (value.absent) continue;
    AppliedChange change;
    change.gone = true;
    change.change = {
        static_cast<std::uint32_t>(id >> 16), static_cast<std::uint32_t>(id & 0xFFFF), value, {}};
    changes.push_back(change);
  }
  std::sort(changes.begin() + first_gone, changes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.change.group, a.change.indicator) <
           std::pair(b.change.group, b.change.indicator);
  });
  return changes;
}

void Numbering::diff(const flow::CellView* before, LedgerLayout* before_layout,
                     const flow::CellView& after, LedgerLayout* after_layout,
                     std::vector<AppliedChange>* changes) {
  GroupPlaces old_places;
  if (before != nullptr) old_places = locations_of(*before, before_layout, this);
  const GroupPlaces new_places = locations_of(after, after_layout, this);
  for (const GroupPlace& place : new_places) {
    const auto& indicators = after_layout->cuboids[place.cuboid].indicators;
    for (std::uint16_t i = 0; i < indicators.size(); ++i) {
      AppliedChange change;
      change.ref = {place.cuboid, place.group, i};
      change.has_old =
          find_cell(old_places, *before_layout, place.id, indicators[i], &change.old_ref);
      change.change = {place.id, indicators[i], {}, after.cell(change.ref)};
      if (change.has_old) change.change.before = before->cell(change.old_ref);
      if (!change.change.before.same_value(change.change.after)) changes->push_back(change);
    }
  }
  for (const GroupPlace& place : old_places) {
    const auto& indicators = before_layout->cuboids[place.cuboid].indicators;
    for (std::uint16_t i = 0; i < indicators.size(); ++i) {
      AppliedChange change;
      model::CellRef unused;
      if (find_cell(new_places, *after_layout, place.id, indicators[i], &unused)) continue;
      change.gone = true;
      change.has_old = true;
      change.old_ref = {place.cuboid, place.group, i};
      change.change = {place.id, indicators[i], before->cell(change.old_ref), {}};
      if (!change.change.before.absent) changes->push_back(change);
    }
  }
}

}  // namespace passerelle::publication
