// Types, units and names of a syntax tree; writes the code as it goes. Inside the room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/language/ast.h"
#include "core/language/code_builder.h"
#include "core/language/program.h"

namespace passerelle::language {

// What is known of one subtree.
struct Checked {
  bool ok = false;  // false: has its problem, nothing above it is checked against it
  Type type;
  std::string unit;
  bool any_unit = false;  // a constant number: takes the unit of what it meets
  std::optional<int> scale;
  std::uint32_t node = 0;
};

class Checker {
 public:
  // All must outlive the checker.
  Checker(const Schema& schema, std::vector<Problem>* problems)
      : schema_(schema), problems_(problems) {}

  Checked check(const Ast& ast, std::uint32_t node);
  // As check, and the result must be bool.
  Checked check_predicate(const Ast& ast, std::uint32_t node);
  // The program of one checked subtree, or of the conjunction of several. All must be ok.
  Program finish(const std::vector<Checked>& roots);
  // The value of a checked subtree that reads no field; none otherwise.
  std::optional<Value> constant_of(const Checked& checked) const;

 private:
  struct Local {
    std::string name;
    Type type;
    std::uint32_t index = 0;
  };

  Checked visit(std::uint32_t index);
  Checked literal(const AstNode& node);
  Checked name_or_select(std::uint32_t index);
  Checked member(std::uint32_t index, Op op);
  bool is_member_of_field(std::uint32_t index) const;
  Checked field(std::uint32_t slot);
  Checked unknown_name(std::uint32_t index);
  Checked element(std::uint32_t index);
  Checked list(std::uint32_t index);
  Checked map(std::uint32_t index);
  Checked logic(std::uint32_t index);
  Checked conditional(std::uint32_t index);
  Checked relation(std::uint32_t index);
  Checked membership(std::uint32_t index);
  Checked negation(std::uint32_t index);
  Checked arithmetic(std::uint32_t index);
  std::optional<Type> arithmetic_type(NodeKind kind, const Type& left, const Type& right) const;
  void arithmetic_unit(const AstNode& node, const Checked& left, const Checked& right,
                       Checked* out);

  Checked call(std::uint32_t index);
  Checked has(std::uint32_t index);
  Checked loop(std::uint32_t index);
  bool is_loop(const AstNode& node) const;
  Checked function(std::uint32_t index);
  Checked result_of(const Signature& signature, const Checked& first) const;
  Checked unknown_function(std::uint32_t index);
  bool is_refused_function(const AstNode& node);
  const Signature* matching(std::uint32_t index, const std::vector<Checked>& arguments);
  bool add_calendar(std::string_view name, std::size_t at, std::uint32_t call_node);
  bool add_special(const Signature& signature, std::uint32_t index,
                   const std::vector<Checked>& arguments, std::uint32_t call_node);
  void refuse_constant(std::uint32_t index, const Signature& signature, const Value& argument,
                       const Value& error);

  bool is_local_name(std::uint32_t index) const;
  const Local* local_named(std::string_view name) const;
  // Folds and fills the scale of constants.
  Checked folded(Checked checked);
  bool agree(const AstNode& node, const Checked& left, const Checked& right, std::string* unit);
  Checked refuse(std::size_t offset, ProblemKind kind, std::string reason, std::string remedy);
  Checked mistyped(const AstNode& node, const Checked& left, const Checked& right,
                   std::string remedy);

  const Ast* ast_ = nullptr;
  const Schema& schema_;
  std::vector<Problem>* problems_;
  CodeBuilder builder_;
  std::vector<Local> locals_;
};

// Whether == is defined between the two: same type, two numbers, or dyn somewhere.
bool comparable(const Type& left, const Type& right);
// The type that holds values of both; dyn if there is no better one.
Type unified(const Type& left, const Type& right);

}  // namespace passerelle::language
