#include "core/language/checker.h"

#include <algorithm>
#include <utility>

#include "core/language/units.h"

namespace passerelle::language {
namespace {

Op comparison_op_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kEqual:
      return Op::kEqual;
    case NodeKind::kNotEqual:
      return Op::kNotEqual;
    case NodeKind::kLess:
      return Op::kLess;
    case NodeKind::kLessEqual:
      return Op::kLessEqual;
    case NodeKind::kGreater:
      return Op::kGreater;
    default:
      return Op::kGreaterEqual;
  }
}

bool is_equality(NodeKind kind) { return kind == NodeKind::kEqual || kind == NodeKind::kNotEqual; }

// < is defined for it.
bool is_ordered(const Type& type) {
  return type.kind != TypeKind::kList && type.kind != TypeKind::kMap &&
         type.kind != TypeKind::kNull;
}

}  // namespace

bool comparable(const Type& left, const Type& right) {
  if (left.kind == TypeKind::kDyn || right.kind == TypeKind::kDyn) return true;
  if (left.is_number() && right.is_number()) return true;
  if (left.kind != right.kind) return false;
  for (std::size_t i = 0; i < left.parameters.size(); ++i) {
    if (!comparable(left.parameters[i], right.parameters[i])) return false;
  }
  return true;
}

Type unified(const Type& left, const Type& right) {
  if (left == right) return left;
  if (left.is_number() && right.is_number()) return TypeKind::kDecimal;
  if (left.kind != right.kind || left.parameters.empty()) return TypeKind::kDyn;
  Type type(left.kind);
  for (std::size_t i = 0; i < left.parameters.size(); ++i) {
    type.parameters.push_back(unified(left.parameters[i], right.parameters[i]));
  }
  return type;
}

Checked Checker::check(const Ast& ast, std::uint32_t node) {
  ast_ = &ast;
  locals_.clear();
  return visit(node);
}

Checked Checker::check_predicate(const Ast& ast, std::uint32_t node) {
  Checked checked = check(ast, node);
  if (!checked.ok || checked.type.kind == TypeKind::kBool) return checked;
  return refuse(ast[node].begin, ProblemKind::kType,
                "a condition is true or false, this is of type " + to_string(checked.type),
                "compare it with something");
}

Program Checker::finish(const std::vector<Checked>& roots) {
  Result result{roots[0].type, roots[0].unit, roots[0].scale};
  std::uint32_t root = roots[0].node;
  if (roots.size() > 1) {
    std::vector<std::uint32_t> nodes;
    for (const Checked& checked : roots) nodes.push_back(checked.node);
    root = builder_.emit(Op::kAnd, std::move(nodes));
  }
  return Program(builder_.finish(root, std::move(result), schema_));
}

std::optional<Value> Checker::constant_of(const Checked& checked) const {
  if (!checked.ok || !builder_.is_constant(checked.node)) return std::nullopt;
  return builder_.value_of(checked.node);
}

Checked Checker::refuse(std::size_t offset, ProblemKind kind, std::string reason,
                        std::string remedy) {
  problems_->push_back(problem_at(ast_->text, offset, kind, std::move(reason), std::move(remedy)));
  return {};
}

Checked Checker::mistyped(const AstNode& node, const Checked& left, const Checked& right,
                          std::string remedy) {
  return refuse(node.anchor, ProblemKind::kType,
                "'" + std::string(symbol_of(node.kind)) + "' does not take " +
                    to_string(left.type) + " and " + to_string(right.type),
                std::move(remedy));
}

Checked Checker::folded(Checked checked) {
  const Value value = builder_.fold(checked.node);
  if (!value.is_number()) return checked;
  checked.scale = value.tag() == Tag::kRational ? std::nullopt : std::optional(value.scale());
  return checked;
}

bool Checker::agree(const AstNode& node, const Checked& left, const Checked& right,
                    std::string* unit) {
  *unit = left.any_unit || left.unit.empty() ? right.unit : left.unit;
  if (left.any_unit || right.any_unit || units_agree(left.unit, right.unit)) return true;
  const auto named = [](const std::string& text) {
    return text.empty() ? std::string("a plain number") : "'" + text + "'";
  };
  refuse(node.anchor, ProblemKind::kUnit,
         "'" + std::string(symbol_of(node.kind)) + "' between " + named(left.unit) + " and " +
             named(right.unit),
         "bring both to one unit, or divide one by the other");
  return false;
}

