// The part of the checker that resolves names, members and elements.
#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/language/checker.h"

namespace passerelle::language {
namespace {

constexpr std::array<std::string_view, 13> kTypeNames = {
    "bool", "int", "uint",    "double",    "string",   "bytes",    "list",
    "map",  "dyn", "decimal", "timestamp", "duration", "null_type"};

}  // namespace

const Checker::Local* Checker::local_named(std::string_view name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name == name) return &*local;
  }
  return nullptr;
}

bool Checker::is_local_name(std::uint32_t index) const {
  while ((*ast_)[index].kind == NodeKind::kSelect) index = (*ast_)[index].children[0];
  return (*ast_)[index].kind == NodeKind::kName && local_named((*ast_)[index].text) != nullptr;
}

Checked Checker::name_or_select(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const std::string dotted = ast_->dotted_name(index);
  if (node.kind == NodeKind::kName) {
    if (const Local* local = local_named(node.text)) {
      Checked checked;
      checked.ok = true;
      checked.type = local->type;
      checked.any_unit = true;
      checked.node = builder_.leaf(Op::kLocal, local->index);
      return checked;
    }
  }
  if (!dotted.empty() && !is_local_name(index)) {
    if (const auto slot = schema_.find(dotted)) return field(*slot);
    if (!is_member_of_field(index)) return unknown_name(index);
  }
  return member(index, Op::kIndex);
}

bool Checker::is_member_of_field(std::uint32_t index) const {
  while ((*ast_)[index].kind == NodeKind::kSelect) {
    index = (*ast_)[index].children[0];
    if (schema_.find(ast_->dotted_name(index))) return true;
  }
  return false;
}

// x.name as the value of a key of the map x, or (kHasKey) whether there is one.
Checked Checker::member(std::uint32_t index, Op op) {
  const AstNode& node = (*ast_)[index];
  const Checked whole = visit(node.children[0]);
  if (!whole.ok) return {};
  const bool map =
      whole.type.kind == TypeKind::kMap && comparable(whole.type.parameters[0], TypeKind::kString);
  if (!map && whole.type.kind != TypeKind::kDyn) {
    return refuse(node.anchor, ProblemKind::kType,
                  "'." + node.text + "' follows a value of type " + to_string(whole.type) +
                      ", which has no members",
                  "functions are written with (): x.size()");
  }
  Checked out;
  out.ok = true;
  out.type = op == Op::kHasKey ? Type(TypeKind::kBool)
             : map             ? whole.type.parameters[1]
                               : Type(TypeKind::kDyn);
  out.any_unit = true;
  const std::uint32_t key = builder_.constant(Value::string(node.text));
  out.node = builder_.emit(op, {whole.node, key});
  return folded(std::move(out));
}

Checked Checker::field(std::uint32_t slot) {
  const Field& field = schema_.fields()[slot];
  Checked checked;
  checked.ok = true;
  checked.type = field.type;
  if (field.type.is_number()) checked.unit = field.unit;
  if (field.scale != kAnyScale) checked.scale = field.type.is_number() ? field.scale : 0;
  checked.node = builder_.leaf(Op::kField, slot);
  return checked;
}

Checked Checker::unknown_name(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const std::string name = ast_->dotted_name(index);
  if (name.starts_with("google.protobuf.")) {
    return refuse(node.begin, ProblemKind::kMessage, "there are no protobuf types",
                  "timestamps and durations are made with timestamp('...') and duration('...')");
  }
  for (std::string_view type : kTypeNames) {
    if (name != type) continue;
    return refuse(node.begin, ProblemKind::kTypeValue,
                  "'" + name + "' is the name of a type, types are not values",
                  "the type of every field is known: nothing is to be tested");
  }
  const std::vector<std::string> known = schema_.names();
  const std::string nearest = base::nearest_of(name, known);
  std::string remedy = "did you mean '" + nearest + "'?";
  if (nearest.empty()) {
    remedy = known.empty() ? "there are no fields here" : "the fields are ";
    std::string separator;
    for (std::size_t i = 0; i < known.size() && i < 20; ++i) {
      remedy += separator + known[i];
      separator = ", ";
    }
    if (known.size() > 20) remedy += ", ...";
  }
  return refuse(node.begin, ProblemKind::kName, "unknown field '" + name + "'", std::move(remedy));
}

Checked Checker::element(std::uint32_t index) {
  const AstNode& node = (*ast_)[index];
  const Checked whole = visit(node.children[0]);
  const Checked key = visit(node.children[1]);
  if (!whole.ok || !key.ok) return {};
  Checked out;
  out.ok = true;
  out.any_unit = true;
  const bool list = whole.type.kind == TypeKind::kList;
  const Type wanted = list                                ? Type(TypeKind::kInt)
                      : whole.type.kind == TypeKind::kMap ? whole.type.parameters[0]
                                                          : Type(TypeKind::kDyn);
  const bool container = list || whole.type.kind == TypeKind::kMap;
  if (!container && whole.type.kind != TypeKind::kDyn) {
    return refuse(node.anchor, ProblemKind::kType,
                  "[] follows a value of type " + to_string(whole.type),
                  "only lists and maps have elements");
  }
  const bool fits = list ? key.type.kind == TypeKind::kInt || key.type.kind == TypeKind::kDyn
                         : comparable(wanted, key.type);
  if (!fits) {
    return refuse(
        (*ast_)[node.children[1]].begin, ProblemKind::kType,
        "the index is of type " + to_string(key.type) + " instead of " + to_string(wanted),
        "use a " + to_string(wanted));
  }
  if (container) out.type = whole.type.parameters[list ? 0 : 1];
  out.node = builder_.emit(Op::kIndex, {whole.node, key.node});
  return folded(std::move(out));
}

}  // namespace passerelle::language
