#include "core/consolidation/cell_moves.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "core/consolidation/fact_signature.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {
namespace {

const Measure* same_measure(const CuboidInput& input, const Measure& wanted) {
  for (const Measure& measure : input.measures) {
    if (measure.filter != wanted.filter || measure.argument != wanted.argument) continue;
    const bool has_all = (wanted.sum == kNoOffset || measure.sum != kNoOffset) &&
                         (wanted.squares == kNoOffset || measure.squares != kNoOffset) &&
                         (wanted.bag == kNoOffset || measure.bag != kNoOffset);
    return has_all ? &measure : nullptr;
  }
  return nullptr;
}

const FlagCount* same_flag(const CuboidInput& input, const FlagCount& wanted) {
  for (const FlagCount& flag : input.flags) {
    if (flag.filter == wanted.filter) return &flag;
  }
  return nullptr;
}

// Of sorted runs one behind the other.
void merge_runs(std::vector<std::int64_t>* values, std::vector<std::size_t> ends) {
  while (ends.size() > 1) {
    std::vector<std::size_t> merged;
    std::size_t from = 0;
    for (std::size_t i = 0; i < ends.size(); i += 2) {
      const std::size_t end = ends[std::min(i + 1, ends.size() - 1)];
      const auto begin = values->begin();
      std::inplace_merge(begin + static_cast<std::ptrdiff_t>(from),
                         begin + static_cast<std::ptrdiff_t>(ends[i]),
                         begin + static_cast<std::ptrdiff_t>(end));
      from = end;
      merged.push_back(end);
    }
    ends = std::move(merged);
  }
}

}  // namespace

CellMoves::CellMoves(const KindPlan& kind, const GroupStores& stores, OrgChanges* changes)
    : kind_(kind), stores_(stores), changes_(changes), member_of_(kind.inputs.size(), kNoMember) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kind.inputs.size(); ++i) {
    const auto& dimensions = stores[kind.inputs[i].cuboid]->layout().info.dimensions;
    if (std::any_of(dimensions.begin(), dimensions.end(), [](const std::string& dimension) {
          return model::is_org_dimension(model::plain_dimension(dimension));
        })) {
      order.push_back(i);
    }
  }
  // Donors, which are finer, come last: they still hold what they held when they are asked.
  const auto fineness = [&](std::size_t i) {
    return std::tuple(kind.inputs[i].dimensions.size(), -static_cast<int>(kind.inputs[i].grain));
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return fineness(a) < fineness(b); });
  for (const std::size_t i : order) {
    member_of_[i] = static_cast<std::uint32_t>(members_.size());
    Member member;
    member.input = &kind.inputs[i];
    const auto& dimensions = stores[member.input->cuboid]->layout().info.dimensions;
    for (std::uint32_t at = 0; at < dimensions.size(); ++at) {
      if (!model::is_org_dimension(model::plain_dimension(dimensions[at]))) continue;
      member.units.at.push_back(at);
      if (changes_ != nullptr) member.units.places.push_back(changes_->place_of(dimensions[at]));
    }
    member.memo = TupleMemo(1 + member.units.at.size());
    members_.push_back(std::move(member));
  }
  shares_.resize(members_.size());
  by_facts_.resize(members_.size());
  for (std::uint32_t member = 0; member < members_.size(); ++member) plan(member);
}

std::uint32_t CellMoves::class_of(Member* member, std::uint32_t period,
                                  const std::vector<Code>& codes) {
  const std::uint32_t span = changes_->span_of(period);
  tuple_.assign(codes.begin(), codes.end());
  tuple_.push_back(span);
  const std::uint32_t number = member->memo.find_or_add(tuple_.data());
  if (number < member->classes.size()) return number;
  Class made;
  for (const UnitMove& move : changes_->moves(span)) {
    bool begins_here = true;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      begins_here = begins_here && move.before[member->units.places[i]] == codes[i];
    }
    if (!begins_here) continue;
    made.moves.push_back(move);
    made.is_moved = made.is_moved || move.before != move.after;
  }
  member->classes.push_back(std::move(made));
  return number;
}

void CellMoves::scan(std::uint32_t number) {
  Member* member = &members_[number];
  if (member->is_scanned) return;
  member->is_scanned = true;
  const GroupStore& store = *stores_[member->input->cuboid];
  const Offset key = store.layout().key;
  std::vector<Code> codes(member->units.at.size());
  for (std::uint32_t group = 0; group < store.size(); ++group) {
    const char* row = store.row(group);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::size_t at = member->units.at[i];
      codes[i] = load<Code>(row, static_cast<Offset>(key + at * sizeof(Code)));
    }
    const std::uint32_t found = class_of(member, store.period(group), codes);
    if (member->classes[found].is_moved) member->groups.emplace_back(group, found);
  }
}