Checked Checker::visit(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  switch (node.kind) {
    case NodeKind::kRefused:
      return {};
    case NodeKind::kNull:
    case NodeKind::kBool:
    case NodeKind::kInt:
    case NodeKind::kDecimal:
    case NodeKind::kDuration:
    case NodeKind::kString:
      return literal(node);
    case NodeKind::kName:
    case NodeKind::kSelect:
      return name_or_select(index);
    case NodeKind::kIndex:
      return element(index);
    case NodeKind::kCall:
      return call(index);
    case NodeKind::kList:
      return list(index);
    case NodeKind::kMap:
      return map(index);
    case NodeKind::kAnd:
    case NodeKind::kOr:
      return logic(index);
    case NodeKind::kConditional:
      return conditional(index);
    case NodeKind::kNot:
    case NodeKind::kNegate:
      return negation(index);
    case NodeKind::kIn:
      return membership(index);
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply:
    case NodeKind::kDivide:
    case NodeKind::kModulo:
      return arithmetic(index);
    default:
      return relation(index);
  }
}

Checked Checker::literal(const AstNode& node) {
  Checked checked;
  checked.ok = true;
  Value value;
  switch (node.kind) {
    case NodeKind::kNull:
      checked.type = TypeKind::kNull;
      value = Value::null();
      break;
    case NodeKind::kBool:
      checked.type = TypeKind::kBool;
      value = Value::boolean(node.number != 0);
      break;
    case NodeKind::kInt:
      checked.type = TypeKind::kInt;
      value = Value::integer(node.number);
      break;
    case NodeKind::kDecimal:
      checked.type = TypeKind::kDecimal;
      value = Value::decimal(node.number, node.scale);
      break;
    case NodeKind::kDuration:
      checked.type = TypeKind::kDuration;
      value = Value::duration(node.number);
      break;
    default:
      checked.type = TypeKind::kString;
      value = Value::string(node.text);
      break;
  }
  checked.any_unit = checked.type.is_number();
  checked.scale = value.scale();
  checked.node = builder_.constant(value);
  return checked;
}

Checked Checker::list(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  Checked out;
  out.ok = true;
  out.any_unit = true;
  std::optional<Type> item_type;
  std::vector<std::uint32_t> items;
  for (std::uint32_t child : node.children) {
    const Checked item = visit(child);
    out.ok = out.ok && item.ok;
    if (!out.ok) continue;
    out.ok = agree(node, out, item, &out.unit);
    out.any_unit = out.any_unit && item.any_unit;
    item_type = item_type ? unified(*item_type, item.type) : item.type;
    items.push_back(item.node);
  }
  if (!out.ok) return {};
  out.type = Type::list(item_type.value_or(TypeKind::kDyn));
  out.node = builder_.emit(Op::kList, std::move(items));
  return folded(std::move(out));
}

Checked Checker::map(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  Checked out;
  out.ok = true;
  std::optional<Type> types[2];
  std::vector<std::uint32_t> entries;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Checked item = visit(node.children[i]);
    out.ok = out.ok && item.ok;
    if (!item.ok) continue;
    const TypeKind kind = item.type.kind;
    if (i % 2 == 0 && kind != TypeKind::kBool && kind != TypeKind::kInt &&
        kind != TypeKind::kString && kind != TypeKind::kDyn) {
      refuse((*ast_)[node.children[i]].begin, ProblemKind::kType,
             "a map's key is a bool, an int or a string, not " + to_string(item.type),
             "use one of these");
      out.ok = false;
    }
    types[i % 2] = types[i % 2] ? unified(*types[i % 2], item.type) : item.type;
    entries.push_back(item.node);
  }
  if (!out.ok) return {};
  out.type = Type::map(types[0].value_or(TypeKind::kDyn), types[1].value_or(TypeKind::kDyn));
  out.node = builder_.emit(Op::kMap, std::move(entries));
  if (builder_.fold(out.node).is_error()) {
    return refuse(node.begin, ProblemKind::kLiteral, "a key occurs twice in the map",
                  "remove one of the entries");
  }
  return out;
}

