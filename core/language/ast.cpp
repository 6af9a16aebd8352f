#include "core/language/ast.h"

namespace passerelle::language {

std::string_view symbol_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNot:
      return "!";
    case NodeKind::kNegate:
    case NodeKind::kSubtract:
      return "-";
    case NodeKind::kAnd:
      return "&&";
    case NodeKind::kOr:
      return "||";
    case NodeKind::kConditional:
      return "?:";
    case NodeKind::kEqual:
      return "==";
    case NodeKind::kNotEqual:
      return "!=";
    case NodeKind::kLess:
      return "<";
    case NodeKind::kLessEqual:
      return "<=";
    case NodeKind::kGreater:
      return ">";
    case NodeKind::kGreaterEqual:
      return ">=";
    case NodeKind::kIn:
      return "in";
    case NodeKind::kAdd:
      return "+";
    case NodeKind::kMultiply:
      return "*";
    case NodeKind::kDivide:
      return "/";
    case NodeKind::kModulo:
      return "%";
    default:
      return "";
  }
}

std::string Ast::dotted_name(std::uint32_t index) const {
  std::string name;
  while (nodes[index].kind == NodeKind::kSelect) {
    name.insert(0, "." + nodes[index].text);
    index = nodes[index].children[0];
  }
  if (nodes[index].kind != NodeKind::kName) return "";
  return nodes[index].text + name;
}

}  // namespace passerelle::language