CellMoves::Way CellMoves::way_of(const Class& of, const Member& target) const {
  Way way;
  bool is_first = true;
  for (const UnitMove& move : of.moves) {
    std::vector<Code> before;
    std::vector<Code> after;
    for (const std::uint32_t place : target.units.places) {
      before.push_back(move.before[place]);
      after.push_back(move.after[place]);
    }
    way.is_moved = way.is_moved || before != after;
    way.is_clear = way.is_clear && (is_first || (before == way.before && after == way.after));
    way.before = before;
    way.after = after;
    is_first = false;
  }
  // Where nobody moves all stay, whoever they are.
  way.is_clear = way.is_clear || !way.is_moved;
  return way;
}

bool CellMoves::can_give(const Member& donor, const Member& target) const {
  if (&donor == &target) return true;
  const CuboidInput& from = *donor.input;
  const CuboidInput& to = *target.input;
  const auto& finer = stores_[from.cuboid]->layout().info.dimensions;
  const auto& coarser = stores_[to.cuboid]->layout().info.dimensions;
  const bool is_finer = finer.size() > coarser.size() || from.grain < to.grain;
  return is_finer && from.at == to.at && from.grain <= to.grain &&
         std::includes(finer.begin(), finer.end(), coarser.begin(), coarser.end());
}

std::size_t CellMoves::unclear_groups(std::uint32_t donor, const Member& target) {
  scan(donor);
  const Member& from = members_[donor];
  std::vector<bool> unclear;
  for (const Class& one : from.classes) unclear.push_back(!way_of(one, target).is_clear);
  return static_cast<std::size_t>(
      std::count_if(from.groups.begin(), from.groups.end(),
                    [&](const auto& group) { return unclear[group.second]; }));
}

// The donor with the fewest groups that do not suffice; the coarsest of these.
void CellMoves::plan(std::uint32_t number) {
  const Member& target = members_[number];
  const CuboidInput& input = *target.input;
  by_facts_[number] = changes_ == nullptr || input.grain == base::Grain::kAll;
  // A series of a stock does not tell which of its facts closed before the day and which after.
  if (by_facts_[number] || !input.stocks.empty()) months_ = kAllMonths;
  if (by_facts_[number]) return;
  std::vector<std::pair<std::size_t, std::uint32_t>> donors;  // unclear groups
  for (std::uint32_t donor = number; donor < members_.size(); ++donor) {
    if (!can_give(members_[donor], target)) continue;
    donors.emplace_back(unclear_groups(donor, target), donor);
    if (donors.back().first == 0 && donor == number) break;
  }
  std::sort(donors.begin(), donors.end());
  std::map<std::uint32_t, Share> shares;
  const auto share_of = [&](const auto& has_it) -> Share& {
    for (const auto& [unclear, donor] : donors) {
      if (!has_it(*members_[donor].input)) continue;
      Share& share = shares[donor];
      share.donor = donor;
      return share;
    }
    std::abort();  // a cuboid can always give to itself
  };
  for (const Measure& measure : input.measures) {
    Share& share = share_of([&](const auto& from) { return same_measure(from, measure); });
    share.measures.push_back({&measure, same_measure(*members_[share.donor].input, measure)});
  }
  for (const FlagCount& flag : input.flags) {
    Share& share = share_of([&](const auto& from) { return same_flag(from, flag); });
    share.flags.emplace_back(&flag, same_flag(*members_[share.donor].input, flag));
  }
  for (auto& [donor, share] : shares) {
    look_at_unclear(share, target);
    members_[donor].targets.push_back(number);
    shares_[number].push_back(std::move(share));
  }
}

void CellMoves::look_at_unclear(const Share& share, const Member& target) {
  const Member& donor = members_[share.donor];
  const GroupStore& store = *stores_[donor.input->cuboid];
  std::vector<bool> unclear;
  for (const Class& one : donor.classes) unclear.push_back(!way_of(one, target).is_clear);
  for (const auto& [group, of] : donor.groups) {
    if (!unclear[of]) continue;
    if (target.input->at != 0) months_ = kAllMonths;  // a signature tells the month of the first
    if (months_ == kAllMonths) return;
    const base::Period period = base::Period::from_packed(store.period(group));
    const auto month = [](base::Days day) {
      return base::Period::of(day, base::Grain::kMonth).packed();
    };
    FactSignatures::want_months(month(period.first_day()), month(period.last_day()), &months_);
  }
}

