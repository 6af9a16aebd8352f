// A steering model compiled for the fold: per fact kind what is evaluated of every fact, per cuboid
// where it is added up, per cell how it is finalised. Cuboids never change after compile(); the
// memos of predicates belong to the ledger strand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/status.h"
#include "core/consolidation/allocation_plan.h"
#include "core/consolidation/layout.h"
#include "core/consolidation/tuple_memo.h"
#include "core/language/indicator.h"
#include "core/language/schema.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

// One distinct predicate over the facts of a kind; number 0 lets every fact pass.
struct FilterPlan {
  std::string key;
  std::optional<language::Program> program;
};

// Predicates over the same text, integer and boolean fields: answered once per tuple of values.
struct FilterGroup {
  std::vector<std::uint32_t> slots;
  std::vector<std::uint32_t> filters;
  TupleMemo memo;
  std::vector<std::uint8_t> answers;  // [tuple][filter]: FilterAnswer
};
enum class FilterAnswer : std::uint8_t { kNo, kYes, kFailed };

struct ArgumentPlan {
  std::string key;
  std::optional<language::Program> program;
  std::optional<std::uint32_t> field;  // a plain field: read without evaluating
  int scale = 0;
};

// The field that places a fact in a period.
struct AtPlan {
  std::string field;
  std::optional<std::uint32_t> slot;
  model::FieldType type = model::FieldType::kDate;
};

// A statistic kept up to date beside a bag of values.
struct BagResult {
  language::AggregateFn fn = language::AggregateFn::kMin;
  Offset at = kNoOffset;               // int64
  std::int64_t limit = 0;              // kShareLe
  std::int64_t percent_numerator = 0;  // kPct: n / 100 as a fraction
  std::int64_t percent_denominator = 1;
  bool operator==(const BagResult&) const = default;
};

// What facts that pass `filter` and have a value of `argument` add to a group.
struct Measure {
  std::uint32_t filter = 0;
  std::int32_t argument = -1;  // -1: none, every passing fact counts
  Offset count = kNoOffset;
  Offset sum = kNoOffset;
  Offset squares = kNoOffset;
  Offset bag = kNoOffset;  // uint32: its handle
  std::vector<BagResult> results;
};

struct StockMeasure {
  std::uint32_t filter = 0;
  std::uint32_t opened = 0;  // arguments
  std::uint32_t closed = 0;
  Offset opened_total = kNoOffset;  // int64: up to the end of the period
  Offset closed_total = kNoOffset;
};

struct FlagCount {
  std::uint32_t filter = 0;
  Offset count = kNoOffset;  // uint32
};

// What the facts of one kind do to one cuboid.
struct CuboidInput {
  std::uint32_t cuboid = 0;
  std::uint32_t at = 0;
  base::Grain grain = base::Grain::kYear;
  std::vector<std::uint32_t> dimensions;  // of KindPlan::dimensions, in the cuboid's order
  std::vector<Measure> measures;
  std::vector<StockMeasure> stocks;
  std::vector<FlagCount> flags;
};

// `time: last` and `average`: a cell of a coarser grain, made of those of the indicator's own.
struct TimeRollup {
  CellPlace from;
  CellPlace to;
  bool average = false;       // else the last period that has a value
  Offset hidden = kNoOffset;  // of `to`: whether a cell that it is made of is suppressed
};

// Aggregates of one cell that are made of those of another at other periods, or (without a
// window) at the same one.
struct WindowCopy {
  CellPlace from;
  CellPlace to;
  std::uint32_t first = 0;  // aggregate of `to` that the first one of `from` makes
  std::optional<language::Window> window;
  std::vector<bool> averages;      // by aggregate: the mean of several periods, not their sum
  std::vector<BagResult> results;  // by aggregate: what to find in several bags; `at` is unused
  std::vector<std::string> kinds;  // of facts
  Offset not_yet = kNoOffset;      // of `to`
  Offset hidden = kNoOffset;       // of `to`: whether a cell that it is made of is suppressed
};

// A ratio's cells of the finest published grouping, and those that roll them up.
struct RatioFamily {
  struct Parent {
    CellPlace place;
    std::vector<std::uint32_t> dimensions;  // of the child's, in the parent's order
  };
  CellPlace child;
  std::vector<Parent> parents;
};

