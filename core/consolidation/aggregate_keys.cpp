#include "core/consolidation/aggregate_keys.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/language/ast.h"

namespace passerelle::consolidation {
namespace {

using language::AggregateFn;
using language::Ast;
using language::NodeKind;

// The text without spaces outside quotes and without the kind before its fields.
std::string normalised(std::string_view text, const std::string& kind) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) {
        out += text[++i];
      } else if (c == quote) {
        quote = 0;
      }
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '\'' || c == '"') quote = c;
    out += c;
  }
  const std::string prefix = kind + ".";
  for (std::size_t at = out.find(prefix); at != std::string::npos; at = out.find(prefix, at)) {
    const char before = at == 0 ? ' ' : out[at - 1];
    const bool word = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
                      (before >= '0' && before <= '9') || before == '_' || before == '.';
    // Only a text without quotes is shortened: inside them it may be part of a value.
    if (word || out.find('\'') < at || out.find('"') < at) {
      ++at;
    } else {
      out.erase(at, prefix.size());
    }
  }
  return out;
}

// Arguments before the optional filter.
std::size_t leading(AggregateFn fn, const Ast& ast, std::uint32_t call, const std::string& kind) {
  const auto& children = ast[call].children;
  switch (fn) {
    case AggregateFn::kCount:
      return !children.empty() && ast[children[0]].kind == NodeKind::kName &&
                     ast[children[0]].text == kind
                 ? 1
                 : 0;
    case AggregateFn::kPct:
    case AggregateFn::kStock:
    case AggregateFn::kShareLe:
      return 2;
    default:
      return 1;
  }
}

bool is_aggregate(const Ast& ast, std::uint32_t index) {
  static const std::vector<AggregateFn> all = {
      AggregateFn::kSum,   AggregateFn::kCount,   AggregateFn::kAvg, AggregateFn::kMin,
      AggregateFn::kMax,   AggregateFn::kMedian,  AggregateFn::kPct, AggregateFn::kDistinct,
      AggregateFn::kStock, AggregateFn::kShareLe, AggregateFn::kVar};
  if (ast[index].kind != NodeKind::kCall || ast[index].on_target) return false;
  return std::any_of(all.begin(), all.end(),
                     [&](AggregateFn fn) { return language::to_string(fn) == ast[index].text; });
}

// The calls as the compiler meets them: left before right, one text once.
void collect(const Ast& ast, std::uint32_t index, std::vector<std::uint32_t>* calls) {
  if (is_aggregate(ast, index)) {
    const bool known = std::any_of(calls->begin(), calls->end(), [&](std::uint32_t call) {
      return ast.source(call) == ast.source(index);
    });
    if (!known) calls->push_back(index);
    return;
  }
  for (const std::uint32_t child : ast[index].children) collect(ast, child, calls);
}

AggregateKey key_of(const Ast& ast, std::uint32_t call, const model::Indicator& indicator,
                    const language::Aggregate& aggregate) {
  AggregateKey key;
  const auto& children = ast[call].children;
  const auto text = [&](std::size_t child) {
    return normalised(ast.source(children[child]), aggregate.kind);
  };
  const std::size_t lead = leading(aggregate.fn, ast, call, aggregate.kind);
  const std::size_t value = aggregate.fn == AggregateFn::kPct ? 1 : 0;
  if (aggregate.argument) {
    key.argument = text(value);
    const std::string dotted = ast.dotted_name(children[value]);
    key.field = dotted.substr(dotted.rfind('.') + 1);
  }
  if (aggregate.second) key.second = text(1);
  const bool where = !base::trimmed(indicator.where).empty() &&
                     (indicator.from.empty() || indicator.from == aggregate.kind);
  if (where) key.filter = "(" + normalised(indicator.where, aggregate.kind) + ")";
  if (children.size() > lead) key.filter += "&(" + text(lead) + ")";
  return key;
}

}  // namespace

std::vector<AggregateKey> aggregate_keys(const model::Indicator& indicator,
                                         const language::IndicatorPlan& plan) {
  std::vector<language::Problem> problems;
  const Ast ast = language::parse(indicator.value, &problems);
  std::vector<std::uint32_t> calls;
  if (problems.empty()) collect(ast, ast.root, &calls);
  std::vector<std::size_t> own;
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    if (plan.is_own(i)) own.push_back(i);
  }
  bool same = calls.size() == own.size();
  for (std::size_t i = 0; same && i < calls.size(); ++i) {
    same = language::to_string(plan.aggregates[own[i]].fn) == ast[calls[i]].text;
  }
  std::vector<AggregateKey> keys(plan.aggregates.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const language::Aggregate& aggregate = plan.aggregates[own[i]];
    if (same) {
      keys[own[i]] = key_of(ast, calls[i], indicator, aggregate);
      continue;
    }
    // Nothing is shared where the texts cannot be told apart.
    const std::string text = "#" + indicator.id + "#" + std::to_string(own[i]);
    keys[own[i]] = {aggregate.filter ? text : "", text, text, ""};
  }
  return keys;
}

}  // namespace passerelle::consolidation
