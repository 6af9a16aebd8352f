#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <span>

#include "core/consolidation/half_even.h"
#include "core/consolidation/layout.h"

namespace passerelle::consolidation {
namespace {

using base::Int128;
using base::Rational;
using language::AggregateFn;
using language::FinaliserNode;
using State = language::Finalised::State;

constexpr std::size_t kNodesFew = 12;
constexpr std::size_t kNodesMax = 64;  // more go the exact way

// A node's result; `fits` false: the 128-bit path gave up.
struct Result {
  State state = State::kNoData;
  Fraction value;
  bool fits = true;
};

bool multiply(Int128 a, Int128 b, Int128* out) { return !__builtin_mul_overflow(a, b, out); }

Result value_of(Int128 numerator, Int128 denominator) {
  Result result{State::kValue, {numerator, denominator}, true};
  if (denominator < 0) result.value = {-numerator, -denominator};
  return result;
}

Result failed() { return {State::kValue, {}, false}; }

Result added(const Fraction& a, const Fraction& b, bool minus) {
  Fraction sum;
  Int128 left = a.numerator;
  Int128 right = b.numerator;
  sum.denominator = a.denominator;
  if (a.denominator != b.denominator) {
    if (!multiply(a.numerator, b.denominator, &left) ||
        !multiply(b.numerator, a.denominator, &right) ||
        !multiply(a.denominator, b.denominator, &sum.denominator)) {
      return failed();
    }
  }
  const bool over = minus ? __builtin_sub_overflow(left, right, &sum.numerator)
                          : __builtin_add_overflow(left, right, &sum.numerator);
  if (over) return failed();
  return {State::kValue, sum, true};
}

Result combined(FinaliserNode::Op op, const Result& left, const Result& right) {
  if (left.state == State::kNoData || right.state == State::kNoData) return {};
  if (left.state != State::kValue || right.state != State::kValue) {
    return {State::kZeroDenominator, {}, true};
  }
  if (!left.fits || !right.fits) return failed();
  const Fraction& a = left.value;
  const Fraction& b = right.value;
  if (op == FinaliserNode::Op::kAdd) return added(a, b, false);
  if (op == FinaliserNode::Op::kSubtract) return added(a, b, true);
  Int128 numerator = 0;
  Int128 denominator = 1;
  if (op == FinaliserNode::Op::kMultiply) {
    if (!multiply(a.numerator, b.numerator, &numerator) ||
        !multiply(a.denominator, b.denominator, &denominator)) {
      return failed();
    }
    return value_of(numerator, denominator);
  }
  if (b.numerator == 0) return {State::kZeroDenominator, {}, true};
  if (a.denominator == b.denominator) return value_of(a.numerator, b.numerator);
  if (!multiply(a.numerator, b.denominator, &numerator) ||
      !multiply(a.denominator, b.numerator, &denominator)) {
    return failed();
  }
  return value_of(numerator, denominator);
}

Result added_known(const Result& left, const Result& right) {
  if (left.state != State::kValue) return right.state == State::kValue ? right : Result{};
  if (right.state != State::kValue) return left;
  return combined(FinaliserNode::Op::kAdd, left, right);
}

std::uint32_t count_of(const AggregateCell& cell, const RowView& view) {
  if (cell.fn == AggregateFn::kStock && cell.count == kNoOffset) {
    return static_cast<std::uint32_t>(load<std::int64_t>(view.row, cell.value));
  }
  return load<std::uint32_t>(view.row, cell.count);
}

// The aggregate as numerator and denominator in units of 10^-scale; none: no fact has a value, and
// the aggregate of none is not 0.
std::optional<Fraction> state_of_facts(const AggregateCell& cell, const RowView& view) {
  const std::uint32_t count = count_of(cell, view);
  switch (cell.fn) {
    case AggregateFn::kCount:
      return Fraction{count, 1};
    case AggregateFn::kSum:
    case AggregateFn::kDistinct:
      return Fraction{view.sum(cell.value), 1};
    case AggregateFn::kStock:
      return Fraction{Int128{load<std::int64_t>(view.row, cell.value)} -
                          load<std::int64_t>(view.row, cell.second),
                      1};
    default:
      break;
  }
  if (count == 0) return std::nullopt;
  switch (cell.fn) {
    case AggregateFn::kAvg:
    case AggregateFn::kShareLe:
      return Fraction{view.sum(cell.value), count};
    case AggregateFn::kMedian:
      return Fraction{view.sum(cell.value), 2};
    default:
      return Fraction{view.sum(cell.value), 1};
  }
}

// The same, averaged over periods where the cell is such an average.
std::optional<Fraction> state_of(const AggregateCell& cell, const RowView& view) {
  std::optional<Fraction> state = state_of_facts(cell, view);
  if (cell.periods == kNoOffset || !state) [[likely]]
    return state;
  state->denominator *= std::max(1U, load<std::uint32_t>(view.row, cell.periods));
  return state;
}

Rational exact(const Fraction& fraction) {
  return base::to_rational(fraction.numerator, 0) / base::to_rational(fraction.denominator, 0);
}

// Whether any fact lies in the span.
bool has_facts(const CellPlan& plan, std::uint16_t span, const RowView& view) {
  return std::any_of(plan.aggregates.begin(), plan.aggregates.end(), [&](const auto& cell) {
    return cell.span == span && !cell.is_presence && count_of(cell, view) != 0;
  });
}

// Population variance: (n * sum of squares - square of the sum) / n^2.
Rational variance(const AggregateCell& cell, const RowView& view) {
  const Rational n = load<std::uint32_t>(view.row, cell.count);
  const Rational sum = base::to_rational(view.sum(cell.value), 0);
  const Rational squares = base::to_rational(load<Int128>(view.row, cell.second), 0);
  return (n * squares - sum * sum) / (n * n);
}

// The same where 128 bits suffice.
Result fast_variance(const AggregateCell& cell, const RowView& view) {
  const Int128 n = load<std::uint32_t>(view.row, cell.count);
  const Int128 sum = view.sum(cell.value);
  const Int128 unit = base::power_of_ten(cell.scale);
  Int128 left = 0;
  Int128 right = 0;
  Int128 denominator = 0;
  if (n == 0) return {};
  if (!multiply(n, load<Int128>(view.row, cell.second), &left) || !multiply(sum, sum, &right) ||
      !multiply(n * n, unit, &denominator) || !multiply(denominator, unit, &denominator)) {
    return failed();
  }
  return value_of(left - right, denominator);
}

Result fast_aggregate(const CellPlan& plan, const AggregateCell& cell, const RowView& view) {
  if (plan.plan.spans.size() > 1 && !has_facts(plan, cell.span, view)) return {};
  if (cell.fn == AggregateFn::kVar) return fast_variance(cell, view);
  const auto state = state_of(cell, view);
  if (!state) return {};
  return value_of(state->numerator, state->denominator * base::power_of_ten(scale_of(cell)));
}

// The results of all nodes.
void evaluate_nodes(const CellPlan& plan, const RowView& view, std::span<Result> results) {
  const std::vector<FinaliserNode>& nodes = plan.plan.finaliser;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const FinaliserNode& node = nodes[i];
    switch (node.op) {
      case FinaliserNode::Op::kAggregate:
        results[i] = fast_aggregate(plan, plan.aggregates[node.left], view);
        break;
      case FinaliserNode::Op::kConstant:
        results[i] = plan.constants[i] ? Result{State::kValue, *plan.constants[i], true} : failed();
        break;
      case FinaliserNode::Op::kNegate:
        results[i] = results[node.left];
        results[i].value.numerator = -results[i].value.numerator;
        break;
      case FinaliserNode::Op::kAbs:
        results[i] = results[node.left];
        if (results[i].value.numerator < 0) {
          results[i].value.numerator = -results[i].value.numerator;
        }
        break;
      case FinaliserNode::Op::kWhenEmpty:
      case FinaliserNode::Op::kWhenZeroDenominator:
        results[i] = results[node.left];
        if (results[i].state != language::state_of(node.op)) break;
        results[i] = plan.constants[i] ? Result{State::kValue, *plan.constants[i], true} : failed();
        break;
      case FinaliserNode::Op::kIsKnown:
        results[i] = value_of(results[node.left].state == State::kValue ? 1 : 0, 1);
        break;
      case FinaliserNode::Op::kAddKnown:
        results[i] = added_known(results[node.left], results[node.right]);
        break;
      default:
        results[i] = combined(node.op, results[node.left], results[node.right]);
    }
  }
}

Result fast_result(const CellPlan& plan, const RowView& view) {
  const std::size_t nodes = plan.plan.finaliser.size();
  if (nodes > kNodesMax) return failed();
  if (nodes > kNodesFew) {
    std::array<Result, kNodesMax> results;
    evaluate_nodes(plan, view, results);
    return results[nodes - 1];
  }
  std::array<Result, kNodesFew> results;
  evaluate_nodes(plan, view, results);
  return results[nodes - 1];
}

// A result that left 128 bits is taken for one that is not zero.
bool is_zero(const Result& result) {
  return result.state != State::kValue || (result.fits && result.value.numerator == 0);
}

// The value of a bare cell of `count` facts, more than none; false: it does not fit 64 bits.
bool finalise_bare(const CellPlan& plan, std::uint32_t count, const char* row,
                   model::CellValue* out) {
  const AggregateCell& cell = plan.aggregates[0];
  std::int64_t numerator = count;
  std::int64_t denominator = 1;
  if (cell.fn != AggregateFn::kCount) {
    numerator = load<std::int64_t>(row, cell.value);
    if (numerator == kPromoted) return false;
    if (cell.fn == AggregateFn::kAvg || cell.fn == AggregateFn::kShareLe) denominator = count;
    if (cell.fn == AggregateFn::kMedian) denominator = 2;
  }
  if (__builtin_mul_overflow(numerator, plan.bare_factor, &numerator) ||
      __builtin_mul_overflow(denominator, plan.bare_divisor, &denominator)) {
    return false;
  }
  out->absent = false;
  out->n = count;
  out->scale = static_cast<std::uint8_t>(plan.round);
  out->scaled = denominator == 1 ? numerator : half_even(numerator, denominator);
  return true;
}

// The slow, exact way, for what leaves 128 bits.
language::Finalised exact_result(const CellPlan& plan, const RowView& view) {
  return language::evaluate_finaliser(plan.plan, aggregate_values(plan, view));
}

void finalise_exactly(const CellPlan& plan, const RowView& view, model::CellValue* out) {
  const language::Finalised result = exact_result(plan, view);
  if (result.state != State::kValue) {
    out->na = result.state == State::kNoData ? model::NaReason::kNoData : model::NaReason::kZeroDen;
    return;
  }
  const auto scaled =
      base::round_to_scaled(result.value * plan.exact_factor, plan.round, plan.rounding);
  if (scaled) {
    out->scaled = *scaled;
  } else {
    out->na = model::NaReason::kNoData;
    out->flags |= model::kFlagOverflow;
  }
}

// The value of one plain aggregate in the indicator's own unit: most cells are that. False: it is
// not, or does not fit.
bool finalise_plain(const CellPlan& plan, const RowView& view, model::CellValue* out) {
  if (!plan.is_plain) return false;
  const AggregateCell& cell = plan.aggregates[0];
  const auto state = state_of(cell, view);
  if (!state) {
    out->na = model::NaReason::kNoData;
    return true;
  }
  const int shift = plan.round - scale_of(cell);
  Int128 numerator = state->numerator;
  Int128 denominator = state->denominator;
  if (shift > 0 && !multiply(numerator, base::power_of_ten(shift), &numerator)) return false;
  if (shift < 0) denominator *= base::power_of_ten(-shift);
  const auto scaled = denominator == 1 && fits_64(numerator)
                          ? std::optional(static_cast<std::int64_t>(numerator))
                          : rounded(numerator, denominator, plan.rounding);
  if (scaled) out->scaled = *scaled;
  return scaled.has_value();
}

void finalise_value(const CellPlan& plan, const RowView& view, model::CellValue* out) {
  if (finalise_plain(plan, view, out)) return;
  const Result result = fast_result(plan, view);
  if (result.state != State::kValue) {
    out->na = result.state == State::kNoData ? model::NaReason::kNoData : model::NaReason::kZeroDen;
    return;
  }
  Int128 numerator = 0;
  Int128 denominator = 1;
  if (!result.fits || !plan.factor ||
      !multiply(result.value.numerator, plan.factor->numerator, &numerator) ||
      !multiply(numerator, base::power_of_ten(plan.round), &numerator) ||
      !multiply(result.value.denominator, plan.factor->denominator, &denominator)) {
    finalise_exactly(plan, view, out);
    return;
  }
  const auto scaled = rounded(numerator, denominator, plan.rounding);
  if (scaled) {
    out->scaled = *scaled;
  } else {
    out->na = model::NaReason::kNoData;
    out->flags |= model::kFlagOverflow;
  }
}

// What some facts behind the cell are.
std::uint8_t flags_of(const CellPlan& plan, const RowView& view) {
  std::uint8_t flags = 0;
  for (const AggregateCell& cell : plan.aggregates) {
    if (cell.flagged != kNoOffset && load<std::uint32_t>(view.row, cell.flagged) != 0) {
      flags |= cell.flag;
    }
  }
  return flags;
}

// Facts behind the cell: of each kind the most that one aggregate has, summed over the kinds.
std::uint64_t facts_behind(const CellPlan& plan, const RowView& view) {
  if (plan.aggregates.size() == 1) return count_of(plan.aggregates[0], view);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const AggregateCell& cell = plan.aggregates[i];
    bool first = !cell.is_presence;
    for (std::size_t j = 0; j < i; ++j) first = first && plan.aggregates[j].kind != cell.kind;
    if (!first) continue;
    std::uint32_t most = 0;
    for (std::size_t j = i; j < plan.aggregates.size(); ++j) {
      if (plan.aggregates[j].kind == cell.kind && !plan.aggregates[j].is_presence) {
        most = std::max(most, count_of(plan.aggregates[j], view));
      }
    }
    total += most;
  }
  return total;
}