GroupStore* CellMoves::apart(std::size_t input, const std::vector<Code>& before,
                             const std::vector<Code>& after, base::Days day, PageKeeper* keeper) {
  if (member_of_[input] == kNoMember) return nullptr;
  Member& donor = members_[member_of_[input]];
  if (donor.targets.empty()) return nullptr;
  std::vector<Code> had;
  std::vector<Code> gets;
  for (const std::uint32_t at : donor.units.at) {
    had.push_back(before[donor.input->dimensions[at]]);
    gets.push_back(after[donor.input->dimensions[at]]);
  }
  const std::uint32_t period = base::Period::of(day, donor.input->grain).packed();
  Class& of = donor.classes[class_of(&donor, period, had)];
  if (!of.is_clear) {
    of.is_clear =
        std::all_of(donor.targets.begin(), donor.targets.end(),
                    [&](std::uint32_t target) { return way_of(of, members_[target]).is_clear; });
  }
  if (*of.is_clear) return nullptr;
  std::unique_ptr<GroupStore>& store = donor.apart[gets];
  if (!store) {
    store = std::make_unique<GroupStore>(stores_[donor.input->cuboid]->layout(), keeper);
  }
  return store.get();
}

std::vector<Code> CellMoves::units_in(const Member& target, const Member& donor,
                                      const std::vector<Code>& units) const {
  std::vector<Code> out;
  const std::vector<std::uint32_t>& places = donor.units.places;
  for (const std::uint32_t place : target.units.places) {
    const auto at = std::find(places.begin(), places.end(), place);
    out.push_back(units[static_cast<std::size_t>(at - places.begin())]);
  }
  return out;
}

std::vector<std::uint32_t> CellMoves::key_in(const Member& target, const GroupStore& from,
                                             std::uint32_t group,
                                             const std::vector<Code>& units) const {
  const std::vector<std::uint32_t> whole = key_of(from, group);
  std::vector<std::uint32_t> key;
  // Both are sorted by name.
  const auto& finer = from.layout().info.dimensions;
  for (const std::string& dimension : stores_[target.input->cuboid]->layout().info.dimensions) {
    const auto at = std::lower_bound(finer.begin(), finer.end(), dimension);
    key.push_back(whole[static_cast<std::size_t>(at - finer.begin())]);
  }
  for (std::size_t i = 0; i < units.size(); ++i) key[target.units.at[i]] = units[i];
  const base::Period period = base::Period::from_packed(whole.back());
  key.push_back(period.coarsened(target.input->grain).packed());
  return key;
}

CellMoves::Amounts CellMoves::gathered(const Share& share, const GroupStore& store,
                                       const std::vector<std::uint32_t>& groups,
                                       const BagPool& bags) const {
  Amounts out;
  out.sums.resize(share.measures.size());
  out.flags.resize(share.flags.size());
  for (std::size_t i = 0; i < share.measures.size(); ++i) {
    const Measure& from = *share.measures[i].from;
    const Measure& to = *share.measures[i].to;
    Amounts::Sum& sum = out.sums[i];
    std::vector<std::size_t> ends;
    for (const std::uint32_t group : groups) {
      const RowView view = view_of(store, group);
      const auto count = load<std::uint32_t>(view.row, from.count);
      if (count == 0) continue;
      sum.count += count;
      if (to.sum != kNoOffset) sum.sum += view.sum(from.sum);
      if (to.squares != kNoOffset) sum.squares += load<base::Int128>(view.row, from.squares);
      if (to.bag == kNoOffset) continue;
      bags.copy(load<BagHandle>(view.row, from.bag), count, &sum.values);
      ends.push_back(sum.values.size());
    }
    merge_runs(&sum.values, std::move(ends));
  }
  for (std::size_t i = 0; i < share.flags.size(); ++i) {
    for (const std::uint32_t group : groups) {
      out.flags[i] += load<std::uint32_t>(store.row(group), share.flags[i].second->count);
    }
  }
  return out;
}

void CellMoves::change(const Share& share, GroupStore* store, std::uint32_t group,
                       const Amounts& amounts, bool minus, BagPool* bags) {
  char* row = store->touch(group);
  const auto moved = [&](Offset at, std::uint32_t by) {
    const auto count = load<std::uint32_t>(row, at);
    consolidation::store(row, at, minus ? count - by : count + by);
    return count;
  };
  for (std::size_t i = 0; i < share.measures.size(); ++i) {
    const Measure& to = *share.measures[i].to;
    const Amounts::Sum& sum = amounts.sums[i];
    if (sum.count == 0) continue;
    const std::uint32_t before = moved(to.count, sum.count);
    if (to.sum != kNoOffset) {
      const base::Int128 old = view_of(*store, group).sum(to.sum);
      store->set(row, group, to.sum, minus ? old - sum.sum : old + sum.sum);
    }
    if (to.squares != kNoOffset) {
      const auto old = load<base::Int128>(row, to.squares);
      consolidation::store(row, to.squares, minus ? old - sum.squares : old + sum.squares);
    }
    if (to.bag == kNoOffset) continue;
    auto bag = load<BagHandle>(row, to.bag);
    bag = minus ? bags->erase_all(bag, before, sum.values)
                : bags->insert_all(bag, before, sum.values);
    consolidation::store(row, to.bag, bag);
    set_results(to, *bags, store, group, row, bag, minus ? before - sum.count : before + sum.count);
  }
  for (std::size_t i = 0; i < share.flags.size(); ++i) {
    if (amounts.flags[i] != 0) moved(share.flags[i].first->count, amounts.flags[i]);
  }
}

