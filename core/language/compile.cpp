#include <algorithm>

#include "core/language/ast.h"
#include "core/language/checker.h"
#include "core/language/program.h"

namespace passerelle::language {
namespace {

Compiled compiled(std::string_view text, const Schema& schema, bool predicate) {
  Compiled out;
  const Ast ast = parse(text, &out.problems);
  Checker checker(schema, &out.problems);
  const Checked checked =
      predicate ? checker.check_predicate(ast, ast.root) : checker.check(ast, ast.root);
  if (out.problems.empty()) out.program = checker.finish({checked});
  std::stable_sort(out.problems.begin(), out.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.offset < b.offset; });
  return out;
}

}  // namespace

Compiled compile(std::string_view text, const Schema& schema) {
  return compiled(text, schema, false);
}

Compiled compile_predicate(std::string_view text, const Schema& schema) {
  return compiled(text, schema, true);
}

}  // namespace passerelle::language
