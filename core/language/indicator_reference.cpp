// The part of the compiler of indicators that reads other indicators, and time functions of them.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/language/indicator_compiler.h"
#include "core/language/indicator_order.h"

namespace passerelle::language {
namespace {

using model::TimeRule;

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string text_of(const std::vector<Window>& windows) {
  std::string text;
  for (const Window& window : windows) text += "|" + to_string(window);
  return text;
}

// What the indicator's value is in, as another one sees it.
std::string unit_of(const NamedIndicator& named) {
  const std::string& unit = named.definition->unit;
  if (unit.empty()) return named.plan->unit;
  return unit_factor(named.plan->unit, unit) || is_measured(unit) ? unit : named.plan->unit;
}

}  // namespace

std::string to_string(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kOffset:
      return ".offset('" + std::string(base::to_string(window.grain)) + "', " +
             std::to_string(window.count) + ")";
    case Window::Kind::kYearToDate:
      return "ytd";
    case Window::Kind::kRolling:
      return "rolling " + std::to_string(window.count);
    case Window::Kind::kWholeYear:
      return "year";
    default:
      return "landing " + std::string(landing_name(window.kind));
  }
}

std::optional<base::Grain> IndicatorCompiler::grain_of(std::uint32_t index) {
  const AstNode& node = ast_[index];
  constexpr std::array kGrains = {base::Grain::kYear, base::Grain::kQuarter, base::Grain::kMonth,
                                  base::Grain::kDay};
  if (node.kind == NodeKind::kString) {
    for (const base::Grain grain : kGrains) {
      if (base::to_string(grain) == node.text) return grain;
    }
  }
  if (node.kind != NodeKind::kRefused) {
    refuse(node.begin, ProblemKind::kType, "this is no grain",
           "write 'year', 'quarter', 'month' or 'day'");
  }
  return std::nullopt;
}

