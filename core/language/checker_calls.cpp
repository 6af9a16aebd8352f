// The part of the checker that resolves functions and macros.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/language/checker.h"
#include "core/language/model_names.h"
#include "core/language/time_text.h"

namespace passerelle::language {
namespace {

bool takes(TypeKind wanted, TypeKind given) {
  return wanted == given || wanted == TypeKind::kDyn || given == TypeKind::kDyn ||
         (wanted == TypeKind::kDecimal && given == TypeKind::kInt);
}

std::string_view name_of(Special special) {
  if (special == Special::kPattern) return "the pattern";
  return special == Special::kZone ? "the time zone" : "the calendar";
}

Op loop_op(std::string_view name) {
  if (name == "all") return Op::kAll;
  if (name == "exists") return Op::kExists;
  if (name == "map") return Op::kMapMacro;
  if (name == "filter") return Op::kFilter;
  return Op::kExistsOne;
}

}  // namespace

bool Checker::is_loop(const AstNode& node) const {
  static constexpr std::array<std::string_view, 6> kLoops = {"all",       "exists", "exists_one",
                                                             "existsOne", "map",    "filter"};
  return node.on_target && std::find(kLoops.begin(), kLoops.end(), node.text) != kLoops.end();
}

Checked Checker::call(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  if (!node.on_target && node.text == "has") return has(index);
  if (is_loop(node)) return loop(index);
  if (is_refused_function(node)) return {};
  return function(index);
}

Checked Checker::has(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  Checked out;
  out.ok = true;
  out.type = TypeKind::kBool;
  const std::uint32_t argument = node.children.size() == 1 ? node.children[0] : index;
  const std::string dotted = ast_->dotted_name(argument);
  if (dotted.empty() && (*ast_)[argument].kind != NodeKind::kSelect) {
    return refuse(node.anchor, ProblemKind::kType, "has() takes one field of the record",
                  "write has(field)");
  }
  if (const auto slot = schema_.find(dotted); slot && !is_local_name(argument)) {
    out.node = builder_.leaf(Op::kHasField, *slot);
    return out;
  }
  if ((*ast_)[argument].kind == NodeKind::kName && local_named(dotted) != nullptr) {
    return refuse(node.anchor, ProblemKind::kType, "'" + dotted + "' always has a value",
                  "has() takes a field of the record or a key of a map");
  }
  if (!dotted.empty() && !is_local_name(argument) && !is_member_of_field(argument)) {
    return unknown_name(argument);
  }
  return member(argument, Op::kHasKey);
}

Checked Checker::loop(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Op op = loop_op(node.text);
  const std::size_t count = node.children.size();
  const Checked range = visit(node.children[0]);
  const bool counts = count == 3 || (count == 4 && op == Op::kMapMacro);
  if (!counts || (*ast_)[node.children[1]].kind != NodeKind::kName) {
    return refuse(node.anchor, ProblemKind::kType,
                  "'" + node.text + "' takes a name and an expression",
                  "write list." + node.text + "(x, expression with x)");
  }
  if (!range.ok) return {};
  const bool container = range.type.kind == TypeKind::kList || range.type.kind == TypeKind::kMap;
  if (!container && range.type.kind != TypeKind::kDyn) {
    return refuse(node.anchor, ProblemKind::kType,
                  "'" + node.text + "' follows a value of type " + to_string(range.type),
                  "it takes a list or a map");
  }
  const std::uint32_t local = builder_.new_local();
  locals_.push_back({(*ast_)[node.children[1]].text,
                     container ? range.type.parameters[0] : Type(TypeKind::kDyn), local});
  // map(x, condition, value) keeps the condition last in the code.
  const Checked last = visit(node.children[count - 1]);
  const Checked before = count == 4 ? visit(node.children[2]) : last;
  locals_.pop_back();
  if (!last.ok || !before.ok) return {};
  const Checked& condition = op == Op::kMapMacro ? before : last;
  if ((op != Op::kMapMacro || count == 4) && condition.type.kind != TypeKind::kBool &&
      condition.type.kind != TypeKind::kDyn) {
    return refuse(
        (*ast_)[node.children[2]].begin, ProblemKind::kType,
        "'" + node.text + "' takes a condition, this is of type " + to_string(condition.type),
        "compare it with something");
  }
  Checked out;
  out.ok = true;
  out.any_unit = true;
  out.type = op == Op::kFilter     ? range.type.kind == TypeKind::kList ? range.type
                                     : container ? Type::list(range.type.parameters[0])
                                                 : Type::list(TypeKind::kDyn)
                 : op == Op::kMapMacro ? Type::list(last.type)
                                   : Type(TypeKind::kBool);
  std::vector<std::uint32_t> operands = {range.node, last.node};
  if (count == 4) operands.push_back(before.node);
  out.node = builder_.emit_loop(op, std::move(operands), local);
  return out;
}

bool Checker::is_refused_function(const AstNode& node) {
  const RefusedFunction* refused = refused_function(node.text);
  if (refused == nullptr) return false;
  refuse(node.anchor, refused->kind, std::string(refused->reason), std::string(refused->remedy));
  return true;
}

Checked Checker::unknown_function(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const auto aggregate = std::find(kAggregateNames.begin(), kAggregateNames.end(), node.text);
  if (aggregate != kAggregateNames.end() && !node.on_target) {
    return refuse(node.anchor, ProblemKind::kAggregate,
                  "'" + node.text + "' aggregates many facts, here there is one",
                  "aggregates stand in the value of an indicator, not inside one another");
  }
  std::vector<std::string> names;
  for (const Signature& signature : signatures()) names.emplace_back(signature.name);
  const std::string nearest = base::nearest_of(node.text, names);
  return refuse(node.anchor, ProblemKind::kName, "unknown function '" + node.text + "'",
                nearest.empty() ? "the README of the language lists the functions"
                                : "did you mean '" + nearest + "'?");
}

const Signature* Checker::matching(std::uint32_t index, const std::vector<Checked>& arguments) {
  const AstNode& node = (*ast_)[index];
  std::string known;
  for (const Signature& signature : signatures()) {
    if (signature.name != node.text) continue;
    known += (known.empty() ? "" : ", ") + to_string(signature);
    if (signature.on_target != node.on_target) continue;
    const bool matches = std::equal(
        signature.arguments.begin(), signature.arguments.end(), arguments.begin(), arguments.end(),
        [](TypeKind wanted, const Checked& given) { return takes(wanted, given.type.kind); });
    if (matches) return &signature;
  }
  std::string given;
  for (const Checked& argument : arguments) {
    given += (given.empty() ? "" : ", ") + to_string(argument.type);
  }
  refuse(node.anchor, ProblemKind::kType, "'" + node.text + "' does not take (" + given + ")",
         "it is written " + known);
  return nullptr;
}

bool Checker::add_special(const Signature& signature, std::uint32_t index,
                          const std::vector<Checked>& arguments, std::uint32_t call_node) {
  if (signature.special == Special::kNone) return true;
  const AstNode& node = (*ast_)[index];
  const std::size_t at = (*ast_)[node.children.back()].begin;
  const auto value = constant_of(arguments.back());
  if (!value || value->tag() != Tag::kString) {
    refuse(at, ProblemKind::kType,
           std::string(name_of(signature.special)) + " must be a constant text",
           "write it here, between quotes");
    return false;
  }
  if (signature.special == Special::kCalendar) return add_calendar(value->text(), at, call_node);
  if (signature.special == Special::kZone) {
    if (const auto zone = parse_zone(value->text())) {
      builder_.set_index(call_node, builder_.add_zone(*zone));
      return true;
    }
    refuse(at, ProblemKind::kLiteral, "unknown time zone " + to_string(*value),
           "write a name like 'Europe/Paris' or an offset like '+01:00'");
    return false;
  }
  std::uint32_t pattern = 0;
  std::string reason;
  if (!builder_.add_pattern(value->text(), &pattern, &reason)) {
    refuse(at, ProblemKind::kLiteral, "the pattern is not valid: " + reason,
           "see the syntax of RE2");
    return false;
  }
  builder_.set_index(call_node, pattern);
  return true;
}

bool Checker::add_calendar(std::string_view name, std::size_t at, std::uint32_t call_node) {
  std::vector<std::string> known;
  if (const auto& names = schema_.model_names()) {
    if (const auto found = names->calendars.find(name); found != names->calendars.end()) {
      builder_.set_index(call_node, builder_.add_calendar(found->second));
      return true;
    }
    for (const auto& [id, calendar] : names->calendars) known.push_back(id);
  }
  const std::string nearest = base::nearest_of(name, known);
  refuse(at, ProblemKind::kName, "unknown calendar '" + std::string(name) + "'",
         known.empty()
             ? "no calendar is known here; the section 'calendars' of the model holds them"
         : nearest.empty() ? "the calendars are " + base::join(known, ", ")
                           : "did you mean '" + nearest + "'?");
  return false;
}

void Checker::refuse_constant(std::uint32_t index, const Signature& signature,
                              const Value& argument, const Value& error) {
  const AstNode& node = (*ast_)[index];
  const std::size_t at = (*ast_)[node.children[0]].begin;
  const std::string name(signature.name);
  if (argument.tag() == Tag::kString && is_too_precise(argument.text())) {
    refuse(at, ProblemKind::kPrecision,
           to_string(argument) + " is finer than a microsecond, which is the precision here",
           "write at most six digits of a second");
  } else if (error.error_code() == ErrorCode::kRange) {
    refuse(at, ProblemKind::kLiteral, to_string(argument) + " is outside the range of " + name,
           "years go from 1 to 9999, durations to 292 years");
  } else {
    const std::string example = name == "timestamp"  ? "2026-11-23T08:12:00Z"
                                : name == "date"     ? "2026-11-23"
                                : name == "duration" ? "1h30m"
                                                     : "12";
    refuse(at, ProblemKind::kLiteral, to_string(argument) + " cannot be converted by " + name,
           "write it like '" + example + "'");
  }
}

// Type, unit and scale of a call by its first argument.
Checked Checker::result_of(const Signature& signature, const Checked& first) const {
  Checked out;
  out.ok = true;
  out.type = signature.result;
  out.unit = signature.unit;
  if (out.type.kind != TypeKind::kDecimal) out.scale = 0;
  const bool number = first.type.is_number();
  switch (signature.function) {
    case Function::kDyn:
      out.any_unit = true;
      break;
    case Function::kAbs:
      if (first.type.kind == TypeKind::kDyn) out.type = TypeKind::kDyn;
      [[fallthrough]];
    case Function::kToInt:
    case Function::kToDecimal:
      out.unit = first.unit;
      out.any_unit = first.any_unit;
      if (out.type.kind == TypeKind::kDecimal && number) out.scale = first.scale;
      break;
    default:
      break;
  }
  return out;
}

Checked Checker::function(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const bool known = std::any_of(signatures().begin(), signatures().end(),
                                 [&](const Signature& s) { return s.name == node.text; });
  if (!known) return unknown_function(index);
  std::vector<Checked> arguments;
  std::vector<std::uint32_t> nodes;
  bool ok = true;
  for (std::uint32_t child : node.children) {
    arguments.push_back(visit(child));
    ok = ok && arguments.back().ok;
    nodes.push_back(arguments.back().node);
  }
  if (!ok) return {};
  const Signature* signature = matching(index, arguments);
  if (signature == nullptr) return {};
  Checked out = result_of(*signature, arguments[0]);
  out.node = builder_.emit_call(signature->function, std::move(nodes));
  if (!add_special(*signature, index, arguments, out.node)) return {};
  const Value value = builder_.fold(out.node);
  if (value.is_error() && signature->function >= Function::kToInt &&
      signature->function <= Function::kToDate) {
    refuse_constant(index, *signature, *constant_of(arguments[0]), value);
    return {};
  }
  if (value.tag() == Tag::kInt || value.tag() == Tag::kDecimal) out.scale = value.scale();
  return out;
}

}  // namespace passerelle::language
