// Spreads the amounts of pools when a commit ends: what changed of a pool, its capacity or its
// weights in a period makes that period's facts of the kind `allocation` anew. They are facts like
// any other from then on. No record is read; what each pool gave out is kept, so that only
// differences are folded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/consolidation/allocation_plan.h"
#include "core/consolidation/derivation.h"
#include "core/consolidation/spreading.h"

namespace passerelle::consolidation {

class Allocator {
 public:
  // `kind` is that of the facts it makes.
  Allocator(AllocationPlan plan, const model::RecordKind& kind, Strings* strings);

  // After all other facts of the commit. INTERNAL where a pool's parts do not add up to what it
  // had, which is checked in the folded facts for everything that changed.
  Status settle(DerivationContext* context);
  // With other keys, by with_keys(): everything is spread anew by the next settle().
  void restate(AllocationPlan plan);
  const AllocationPlan& plan() const { return plan_; }
  void for_each_fact(const std::function<void(DerivedRef)>& visit) const {
    for (const Pool& pool : pools_) {
      for (const Cell& cell : pool.cells) {
        for (const Part& part : cell.parts) {
          if (part.fact.is_set()) visit(part.fact);
        }
      }
    }
  }
  std::size_t bytes() const;

 private:
  using Key = std::vector<std::uint32_t>;  // codes, then the packed period

  enum class PartKind : std::uint8_t { kAllocated, kUnassigned, kUnused, kGross };
  struct Part {
    PartKind kind = PartKind::kAllocated;
    Code destination = kNoText;
    Code key = kNoText;
    std::int64_t amount = model::kAbsent;
    std::int64_t minutes = model::kAbsent;  // hundredths
    std::int64_t gross = model::kAbsent;
    DerivedRef fact = {};
    bool same(const Part& other) const {
      return kind == other.kind && destination == other.destination && key == other.key &&
             amount == other.amount && minutes == other.minutes && gross == other.gross;
    }
  };
  // One pool in one period.
  struct Cell {
    Key key;
    std::vector<std::uint32_t> groups;  // by input
    std::vector<Part> parts;            // in the order of is_before()
    bool dirty = false;
  };
  struct Pool {
    std::vector<const PoolInput*> inputs;              // sources, capacity, what was allocated
    std::vector<std::vector<std::uint32_t>> cells_of;  // by input and group
    std::map<Key, std::uint32_t> numbers;
    std::vector<Cell> cells;
    std::map<std::uint32_t, std::vector<std::uint32_t>> periods;
    std::vector<std::uint32_t> dirty;
    // Measures of its keys, with the pool's dimensions that they are by.
    std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> measures;
  };
  // The groups of a measure, by the pool's dimensions and the period.
  struct Weights {
    std::uint32_t indexed = 0;
    std::map<Key, std::vector<std::uint32_t>> groups;
  };
  struct Share {
    Code destination = kNoText;
    base::Rational weight;
    std::optional<base::Rational> minutes;
  };
  // Where a pool's amount goes, in weights.
  struct Spread {
    Code key = kNoText;
    std::vector<Share> shares;  // by the destination's text
    base::Rational unassigned;
    base::Rational unused;
    std::optional<base::Rational> capacity;  // minutes, where the key is by time
    std::optional<base::Rational> unassigned_minutes;
  };
  struct Settled {
    Matrix among;
    Matrix exits;
    SettledCascade result;
  };

  void link();
  void mark(Pool* pool, std::uint32_t cell);
  std::uint32_t cell_of(Pool* pool, Key key);
  void index_group(Pool* pool, std::size_t input, const GroupStore& store, std::uint32_t group);
  void index_groups(Pool* pool, std::size_t input, const GroupStore& store);
  void collect(const DerivationContext& context, std::uint32_t number);
  void index_weights(const DerivationContext& context);
  void mark_weighted(const GroupStore& store, std::uint32_t measure);

  std::optional<base::Rational> value_of(const DerivationContext& context, CellPlace place,
                                         std::uint32_t group) const;
  bool has_facts(const DerivationContext& context, const Pool& pool, const Cell& cell) const;
  base::Int128 source_of(const DerivationContext& context, const PoolPlan& plan,
                         const Cell& cell) const;
  const KeyVersionPlan* version_of(const PoolPlan& plan, const Key& key, Code* id) const;
  Spread spread_of(const DerivationContext& context, const PoolPlan& plan, const Cell& cell) const;
  void spread_measured(const DerivationContext& context, const PoolPlan& plan, const Cell& cell,
                       const KeyVersionPlan& version, Spread* spread) const;
  void spread_time(const DerivationContext& context, const PoolPlan& plan, const Cell& cell,
                   const KeyVersionPlan& version, Spread* spread) const;
  void sort(std::vector<Share>* shares) const;

  std::vector<Part> parts_of(const Spread& spread, base::Int128 total) const;
  static void add_amount(std::vector<Part>* parts, Part part, base::Int128 amount);
  bool is_before(const Part& a, const Part& b) const;
  Status settle_pool(DerivationContext* context, std::uint32_t number);
  Status settle_step(DerivationContext* context, std::size_t step);
  Status settle_period(DerivationContext* context, std::size_t step, std::uint32_t period);
  const SettledCascade& cascade_of(std::size_t step, std::uint32_t period,
                                   const std::vector<Spread>& spreads,
                                   const std::vector<std::uint32_t>& takers);
  Status replace(DerivationContext* context, std::uint32_t number, std::uint32_t cell,
                 std::vector<Part> parts, base::Int128 source);
  StatusOr<DerivedRef> add_fact(DerivationContext* context, const PoolPlan& plan, const Cell& cell,
                                const Part& part) const;
  Status verify(const DerivationContext& context, std::uint32_t number, const Cell& cell,
                base::Int128 source) const;

  AllocationPlan plan_;
  Strings& strings_;
  const std::string kind_;
  struct Slots {
    std::uint32_t pool, to_pool, part, key, day, amount, minutes, gross;
  } slots_;
  std::map<std::string, std::uint32_t, std::less<>> fields_;  // slots by dimension
  Code unassigned_;
  Code unused_;
  std::vector<Code> part_names_;  // by PartKind
  std::vector<Pool> pools_;
  std::vector<Weights> weights_;
  std::map<std::pair<std::size_t, std::uint32_t>, Settled> settled_;  // by step and period
};

}  // namespace passerelle::consolidation
