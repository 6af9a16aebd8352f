// The cells of one kind of facts when units move. What a group's facts added to it goes from there
// to the group where they belong now: the states of the group itself where it says which unit its
// facts are of, else those of a finer one that does (its donor). No fact is looked at, but those
// that no group tells apart: of a period within which a unit moves, and of groupings without a
// finer one that knows the units. These are added up by themselves, in groups like the donor's, and
// move from there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/consolidation/additions.h"
#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/org_changes.h"
#include "core/consolidation/tuple_memo.h"
#include "core/consolidation/value_bag.h"

namespace passerelle::consolidation {

class CellMoves {
 public:
  // `kind` and `stores` (by cuboid) must outlive it; `changes` too: without, all facts are looked
  // at, because some name several units.
  CellMoves(const KindPlan& kind, const GroupStores& stores, OrgChanges* changes);

  // Whether some group's facts, or some of them, go to another.
  bool any() const;
  // Moves the states. Rows hold all that was added.
  void apply(BagPool* bags);
  // Facts that must be looked at by themselves: of all months, of none, or of those.
  std::uint64_t months() const { return months_; }
  static constexpr std::uint64_t kAllMonths = ~std::uint64_t{0};
  // Whether measures and flags of the input are to be moved fact by fact; its stocks always are.
  bool is_by_facts(std::size_t input) const {
    return member_of_[input] != kNoMember && by_facts_[member_of_[input]];
  }
  // Where what a fact gives to the input is to be added up, by the key that it had there; null: it
  // moved with its group, or not at all. `before` and `after`: its dimensions.
  GroupStore* apart(std::size_t input, const std::vector<Code>& before,
                    const std::vector<Code>& after, base::Days day, PageKeeper* keeper);
  // Moves what was added up there.
  void apply_apart(BagPool* bags);

 private:
  static constexpr std::uint32_t kNoMember = 0xFFFFFFFF;

  // Groups of one span with the same units.
  struct Class {
    std::vector<UnitMove> moves;  // those that begin there
    bool is_moved = false;
    std::optional<bool> is_clear;  // to all targets of its member; none: not asked yet
  };
  // The dimensions of a cuboid that are units; of several views where small counts are hidden.
  struct Units {
    std::vector<std::uint32_t> at;      // position in the key
    std::vector<std::uint32_t> places;  // in Ancestors
  };
  struct Member {
    const CuboidInput* input = nullptr;
    Units units;
    bool is_scanned = false;
    std::vector<std::uint32_t> targets;  // those that it gives to
    // Facts that its groups do not tell apart, by the units that they get.
    std::map<std::vector<Code>, std::unique_ptr<GroupStore>> apart;
    TupleMemo memo;                                               // span, codes
    std::vector<Class> classes;                                   // by tuple
    std::vector<std::pair<std::uint32_t, std::uint32_t>> groups;  // that move, and their classes
  };
  struct Taken {
    const Measure* to = nullptr;
    const Measure* from = nullptr;
  };
  // Aggregates of an input whose states come from one donor.
  struct Share {
    std::uint32_t donor = 0;  // of members_
    std::vector<Taken> measures;
    std::vector<std::pair<const FlagCount*, const FlagCount*>> flags;  // to, from
  };
  struct Way {
    bool is_clear = true;  // all units of the class go one way
    bool is_moved = false;
    std::vector<Code> before;  // by Units::at
    std::vector<Code> after;
  };
  // What facts gave to the measures and flags of a share.
  struct Amounts {
    struct Sum {
      std::uint32_t count = 0;
      base::Int128 sum = 0;
      base::Int128 squares = 0;
      std::vector<std::int64_t> values;  // sorted
    };
    std::vector<Sum> sums;
    std::vector<std::uint32_t> flags;
  };

  void scan(std::uint32_t member);
  // `codes`: by Units::at.
  std::uint32_t class_of(Member* member, std::uint32_t period, const std::vector<Code>& codes);
  Way way_of(const Class& of, const Member& target) const;
  bool can_give(const Member& donor, const Member& target) const;
  // Groups of the donor whose facts go several ways for the target, or none if it cannot give.
  std::size_t unclear_groups(std::uint32_t donor, const Member& target);
  void plan(std::uint32_t member);
  void look_at_unclear(const Share& share, const Member& target);
  void apply(const Share& share, const Member& target, BagPool* bags);
  void apply_apart(const Share& share, const Member& target, BagPool* bags);
  void apply_own(const Share& share, const Member& target, BagPool* bags);
  // The key in the target of a group of `from`, laid out as its donor, with units at Units::at.
  std::vector<std::uint32_t> key_in(const Member& target, const GroupStore& from,
                                    std::uint32_t group, const std::vector<Code>& units) const;
  // Of the donor's units those that the target has.
  std::vector<Code> units_in(const Member& target, const Member& donor,
                             const std::vector<Code>& units) const;
  Amounts gathered(const Share& share, const GroupStore& store,
                   const std::vector<std::uint32_t>& groups, const BagPool& bags) const;
  static void change(const Share& share, GroupStore* store, std::uint32_t group,
                     const Amounts& amounts, bool minus, BagPool* bags);

  const KindPlan& kind_;
  const GroupStores& stores_;
  OrgChanges* changes_;
  std::vector<Member> members_;             // inputs with units, by number of dimensions
  std::vector<std::uint32_t> member_of_;    // by input; kNoMember: no units
  std::vector<std::vector<Share>> shares_;  // by member
  std::vector<bool> by_facts_;              // by member: each of its facts is looked at
  std::uint64_t months_ = 0;
  std::vector<std::int64_t> tuple_;
};

}  // namespace passerelle::consolidation
