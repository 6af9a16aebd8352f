// How the groups of a cuboid lie in memory, and how a group's row becomes published cells. A row is
// self-contained: whoever holds it and the layout can finalise it, on any thread.
//
//   row = int64 slots | uint32 slots | key (a code per dimension, the period) | stamp
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/decimal.h"
#include "core/consolidation/strings.h"
#include "core/flow/cells.h"
#include "core/language/indicator.h"
#include "core/language/status_bound.h"
#include "core/model/cell.h"

namespace passerelle::consolidation {

using Offset = std::uint16_t;  // bytes from the start of a row
inline constexpr Offset kNoOffset = 0xFFFF;

template <typename T>
T load(const char* row, Offset at) {
  T value;
  std::memcpy(&value, row + at, sizeof value);
  return value;
}
template <typename T>
void store(char* row, Offset at, T value) {
  std::memcpy(row + at, &value, sizeof value);
}

// A sum that left int64 stands in a map beside the rows; its slot holds this.
inline constexpr std::int64_t kPromoted = std::numeric_limits<std::int64_t>::min();
using Promoted = std::map<std::pair<std::uint32_t, Offset>, base::Int128>;  // group, slot

struct RowView {
  const char* row = nullptr;
  std::uint32_t group = 0;
  const Promoted* promoted = nullptr;  // may be null
  base::Int128 sum(Offset at) const;
};

// Where one aggregate of an indicator finds its state.
struct AggregateCell {
  language::AggregateFn fn = language::AggregateFn::kCount;
  std::uint16_t kind = 0;      // facts of which kind and span, for n
  std::uint16_t span = 0;      // of the plan
  Offset count = kNoOffset;    // uint32: facts with a value (stock: unused)
  Offset value = kNoOffset;    // int64: sum, minimum, twice the median, number <= limit, opened ...
  Offset second = kNoOffset;   // int64: closed (stock); int128: sum of squares (var)
  Offset flagged = kNoOffset;  // uint32: facts that pass the filter and are what `flag` says
  Offset periods = kNoOffset;  // uint32: what the state is divided by: the periods of an average,
                               // or the divisor of a landing's weights
  Offset bag = kNoOffset;      // uint32: handle of the values behind it; not for readers
  int scale = 0;
  std::uint8_t flag = 0;     // of model::CellValue::flags
  bool is_presence = false;  // Aggregate::is_presence
};

// Decimals of the aggregate's state.
int scale_of(const AggregateCell& cell);

// Bounds between colours, in published units; inclusive.
struct Bounds {
  std::int64_t green = 0;
  std::int64_t amber = 0;
};

// `status` of an indicator: it says what a tolerance says else.
struct StatusRule {
  language::StatusBound green;
  language::StatusBound amber;
};

// What a target wants of the cells of one key.
struct Goal {
  struct Point {
    std::int32_t month = 0;  // since year 0, of the last month that it is about
    base::Days day = 0;      // the last day that it is about
    base::Rational value = 0;
  };
  Bounds bounds;                 // where there is no trajectory
  std::vector<Point> points;     // of the trajectory, by time
  base::Rational tolerance = 0;  // in %, where there is no rule
  std::optional<StatusRule> rule;
  int hysteresis = 1;
};

// Exact and cheap: a fraction of 128-bit integers.
struct Fraction {
  base::Int128 numerator = 0;
  base::Int128 denominator = 1;  // > 0
};

// A division of the finaliser by something that depends on the facts.
struct Ratio {
  std::uint32_t numerator = 0;  // nodes
  std::uint32_t denominator = 0;
  std::vector<std::uint32_t> counted;  // aggregates of the numerator
  // An aggregate of the numerator is 0, not absent, over no facts: a count, or one with a filter
  // of its own.
  bool may_be_zero = false;
};

struct CellPlan {
  std::string indicator;
  language::IndicatorPlan plan;
  std::vector<AggregateCell> aggregates;
  std::vector<std::optional<Fraction>> constants;  // of plan.finaliser, where they fit
  std::optional<Fraction> factor;                  // plan.unit -> published unit
  base::Rational exact_factor = 1;
  int round = 0;  // decimals
  base::Rounding rounding = base::Rounding::kHalfEven;
  bool is_plain = false;  // one aggregate, not a variance, in the published unit as it is
  // Plain, of one aggregate that keeps a count, and nothing but its facts says what it shows: the
  // value is value * factor / divisor of 64 bits, as most are.
  bool is_bare = false;
  std::int64_t bare_factor = 1;
  std::int64_t bare_divisor = 1;
  bool lower_is_better = false;
  bool is_of_exercise = false;  // made of facts, or some of them, whose period is their exercise
  // What a cell of no facts says that is known by others of their kinds, in published units.
  std::optional<std::int64_t> when_empty;
  std::vector<Ratio> ratios;
  Offset uneven = kNoOffset;           // uint32: whether this group is_uneven(), in child groups
  Offset uneven_children = kNoOffset;  // uint32: how many of the child groups are, in the others
  std::vector<Offset> not_yet;         // uint32: whether a source still owes facts (NOT_YET)
  Offset shown_status = kNoOffset;     // uint32: status shown, and the value's own << 8
  Offset stale = kNoOffset;            // uint32: whether a source is late with its period
  std::int64_t fresh = 0;              // microseconds after a day's end that a source may take
  std::vector<Offset> hidden;          // uint32: whether a small count hides it (SUPPRESSED)
  // Targets by the group's key without the period; those of one period win over those of all.
  std::map<std::vector<Code>, Goal> goals;
  std::optional<Goal> any_goal;  // of every key: a status that asks for no target
  std::map<std::pair<std::vector<Code>, std::uint32_t>, Bounds> period_bounds;

