#include "core/consolidation/split_and.h"

#include <vector>

#include "core/language/ast.h"

namespace passerelle::consolidation {
namespace {

void collect(const language::Ast& ast, std::uint32_t index, std::string_view text,
             std::vector<std::string_view>* out) {
  const language::AstNode& node = ast[index];
  if (node.kind == language::NodeKind::kAnd) {
    for (const std::uint32_t child : node.children) collect(ast, child, text, out);
    return;
  }
  out->push_back(text.substr(node.begin, node.end - node.begin));
}

}  // namespace

std::vector<std::string_view> split_and(std::string_view text) {
  std::vector<language::Problem> problems;
  const language::Ast ast = language::parse(text, &problems);
  std::vector<std::string_view> parts;
  if (problems.empty()) collect(ast, ast.root, text, &parts);
  if (parts.empty()) parts.push_back(text);
  return parts;
}

}  // namespace passerelle::consolidation