std::optional<std::int32_t> IndicatorCompiler::periods_of(std::uint32_t index, std::int64_t min,
                                                          std::int64_t max) {
  const AstNode& node = ast_[index];
  if (node.kind == NodeKind::kInt && node.number >= min && node.number <= max) {
    return static_cast<std::int32_t>(node.number);
  }
  if (node.kind != NodeKind::kRefused) {
    refuse(node.begin, ProblemKind::kType, "the number of periods must be a constant",
           "write an integer from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return std::nullopt;
}

std::optional<IndicatorCompiler::Operand> IndicatorCompiler::operand_of(std::uint32_t index) {
  const AstNode& node = ast_[index];
  if (node.kind == NodeKind::kName && is_indicator_id(node.text)) {
    return Operand{node.text, node.begin, {}};
  }
  if (node.kind == NodeKind::kCall && is_time_function(node)) return windowed(index);
  if (node.kind != NodeKind::kRefused) {
    refuse(node.begin, ProblemKind::kAggregate, "a function of time takes an indicator, by its id",
           "make an indicator of it and write its id: ytd(ID), ID.offset('year', -1)");
  }
  return std::nullopt;
}

// One call of a time function.
std::optional<IndicatorCompiler::Operand> IndicatorCompiler::windowed(std::uint32_t index) {
  const AstNode& node = ast_[index];
  const std::size_t wanted = node.text == "ytd" ? 1 : node.on_target ? 3 : 2;
  if (node.children.size() != wanted) {
    refuse(node.anchor, ProblemKind::kAggregate,
           in_quotes(node.text) + " does not take " + std::to_string(node.children.size()) +
               " arguments",
           "write ytd(ID), rolling(ID, 12), landing(ID, 'run_rate') or ID.offset('year', -1)");
    return std::nullopt;
  }
  auto operand = operand_of(node.children[0]);
  Window window;
  if (node.text == "ytd") {
    window.kind = Window::Kind::kYearToDate;
  } else if (node.text == "rolling") {
    window.kind = Window::Kind::kRolling;
    const auto count = periods_of(node.children[1], 1, base::kRollingPeriodsMax);
    if (!count) return std::nullopt;
    window.count = *count;
  } else if (node.text == "landing") {
    const auto landing = landing_of(node.children[1]);
    if (!landing) return std::nullopt;
    window = *landing;
  } else {
    const auto grain = grain_of(node.children[1]);
    const auto count =
        periods_of(node.children[2], -base::kOffsetPeriodsMax, base::kOffsetPeriodsMax);
    if (!grain || !count) return std::nullopt;
    window.grain = *grain;
    window.count = *count;
  }
  if (!operand) return std::nullopt;
  if (window.kind != Window::Kind::kOffset && !operand->windows.empty()) {
    refuse(node.anchor, ProblemKind::kAggregate,
           in_quotes(node.text) + " of other periods' values: some would count twice",
           "take the offset last: " + node.text + "(...).offset('year', -1)");
    return std::nullopt;
  }
  operand->windows.push_back(window);
  return operand;
}

std::string IndicatorCompiler::lack_of(const std::vector<Window>& windows, base::Grain own,
                                       base::Grain grain) const {
  const std::string by(base::to_string(grain));
  for (const Window& window : windows) {
    if (grain == base::Grain::kAll) return "has no other period at the grain 'all'";
    if (window.kind == Window::Kind::kOffset && window.grain < grain) {
      return "is by " + by + " there, and no " + std::string(base::to_string(window.grain)) +
             " can be told from the next";
    }
    if (window.kind == Window::Kind::kRolling && grain != own) {
      return "rolls over periods of one " + std::string(base::to_string(own)) + ", not of one " +
             by + " (or write 'time: last')";
    }
    if (window.kind == Window::Kind::kYearToDate && own == base::Grain::kYear) {
      return "is by year: there is no part of the year to date";
    }
    if (!is_landing(window.kind) && window.kind != Window::Kind::kWholeYear) continue;
    if (own != base::Grain::kMonth && own != base::Grain::kQuarter) {
      return "is foreseen from months or quarters, not from periods of one " +
             std::string(base::to_string(own));
    }
    if (grain != own) {
      return "is foreseen at the end of each " + std::string(base::to_string(own)) +
             ", not of one " + by + " (or write 'time: last')";
    }
  }
  return "";
}

std::string IndicatorCompiler::lack_at(const NamedIndicator& named, base::Grain grain) const {
  const model::Indicator& one = *named.definition;
  if (grain < one.grain) {
    return "is known by " + std::string(base::to_string(one.grain)) + ", not by " +
           std::string(base::to_string(grain));
  }
  if (grain == one.grain) return "";
  const bool averages = one.time == TimeRule::kAverage;
  for (const Aggregate& aggregate : named.plan->aggregates) {
    if (averages && !has_mean_over_time(aggregate.fn)) return "cannot be averaged over time";
  }
  if (one.time != TimeRule::kSum) return "";
  if (is_level(*named.plan)) {
    return "is a level, in ETP: it cannot be summed over time (E-SEMIADD); give it 'time: last' or "
           "'time: average'";
  }
  for (const IndicatorReference& reference : named.plan->references) {
    const auto inner = named_.find(reference.indicator);
    if (inner == named_.end() || inner->second.plan == nullptr) continue;
    std::string lack = lack_of(reference.windows, one.grain, grain);
    if (lack.empty()) lack = lack_at(inner->second, grain);
    if (!lack.empty()) return "names " + in_quotes(reference.indicator) + ", which " + lack;
  }
  return "";
}

std::string IndicatorCompiler::no_total_of(const NamedIndicator& named) {
  if (named.plan->spans.size() > 1 || named.definition->time == TimeRule::kLast ||
      named.definition->time == TimeRule::kAtEnd) {
    return named.plan->spans.size() > 1
               ? "looks at other periods itself: some would count twice"
               : "is the value at the end of a period: several of them do not add up (E-SEMIADD)";
  }
  if (named.definition->time == TimeRule::kSum && is_level(*named.plan)) {
    return "is a level, in ETP: it cannot be summed over time (E-SEMIADD)";
  }
  for (const Aggregate& one : named.plan->aggregates) {
    if (one.time == TimeRule::kLast || one.time == TimeRule::kAtEnd) {
      return "names an indicator that is the value at the end of a period: several of them do not "
             "add up (E-SEMIADD)";
    }
    if (one.time == TimeRule::kAverage && !has_mean_over_time(one.fn)) {
      return "cannot be averaged over time";
    }
  }
  return "";
}

bool IndicatorCompiler::fits(const NamedIndicator& named, const Operand& operand) {
  const std::size_t before = problems_.size();
  for (const std::string& dimension : indicator_.by) {
    const auto& known = named.definition->by;
    if (std::find(known.begin(), known.end(), dimension) != known.end()) continue;
    refuse(operand.offset, ProblemKind::kAggregate,
           in_quotes(operand.id) + " is not broken down by " + in_quotes(dimension),
           "add it to 'by' of " + operand.id + ", or remove it from 'by' of this indicator");
  }
  const bool totals = std::any_of(operand.windows.begin(), operand.windows.end(),
                                  [](const auto& w) { return w.kind != Window::Kind::kOffset; });
  if (const std::string why = totals ? no_total_of(named) : ""; !why.empty()) {
    refuse(operand.offset, ProblemKind::kAggregate, in_quotes(operand.id) + " " + why,
           "take its own value or its offset(); or give it 'time: average', whose ytd() and "
           "rolling() are averages");
  } else if (const bool lands = std::any_of(operand.windows.begin(), operand.windows.end(),
                                            [](const auto& w) { return is_landing(w.kind); });
             lands && !no_landing_of(named).empty()) {
    refuse(operand.offset, ProblemKind::kAggregate,
           in_quotes(operand.id) + " " + no_landing_of(named),
           "foresee sums and counts, and what is computed of them");
  }
  // At coarser grains, what is not a sum is taken from the cells of the own grain.
  std::vector<base::Grain> grains = {indicator_.grain};
  if (indicator_.time == TimeRule::kSum) {
    grains.insert(grains.end(), indicator_.grains.begin(), indicator_.grains.end());
  }
  for (const base::Grain grain : grains) {
    std::string lack = lack_of(operand.windows, indicator_.grain, grain);
    if (lack.empty()) lack = lack_at(named, grain);
    if (lack.empty()) continue;
    refuse(operand.offset, ProblemKind::kAggregate, in_quotes(operand.id) + " " + lack,
           "compute and publish this indicator at grains that all those it names have");
    break;
  }
  return problems_.size() == before;
}

std::uint32_t IndicatorCompiler::span_of(std::vector<Window> windows) {
  const auto at = std::find(plan_.spans.begin(), plan_.spans.end(), windows);
  if (at != plan_.spans.end()) return static_cast<std::uint32_t>(at - plan_.spans.begin());
  plan_.spans.push_back(std::move(windows));
  return static_cast<std::uint32_t>(plan_.spans.size() - 1);
}

IndicatorCompiler::Part IndicatorCompiler::reference(const Operand& operand) {
  const std::string key = operand.id + text_of(operand.windows);
  if (const auto known = parts_.find(key); known != parts_.end()) return known->second;
  const auto named = named_.find(operand.id);
  if (named == named_.end()) {
    std::vector<std::string> names;
    for (const auto& [id, one] : named_) names.push_back(id);
    const std::string nearest = base::nearest_of(operand.id, names);
    return refuse(operand.offset, ProblemKind::kName, "unknown indicator " + in_quotes(operand.id),
                  nearest.empty() ? "name an indicator of this model"
                                  : "did you mean " + in_quotes(nearest) + "?");
  }
  // One that does not compile says so itself.
  if (named->second.plan == nullptr || !fits(named->second, operand)) return {};
  if (plan_.aggregates.size() > base::kIndicatorAggregatesMax ||
      plan_.finaliser.size() > base::kIndicatorOperationsMax) {
    return {};  // refused as too large, by run()
  }
  Part part = expanded(named->second, operand);
  parts_.emplace(key, part);
  return part;
}

IndicatorCompiler::Part IndicatorCompiler::expanded(const NamedIndicator& named,
                                                    const Operand& operand) {
  const IndicatorPlan& inner = *named.plan;
  const auto first = static_cast<std::uint32_t>(plan_.aggregates.size());
  const auto nodes = static_cast<std::uint32_t>(plan_.finaliser.size());
  for (Aggregate aggregate : inner.aggregates) {
    std::vector<Window> windows = inner.spans[aggregate.span];
    windows.insert(windows.end(), operand.windows.begin(), operand.windows.end());
    aggregate.span = span_of(std::move(windows));
    if (named.definition->time != TimeRule::kSum) aggregate.time = named.definition->time;
    plan_.aggregates.push_back(std::move(aggregate));
  }
  for (FinaliserNode node : inner.finaliser) {
    node.left += node.op == FinaliserNode::Op::kAggregate ? first : nodes;
    node.right += nodes;
    plan_.finaliser.push_back(std::move(node));
  }
  plan_.references.push_back(
      {operand.id, operand.windows, first, static_cast<std::uint32_t>(inner.aggregates.size())});
  Part part;
  part.ok = true;
  part.node = static_cast<std::uint32_t>(plan_.finaliser.size() - 1);
  part.unit = unit_of(named);
  part.scale = inner.scale;
  const base::Rational factor = unit_factor(inner.unit, part.unit).value_or(1);
  if (factor == 1) return part;
  part.scale.reset();
  const Part constant = add({FinaliserNode::Op::kConstant, 0, 0, factor}, {});
  const std::uint32_t node = part.node;
  return add({FinaliserNode::Op::kMultiply, node, constant.node, 0}, std::move(part));
}

// growth(I, 'year') is (I - before) / abs(before); difference(I, 'year') is I - before, in points
// where I is a percentage.
IndicatorCompiler::Part IndicatorCompiler::comparison(std::uint32_t index) {
  const AstNode& node = ast_[index];
  if (node.children.size() != 2 && node.children.size() != 3) {
    return refuse(node.anchor, ProblemKind::kAggregate,
                  in_quotes(node.text) + " does not take " + std::to_string(node.children.size()) +
                      " arguments",
                  "write " + node.text + "(ID, 'year') or " + node.text + "(ID, 'month', 3)");
  }
  const auto now = operand_of(node.children[0]);
  const auto grain = grain_of(node.children[1]);
  std::optional<std::int32_t> count = 1;
  if (node.children.size() == 3) count = periods_of(node.children[2], 1, base::kOffsetPeriodsMax);
  if (!now || !grain || !count) return {};
  Operand before = *now;
  before.windows.push_back({Window::Kind::kOffset, *grain, -*count});
  const Part left = reference(*now);
  const Part right = left.ok ? reference(before) : Part();
  if (!left.ok || !right.ok) return {};
  Part change = combined(NodeKind::kSubtract, node.anchor, left, right);
  if (node.text == "difference") {
    if (change.unit == "%") change.unit = "pt";
    return change;
  }
  Part base = add({FinaliserNode::Op::kAbs, right.node, 0, 0}, right);
  // One unit above and below: it cancels, the hundredths of percentages too.
  change.unit.clear();
  base.unit.clear();
  return combined(NodeKind::kDivide, node.anchor, std::move(change), std::move(base));
}

}  // namespace passerelle::language