Checked Checker::logic(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  Checked out;
  out.ok = true;
  out.type = TypeKind::kBool;
  std::vector<std::uint32_t> operands;
  for (std::uint32_t child : node.children) {
    const Checked operand = visit(child);
    out.ok = out.ok && operand.ok;
    if (!operand.ok) continue;
    if (operand.type.kind != TypeKind::kBool && operand.type.kind != TypeKind::kDyn) {
      refuse((*ast_)[child].begin, ProblemKind::kType,
             "'" + std::string(symbol_of(node.kind)) + "' takes conditions, this is of type " +
                 to_string(operand.type),
             "compare it with something");
      out.ok = false;
    }
    operands.push_back(operand.node);
  }
  if (!out.ok) return {};
  out.node = builder_.emit(node.kind == NodeKind::kAnd ? Op::kAnd : Op::kOr, std::move(operands));
  return folded(std::move(out));
}

Checked Checker::conditional(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Checked condition = visit(node.children[0]);
  const Checked yes = visit(node.children[1]);
  const Checked no = visit(node.children[2]);
  if (condition.ok && condition.type.kind != TypeKind::kBool &&
      condition.type.kind != TypeKind::kDyn) {
    return refuse((*ast_)[node.children[0]].begin, ProblemKind::kType,
                  "before '?' stands a condition, this is of type " + to_string(condition.type),
                  "compare it with something");
  }
  if (!condition.ok || !yes.ok || !no.ok) return {};
  if (!comparable(yes.type, no.type)) {
    return refuse(node.anchor, ProblemKind::kType,
                  "both results of '?:' must be of one type, not " + to_string(yes.type) + " and " +
                      to_string(no.type),
                  "convert one of them");
  }
  Checked out;
  out.ok = true;
  if (!agree(node, yes, no, &out.unit)) return {};
  out.type = unified(yes.type, no.type);
  out.any_unit = yes.any_unit && no.any_unit;
  if (yes.scale && no.scale) out.scale = std::max(*yes.scale, *no.scale);
  out.node = builder_.emit(Op::kConditional, {condition.node, yes.node, no.node});
  return folded(std::move(out));
}

Checked Checker::relation(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Checked left = visit(node.children[0]);
  const Checked right = visit(node.children[1]);
  if (!left.ok || !right.ok) return {};
  if (!comparable(left.type, right.type)) {
    const bool null = left.type.kind == TypeKind::kNull || right.type.kind == TypeKind::kNull;
    const bool dates = left.type.kind == TypeKind::kDate || right.type.kind == TypeKind::kDate;
    return mistyped(node, left, right,
                    null    ? "whether a field has a value is written has(field)"
                    : dates ? "dates are written date('2026-11-23'), the day of a timestamp "
                              "date(x, 'Europe/Paris')"
                            : "compare values of one type");
  }
  if (!is_equality(node.kind) && !(is_ordered(left.type) && is_ordered(right.type))) {
    return mistyped(node, left, right, "only single values have an order");
  }
  Checked out;
  std::string unit;
  if (!agree(node, left, right, &unit)) return {};
  out.ok = true;
  out.type = TypeKind::kBool;
  out.node = builder_.emit(comparison_op_of(node.kind), {left.node, right.node});
  return folded(std::move(out));
}

Checked Checker::membership(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Checked left = visit(node.children[0]);
  const Checked right = visit(node.children[1]);
  if (!left.ok || !right.ok) return {};
  const bool container = right.type.kind == TypeKind::kList || right.type.kind == TypeKind::kMap;
  if (right.type.kind != TypeKind::kDyn &&
      (!container || !comparable(left.type, right.type.parameters[0]))) {
    return mistyped(node, left, right, "write value in [value, value]");
  }
  std::string unit;
  if (right.type.kind == TypeKind::kList && !agree(node, left, right, &unit)) return {};
  Checked out;
  out.ok = true;
  out.type = TypeKind::kBool;
  std::uint32_t set = 0;
  if (builder_.add_text_set(right.node, &set)) {
    out.node = builder_.emit_loop(Op::kInTexts, {left.node}, set);
  } else {
    out.node = builder_.emit(Op::kIn, {left.node, right.node});
  }
  return folded(std::move(out));
}

}  // namespace passerelle::language
