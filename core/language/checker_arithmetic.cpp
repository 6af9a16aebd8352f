// The part of the checker that reads ! and arithmetic: types, units, decimals.
#include <algorithm>
#include <utility>

#include "core/language/checker.h"
#include "core/language/units.h"

namespace passerelle::language {
namespace {

Op arithmetic_op_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kAdd:
      return Op::kAdd;
    case NodeKind::kSubtract:
      return Op::kSubtract;
    case NodeKind::kMultiply:
      return Op::kMultiply;
    case NodeKind::kDivide:
      return Op::kDivide;
    default:
      return Op::kModulo;
  }
}

}  // namespace

Checked Checker::negation(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  Checked out = visit(node.children[0]);
  if (!out.ok) return {};
  const bool negate = node.kind == NodeKind::kNegate;
  const bool fits = negate ? out.type.is_number() || out.type.kind == TypeKind::kDuration
                           : out.type.kind == TypeKind::kBool;
  if (!fits && out.type.kind != TypeKind::kDyn) {
    return refuse(
        node.anchor, ProblemKind::kType,
        "'" + std::string(symbol_of(node.kind)) + "' does not take " + to_string(out.type),
        negate ? "negate numbers and durations" : "negate conditions");
  }
  if (!negate) out.type = TypeKind::kBool;
  out.node = builder_.emit(negate ? Op::kNegate : Op::kNot, {out.node});
  return folded(std::move(out));
}

std::optional<Type> Checker::arithmetic_type(NodeKind kind, const Type& left,
                                             const Type& right) const {
  using enum TypeKind;
  if (left.kind == kDyn || right.kind == kDyn) return Type(kDyn);
  const bool numbers = left.is_number() && right.is_number();
  const bool ints = left.kind == kInt && right.kind == kInt;
  const bool times = kind == NodeKind::kMultiply || kind == NodeKind::kDivide;
  if (kind == NodeKind::kModulo) return ints ? std::optional<Type>(kInt) : std::nullopt;
  if (numbers) return ints && kind != NodeKind::kDivide ? Type(kInt) : Type(kDecimal);
  if (times) {
    if (left.kind == kDuration && right.is_number()) return Type(kDuration);
    if (kind == NodeKind::kMultiply) {
      return left.is_number() && right.kind == kDuration ? std::optional<Type>(kDuration)
                                                         : std::nullopt;
    }
    return left.kind == kDuration && right.kind == kDuration ? std::optional<Type>(kDecimal)
                                                             : std::nullopt;
  }
  const bool instant = left.kind == kTimestamp || left.kind == kDate;
  if (right.kind == kDuration && (instant || left.kind == kDuration)) return left;
  if (kind == NodeKind::kSubtract) {
    return instant && left.kind == right.kind ? std::optional<Type>(kDuration) : std::nullopt;
  }
  if (left.kind == kDuration && (right.kind == kTimestamp || right.kind == kDate)) return right;
  if (left.kind == kString && right.kind == kString) return left;
  if (left.kind == kList && right.kind == kList) return unified(left, right);
  return std::nullopt;
}

void Checker::arithmetic_unit(const AstNode& node, const Checked& left, const Checked& right,
                              Checked* out) {
  out->any_unit = left.any_unit && right.any_unit;
  const bool known = left.scale && right.scale;
  if (node.kind == NodeKind::kMultiply) {
    out->unit = unit_product(left.unit, right.unit);
    const int scale = known ? *left.scale + *right.scale : base::kScaleMax + 1;
    if (scale <= base::kScaleMax) out->scale = scale;
  } else if (node.kind == NodeKind::kDivide) {
    out->unit = unit_quotient(left.unit, right.unit);
  } else {
    out->ok = agree(node, left, right, &out->unit);
    if (known) out->scale = std::max(*left.scale, *right.scale);
  }
  if (out->type.is_number()) return;
  out->unit.clear();  // fte * 1607h is time
  out->any_unit = false;
  out->scale = 0;
}

Checked Checker::arithmetic(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Checked left = visit(node.children[0]);
  const Checked right = visit(node.children[1]);
  if (!left.ok || !right.ok) return {};
  const auto type = arithmetic_type(node.kind, left.type, right.type);
  if (!type) {
    const bool text = left.type.kind == TypeKind::kString || right.type.kind == TypeKind::kString;
    return mistyped(node, left, right,
                    text ? "convert with string(x), int(x) or decimal(x)" : "convert one of them");
  }
  Checked out;
  out.ok = true;
  out.type = *type;
  arithmetic_unit(node, left, right, &out);
  if (!out.ok) return {};
  out.node = builder_.emit(arithmetic_op_of(node.kind), {left.node, right.node});
  return folded(std::move(out));
}

}  // namespace passerelle::language
