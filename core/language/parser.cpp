#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/language/ast.h"
#include "core/language/lexer.h"

namespace passerelle::language {
namespace {

// CEL reserves `function` too; here it is a field of every budget line (M57's functions).
constexpr std::array<std::string_view, 16> kReserved = {
    "as",  "break", "const",   "continue",  "else",   "for", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void", "while"};

struct Operator {
  std::string_view symbol;
  NodeKind kind;
};
using Level = std::vector<Operator>;

// From loose to tight; && and || are read apart because they take any number of operands.
const std::array<Level, 3>& levels() {
  static const std::array<Level, 3> kLevels = {
      Level{{"==", NodeKind::kEqual},
            {"!=", NodeKind::kNotEqual},
            {"<", NodeKind::kLess},
            {"<=", NodeKind::kLessEqual},
            {">", NodeKind::kGreater},
            {">=", NodeKind::kGreaterEqual},
            {"in", NodeKind::kIn}},
      Level{{"+", NodeKind::kAdd}, {"-", NodeKind::kSubtract}},
      Level{{"*", NodeKind::kMultiply}, {"/", NodeKind::kDivide}, {"%", NodeKind::kModulo}}};
  return kLevels;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Problem>* problems) : problems_(problems) {
    ast_.text = text;
    tokens_ = tokenize(ast_.text, problems);
  }

  Ast run() {
    ast_.root = ternary();
    if (here().kind != TokenKind::kEnd) {
      unexpected("the expression ends before it", "join the parts with an operator such as &&");
    }
    return std::move(ast_);
  }

 private:
  const Token& here() const { return tokens_[at_]; }
  const Token& last() const { return tokens_[at_ == 0 ? 0 : at_ - 1]; }
  void advance() {
    if (here().kind != TokenKind::kEnd) ++at_;
  }
  bool at_symbol(std::string_view symbol) const {
    return here().kind == TokenKind::kPunctuation && here().text == symbol;
  }
  bool accept(std::string_view symbol) {
    if (!at_symbol(symbol)) return false;
    advance();
    return true;
  }

  void refuse(std::size_t offset, ProblemKind kind, std::string reason, std::string remedy) {
    problems_->push_back(problem_at(ast_.text, offset, kind, std::move(reason), std::move(remedy)));
  }

  // After the first surprise the parser is out of step: later ones would mislead, so one is told.
  void unexpected(std::string_view why, std::string_view remedy) {
    if (lost_) return;
    lost_ = true;
    const bool end = here().kind == TokenKind::kEnd;
    const std::string what = end ? "the expression ends too early"
                                 : "unexpected '" +
                                       ast_.text.substr(here().begin, here().end - here().begin) +
                                       "': " + std::string(why);
    refuse(here().begin, ProblemKind::kSyntax, what, std::string(remedy));
  }

  void expect(std::string_view symbol) {
    if (accept(symbol)) return;
    unexpected("'" + std::string(symbol) + "' is missing", "add '" + std::string(symbol) + "'");
  }

  std::uint32_t add(AstNode node) {
    for (std::uint32_t child : node.children) {
      node.depth = std::max(node.depth, ast_[child].depth + 1);
    }
    node.end = std::max(node.end, last().end);
    if (node.depth > static_cast<int>(base::kExpressionDepthMax)) too_deep(node.begin);
    ast_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(ast_.nodes.size() - 1);
  }

  void too_deep(std::size_t offset) {
    if (!too_deep_) {
      refuse(offset, ProblemKind::kLimit,
             "the expression is nested deeper than " + std::to_string(base::kExpressionDepthMax) +
                 " levels",
             "split it");
    }
    too_deep_ = true;
    lost_ = true;
  }

  AstNode node_of(NodeKind kind, const Token& token) const {
    AstNode node;
    node.kind = kind;
    node.begin = node.anchor = token.begin;
    node.end = token.end;
    return node;
  }

  std::uint32_t refused() { return add(node_of(NodeKind::kRefused, here())); }

  std::uint32_t ternary() {
    if (nesting_ >= base::kExpressionDepthMax) {
      too_deep(here().begin);
      at_ = tokens_.size() - 1;  // nothing more is read
      return refused();
    }
    ++nesting_;
    const std::uint32_t condition = chain("||", NodeKind::kOr);
    std::uint32_t result = condition;
    if (at_symbol("?")) {
      AstNode node = node_of(NodeKind::kConditional, here());
      node.begin = ast_[condition].begin;
      advance();
      const std::uint32_t yes = chain("||", NodeKind::kOr);
      expect(":");
      const std::uint32_t no = ternary();
      node.children = {condition, yes, no};
      result = add(std::move(node));
    }
    --nesting_;
    return result;
  }

  // a && b && c as one node.
  std::uint32_t chain(std::string_view symbol, NodeKind kind) {
    const auto operand = [&] {
      return kind == NodeKind::kOr ? chain("&&", NodeKind::kAnd) : binary(0);
    };
    const std::uint32_t first = operand();
    if (!at_symbol(symbol)) return first;
    AstNode node = node_of(kind, here());
    node.begin = ast_[first].begin;
    node.children.push_back(first);
    while (accept(symbol)) node.children.push_back(operand());
    return add(std::move(node));
  }

  const Operator* operator_here(const Level& level) const {
    for (const Operator& candidate : level) {
      const bool word = candidate.kind == NodeKind::kIn;
      const TokenKind kind = word ? TokenKind::kName : TokenKind::kPunctuation;
      if (here().kind == kind && here().text == candidate.symbol) return &candidate;
    }
    return nullptr;
  }

  std::uint32_t binary(std::size_t level) {
    if (level == levels().size()) return unary();
    std::uint32_t left = binary(level + 1);
    while (const Operator* found = operator_here(levels()[level])) {
      AstNode node = node_of(found->kind, here());
      node.begin = ast_[left].begin;
      advance();
      const std::uint32_t right = binary(level + 1);
      node.children = {left, right};
      left = add(std::move(node));
      if (too_deep_) return left;
    }
    return left;
  }

  std::uint32_t unary() {
    std::vector<const Token*> signs;
    while (at_symbol("!") || at_symbol("-")) {
      signs.push_back(&here());
      advance();
      if (is_number_here() && signs.back()->text == "-") break;
    }
    const bool negative = !signs.empty() && signs.back()->text == "-" && is_number_here();
    std::uint32_t operand = postfix(negative ? signs.back() : nullptr);
    if (negative) signs.pop_back();
    while (!signs.empty() && !too_deep_) {
      const Token* sign = signs.back();
      signs.pop_back();
      AstNode node = node_of(sign->text == "!" ? NodeKind::kNot : NodeKind::kNegate, *sign);
      node.children = {operand};
      operand = add(std::move(node));
    }
    return operand;
  }

  bool is_number_here() const {
    return here().kind == TokenKind::kInt || here().kind == TokenKind::kDecimal ||
           here().kind == TokenKind::kDuration;
  }

  std::uint32_t postfix(const Token* minus) {
    std::uint32_t operand = primary(minus);
    while (!too_deep_) {
      const std::size_t begin = ast_[operand].begin;
      if (accept(".")) {
        operand = member(operand, begin);
      } else if (at_symbol("[")) {
        AstNode node = node_of(NodeKind::kIndex, here());
        node.begin = begin;
        advance();
        node.children = {operand, ternary()};
        expect("]");
        operand = add(std::move(node));
      } else if (at_symbol("{") && !ast_.dotted_name(operand).empty()) {
        operand = message(operand);
      } else {
        return operand;
      }
    }
    return operand;
  }

  std::uint32_t member(std::uint32_t operand, std::size_t begin) {
    if (here().kind != TokenKind::kName) {
      unexpected("a name must follow '.'", "write the name of a field or function");
      return refused();
    }
    AstNode node = node_of(NodeKind::kSelect, here());
    node.begin = begin;
    node.text = here().text;
    node.children = {operand};
    advance();
    if (accept("(")) {
      node.kind = NodeKind::kCall;
      node.on_target = true;
      read_list(&node, ")", false);
    }
    return add(std::move(node));
  }

  // Type{field: value}: refused as one thing, its inside is not read.
  std::uint32_t message(std::uint32_t operand) {
    refuse(ast_[operand].begin, ProblemKind::kMessage, "there are no protobuf messages",
           "use fields of the record, texts, numbers, lists and maps");
    int open = 0;
    do {
      open += at_symbol("{") ? 1 : at_symbol("}") ? -1 : 0;
      advance();
    } while (open > 0 && here().kind != TokenKind::kEnd);
    AstNode node = node_of(NodeKind::kRefused, last());
    node.begin = ast_[operand].begin;
    return add(std::move(node));
  }

  // Elements, arguments or entries up to `close`; a comma before it is allowed in literals.
  void read_list(AstNode* node, std::string_view close, bool entries) {
    while (!at_symbol(close) && !lost_ && here().kind != TokenKind::kEnd) {
      node->children.push_back(ternary());
      if (entries) {
        expect(":");
        node->children.push_back(ternary());
      }
      if (!accept(",")) break;
      if (at_symbol(close) && close == ")") {
        unexpected("an argument is missing", "remove the comma");
      }
    }
    expect(close);
  }

  std::uint32_t primary(const Token* minus) {
    const Token token = here();
    switch (token.kind) {
      case TokenKind::kInt:
      case TokenKind::kDecimal:
      case TokenKind::kDuration:
        return number(token, minus);
      case TokenKind::kString: {
        AstNode node = node_of(NodeKind::kString, token);
        node.text = token.text;
        advance();
        return add(std::move(node));
      }
      case TokenKind::kName:
        return name(token);
      case TokenKind::kRefused:
        advance();
        return add(node_of(NodeKind::kRefused, token));
      default:
        return bracketed(token);
    }
  }

  std::uint32_t number(const Token& token, const Token* minus) {
    const auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    AstNode node = node_of(token.kind == TokenKind::kInt       ? NodeKind::kInt
                           : token.kind == TokenKind::kDecimal ? NodeKind::kDecimal
                                                               : NodeKind::kDuration,
                           token);
    if (minus != nullptr) node.begin = node.anchor = minus->begin;
    if (minus == nullptr && token.magnitude > max) {
      refuse(token.begin, ProblemKind::kLiteral, "the integer does not fit 64 bits",
             "integers go from -9223372036854775808 to 9223372036854775807");
      node.kind = NodeKind::kRefused;
    }
    // Two's complement: also right for -2^63.
    node.number =
        static_cast<std::int64_t>(minus != nullptr ? 0 - token.magnitude : token.magnitude);
    node.scale = token.scale;
    advance();
    return add(std::move(node));
  }

  static bool is_reserved(std::string_view word) {
    return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
  }

  // var, which CEL reserves, is an aggregate here.
  std::uint32_t name(const Token& token) {
    AstNode node = node_of(NodeKind::kName, token);
    node.text = token.text;
    if (token.text == "in") {
      unexpected("'in' needs a value before it", "write value in [list]");
      return refused();
    }
    advance();
    if (token.text == "true" || token.text == "false") {
      node.kind = NodeKind::kBool;
      node.number = token.text == "true" ? 1 : 0;
    } else if (token.text == "null") {
      node.kind = NodeKind::kNull;
    } else if (is_reserved(token.text) && !(token.text == "var" && at_symbol("("))) {
      refuse(token.begin, ProblemKind::kSyntax, "'" + token.text + "' is a reserved word",
             "use another name");
      node.kind = NodeKind::kRefused;
    } else if (accept("(")) {
      node.kind = NodeKind::kCall;
      read_list(&node, ")", false);
    }
    return add(std::move(node));
  }

  std::uint32_t bracketed(const Token& token) {
    if (accept("(")) {
      const std::uint32_t inner = ternary();
      expect(")");
      return inner;
    }
    if (accept("[")) {
      AstNode node = node_of(NodeKind::kList, token);
      read_list(&node, "]", false);
      return add(std::move(node));
    }
    if (accept("{")) {
      AstNode node = node_of(NodeKind::kMap, token);
      read_list(&node, "}", true);
      return add(std::move(node));
    }
    if (accept(".")) return primary(nullptr);  // CEL's absolute names: there is one scope only
    unexpected("a value is missing before it", "write a field, a constant or a function");
    return refused();
  }

  Ast ast_;
  std::vector<Token> tokens_;
  std::vector<Problem>* problems_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  bool lost_ = false;
  bool too_deep_ = false;
};

}  // namespace

Ast parse(std::string_view text, std::vector<Problem>* problems) {
  const auto refused = [&](ProblemKind kind, std::string reason, std::string remedy) {
    problems->push_back(problem_at(text, 0, kind, std::move(reason), std::move(remedy)));
    Ast ast;
    ast.nodes.emplace_back();
    return ast;
  };
  if (text.size() > base::kExpressionBytesMax) {
    return refused(
        ProblemKind::kLimit,
        "the expression is longer than " + std::to_string(base::kExpressionBytesMax) + " bytes",
        "split it, or put the list into a table");
  }
  if (!base::is_valid_utf8(text)) {
    return refused(ProblemKind::kSyntax, "the expression is not UTF-8", "save the file as UTF-8");
  }
  if (base::trimmed(text).empty()) {
    return refused(ProblemKind::kSyntax, "the expression is empty", "write an expression");
  }
  return Parser(text, problems).run();
}

}  // namespace passerelle::language
