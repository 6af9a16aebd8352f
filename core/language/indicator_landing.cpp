// The part of the compiler of indicators that reads landings: what a year's total will be, and how
// far the same method was from it in years that are over.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/language/indicator_compiler.h"

namespace passerelle::language {
namespace {

constexpr std::array<std::pair<std::string_view, Window::Kind>, 3> kLandings = {{
    {"run_rate", Window::Kind::kRunRate},
    {"trend", Window::Kind::kTrend},
    {"seasonal", Window::Kind::kSeasonal},
}};

}  // namespace

bool is_landing(Window::Kind kind) { return !landing_name(kind).empty(); }

std::string_view landing_name(Window::Kind kind) {
  for (const auto& [name, method] : kLandings) {
    if (method == kind) return name;
  }
  return "";
}

std::optional<Window> IndicatorCompiler::landing_of(std::uint32_t index) {
  const AstNode& node = ast_[index];
  for (const auto& [name, method] : kLandings) {
    if (node.kind == NodeKind::kString && node.text == name) return Window{method, {}, 0};
  }
  if (node.kind != NodeKind::kRefused) {
    refuse(node.begin, ProblemKind::kType, "this is no way to foresee the year's total",
           "write 'run_rate', 'trend' or 'seasonal'");
  }
  return std::nullopt;
}

std::string IndicatorCompiler::no_landing_of(const NamedIndicator& named) {
  const auto adds_up = [](model::TimeRule rule) { return rule == model::TimeRule::kSum; };
  for (const Aggregate& one : named.plan->aggregates) {
    if (!adds_up(one.time) || !adds_up(named.definition->time)) {
      return "does not add up over time: its year has no total";
    }
    if (one.fn != AggregateFn::kSum && one.fn != AggregateFn::kCount) {
      return "reads " + one.text + ", which does not add up over time";
    }
  }
  return "";
}

IndicatorCompiler::Part IndicatorCompiler::miss_of(const Operand& operand, const Window& landing,
                                                   std::int32_t years) {
  const Window back{Window::Kind::kOffset, base::Grain::kYear, -years};
  Operand foreseen = operand;
  foreseen.windows = {landing, back};
  Operand total = operand;
  total.windows = {{Window::Kind::kWholeYear, {}, 0}, back};
  const Part left = reference(foreseen);
  const Part right = left.ok ? reference(total) : Part();
  if (!left.ok || !right.ok) return {};
  const Part difference = combined(NodeKind::kSubtract, operand.offset, left, right);
  Part above = add({FinaliserNode::Op::kAbs, difference.node, 0, 0}, difference);
  Part below = add({FinaliserNode::Op::kAbs, right.node, 0, 0}, right);
  // One unit above and below: it cancels, the hundredths of percentages too.
  above.unit.clear();
  below.unit.clear();
  return combined(NodeKind::kDivide, operand.offset, std::move(above), std::move(below));
}

// The mean of the misses of the years before that have one.
IndicatorCompiler::Part IndicatorCompiler::landing_error(std::uint32_t index) {
  const AstNode& node = ast_[index];
  if (node.children.size() != 2 && node.children.size() != 3) {
    return refuse(
        node.anchor, ProblemKind::kAggregate,
        "'landing_error' does not take " + std::to_string(node.children.size()) + " arguments",
        "write landing_error(ID, 'run_rate') or landing_error(ID, 'run_rate', 5)");
  }
  const auto operand = operand_of(node.children[0]);
  const auto landing = landing_of(node.children[1]);
  std::optional<std::int32_t> years = base::kBacktestYears;
  if (node.children.size() == 3) {
    years = periods_of(node.children[2], 1, base::kBacktestYearsMax);
  }
  if (!operand || !landing || !years) return {};
  if (!operand->windows.empty()) {
    return refuse(node.anchor, ProblemKind::kAggregate,
                  "'landing_error' of other periods' values: they are no whole year",
                  "write landing_error(ID, 'run_rate')");
  }
  Part sum;
  Part known;
  for (std::int32_t back = 1; back <= *years; ++back) {
    const Part miss = miss_of(*operand, *landing, back);
    if (!miss.ok) return {};
    const Part one = add({FinaliserNode::Op::kIsKnown, miss.node, 0, 0}, Part());
    sum = back == 1 ? miss : add({FinaliserNode::Op::kAddKnown, sum.node, miss.node, 0}, sum);
    known = back == 1 ? one : add({FinaliserNode::Op::kAdd, known.node, one.node, 0}, known);
  }
  sum.scale.reset();
  known.scale.reset();
  return combined(NodeKind::kDivide, node.anchor, std::move(sum), std::move(known));
}

}  // namespace passerelle::language
