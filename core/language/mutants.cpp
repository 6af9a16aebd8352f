#include "core/language/mutants.h"

#include <algorithm>

#include "core/language/ast.h"

namespace passerelle::language {
namespace {

std::vector<std::string> others_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kEqual:
      return {"!="};
    case NodeKind::kNotEqual:
      return {"=="};
    case NodeKind::kLess:
      return {">=", "<="};
    case NodeKind::kLessEqual:
      return {">", "<"};
    case NodeKind::kGreater:
      return {"<=", ">="};
    case NodeKind::kGreaterEqual:
      return {"<", ">"};
    case NodeKind::kAnd:
      return {"||"};
    case NodeKind::kOr:
      return {"&&"};
    case NodeKind::kAdd:
      return {"-"};
    case NodeKind::kSubtract:
      return {"+"};
    case NodeKind::kMultiply:
      return {"/"};
    case NodeKind::kDivide:
      return {"*"};
    case NodeKind::kNot:
      return {""};
    default:
      return {};
  }
}

// Where the operators of the node are: between its children, or before the only one.
std::vector<std::size_t> places_of(const Ast& ast, const AstNode& node, std::string_view symbol) {
  std::vector<std::size_t> places;
  const auto find = [&](std::size_t from, std::size_t to) {
    const std::size_t at = ast.text.find(symbol, from);
    if (at < to) places.push_back(at);
  };
  if (node.kind == NodeKind::kNot) {
    find(node.begin, ast[node.children[0]].begin);
    return places;
  }
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    find(ast[node.children[i - 1]].end, ast[node.children[i]].begin);
  }
  return places;
}

}  // namespace

std::vector<Mutant> mutants_of(std::string_view text) {
  std::vector<Problem> problems;
  const Ast ast = parse(text, &problems);
  std::vector<Mutant> mutants;
  if (!problems.empty()) return mutants;
  for (const AstNode& node : ast.nodes) {
    const std::vector<std::string> others = others_of(node.kind);
    if (others.empty()) continue;
    const std::string symbol =
        node.kind == NodeKind::kNot ? "!" : std::string(symbol_of(node.kind));
    for (const std::size_t at : places_of(ast, node, symbol)) {
      for (const std::string& other : others) {
        std::string mutated(text);
        mutated.replace(at, symbol.size(), other);
        mutants.push_back({std::move(mutated), at, symbol, other});
      }
    }
  }
  std::stable_sort(mutants.begin(), mutants.end(),
                   [](const Mutant& a, const Mutant& b) { return a.at < b.at; });
  return mutants;
}

}  // namespace passerelle::language
