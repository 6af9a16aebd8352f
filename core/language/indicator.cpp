#include "core/language/indicator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/language/functions.h"
#include "core/language/indicator_compiler.h"
#include "core/language/indicator_order.h"

namespace passerelle::language {
namespace {

using State = Finalised::State;

void sort_by_offset(std::vector<Problem>* problems) {
  std::stable_sort(problems->begin(), problems->end(),
                   [](const Problem& a, const Problem& b) { return a.offset < b.offset; });
}

FinaliserNode::Op finaliser_op_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kAdd:
      return FinaliserNode::Op::kAdd;
    case NodeKind::kSubtract:
      return FinaliserNode::Op::kSubtract;
    case NodeKind::kMultiply:
      return FinaliserNode::Op::kMultiply;
    default:
      return FinaliserNode::Op::kDivide;
  }
}

Finalised computed(FinaliserNode::Op op, const Finalised& left, const Finalised& right) {
  if (left.state == State::kNoData || right.state == State::kNoData) return {};
  const bool divides = op == FinaliserNode::Op::kDivide;
  if (left.state != State::kValue || right.state != State::kValue ||
      (divides && right.value == 0)) {
    return {State::kZeroDenominator, 0};
  }
  switch (op) {
    case FinaliserNode::Op::kAdd:
      return {State::kValue, left.value + right.value};
    case FinaliserNode::Op::kSubtract:
      return {State::kValue, left.value - right.value};
    case FinaliserNode::Op::kMultiply:
      return {State::kValue, left.value * right.value};
    default:
      return {State::kValue, left.value / right.value};
  }
}

Finalised added_known(const Finalised& left, const Finalised& right) {
  if (left.state != State::kValue) return right.state == State::kValue ? right : Finalised{};
  if (right.state != State::kValue) return left;
  return {State::kValue, left.value + right.value};
}

}  // namespace

bool has_mean_over_time(AggregateFn fn) {
  return fn == AggregateFn::kSum || fn == AggregateFn::kCount || fn == AggregateFn::kDistinct ||
         fn == AggregateFn::kStock;
}

std::string_view to_string(AggregateFn fn) { return kAggregateNames[static_cast<std::size_t>(fn)]; }

CompiledIndicator compile_indicator(const model::Indicator& indicator,
                                    const std::map<std::string, Schema>& kinds,
                                    const NamedIndicators& named) {
  return IndicatorCompiler(indicator, kinds, named).run();
}

CompiledIndicator compile_indicator(std::string_view value_text, std::string_view from_kind,
                                    const std::map<std::string, Schema>& kinds,
                                    std::string_view where_text) {
  model::Indicator indicator;
  indicator.value = value_text;
  indicator.from = from_kind;
  indicator.where = where_text;
  return compile_indicator(indicator, kinds, {});
}

bool IndicatorPlan::is_own(std::size_t aggregate) const {
  return std::none_of(references.begin(), references.end(), [&](const IndicatorReference& one) {
    return aggregate >= one.first && aggregate - one.first < one.count;
  });
}

Finalised::State state_of(FinaliserNode::Op op) {
  return op == FinaliserNode::Op::kWhenEmpty ? State::kNoData : State::kZeroDenominator;
}

bool is_level(const IndicatorPlan& plan) {
  return plan.unit == "ETP" &&
         std::any_of(plan.aggregates.begin(), plan.aggregates.end(), [](const Aggregate& one) {
           return one.fn == AggregateFn::kSum && one.time == model::TimeRule::kSum;
         });
}

Finalised evaluate_finaliser(const IndicatorPlan& plan,
                             std::span<const std::optional<base::Rational>> values) {
  std::vector<Finalised> results;
  results.reserve(plan.finaliser.size());
  for (const FinaliserNode& node : plan.finaliser) {
    switch (node.op) {
      case FinaliserNode::Op::kAggregate: {
        const bool known = node.left < values.size() && values[node.left].has_value();
        results.push_back(known ? Finalised{State::kValue, *values[node.left]} : Finalised{});
        break;
      }
      case FinaliserNode::Op::kConstant:
        results.push_back({State::kValue, node.constant});
        break;
      case FinaliserNode::Op::kNegate:
        results.push_back({results[node.left].state, -results[node.left].value});
        break;
      case FinaliserNode::Op::kAbs:
        results.push_back({results[node.left].state, abs(results[node.left].value)});
        break;
      case FinaliserNode::Op::kWhenEmpty:
      case FinaliserNode::Op::kWhenZeroDenominator: {
        const bool holds = results[node.left].state == state_of(node.op);
        results.push_back(holds ? Finalised{State::kValue, node.constant} : results[node.left]);
        break;
      }
      case FinaliserNode::Op::kIsKnown:
        results.push_back({State::kValue, results[node.left].state == State::kValue ? 1 : 0});
        break;
      case FinaliserNode::Op::kAddKnown:
        results.push_back(added_known(results[node.left], results[node.right]));
        break;
      default:
        results.push_back(computed(node.op, results[node.left], results[node.right]));
    }
  }
  return results.empty() ? Finalised{} : std::move(results.back());
}

