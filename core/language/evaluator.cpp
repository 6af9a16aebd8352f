#include "core/language/evaluator.h"

#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/language/arithmetic.h"
#include "core/language/calls.h"

namespace passerelle::language {
Evaluator::Evaluator(const Code& code, Frame* frame)
    : code_(code),
      frame_(*frame),
      arena_bytes_max_(frame->arena_.bytes() + base::kExpressionArenaBytesMax) {
  if (frame_.locals_.size() < code.locals) frame_.locals_.resize(code.locals);
}

bool Evaluator::charge(std::size_t steps) {
  steps_ += steps;
  return steps_ <= base::kExpressionStepsMax;
}

Value Evaluator::within_budget(const Value& value) const {
  if (frame_.arena_.bytes() > arena_bytes_max_) return Value::error(ErrorCode::kBudget);
  return value;
}

Value Evaluator::run(std::uint32_t id) {
  const CodeNode& node = code_.nodes[id];
  switch (node.op) {
    case Op::kConstant:
      return code_.constants[node.index];
    case Op::kField:
      return field(node.index);
    case Op::kHasField:
      return Value::boolean(node.index < frame_.fields_.size() &&
                            frame_.fields_[node.index].tag() != Tag::kAbsent);
    case Op::kLocal:
      return frame_.locals_[node.index];
    case Op::kHasKey:
      return has_key(node);
    case Op::kAnd:
      return all_of(node);
    case Op::kOr:
      return any_of(node);
    case Op::kNot: {
      const Value value = run(operand(node, 0));
      if (value.tag() == Tag::kBool) return Value::boolean(!value.is_true());
      return value.is_error() ? value : no_overload();
    }
    case Op::kConditional:
      return conditional(node);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return compared(node);
    case Op::kIn:
    case Op::kInTexts:
      return contained(node);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
    case Op::kNegate:
      return computed(node);
    case Op::kList:
      return listed(node);
    case Op::kMap:
      return mapped(node);
    case Op::kIndex:
      return indexed(node);
    case Op::kCall:
      return called(node);
    default:
      return looped(node);
  }
}

Value Evaluator::field(std::uint32_t slot) const {
  if (slot < frame_.fields_.size() && frame_.fields_[slot].tag() != Tag::kAbsent) {
    return frame_.fields_[slot];
  }
  return Value::error(ErrorCode::kNoValue, slot);
}

// CEL: one false decides whatever the others are, errors included, in any order.
Value Evaluator::all_of(const CodeNode& node) {
  Value error;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Value value = run(operand(node, i));
    if (value.is_false()) return value;
    if (!value.is_true() && !error.is_error()) error = value.is_error() ? value : no_overload();
  }
  return error.is_error() ? error : Value::boolean(true);
}

Value Evaluator::any_of(const CodeNode& node) {
  Value error;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Value value = run(operand(node, i));
    if (value.is_true()) return value;
    if (!value.is_false() && !error.is_error()) error = value.is_error() ? value : no_overload();
  }
  return error.is_error() ? error : Value::boolean(false);
}

Value Evaluator::conditional(const CodeNode& node) {
  const Value condition = run(operand(node, 0));
  if (condition.is_error()) return condition;
  if (condition.tag() != Tag::kBool) return no_overload();
  return run(operand(node, condition.is_true() ? 1 : 2));
}

Value Evaluator::compared(const CodeNode& node) {
  const Value left = run(operand(node, 0));
  if (left.is_error()) return left;
  const Value right = run(operand(node, 1));
  if (right.is_error()) return right;
  if (left.tag() == Tag::kList && !charge(left.items().size())) {
    return Value::error(ErrorCode::kBudget);
  }
  if (node.op == Op::kEqual) return Value::boolean(equal(left, right));
  if (node.op == Op::kNotEqual) return Value::boolean(!equal(left, right));
  const auto order = compare(left, right);
  if (!order) return no_overload();
  switch (node.op) {
    case Op::kLess:
      return Value::boolean(*order < 0);
    case Op::kLessEqual:
      return Value::boolean(*order <= 0);
    case Op::kGreater:
      return Value::boolean(*order > 0);
    default:
      return Value::boolean(*order >= 0);
  }
}