// Whether a cell of no facts is there all the same (`when_empty`).
bool is_known(const CellPlan& plan, const RowView& view) {
  return plan.when_empty &&
         std::any_of(plan.aggregates.begin(), plan.aggregates.end(), [&](const auto& cell) {
           return cell.is_presence && count_of(cell, view) != 0;
         });
}

}  // namespace

int scale_of(const AggregateCell& cell) {
  switch (cell.fn) {
    case AggregateFn::kCount:
    case AggregateFn::kDistinct:
    case AggregateFn::kStock:
    case AggregateFn::kShareLe:
      return 0;
    default:
      return cell.scale;
  }
}

std::vector<std::optional<Rational>> aggregate_values(const CellPlan& plan, const RowView& view) {
  std::vector<std::optional<Rational>> values;
  for (const AggregateCell& cell : plan.aggregates) {
    values.emplace_back();
    if (cell.is_presence) continue;
    if (plan.plan.spans.size() > 1 && !has_facts(plan, cell.span, view)) continue;
    if (cell.fn == AggregateFn::kVar) {
      if (load<std::uint32_t>(view.row, cell.count) == 0) continue;
      const Rational unit = base::power_of_ten(cell.scale);
      values.back() = variance(cell, view) / (unit * unit);
      continue;
    }
    const auto state = state_of(cell, view);
    if (state) values.back() = exact(*state) / Rational(base::power_of_ten(scale_of(cell)));
  }
  return values;
}