  bool has_goals() const { return !goals.empty() || !period_bounds.empty() || any_goal; }
  // By the group's key without the period; null: none.
  const Goal* goal_of(const std::vector<Code>& key) const {
    const auto own = goals.find(key);
    if (own != goals.end()) return &own->second;
    return any_goal ? &*any_goal : nullptr;
  }
  // Whether two rows of one group agree in all that this cell is made of.
  bool same_state(const char* before, const char* after) const;
  // Settles is_bare.
  void close();
};

struct CuboidLayout {
  flow::CuboidInfo info;
  std::vector<CellPlan> cells;
  std::uint32_t wide_slots = 0;    // int64
  std::uint32_t narrow_slots = 0;  // uint32
  Offset key = 0;
  Offset stamp = 0;
  std::uint32_t row_bytes = 0;
  std::uint32_t page_bits = 1;  // rows of a page, as a power of two
  bool has_stock = false;

  std::size_t dimensions() const { return info.dimensions.size(); }
  // Settles key, stamp, row_bytes, page_bits and which cells are bare once all slots are known.
  void close();
};

// `at` of a wide slot made by its number; narrow slots lie behind all wide ones, so their offsets
// are known only after close().
inline Offset wide_offset(std::uint32_t number) { return static_cast<Offset>(number * 8); }

// `out`: as made, absent.
void finalise(const CuboidLayout& layout, std::size_t cell, const RowView& view,
              model::CellValue* out);
inline model::CellValue finalise(const CuboidLayout& layout, std::size_t cell,
                                 const RowView& view) {
  model::CellValue out;
  finalise(layout, cell, view, &out);
  return out;
}
// The same, with the status that the value alone has: no hysteresis.
model::CellValue finalise_alone(const CuboidLayout& layout, std::size_t cell, const RowView& view);

// Of the value alone.
model::CellStatus status_of(const CuboidLayout& layout, const CellPlan& plan, const RowView& view,
                            std::int64_t scaled);
// What a target wants of the group's cell; none: no target is about it.
std::optional<Bounds> bounds_for(const CuboidLayout& layout, const CellPlan& plan,
                                 const RowView& view);
// The bounds of a value published in `round` decimals whose target is `value`.
Bounds bounds_of(const base::Rational& value, const Goal& goal, int round, bool lower_is_better);
// None before the trajectory's first point; after its last one, that one holds.
std::optional<Bounds> bounds_at(const Goal& goal, base::Period period, int round,
                                bool lower_is_better);

// Of each aggregate, in natural units; none: no data.
std::vector<std::optional<base::Rational>> aggregate_values(const CellPlan& plan,
                                                            const RowView& view);
// The value in the indicator's unit, not rounded; none where it is na.
std::optional<base::Rational> exact_value(const CellPlan& plan, const RowView& view);

// Whether no fact is behind the cell.
bool is_absent(const CellPlan& plan, const RowView& view);
// Whether a source still owes facts of the cell's period, and it has none of its own.
bool is_not_yet(const CellPlan& plan, const char* row);
// Whether a small count hides the cell, its own or one that it would tell of.
bool is_suppressed(const CellPlan& plan, const char* row);
// Whether a ratio of the cell has a numerator without denominator, or the reverse (E6).
bool is_uneven(const CellPlan& plan, const RowView& view);

}  // namespace passerelle::consolidation