void CellMoves::apply(const Share& share, const Member& target, BagPool* bags) {
  const Member& donor = members_[share.donor];
  const GroupStore& from = *stores_[donor.input->cuboid];
  GroupStore* to = stores_[target.input->cuboid].get();
  std::vector<Way> ways;
  for (const Class& one : donor.classes) ways.push_back(way_of(one, target));
  // All that goes from one group to another goes at once.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> moves;
  for (const auto& [group, of] : donor.groups) {
    const Way& way = ways[of];
    if (!way.is_clear || !way.is_moved) continue;
    const std::uint32_t before = to->find_or_add(key_in(target, from, group, way.before).data());
    const std::uint32_t after = to->find_or_add(key_in(target, from, group, way.after).data());
    moves[{before, after}].push_back(group);
  }
  for (const auto& [places, groups] : moves) {
    const Amounts amounts = gathered(share, from, groups, *bags);
    change(share, to, places.first, amounts, true, bags);
    change(share, to, places.second, amounts, false, bags);
  }
}

// Groups that move to where others leave: all are taken before any is given.
void CellMoves::apply_own(const Share& share, const Member& target, BagPool* bags) {
  GroupStore* store = stores_[target.input->cuboid].get();
  std::vector<Way> ways;
  for (const Class& one : target.classes) ways.push_back(way_of(one, target));
  std::vector<std::pair<std::uint32_t, Amounts>> taken;  // class's group, by its place
  for (const auto& [group, of] : target.groups) {
    if (!ways[of].is_clear || !ways[of].is_moved) continue;
    taken.emplace_back(group, gathered(share, *store, {group}, *bags));
    change(share, store, group, taken.back().second, true, bags);
  }
  std::size_t next = 0;
  for (const auto& [group, of] : target.groups) {
    if (!ways[of].is_clear || !ways[of].is_moved) continue;
    const auto key = key_in(target, *store, group, ways[of].after);
    change(share, store, store->find_or_add(key.data()), taken[next++].second, false, bags);
  }
}

void CellMoves::apply_apart(const Share& share, const Member& target, BagPool* bags) {
  Member& donor = members_[share.donor];
  GroupStore* to = stores_[target.input->cuboid].get();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> moves;
  for (const auto& [gets, from] : donor.apart) {
    moves.clear();
    const std::vector<Code> after = units_in(target, donor, gets);
    std::vector<Code> had(gets.size());
    for (std::uint32_t group = 0; group < from->size(); ++group) {
      const std::vector<std::uint32_t> key = key_of(*from, group);
      for (std::size_t i = 0; i < had.size(); ++i) had[i] = key[donor.units.at[i]];
      const Class& of = donor.classes[class_of(&donor, key.back(), had)];
      const std::vector<Code> before = units_in(target, donor, had);
      if (before == after || way_of(of, target).is_clear) continue;
      moves[{to->find_or_add(key_in(target, *from, group, before).data()),
             to->find_or_add(key_in(target, *from, group, after).data())}]
          .push_back(group);
    }
    for (const auto& [places, groups] : moves) {
      const Amounts amounts = gathered(share, *from, groups, *bags);
      change(share, to, places.first, amounts, true, bags);
      change(share, to, places.second, amounts, false, bags);
    }
  }
}

void CellMoves::apply_apart(BagPool* bags) {
  for (std::uint32_t member = 0; member < members_.size(); ++member) {
    for (const Share& share : shares_[member]) apply_apart(share, members_[member], bags);
  }
  for (const Member& donor : members_) {
    for (const auto& [gets, store] : donor.apart) {
      for (std::uint32_t group = 0; group < store->size(); ++group) {
        for (const Measure& measure : donor.input->measures) {
          if (measure.bag == kNoOffset) continue;
          bags->clear(load<BagHandle>(store->row(group), measure.bag));
        }
      }
    }
  }
}

bool CellMoves::any() const {
  return months_ != 0 || std::any_of(members_.begin(), members_.end(),
                                     [](const Member& member) { return !member.groups.empty(); });
}

void CellMoves::apply(BagPool* bags) {
  for (std::uint32_t member = 0; member < members_.size(); ++member) {
    for (const Share& share : shares_[member]) {
      if (share.donor == member) {
        apply_own(share, members_[member], bags);
      } else {
        apply(share, members_[member], bags);
      }
    }
  }
}

}  // namespace passerelle::consolidation
