// Adds facts to the groups of the cuboids and takes them away again: everything between a row and
// its cells.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/consolidation/additions.h"
#include "core/consolidation/cell_moves.h"
#include "core/consolidation/day_cache.h"
#include "core/consolidation/fact_source.h"
#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/rollups.h"
#include "core/consolidation/staleness.h"
#include "core/consolidation/stock.h"
#include "core/consolidation/value_bag.h"

namespace passerelle::consolidation {

// A cell that is explained.
struct CellTrace {
  std::uint32_t cuboid = 0;
  const CellPlan* plan = nullptr;
  std::vector<Code> key;               // by dimension
  std::vector<std::uint32_t> periods;  // packed, sorted: facts of these
};

// How the facts of one source are looked at for a cell.
struct TracePlan {
  struct Input {
    const CuboidInput* input = nullptr;
    std::vector<std::pair<std::uint32_t, const Measure*>> measures;  // and their aggregates
    std::vector<std::pair<std::uint32_t, const StockMeasure*>> stocks;
  };
  std::vector<Input> inputs;                   // none: no fact of the source is behind the cell
  std::vector<FactSignatures::Wanted> wanted;  // by input
  std::vector<std::uint8_t> filters;           // by the kind's, whether it is asked for
};

class FactFold {
 public:
  FactFold(std::shared_ptr<ModelPlan> plan, Strings* strings, PageKeeper* keeper);

  // Adds the fact in `row` of the source's table, or takes it away; the row must hold what it held
  // when it was added.
  void apply(FactSource* source, std::uint32_t row, bool minus);
  // Rows hold what was applied only after this, or after settle().
  void flush() { additions_.apply(); }

  // Moves what the facts of one kind, those of `sources`, added up to where they belong when units
  // have moved. `changes` null: facts of the kind name several units, and each is looked at.
  struct Reorganisation {
    KindPlan* kind = nullptr;
    std::vector<FactSource*> sources;
    DatedOrganisation before;
    DatedOrganisation after;
    OrgChanges* changes = nullptr;
    bool is_recounted = false;  // what is mapped and what is not changes too
  };
  void reorganise(const Reorganisation& wanted);

  void begin(bool keep_before);
  // Settles stocks and roll-ups; `tick` is the last Tick, 0 before the first.
  void settle(base::Instant tick, const Completeness& complete);
  bool has_windows() const { return rollups_.has_windows(); }
  // Whether settle() asks what sources owe.
  bool needs_completeness() const { return has_windows() || !staleness_.empty(); }
  std::size_t coarsened_suppressions() const { return rollups_.coarsened_suppressions(); }
  // What changed since begin(), with keep_before only.
  void collect(std::vector<flow::CellChange>* changes) const;

  // Day of the fact in the row that `source` has loaded, by an AtPlan; none if it has no date.
  std::optional<base::Days> day_of(const FactSource& source, std::uint32_t at);
  TracePlan trace_plan(FactSource* source, const CellTrace& cell) const;
  // What the fact in `row` gives to each aggregate of a cell; false: nothing, it is not behind it.
  bool contribution(FactSource* source, std::uint32_t row, const CellTrace& cell,
                    const TracePlan& plan, std::vector<std::optional<std::int64_t>>* values,
                    std::uint32_t* period);
  std::vector<GroupSnapshot> snapshot();
  // By cuboid.
  std::span<const std::unique_ptr<GroupStore>> stores() const { return stores_; }
  std::size_t bytes() const;

 private:
  enum class Answer : std::uint8_t { kUnknown, kAbsent, kValue };

  // `asked`: which ones; null: all.
  void answer_filters(FactSource* source, const std::vector<std::uint8_t>* asked = nullptr);
  FilterAnswer evaluate(FactSource* source, std::uint32_t filter);
  bool passes(std::uint32_t filter) const { return passes_[filter] != 0; }
  bool argument(FactSource* source, std::uint32_t number, std::int64_t* value);
  void add_to(const CuboidInput& input, FactSource* source, base::Days day, bool minus);
  void move(const Reorganisation& wanted, CellMoves* moves, FactSource* source, std::uint32_t row);
  // All that the fact gives to the input but stocks, in that store.
  void give(const CuboidInput& input, GroupStore* store, FactSource* source, base::Days day,
            const std::vector<Code>& codes, bool minus);
  void add_stocks(const CuboidInput& input, FactSource* source, const Code* key, bool minus);
  std::optional<std::int64_t> given(const Measure& measure, FactSource* source);
  std::optional<std::int64_t> given(const StockMeasure& stock, FactSource* source,
                                    const CuboidInput& input, const CellTrace& cell);
  std::optional<base::Days> moment(FactSource* source, std::uint32_t argument_number);
  base::Days now(base::Instant tick);
  // Counts facts by period where that tells what time it is.
  void count_period(base::Grain grain, std::uint32_t period, bool minus);
  std::array<std::uint32_t, 5> horizon(base::Instant tick) const;

  std::shared_ptr<ModelPlan> plan_;
  Strings* strings_;
  DayCache days_;
  PageKeeper* keeper_;
  std::vector<std::unique_ptr<GroupStore>> stores_;
  std::vector<std::unique_ptr<StockSeries>> stocks_;  // by cuboid, null without stocks
  std::vector<std::map<const CuboidInput*, std::size_t>> stock_first_;  // in stocks_[cuboid]
  Rollups rollups_;
  Staleness staleness_;
  BagPool bags_;
  Additions additions_{&bags_};
  std::map<base::Days, std::uint32_t> events_;  // days on which stock facts open or close
  base::Days now_ = 0;
  std::array<std::map<std::uint32_t, std::uint64_t>, 5> periods_;  // facts by period, by grain
  std::uint32_t stamp_ = 0;
  bool keep_before_ = false;
  std::uint64_t failures_ = 0;  // of the fact at hand
  std::vector<std::uint8_t> passes_;
  std::vector<Answer> answers_;
  std::vector<std::int64_t> arguments_;
  std::vector<std::uint32_t> key_;
  std::vector<std::int64_t> memo_key_;
  std::array<std::vector<Code>, 2> moved_codes_;  // before, after
};

}  // namespace passerelle::consolidation
