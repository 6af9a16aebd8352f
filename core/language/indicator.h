// The `value` of an indicator: aggregates over facts and other indicators, combined by + - * / and
// exact constants.
//
//   sum(budget.mandated) / sum(budget.open)
//   count(state == 'open') / count() * 100
//   sum(budget.realised, chapter == '012') / sum(staff_position.filled)
//   COST / HEADCOUNT
//   ytd(COST) - ytd(COST).offset('year', -1)
//
// Which facts an aggregate reads: those of the one fact kind its fields belong to. A qualified
// field (`budget.open`) names the kind and every other field of that aggregate is looked up there;
// without one it is the indicator's `from`. Two kinds in one aggregate are refused (R2).
// `where` filters the aggregates over `from`; if the indicator has no `from`, it filters all of
// them and must be valid for each kind. An aggregate's own last argument filters only that one.
//
// An indicator that is named stands for its formula, not for its rounded value: its aggregates
// and operations become part of the plan, so that a ratio stays a ratio of sums. Through ytd(),
// rolling(), landing() and offset() it is that formula over the states of other periods.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/language/program.h"
#include "core/language/units.h"
#include "core/model/steering.h"

namespace passerelle::language {

enum class AggregateFn : std::uint8_t {
  kSum,
  kCount,
  kAvg,
  kMin,
  kMax,
  kMedian,
  kPct,       // parameter: n of the nth percentile, 0 to 100
  kDistinct,  // number of different values of any type
  kStock,     // facts open at a date: argument = opened, second = closed (absent: still open)
  kShareLe,   // parameter: the limit; number of facts <= limit / number of facts with a value
  kVar,       // population variance
};
std::string_view to_string(AggregateFn fn);
// Whether the mean of its values in several periods says something: not of a median.
bool has_mean_over_time(AggregateFn fn);

// A fact whose filter is not true is left out (an error of the filter is the caller's to count); a
// fact whose argument is an error of kNoValue is skipped, as SQL skips NULL; other errors count as
// failures. count() has no argument.
struct Aggregate {
  AggregateFn fn = AggregateFn::kCount;
  std::string text;                 // as written: "sum(realised)"
  std::string kind;                 // fact kind; slots are those of its schema
  std::optional<Program> argument;  // number, duration (raw microseconds), date or timestamp
  std::optional<Program> second;    // kStock: closed
  std::optional<Program> filter;    // `where` && own filter
  bool is_selective = false;        // there is an own filter: none selected is a real 0
  // Counts every fact of a kind that the value reads, for `when_empty`: what makes a cell known
  // whose population is empty. Part of no value and of no n.
  bool is_presence = false;
  // Argument values are integers of 10^-scale units (to_scaled(value, scale)), 0 for microseconds.
  int scale = 0;
  // kPct: n. kShareLe: the limit, in units of the argument (microseconds of a duration).
  base::Rational parameter = 0;
  // Aggregates of one span see the same periods (IndicatorPlan::spans); 0: the cell's own.
  std::uint32_t span = 0;
  // What becomes of it over several periods: the rule of the indicator that it comes from.
  model::TimeRule time = model::TimeRule::kSum;
};

// Finaliser: nodes in evaluation order (children before parents), the last one is the result.
struct FinaliserNode {
  enum class Op : std::uint8_t {
    kAggregate,
    kConstant,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kNegate,
    kAbs,
    kWhenEmpty,            // `left`, or the constant where it has no data
    kWhenZeroDenominator,  // `left`, or the constant where it divides by 0
    kAddKnown,             // the sum of those that are values; no data if neither is
    kIsKnown               // 1 if `left` is a value, else 0
  };
  Op op = Op::kConstant;
  std::uint32_t left = 0;   // node index; kAggregate: index of the aggregate
  std::uint32_t right = 0;  // node index
  base::Rational constant = 0;
};

// Which other periods a value looks at.
struct Window {
  enum class Kind : std::uint8_t {
    kOffset,      // `count` periods of `grain` further on; before, if it is negative
    kYearToDate,  // from the year's first period to this one
    kRolling,     // `count` periods, this one the last
    kWholeYear,   // all periods of the year
    // The year's total as foreseen at the end of this period, from the year's periods so far:
    kRunRate,  // the rest of the year goes on at their mean
    kTrend,    // the rest lies on the straight line fitted to them by least squares
    kSeasonal  // the rest is what it was in the year before
  };
  Kind kind = Kind::kOffset;
  base::Grain grain = base::Grain::kYear;
  std::int32_t count = 0;
  bool operator==(const Window&) const = default;
};
// Whether it foresees a year's total.
bool is_landing(Window::Kind kind);
// "run_rate", "trend", "seasonal"; "" of what is no landing.
std::string_view landing_name(Window::Kind kind);
// ".offset('year', -1)", "ytd", "rolling 12", "landing trend".
std::string to_string(const Window& window);

// Another indicator whose formula is part of a plan.
struct IndicatorReference {
  std::string indicator;
  std::vector<Window> windows;  // the one nearest to the indicator first; none: the same period
  std::uint32_t first = 0;      // its aggregates in the plan, in the order of its own plan
  std::uint32_t count = 0;
};

struct IndicatorPlan {
  std::vector<Aggregate> aggregates;  // equal ones are there once
  std::vector<FinaliserNode> finaliser;
  // Unit of the finalised value: "EUR", "EUR/ETP", "h" for durations, "" for counts and ratios.
  std::string unit;
  // Decimals of the exact result where it has a fixed number (sums, not ratios).
  std::optional<int> scale;
  std::vector<IndicatorReference> references;
  // The windows of each span, those nearest to the facts first. A span without any fact has no
  // data: an additive aggregate over no facts is 0 only beside others of its span that have some.
  std::vector<std::vector<Window>> spans = {{}};
  // What a known cell says whose population is empty, in `unit`; none: there is no such cell.
  std::optional<base::Rational> when_empty;