CompiledIndicator IndicatorCompiler::run() {
  CompiledIndicator out;
  bool is_ok = false;
  ast_ = parse(indicator_.value, &problems_);
  if (!base::trimmed(indicator_.where).empty()) where_ = parse(indicator_.where, &where_problems_);
  if (!from_.empty() && !kinds_.contains(from_)) {
    std::vector<std::string> names;
    for (const auto& [kind, schema] : kinds_) names.push_back(kind);
    const std::string nearest = base::nearest_of(from_, names);
    refuse(0, ProblemKind::kName, "'from' names an unknown fact kind '" + from_ + "'",
           nearest.empty() ? "the fact kinds are " + base::join(names, ", ")
                           : "did you mean '" + nearest + "'?");
  } else {
    if (!from_.empty()) check_where(from_);
    const Part part = with_clauses(visit(ast_.root));
    plan_.unit = part.unit;
    plan_.scale = part.scale;
    is_ok = part.ok;
    if (part.ok && plan_.aggregates.empty()) {
      refuse(0, ProblemKind::kAggregate, "the value reads no facts",
             "write an aggregate such as sum(field) or count(), or the id of another indicator");
    }
    if (plan_.aggregates.size() > base::kIndicatorAggregatesMax ||
        plan_.finaliser.size() > base::kIndicatorOperationsMax) {
      refuse(0, ProblemKind::kLimit,
             "the value has more than " + std::to_string(base::kIndicatorAggregatesMax) +
                 " aggregates or " + std::to_string(base::kIndicatorOperationsMax) +
                 " operations, those of the indicators that it names counted",
             "split it, or name fewer");
    }
  }
  sort_by_offset(&problems_);
  sort_by_offset(&where_problems_);
  if (is_ok && problems_.empty() && where_problems_.empty()) out.plan = std::move(plan_);
  out.problems = std::move(problems_);
  out.where_problems = std::move(where_problems_);
  return out;
}

IndicatorCompiler::Part IndicatorCompiler::with_clauses(Part part) {
  const auto add_clause = [&](FinaliserNode::Op op, const std::string& number) {
    if (!part.ok || number.empty()) return;
    const auto wanted = base::parse_rational(number);
    if (!wanted.ok()) return;  // check (core/steering) says so
    const base::Rational factor = unit_factor(part.unit, indicator_.unit).value_or(1);
    part.scale.reset();
    const std::uint32_t node = part.node;
    part = add({op, node, 0, *wanted / factor}, std::move(part));
    if (op == FinaliserNode::Op::kWhenEmpty) plan_.when_empty = *wanted / factor;
  };
  add_clause(FinaliserNode::Op::kWhenEmpty, indicator_.when_empty);
  if (plan_.when_empty) add_presence();
  add_clause(FinaliserNode::Op::kWhenZeroDenominator, indicator_.when_zero_den);
  return part;
}

void IndicatorCompiler::add_presence() {
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (plan_.is_own(i)) kinds.insert(plan_.aggregates[i].kind);
  }
  for (const std::string& kind : kinds) {
    Aggregate presence;
    presence.text = "count(" + kind + ")";
    presence.kind = kind;
    presence.is_presence = true;
    plan_.aggregates.push_back(std::move(presence));
  }
}

IndicatorCompiler::Part IndicatorCompiler::add(FinaliserNode node, Part part) {
  part.ok = true;
  part.node = static_cast<std::uint32_t>(plan_.finaliser.size());
  plan_.finaliser.push_back(std::move(node));
  return part;
}

IndicatorCompiler::Part IndicatorCompiler::refuse(std::size_t offset, ProblemKind kind,
                                                  std::string reason, std::string remedy) {
  problems_.push_back(problem_at(ast_.text, offset, kind, std::move(reason), std::move(remedy)));
  return {};
}

IndicatorCompiler::Part IndicatorCompiler::visit(std::uint32_t index) {
  const AstNode& node = ast_[index];
  switch (node.kind) {
    case NodeKind::kRefused:
      return {};
    case NodeKind::kInt:
    case NodeKind::kDecimal:
    case NodeKind::kDuration:
      return constant(index);
    case NodeKind::kNegate:
      return negated(node.children[0], FinaliserNode::Op::kNegate);
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply:
    case NodeKind::kDivide:
      return combine(index);
    case NodeKind::kCall: {
      if (is_time_function(node)) {
        const auto operand = operand_of(index);
        return operand ? reference(*operand) : Part();
      }
      if (node.on_target) return outside_of_aggregates(index);
      if (is_allocation_function(node)) return node.text == "cost" ? cost(index) : alloc(index);
      if (node.text == "growth" || node.text == "difference") return comparison(index);
      if (node.text == "landing_error") return landing_error(index);
      if (node.text == "abs" && node.children.size() == 1) {
        return negated(node.children[0], FinaliserNode::Op::kAbs);
      }
      const bool known = std::find(kAggregateNames.begin(), kAggregateNames.end(), node.text) !=
                         kAggregateNames.end();
      return known ? aggregate(index) : outside_of_aggregates(index);
    }
    case NodeKind::kName:
      if (is_indicator_id(node.text)) return reference({node.text, node.begin, {}});
      return outside_of_aggregates(index);
    default:
      return outside_of_aggregates(index);
  }
}