bool is_absent(const CellPlan& plan, const RowView& view) {
  return facts_behind(plan, view) == 0 && !is_known(plan, view) &&
         (flags_of(plan, view) & model::kFlagIncompleteChain) == 0;
}

bool is_not_yet(const CellPlan& plan, const char* row) {
  return std::any_of(plan.not_yet.begin(), plan.not_yet.end(),
                     [&](Offset at) { return load<std::uint32_t>(row, at) != 0; });
}

bool is_suppressed(const CellPlan& plan, const char* row) {
  return std::any_of(plan.hidden.begin(), plan.hidden.end(),
                     [&](Offset at) { return load<std::uint32_t>(row, at) != 0; });
}

std::optional<Rational> exact_value(const CellPlan& plan, const RowView& view) {
  const language::Finalised result = exact_result(plan, view);
  if (result.state != State::kValue) return std::nullopt;
  return Rational(result.value * plan.exact_factor);
}

bool is_uneven(const CellPlan& plan, const RowView& view) {
  if (facts_behind(plan, view) == 0) return false;
  const std::size_t nodes = plan.plan.finaliser.size();
  std::array<Result, kNodesFew> few;
  std::vector<Result> many(nodes <= kNodesFew ? 0 : nodes);
  const std::span<Result> results = many.empty() ? std::span(few) : std::span(many);
  evaluate_nodes(plan, view, results);
  return std::any_of(plan.ratios.begin(), plan.ratios.end(), [&](const Ratio& ratio) {
    const bool none = is_zero(results[ratio.denominator]);
    if (none) return !is_zero(results[ratio.numerator]);
    return !ratio.may_be_zero &&
           std::all_of(ratio.counted.begin(), ratio.counted.end(), [&](std::uint32_t number) {
             return count_of(plan.aggregates[number], view) == 0;
           });
  });
}