// Indicators of the same facts, whose small counts hide the same cells (suppression.h).
struct SuppressionFamily {
  struct Member {
    CellPlace place;
    std::vector<std::uint32_t> aggregates;  // of these facts
    Offset hidden = kNoOffset;              // uint32, of the cell's row
  };
  // One grouping at one grain, by whichever member.
  struct Publication {
    std::vector<std::uint32_t> dimensions;  // of the atoms', in order
    base::Grain grain = base::Grain::kYear;
    std::vector<Member> members;
    std::vector<std::uint32_t> finer;  // publications that refine it, with none between
  };
  std::uint32_t below = 0;                  // the greatest that a member asks for
  std::uint32_t atoms = 0;                  // cuboid: by all their dimensions, at the finest grain
  std::vector<Offset> counts;               // uint32, of its rows: facts; all 0: no such group
  base::Grain system = base::Grain::kYear;  // periods of this grain tell nothing of each other
  std::vector<Publication> publications;    // the finest first
};

struct KindPlan {
  const model::RecordKind* kind = nullptr;
  const language::Schema* schema = nullptr;
  // What a fact may be that the cells over it must say: model::kFlagIncompleteChain (of a budget
  // chain), model::kFlagProvisional (of a declared value), or 0.
  std::uint8_t flag = 0;
  std::vector<FilterPlan> filters;
  std::vector<FilterGroup> groups;
  std::vector<std::uint32_t> plain_filters;  // in no group: evaluated for every fact
  std::vector<ArgumentPlan> arguments;
  std::vector<AtPlan> ats;  // 0: the kind's default
  std::vector<std::string> dimensions;
  std::vector<CuboidInput> inputs;
};

class ModelPlan {
 public:
  // INVALID_ARGUMENT, naming the indicator and its place, for what does not compile.
  static StatusOr<std::shared_ptr<ModelPlan>> compile(
      std::shared_ptr<const model::SteeringModel> model, Strings* strings, base::Rounding rounding);

  const std::shared_ptr<const model::SteeringModel>& model() const { return model_; }
  const base::Zone& zone() const { return zone_; }
  const std::vector<flow::CuboidInfo>& infos() const { return infos_; }
  std::size_t cuboids() const { return layouts_.size(); }
  const CuboidLayout& layout(std::uint32_t cuboid) const { return *layouts_[cuboid]; }
  // By fact kind, those that no indicator reads too.
  std::map<std::string, KindPlan, std::less<>>& kinds() { return kinds_; }
  const std::map<std::string, language::Schema>& schemas() const { return schemas_; }
  const std::vector<TimeRollup>& time_rollups() const { return time_rollups_; }
  const std::vector<WindowCopy>& windows() const { return windows_; }
  // Steps from cell to cell that must be done before those out of this cuboid.
  std::uint32_t level(std::uint32_t cuboid) const { return levels_[cuboid]; }
  // Whether facts in the cuboid tell which periods have come, for windows.
  bool is_clock(std::uint32_t cuboid) const { return clocks_[cuboid]; }
  const std::vector<RatioFamily>& ratio_families() const { return ratio_families_; }
  const std::vector<SuppressionFamily>& suppression() const { return suppression_; }
  const AllocationPlan& allocation() const { return allocation_; }

 private:
  friend class PlanCompiler;
  explicit ModelPlan(base::Rounding rounding) : rounding_(rounding), zone_(base::Zone::utc()) {}

  const base::Rounding rounding_;
  std::shared_ptr<const model::SteeringModel> model_;
  base::Zone zone_;
  std::map<std::string, language::Schema> schemas_;
  std::map<std::string, KindPlan, std::less<>> kinds_;
  std::vector<std::unique_ptr<CuboidLayout>> layouts_;
  std::vector<flow::CuboidInfo> infos_;
  std::vector<TimeRollup> time_rollups_;
  std::vector<WindowCopy> windows_;
  std::vector<std::uint32_t> levels_;
  std::vector<bool> clocks_;
  std::vector<RatioFamily> ratio_families_;
  std::vector<SuppressionFamily> suppression_;
  AllocationPlan allocation_;
};

}  // namespace passerelle::consolidation
