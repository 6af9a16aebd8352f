// Cells that are made of the same group's cells at other periods: offset, year to date, rolling;
// or at the same one, where an indicator's cell is part of another's. What is added up are states,
// never values; medians and distinct values are counted again over all the values.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/consolidation/group_store.h"
#include "core/consolidation/landing.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/tuple_memo.h"
#include "core/consolidation/value_bag.h"

namespace passerelle::consolidation {

// The last day to which every source that says so has told all facts of a kind.
using Completeness = std::map<std::string, base::Days>;

// What time it is, as the commits tell it.
struct PeriodContext {
  const BagPool& bags;
  // By grain: the last period that has come; 0 before the first fact. Cells are not carried on
  // past it.
  std::array<std::uint32_t, 5> horizon{};
  // By grain: the first period that is not over. Nothing is foreseen before a period is.
  std::array<std::uint32_t, 5> open{};
  const Completeness& complete;
};

// The period that lies `window` away; none outside the years 1 to 9999.
std::optional<std::uint32_t> shifted(std::uint32_t period, const language::Window& window);

struct PeriodRange {
  std::uint32_t first;
  std::uint32_t last;
};
// The periods that a cell of that one looks at through the window; none: beyond the years there
// are.
std::optional<PeriodRange> looked_at(const std::optional<language::Window>& window,
                                     std::uint32_t period);

// All copies from one cuboid to another through one window.
class WindowSeries {
 public:
  WindowSeries(const ModelPlan& plan, const WindowCopy& first);

  std::uint32_t from() const { return from_; }
  bool takes(const WindowCopy& copy) const {
    return copy.from.cuboid == from_ && copy.to.cuboid == to_ && copy.window == window_;
  }
  void add(const WindowCopy& copy) { copies_.push_back({&copy, kUnknown}); }
  // Whether suppressed cells suppress what is made of them.
  bool carries_suppression() const;
  // Makes the cells anew that depend on touched ones, or on time.
  void settle(const GroupStores& stores, const PeriodContext& context);

 private:
  static constexpr base::Days kUnknown = std::numeric_limits<base::Days>::max();
  struct Copy {
    const WindowCopy* plan;
    base::Days complete;  // of its kinds; kUnknown: no source says
  };
  // The groups of one key without its period.
  struct Line {
    Periods sources;
    Periods targets;
  };
  struct Total {
    std::uint32_t count = 0;
    std::uint32_t flagged = 0;
    std::uint32_t periods = 0;
    base::Int128 value = 0;
    base::Int128 second = 0;
    std::vector<std::int64_t> values;  // of bags
  };
  using Range = PeriodRange;
  struct Source {
    std::uint32_t period;
    std::uint32_t group;
    std::int64_t weight;
  };

  std::uint32_t line_of(const GroupStore& from, std::uint32_t group);
  // The periods of which a cell looks at this one.
  std::optional<Range> dependents_of(std::uint32_t period) const;
  void mark(std::uint32_t line, Range periods);
  void mark_for_time(std::uint32_t horizon);
  // Cells that say, or no longer say, what is known once a period is over.
  void mark_for_end(std::uint32_t open);
  void mark_targets(Range periods);
  void mark_for_completeness(const Completeness& complete);
  void make(const GroupStores& stores, const BagPool& bags, std::uint32_t line,
            std::uint32_t period);
  std::vector<Total> totals_of(const Copy& copy, const GroupStore& from, const BagPool& bags,
                               std::span<const Source> sources, std::uint32_t divisor) const;
  // What a cell of that period is made of.
  std::vector<Source> sources_of(const GroupStore& from, const Line& line,
                                 const WindowWeights& weights, std::uint32_t period) const;
  // Whether a cell that is copied has something in the group, be it suppressed.
  bool has_any(const GroupStore& from, std::uint32_t group) const;
  // Whether it is too early for the cell to say anything: NOT_YET.
  bool is_early(const Copy& copy, const GroupStore& from, std::span<const Source> sources,
                std::uint32_t period) const;
  // `single`: the one row it is made of, if it is one.
  void write(const Copy& copy, const std::vector<Total>& totals, bool not_yet, const char* single,
             std::uint32_t group, GroupStore* to) const;
  static void take(const AggregateCell& from, const RowView& view, const BagPool* bags,
                   std::int64_t weight, Total* out);

  const ModelPlan& plan_;
  std::uint32_t from_;  // cuboids
  std::uint32_t to_;
  std::optional<language::Window> window_;
  std::vector<Copy> copies_;
  bool is_total_ = false;
  bool is_at_end_ = false;  // a landing, or a whole year: known when its periods are over
  TupleMemo memo_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> line_of_;  // by group of `from`
  std::uint32_t horizon_ = 0;
  std::uint32_t open_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> dirty_;  // line, period
};

}  // namespace passerelle::consolidation