void finalise(const CuboidLayout& layout, std::size_t cell, const RowView& view,
              model::CellValue* out) {
  const CellPlan& plan = layout.cells[cell];
  if (plan.is_bare) {
    const auto count = load<std::uint32_t>(view.row, plan.aggregates[0].count);
    if (count == 0 || finalise_bare(plan, count, view.row, out)) {
      assert(finalise_alone(layout, cell, view) == *out);  // the short way leads to the same
      return;
    }
  }
  *out = finalise_alone(layout, cell, view);
  if (plan.shown_status != kNoOffset && out->status != model::CellStatus::kNone) {
    const std::uint32_t status = load<std::uint32_t>(view.row, plan.shown_status) & 0xFF;
    if (status != 0) out->status = static_cast<model::CellStatus>(status);
  }
}

model::CellValue finalise_alone(const CuboidLayout& layout, std::size_t cell, const RowView& view) {
  const CellPlan& plan = layout.cells[cell];
  model::CellValue out;
  if (is_suppressed(plan, view.row)) {
    // Its reason only: not even how many facts.
    out.absent = false;
    out.scale = static_cast<std::uint8_t>(plan.round);
    out.na = model::NaReason::kSuppressed;
    return out;
  }
  const std::uint8_t flags = flags_of(plan, view);
  // A chain that is not known is there all the same.
  const bool is_chained = (flags & model::kFlagIncompleteChain) != 0;
  const std::uint64_t n = facts_behind(plan, view);
  const bool is_empty = n == 0 && !is_chained && is_known(plan, view);
  if (n == 0 && !is_chained && !is_empty) return out;
  out.absent = false;
  out.n = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, 0xFFFFFFFF));
  out.scale = static_cast<std::uint8_t>(plan.round);
  out.flags |= flags;
  if (plan.stale != kNoOffset && load<std::uint32_t>(view.row, plan.stale) != 0) {
    out.flags |= model::kFlagStale;
  }
  if (plan.uneven_children != kNoOffset &&
      load<std::uint32_t>(view.row, plan.uneven_children) != 0) {
    out.flags |= model::kFlagHeterogeneous;
  }
  if (n == 0 && !is_empty) {
    out.na = model::NaReason::kNoData;
    return out;
  }
  if (is_not_yet(plan, view.row)) {
    out.na = model::NaReason::kNotYet;
    return out;
  }
  if (is_empty) {
    out.scaled = *plan.when_empty;
  } else {
    finalise_value(plan, view, &out);
  }
  if (out.na == model::NaReason::kNone && plan.has_goals()) {
    out.status = status_of(layout, plan, view, out.scaled);
  }
  return out;
}

}  // namespace passerelle::consolidation
