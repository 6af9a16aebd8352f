// The `value` of an indicator: aggregates over facts, combined by + - * / and exact constants.
//
//   sum(budget.mandated) / sum(budget.open)
//   count(state == 'open') / count() * 100
//   sum(budget.realised, chapter == '012') / sum(staff_position.filled)
//
// Which facts an aggregate reads: those of the one fact kind its fields belong to. A qualified
// field (`budget.open`) names the kind and every other field of that aggregate is looked up there;
// without one it is the indicator's `from`. Two kinds in one aggregate are refused (R2).
// `where` filters the aggregates over `from`; if the indicator has no `from`, it filters all of
// them and must be valid for each kind. An aggregate's own last argument filters only that one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/program.h"
#include "core/language/units.h"

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
  std::string kind;                 // fact kind; slots are those of its schema
  std::optional<Program> argument;  // number, duration (raw microseconds), date or timestamp
  std::optional<Program> second;    // kStock: closed
  std::optional<Program> filter;    // `where` && own filter
  bool is_selective = false;        // there is an own filter: none selected is a real 0
  // Argument values are integers of 10^-scale units (to_scaled(value, scale)), 0 for microseconds.
  int scale = 0;
  // kPct: n. kShareLe: the limit, in units of the argument (microseconds of a duration).
  base::Rational parameter = 0;
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
    kNegate
  };
  Op op = Op::kConstant;
  std::uint32_t left = 0;   // node index; kAggregate: index of the aggregate
  std::uint32_t right = 0;  // node index
  base::Rational constant = 0;
};

struct IndicatorPlan {
  std::vector<Aggregate> aggregates;  // equal ones are there once
  std::vector<FinaliserNode> finaliser;
  // Unit of the finalised value: "EUR", "EUR/ETP", "h" for durations, "" for counts and ratios.
  std::string unit;
  // Decimals of the exact result where it has a fixed number (sums, not ratios).
  std::optional<int> scale;
};

struct CompiledIndicator {
  std::optional<IndicatorPlan> plan;    // none if there are problems
  std::vector<Problem> problems;        // in `value`
  std::vector<Problem> where_problems;  // in `where`
};

// `from_kind` and `where_text` may be empty. `kinds`: every fact kind with its schema.
CompiledIndicator compile_indicator(std::string_view value_text, std::string_view from_kind,
                                    const std::map<std::string, Schema>& kinds,
                                    std::string_view where_text);

struct Finalised {
  enum class State : std::uint8_t { kValue, kNoData, kZeroDenominator };
  State state = State::kNoData;
  base::Rational value = 0;  // kValue only
};

// `values[i]` is aggregate i in natural units: a sum of cents divided by 100, a number of
// microseconds as it is (the plan converts). None: no data, which propagates (R4). A division by
// zero gives kZeroDenominator unless an operand has no data.
Finalised evaluate_finaliser(const IndicatorPlan& plan,
                             std::span<const std::optional<base::Rational>> values);

}  // namespace passerelle::language
