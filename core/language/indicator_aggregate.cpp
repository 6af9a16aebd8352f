// The part of the compiler of indicators that reads one aggregate.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/language/functions.h"
#include "core/language/indicator_compiler.h"

namespace passerelle::language {
namespace {

constexpr std::int64_t kMicrosPerHour = 60 * base::kMicrosPerMinute;

AggregateFn fn_named(std::string_view name) {
  const auto at = std::find(kAggregateNames.begin(), kAggregateNames.end(), name);
  return static_cast<AggregateFn>(at - kAggregateNames.begin());
}

std::string_view usage_of(AggregateFn fn) {
  switch (fn) {
    case AggregateFn::kCount:
      return "count(), count(condition), count(kind) or count(kind, condition)";
    case AggregateFn::kPct:
      return "pct(n, x) or pct(n, x, condition)";
    case AggregateFn::kStock:
      return "stock(opened, closed) or stock(opened, closed, condition)";
    case AggregateFn::kShareLe:
      return "share_le(x, limit) or share_le(x, limit, condition)";
    default:
      return "";
  }
}

bool is_moment(const Type& type) {
  return type.kind == TypeKind::kTimestamp || type.kind == TypeKind::kDate;
}

bool has_plain_result(AggregateFn fn) {
  return fn == AggregateFn::kCount || fn == AggregateFn::kDistinct || fn == AggregateFn::kStock ||
         fn == AggregateFn::kShareLe;
}

}  // namespace

const Schema& IndicatorCompiler::schema_of(const std::string& kind) {
  const auto known = schemas_.find(kind);
  if (known != schemas_.end()) return known->second;
  Schema schema = kinds_.at(kind);
  for (std::uint32_t slot = 0; slot < schema.fields().size(); ++slot) {
    schema.add_alias(kind + "." + schema.fields()[slot].name, slot);
  }
  return schemas_.emplace(kind, std::move(schema)).first->second;
}

void IndicatorCompiler::check_where(const std::string& kind) {
  if (!where_holds_for(kind)) return;
  std::vector<Problem> found;
  Checker(schema_of(kind), &found).check_predicate(where_, where_.root);
  for (Problem& problem : found) {
    if (from_.empty()) problem.reason += ", for facts of kind '" + kind + "'";
    if (std::find(where_problems_.begin(), where_problems_.end(), problem) ==
        where_problems_.end()) {
      where_problems_.push_back(std::move(problem));
    }
  }
}

void IndicatorCompiler::collect_kinds(std::uint32_t index, std::set<std::string>* found) const {
  const AstNode& node = ast_[index];
  const std::string dotted = node.kind == NodeKind::kSelect ? ast_.dotted_name(index) : "";
  if (const std::size_t dot = dotted.find('.'); dot != std::string::npos) {
    const std::string root = dotted.substr(0, dot);
    const auto from = kinds_.find(from_);
    const bool field = from != kinds_.end() && from->second.find(root).has_value();
    if (kinds_.contains(root) && !field) found->insert(root);
    return;
  }
  for (std::uint32_t child : node.children) collect_kinds(child, found);
}

std::optional<IndicatorCompiler::Arguments> IndicatorCompiler::arguments_of(std::uint32_t index,
                                                                            AggregateFn fn) {
  const AstNode& node = ast_[index];
  const std::vector<std::uint32_t>& given = node.children;
  Arguments out;
  std::size_t used = 1;
  if (fn == AggregateFn::kCount) {
    used = 0;
    if (!given.empty() && ast_[given[0]].kind == NodeKind::kName) {
      const auto from = kinds_.find(from_);
      const bool field = from != kinds_.end() && from->second.find(ast_[given[0]].text);
      if (kinds_.contains(ast_[given[0]].text) && !field) {
        out.counted_kind = ast_[given[0]].text;
        used = 1;
      }
    }
  } else if (fn == AggregateFn::kPct || fn == AggregateFn::kStock || fn == AggregateFn::kShareLe) {
    used = 2;
  }
  if (given.size() < used || given.size() > used + 1) {
    std::string usage(usage_of(fn));
    if (usage.empty()) usage = node.text + "(x) or " + node.text + "(x, condition)";
    refuse(node.anchor, ProblemKind::kAggregate,
           "'" + node.text + "' does not take " + std::to_string(given.size()) + " arguments",
           "write " + usage);
    return std::nullopt;
  }
  if (fn == AggregateFn::kPct) {
    out.parameter = given[0];
    out.value = given[1];
  } else if (fn != AggregateFn::kCount) {
    out.value = given[0];
    if (fn == AggregateFn::kStock) out.second = given[1];
    if (fn == AggregateFn::kShareLe) out.parameter = given[1];
  }
  if (given.size() > used) out.filter = given[used];
  return out;
}

std::optional<std::string> IndicatorCompiler::kind_of(std::uint32_t index,
                                                      const Arguments& arguments) {
  const AstNode& node = ast_[index];
  std::set<std::string> found;
  for (std::uint32_t child : node.children) collect_kinds(child, &found);
  if (!arguments.counted_kind.empty()) found.insert(arguments.counted_kind);
  if (found.size() == 1) return *found.begin();
  if (found.empty() && !from_.empty()) return from_;
  if (found.empty()) {
    std::vector<std::string> names;
    for (const auto& [kind, schema] : kinds_) names.push_back(kind);
    refuse(node.anchor, ProblemKind::kAggregate,
           "'" + std::string(ast_.source(index)) + "' does not say of which facts",
           "give the indicator a 'from', or write kind.field; the kinds are " +
               base::join(names, ", "));
    return std::nullopt;
  }
  refuse(node.anchor, ProblemKind::kAggregate,
         "E-FANOUT: one aggregate over two kinds of facts, '" + *found.begin() + "' and '" +
             *found.rbegin() + "'",
         "aggregate each kind by itself and combine the results: sum(a.x) / sum(b.y)");
  return std::nullopt;
}

std::optional<Program> IndicatorCompiler::program_of(std::uint32_t index, const Schema& schema) {
  const std::size_t before = problems_.size();
  Checker checker(schema, &problems_);
  const Checked checked = checker.check(ast_, index);
  if (!checked.ok || problems_.size() != before) return std::nullopt;
  return checker.finish({checked});
}

bool IndicatorCompiler::fill_argument(std::uint32_t index, const Arguments& arguments,
                                      Aggregate* out) {
  if (!arguments.value) return true;
  out->argument = program_of(*arguments.value, schema_of(out->kind));
  if (!out->argument) return false;
  if (arguments.second) return fill_stock(arguments, out);
  const Result& result = out->argument->result();
  const std::size_t at = ast_[*arguments.value].begin;
  const TypeKind kind = result.type.kind;
  const bool measured = result.type.is_number() || kind == TypeKind::kDuration;
  const bool scalar =
      measured || is_moment(result.type) || kind == TypeKind::kBool || kind == TypeKind::kString;
  if (!(out->fn == AggregateFn::kDistinct ? scalar : measured)) {
    refuse(at, ProblemKind::kType,
           "'" + ast_[index].text + "' does not take a value of type " + to_string(result.type),
           kind == TypeKind::kBool ? "count the facts that fulfil a condition with count(condition)"
                                   : "it takes a number or a duration");
    return false;
  }
  if (result.type.is_number() && !result.scale) {
    refuse(at, ProblemKind::kAggregate,
           "a division inside an aggregate: each fact's value would have no last decimal",
           "divide after aggregating: sum(x) / 3, sum(x) / sum(y)");
    return false;
  }
  out->scale = result.scale.value_or(0);
  return true;
}

bool IndicatorCompiler::fill_stock(const Arguments& arguments, Aggregate* out) {
  out->second = program_of(*arguments.second, schema_of(out->kind));
  if (!out->second) return false;
  const Type& opened = out->argument->result().type;
  const Type& closed = out->second->result().type;
  if (is_moment(opened) && opened == closed) return true;
  refuse(ast_[*arguments.value].begin, ProblemKind::kType,
         "'stock' does not take " + to_string(opened) + " and " + to_string(closed),
         "it takes two timestamps or two dates: when the fact opened and when it closed");
  return false;
}

bool IndicatorCompiler::fill_parameter(const Arguments& arguments, Aggregate* out) {
  if (!arguments.parameter) return true;
  const std::size_t before = problems_.size();
  const std::size_t at = ast_[*arguments.parameter].begin;
  Checker checker(schema_of(out->kind), &problems_);
  const Checked checked = checker.check(ast_, *arguments.parameter);
  if (problems_.size() != before) return false;
  const auto value = checker.constant_of(checked);
  const bool percentile = out->fn == AggregateFn::kPct;
  const Type wanted = percentile ? Type(TypeKind::kInt) : out->argument->result().type;
  if (!value || !comparable(wanted, checked.type) || checked.type.kind == TypeKind::kDyn) {
    refuse(at, ProblemKind::kType,
           percentile ? "the percentile must be a constant number"
                      : "the limit must be a constant of type " + to_string(wanted),
           percentile ? "write pct(90, x)" : "write it as a number or a duration such as 48h");
    return false;
  }
  out->parameter = value->is_number() ? to_rational(*value) : base::Rational(value->raw());
  if (percentile && (out->parameter < 0 || out->parameter > 100)) {
    refuse(at, ProblemKind::kLiteral, "a percentile lies between 0 and 100", "write pct(90, x)");
    return false;
  }
  return true;
}

bool IndicatorCompiler::fill_filter(const Arguments& arguments, Aggregate* out) {
  const std::size_t before = problems_.size();
  Checker checker(schema_of(out->kind), &problems_);
  std::vector<Checked> roots;
  const bool filtered = where_holds_for(out->kind);
  if (filtered) check_where(out->kind);
  if (filtered && where_problems_.empty()) {
    roots.push_back(checker.check_predicate(where_, where_.root));
  }
  if (arguments.filter) roots.push_back(checker.check_predicate(ast_, *arguments.filter));
  if (problems_.size() != before) return false;
  if (!roots.empty()) out->filter = checker.finish(roots);
  return true;
}

IndicatorCompiler::Part IndicatorCompiler::aggregate(std::uint32_t index) {
  const std::string text(ast_.source(index));
  if (const auto known = parts_.find(text); known != parts_.end()) return known->second;
  Aggregate out;
  out.text = text;
  out.fn = fn_named(ast_[index].text);
  const auto arguments = arguments_of(index, out.fn);
  if (!arguments) return {};
  const auto kind = kind_of(index, *arguments);
  if (!kind) return {};
  out.kind = *kind;
  const bool argument = fill_argument(index, *arguments, &out);
  const bool parameter = argument && fill_parameter(*arguments, &out);
  const bool filter = fill_filter(*arguments, &out);
  out.is_selective = arguments->filter.has_value();
  if (!argument || !parameter || !filter) return {};
  plan_.aggregates.push_back(std::move(out));
  const auto position = static_cast<std::uint32_t>(plan_.aggregates.size() - 1);
  const Part part = finalised(plan_.aggregates.back(), position);
  parts_.emplace(text, part);
  return part;
}

IndicatorCompiler::Part IndicatorCompiler::finalised(const Aggregate& aggregate,
                                                     std::uint32_t aggregate_index) {
  Part part;
  const AggregateFn fn = aggregate.fn;
  if (fn == AggregateFn::kCount || fn == AggregateFn::kDistinct || fn == AggregateFn::kStock) {
    part.scale = 0;
  }
  const FinaliserNode node{FinaliserNode::Op::kAggregate, aggregate_index, 0, 0};
  if (has_plain_result(fn)) return add(node, part);
  const Result& result = aggregate.argument->result();
  if (result.type.kind == TypeKind::kDuration) {
    const bool squared = fn == AggregateFn::kVar;
    part.unit = squared ? "h*h" : "h";
    const Part micros = add(node, part);
    base::Rational hour = kMicrosPerHour;
    if (squared) hour *= kMicrosPerHour;
    const Part divisor = add({FinaliserNode::Op::kConstant, 0, 0, hour}, {});
    return add({FinaliserNode::Op::kDivide, micros.node, divisor.node, 0}, part);
  }
  part.unit = fn == AggregateFn::kVar ? unit_product(result.unit, result.unit) : result.unit;
  if (fn == AggregateFn::kSum || fn == AggregateFn::kMin || fn == AggregateFn::kMax) {
    part.scale = aggregate.scale;
  }
  return add(node, part);
}

}  // namespace passerelle::language
