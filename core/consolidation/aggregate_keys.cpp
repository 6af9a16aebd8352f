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
  std::vector<AggregateKey> keys(plan.aggregates.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!plan.is_own(i)) continue;
    const language::Aggregate& aggregate = plan.aggregates[i];
    std::vector<language::Problem> problems;
    const Ast ast = language::parse(aggregate.text, &problems);
    keys[i] = key_of(ast, ast.root, indicator, aggregate);
  }
  return keys;
}

}  // namespace passerelle::consolidation
