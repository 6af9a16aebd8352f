// The syntax tree. Nodes lie in one vector, children before parents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/problem.h"

namespace passerelle::language {

enum class NodeKind : std::uint8_t {
  kRefused,  // has its problem already: checks nothing more
  kNull,
  kBool,      // number: 0 or 1
  kInt,       // number
  kDecimal,   // number of 10^-scale units
  kDuration,  // number, microseconds
  kString,    // text
  kName,      // text
  kSelect,    // children: operand; text: member
  kIndex,     // children: operand, index
  kCall,      // text: function; on_target: the first child is the target
  kList,      // children: elements
  kMap,       // children: key, value, key, value...
  kNot,
  kNegate,
  kAnd,  // two children or more
  kOr,   // two children or more
  kConditional,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
};
// "+", "&&"; "" for what is not an operator.
std::string_view symbol_of(NodeKind kind);

struct AstNode {
  NodeKind kind = NodeKind::kRefused;
  bool on_target = false;
  int scale = 0;
  int depth = 1;
  std::size_t begin = 0;  // of the whole, in bytes
  std::size_t end = 0;
  std::size_t anchor = 0;  // where a problem points: the operator or the function's name
  std::int64_t number = 0;
  std::string text;
  std::vector<std::uint32_t> children;
};

struct Ast {
  std::string text;
  std::vector<AstNode> nodes;
  std::uint32_t root = 0;

  const AstNode& operator[](std::uint32_t index) const { return nodes[index]; }
  std::string_view source(std::uint32_t index) const {
    return std::string_view(text).substr(nodes[index].begin, nodes[index].end - nodes[index].begin);
  }
  // The dotted name of a kName or a chain of kSelect over one ("budget.open"), else "".
  std::string dotted_name(std::uint32_t index) const;
};

// Appends every problem of the text to `problems`. The tree is whole even then: what could not be
// read is a kRefused node.
Ast parse(std::string_view text, std::vector<Problem>* problems);

}  // namespace passerelle::language