  // Whether the aggregate is written in the indicator's own `value`.
  bool is_own(std::size_t aggregate) const;
};

// An indicator that others may name.
struct NamedIndicator {
  const model::Indicator* definition = nullptr;
  const IndicatorPlan* plan = nullptr;  // null: it does not compile, and says so itself
};
using NamedIndicators = std::map<std::string, NamedIndicator, std::less<>>;

struct CompiledIndicator {
  std::optional<IndicatorPlan> plan;    // none if there are problems
  std::vector<Problem> problems;        // in `value`
  std::vector<Problem> where_problems;  // in `where`
};

// `kinds`: every fact kind with its schema. `named`: at least the indicators that its value names,
// compiled before it (indicator_order.h); what they lack of its dimensions, grains or time is a
// problem of its value.
CompiledIndicator compile_indicator(const model::Indicator& indicator,
                                    const std::map<std::string, Schema>& kinds,
                                    const NamedIndicators& named);
// One that names no other. `from_kind` and `where_text` may be empty.
CompiledIndicator compile_indicator(std::string_view value_text, std::string_view from_kind,
                                    const std::map<std::string, Schema>& kinds,
                                    std::string_view where_text);

// Whether the plan is a level, in ETP, whose values in two periods do not add up (E-SEMIADD).
bool is_level(const IndicatorPlan& plan);

struct Finalised {
  enum class State : std::uint8_t { kValue, kNoData, kZeroDenominator };
  State state = State::kNoData;
  base::Rational value = 0;  // kValue only
};
// What kWhenEmpty or kWhenZeroDenominator puts its constant in the place of.
Finalised::State state_of(FinaliserNode::Op op);

// `values[i]` is aggregate i in natural units: a sum of cents divided by 100, a number of
// microseconds as it is (the plan converts). None: no data, which propagates (R4); which of them
// have some is the caller's to say, spans included. A division by zero gives kZeroDenominator
// unless an operand has no data.
Finalised evaluate_finaliser(const IndicatorPlan& plan,
                             std::span<const std::optional<base::Rational>> values);

}  // namespace passerelle::language