Value Evaluator::contained(const CodeNode& node) {
  const Value wanted = run(operand(node, 0));
  if (wanted.is_error()) return wanted;
  if (node.op == Op::kInTexts) {
    return Value::boolean(wanted.tag() == Tag::kString &&
                          code_.text_sets[node.index].contains(wanted.text()));
  }
  const Value within = run(operand(node, 1));
  if (within.is_error()) return within;
  if (within.tag() == Tag::kMap) return Value::boolean(find(within.entries(), wanted) != nullptr);
  if (within.tag() != Tag::kList) return no_overload();
  if (!charge(within.items().size())) return Value::error(ErrorCode::kBudget);
  for (const Value& item : within.items()) {
    if (equal(item, wanted)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value Evaluator::computed(const CodeNode& node) {
  const Value left = run(operand(node, 0));
  if (left.is_error()) return left;
  if (node.op == Op::kNegate) return negate(left, &frame_.arena_);
  const Value right = run(operand(node, 1));
  if (right.is_error()) return right;
  switch (node.op) {
    case Op::kAdd:
      return within_budget(add(left, right, &frame_.arena_));
    case Op::kSubtract:
      return within_budget(subtract(left, right, &frame_.arena_));
    case Op::kMultiply:
      return within_budget(multiply(left, right, &frame_.arena_));
    case Op::kDivide:
      return within_budget(divide(left, right, &frame_.arena_));
    default:
      return modulo(left, right);
  }
}

Value Evaluator::indexed(const CodeNode& node) {
  const Value whole = run(operand(node, 0));
  if (whole.is_error()) return whole;
  const Value key = run(operand(node, 1));
  if (key.is_error()) return key;
  if (whole.tag() == Tag::kMap) {
    const Value* found = find(whole.entries(), key);
    return found != nullptr ? *found : Value::error(ErrorCode::kNoSuchKey);
  }
  if (whole.tag() != Tag::kList || !key.is_number()) return no_overload();
  const auto index = to_scaled(key, 0);
  if (!index || *index < 0 || static_cast<std::size_t>(*index) >= whole.items().size()) {
    return Value::error(ErrorCode::kIndex);
  }
  return whole.items()[static_cast<std::size_t>(*index)];
}

Value Evaluator::has_key(const CodeNode& node) {
  const Value whole = run(operand(node, 0));
  if (whole.is_error()) return whole;
  if (whole.tag() != Tag::kMap) return no_overload();
  return Value::boolean(find(whole.entries(), run(operand(node, 1))) != nullptr);
}

Value Evaluator::listed(const CodeNode& node) {
  List items;
  items.reserve(node.count);
  for (std::uint32_t i = 0; i < node.count; ++i) {
    items.push_back(run(operand(node, i)));
    if (items.back().is_error()) return items.back();
  }
  return within_budget(frame_.arena_.keep_list(std::move(items)));
}

Value Evaluator::mapped(const CodeNode& node) {
  Map entries;
  entries.reserve(node.count / 2);
  for (std::uint32_t i = 0; i < node.count; i += 2) {
    const Value key = run(operand(node, i));
    if (key.is_error()) return key;
    if (key.tag() != Tag::kBool && key.tag() != Tag::kInt && key.tag() != Tag::kString) {
      return no_overload();
    }
    const Value value = run(operand(node, i + 1));
    if (value.is_error()) return value;
    entries.emplace_back(key, value);
  }
  return within_budget(frame_.arena_.keep_map(std::move(entries)));
}

Value Evaluator::called(const CodeNode& node) {
  std::array<Value, 3> arguments;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    arguments[i] = run(operand(node, i));
    if (arguments[i].is_error()) return arguments[i];
    if (arguments[i].tag() == Tag::kString && !charge(arguments[i].text().size() / 64)) {
      return Value::error(ErrorCode::kBudget);
    }
  }
  const CallContext context{code_, node, &frame_.arena_};
  return within_budget(call(context, std::span(arguments).first(node.count)));
}

Value Evaluator::looped(const CodeNode& node) {
  const Value range = run(operand(node, 0));
  if (range.is_error()) return range;
  List keys;
  if (range.tag() == Tag::kMap) {
    for (const auto& [key, value] : range.entries()) keys.push_back(key);
  } else if (range.tag() != Tag::kList) {
    return no_overload();
  }
  const List& items = range.tag() == Tag::kMap ? keys : range.items();
  const bool to_list = node.op == Op::kMapMacro || node.op == Op::kFilter;
  return to_list ? looped_to_list(node, items) : looped_to_bool(node, items);
}

Value Evaluator::looped_to_bool(const CodeNode& node, const List& range) {
  const bool decisive = node.op == Op::kExists;
  Value error;
  std::size_t count = 0;
  for (const Value& item : range) {
    if (!charge(node.weight)) return Value::error(ErrorCode::kBudget);
    frame_.locals_[node.index] = item;
    Value value = run(operand(node, 1));
    if (value.tag() != Tag::kBool && !value.is_error()) value = no_overload();
    if (node.op == Op::kExistsOne) {
      if (value.is_error()) return value;
      count += value.is_true() ? 1 : 0;
    } else if (value.tag() == Tag::kBool && value.is_true() == decisive) {
      return value;
    } else if (value.is_error() && !error.is_error()) {
      error = value;
    }
  }
  if (node.op == Op::kExistsOne) return Value::boolean(count == 1);
  return error.is_error() ? error : Value::boolean(!decisive);
}

Value Evaluator::looped_to_list(const CodeNode& node, const List& range) {
  List items;
  for (const Value& item : range) {
    if (!charge(node.weight)) return Value::error(ErrorCode::kBudget);
    frame_.locals_[node.index] = item;
    const bool filters = node.op == Op::kFilter || node.count == 3;
    if (filters) {
      const Value kept = run(operand(node, node.op == Op::kFilter ? 1 : 2));
      if (kept.is_error()) return kept;
      if (kept.tag() != Tag::kBool) return no_overload();
      if (!kept.is_true()) continue;
    }
    const Value value = node.op == Op::kFilter ? item : run(operand(node, 1));
    if (value.is_error()) return value;
    items.push_back(value);
  }
  return within_budget(frame_.arena_.keep_list(std::move(items)));
}

}  // namespace passerelle::language