IndicatorCompiler::Part IndicatorCompiler::constant(std::uint32_t index) {
  const AstNode& node = ast_[index];
  Part part;
  if (node.kind == NodeKind::kDuration) {
    part.unit = "h";
    return add({FinaliserNode::Op::kConstant, 0, 0,
                base::Rational(node.number) / (60 * base::kMicrosPerMinute)},
               std::move(part));
  }
  part.any_unit = true;
  part.scale = node.scale;
  return add({FinaliserNode::Op::kConstant, 0, 0, base::to_rational(node.number, node.scale)},
             std::move(part));
}

IndicatorCompiler::Part IndicatorCompiler::negated(std::uint32_t operand, FinaliserNode::Op op) {
  Part part = visit(operand);
  if (!part.ok) return {};
  return add({op, part.node, 0, 0}, part);
}

IndicatorCompiler::Part IndicatorCompiler::plain_number(Part part) {
  if (part.unit != "%" && part.unit != "pt") return part;
  part.unit.clear();
  part.scale.reset();
  const Part hundred = add({FinaliserNode::Op::kConstant, 0, 0, 100}, {});
  const std::uint32_t node = part.node;
  return add({FinaliserNode::Op::kDivide, node, hundred.node, 0}, std::move(part));
}

IndicatorCompiler::Part IndicatorCompiler::combine(std::uint32_t index) {
  const AstNode& node = ast_[index];
  const Part left = visit(node.children[0]);
  const Part right = visit(node.children[1]);
  if (!left.ok || !right.ok) return {};
  return combined(node.kind, node.anchor, left, right);
}

IndicatorCompiler::Part IndicatorCompiler::combined(NodeKind kind, std::size_t at, Part left,
                                                    Part right) {
  Part out;
  out.any_unit = left.any_unit && right.any_unit;
  const bool product = kind == NodeKind::kMultiply || kind == NodeKind::kDivide;
  // Half of 40 % is 20 %; 40 % of 300 EUR is 120 EUR.
  if (product && !left.any_unit && !right.any_unit) {
    left = plain_number(std::move(left));
    right = plain_number(std::move(right));
  }
  const bool known = left.scale && right.scale;
  if (kind == NodeKind::kMultiply) {
    out.unit = unit_product(left.unit, right.unit);
    if (known && *left.scale + *right.scale <= base::kScaleMax) {
      out.scale = *left.scale + *right.scale;
    }
  } else if (kind == NodeKind::kDivide) {
    out.unit = unit_quotient(left.unit, right.unit);
    const FinaliserNode& divisor = plan_.finaliser[right.node];
    if (divisor.op == FinaliserNode::Op::kConstant && divisor.constant == 0) {
      return refuse(at, ProblemKind::kLiteral, "division by zero", "divide by a number");
    }
  } else {
    const bool any = left.any_unit || right.any_unit;
    if (!any && !units_agree(left.unit, right.unit)) {
      return refuse(at, ProblemKind::kUnit,
                    "'" + std::string(symbol_of(kind)) + "' between '" + left.unit + "' and '" +
                        right.unit + "'",
                    "bring both to one unit, or divide one by the other");
    }
    out.unit = left.any_unit || left.unit.empty() ? right.unit : left.unit;
    if (known) out.scale = std::max(*left.scale, *right.scale);
  }
  return add({finaliser_op_of(kind), left.node, right.node, 0}, std::move(out));
}

IndicatorCompiler::Part IndicatorCompiler::outside_of_aggregates(std::uint32_t index) {
  const AstNode& node = ast_[index];
  if (node.kind == NodeKind::kCall) {
    if (const RefusedFunction* refused = refused_function(node.text)) {
      return refuse(node.anchor, refused->kind, std::string(refused->reason),
                    std::string(refused->remedy));
    }
  }
  const std::string name = ast_.dotted_name(index);
  if (!name.empty()) {
    return refuse(node.begin, ProblemKind::kAggregate,
                  "'" + name + "' stands outside an aggregate: which of its values?",
                  "write sum(" + name + "), avg(" + name + ") or another aggregate of it");
  }
  const std::string what = node.kind == NodeKind::kCall ? "'" + node.text + "()'"
                           : symbol_of(node.kind).empty()
                               ? "this value"
                               : "'" + std::string(symbol_of(node.kind)) + "'";
  return refuse(node.anchor, ProblemKind::kAggregate,
                what + " does not belong outside an aggregate",
                "an indicator is aggregates and other indicators, joined by + - * / and numbers");
}

}  // namespace passerelle::language
