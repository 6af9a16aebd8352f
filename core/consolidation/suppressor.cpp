#include "core/consolidation/suppressor.h"

#include <algorithm>
#include <iterator>

#include "core/base/limits.h"

namespace passerelle::consolidation {
namespace {

std::uint32_t coarsened_period(std::uint32_t period, base::Grain grain) {
  return base::Period::from_packed(period).coarsened(grain).packed();
}

std::uint64_t facts_shown(const SuppressionFamily::Member& member, const GroupStore& store,
                          std::uint32_t group) {
  const CellPlan& plan = store.layout().cells[member.place.cell];
  std::uint32_t most = 0;
  for (const std::uint32_t number : member.aggregates) {
    most = std::max(most, facts_of(plan.aggregates[number], view_of(store, group)));
  }
  return most;
}

}  // namespace

void Suppressor::follow(const GroupStore& atoms) {
  for (; followed_ < atoms.size(); ++followed_) {
    groups_[coarsened_period(atoms.period(followed_), family_->system)].push_back(followed_);
  }
}

// In an order that depends on nothing but their texts. `codes`: by rank.
std::vector<Suppressor::RankedKey> Suppressor::atoms_of(std::uint32_t system,
                                                        const GroupStore& atoms,
                                                        std::vector<Code>* codes) const {
  std::vector<RankedKey> keys;
  const auto known = groups_.find(system);
  if (known == groups_.end()) return keys;
  for (const std::uint32_t group : known->second) {
    const char* row = atoms.row(group);
    const bool has_facts =
        std::any_of(family_->counts.begin(), family_->counts.end(),
                    [&](Offset at) { return load<std::uint32_t>(row, at) != 0; });
    if (!has_facts) continue;
    keys.push_back(key_of(atoms, group));
    codes->insert(codes->end(), keys.back().begin(), std::prev(keys.back().end()));
  }
  std::sort(codes->begin(), codes->end());
  codes->erase(std::unique(codes->begin(), codes->end()), codes->end());
  std::vector<Code> by_code = *codes;
  std::sort(codes->begin(), codes->end(),
            [&](Code a, Code b) { return (*strings_)[a] < (*strings_)[b]; });
  std::vector<std::uint32_t> rank(by_code.size());
  for (std::uint32_t i = 0; i < codes->size(); ++i) {
    const auto at = std::lower_bound(by_code.begin(), by_code.end(), (*codes)[i]);
    rank[static_cast<std::size_t>(at - by_code.begin())] = i;
  }
  for (RankedKey& key : keys) {
    for (std::size_t i = 0; i + 1 < key.size(); ++i) {
      const auto at = std::lower_bound(by_code.begin(), by_code.end(), key[i]);
      key[i] = rank[static_cast<std::size_t>(at - by_code.begin())];
    }
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Suppressor::Keyed Suppressor::table_of(const std::vector<RankedKey>& atoms,
                                       const std::vector<Code>& codes) const {
  Keyed keyed;
  keyed.table.below = family_->below;
  for (std::uint32_t number = 0; number < family_->publications.size(); ++number) {
    const auto& publication = family_->publications[number];
    std::map<RankedKey, std::vector<std::uint32_t>> cells;
    for (std::uint32_t atom = 0; atom < atoms.size(); ++atom) {
      RankedKey key;
      key.reserve(publication.dimensions.size() + 1);
      for (const std::uint32_t dimension : publication.dimensions) {
        key.push_back(atoms[atom][dimension]);
      }
      key.push_back(coarsened_period(atoms[atom].back(), publication.grain));
      cells[std::move(key)].push_back(atom);
    }
    for (auto& [ranked, members] : cells) {
      keyed.table.cells.push_back({number, 0, false, std::move(members)});
      std::vector<std::uint32_t> key = ranked;
      for (std::size_t i = 0; i + 1 < key.size(); ++i) key[i] = codes[ranked[i]];
      keyed.keys.push_back(std::move(key));
    }
    keyed.table.finer.push_back(publication.finer);
    keyed.places += atoms.size();
  }
  return keyed;
}

// What each cell shows, at most, of facts; small ones are hidden.
void Suppressor::count(const GroupStores& stores, Keyed* keyed) const {
  for (std::size_t i = 0; i < keyed->keys.size(); ++i) {
    SuppressionTable::Cell& cell = keyed->table.cells[i];
    for (const auto& member : family_->publications[cell.publication].members) {
      const GroupStore& store = *stores[member.place.cuboid];
      const auto group = store.find(keyed->keys[i].data());
      if (!group) continue;
      const std::uint64_t n = facts_shown(member, store, *group);
      cell.n = std::max(cell.n, n);
      cell.hidden = cell.hidden || (n > 0 && n < family_->below);
    }
  }
}

void Suppressor::settle(std::uint32_t system, const GroupStores& stores) {
  std::vector<Code> codes;
  const auto atoms = atoms_of(system, *stores[family_->atoms], &codes);
  Keyed keyed = table_of(atoms, codes);
  count(stores, &keyed);
  bool proved = keyed.places <= base::kSuppressionCellsMax;
  if (proved) {
    proved = hide_what_would_tell(&keyed.table);
  } else if (std::any_of(keyed.table.cells.begin(), keyed.table.cells.end(),
                         [](const auto& cell) { return cell.hidden; })) {
    hide_all_but_the_coarsest(&keyed.table);
  } else {
    proved = true;
  }
  if (proved) {
    coarsened_.erase(system);
  } else {
    coarsened_.insert(system);
  }
  std::vector<Mark> marks;
  for (std::size_t i = 0; i < keyed.keys.size(); ++i) {
    const SuppressionTable::Cell& cell = keyed.table.cells[i];
    if (!cell.hidden) continue;
    // Of every member, also of one that has no fact there: that would tell, too.
    for (const auto& member : family_->publications[cell.publication].members) {
      GroupStore& store = *stores[member.place.cuboid];
      marks.push_back(
          {member.place.cuboid, store.find_or_add(keyed.keys[i].data()), member.hidden});
    }
  }
  note(system, std::move(marks), stores);
}

void Suppressor::note(std::uint32_t system, std::vector<Mark> marks, const GroupStores& stores) {
  std::sort(marks.begin(), marks.end());
  std::vector<Mark>& known = marks_[system];
  const auto set = [&](const std::vector<Mark>& changed, std::uint32_t hidden) {
    for (const Mark& mark : changed) {
      store(stores[mark.cuboid]->touch(mark.group), mark.at, hidden);
    }
  };
  std::vector<Mark> gone;
  std::set_difference(known.begin(), known.end(), marks.begin(), marks.end(),
                      std::back_inserter(gone));
  std::vector<Mark> come;
  std::set_difference(marks.begin(), marks.end(), known.begin(), known.end(),
                      std::back_inserter(come));
  set(gone, 0);
  set(come, 1);
  known = std::move(marks);
  if (known.empty()) marks_.erase(system);
}

void Suppressor::settle(const GroupStores& stores) {
  const GroupStore& atoms = *stores[family_->atoms];
  follow(atoms);
  std::set<std::uint32_t> systems;
  for (std::size_t i = 0; i < atoms.touched(); ++i) {
    systems.insert(coarsened_period(atoms.period(atoms.touched_group(i)), family_->system));
  }
  for (const std::uint32_t system : systems) settle(system, stores);
}

}  // namespace passerelle::consolidation
