#include "core/language/status_bound.h"

#include "core/language/ast.h"

namespace passerelle::language {
namespace {

using base::Rational;

constexpr std::string_view kRemedy =
    "compare 'value' with a sum of numbers and multiples of 'target', as in value <= target * 1.15";

struct Line {
  Rational factor = 0;
  Rational constant = 0;
};

class Reader {
 public:
  Reader(const Ast& ast, std::vector<Problem>* problems) : ast_(ast), problems_(*problems) {}

  std::optional<StatusBound> read() {
    const AstNode& root = ast_[ast_.root];
    StatusBound out;
    switch (root.kind) {
      case NodeKind::kLess:
      case NodeKind::kLessEqual:
        break;
      case NodeKind::kGreater:
      case NodeKind::kGreaterEqual:
        out.at_most = false;
        break;
      default:
        return refuse(root, "a status is a comparison of the value");
    }
    out.is_strict = root.kind == NodeKind::kLess || root.kind == NodeKind::kGreater;
    std::uint32_t side = root.children[1];
    if (!is_value(root.children[0])) {
      if (!is_value(side)) return refuse(root, "neither side of the comparison is the value");
      side = root.children[0];
      out.at_most = !out.at_most;
    }
    const std::optional<Line> line = line_of(side);
    if (!line) return std::nullopt;
    out.factor = line->factor;
    out.constant = line->constant;
    return out;
  }

 private:
  bool is_value(std::uint32_t index) const {
    return ast_[index].kind == NodeKind::kName && ast_[index].text == "value";
  }
  std::nullopt_t refuse(const AstNode& node, std::string reason) {
    problems_.push_back(problem_at(ast_.text, node.begin, ProblemKind::kType, std::move(reason),
                                   std::string(kRemedy)));
    return std::nullopt;
  }

  std::optional<Line> line_of(std::uint32_t index) {
    const AstNode& node = ast_[index];
    switch (node.kind) {
      case NodeKind::kInt:
        return Line{0, node.number};
      case NodeKind::kDecimal:
        return Line{0, base::to_rational(node.number, node.scale)};
      case NodeKind::kName:
        if (node.text == "target") return Line{1, 0};
        break;
      case NodeKind::kNegate: {
        const auto of = line_of(node.children[0]);
        if (!of) return std::nullopt;
        return Line{-of->factor, -of->constant};
      }
      case NodeKind::kAdd:
      case NodeKind::kSubtract:
      case NodeKind::kMultiply:
      case NodeKind::kDivide:
        return combined(node);
      default:
        break;
    }
    return refuse(node, "a status knows numbers and 'target' only");
  }

  std::optional<Line> combined(const AstNode& node) {
    const auto left = line_of(node.children[0]);
    const auto right = line_of(node.children[1]);
    if (!left || !right) return std::nullopt;
    if (node.kind == NodeKind::kAdd) {
      return Line{left->factor + right->factor, left->constant + right->constant};
    }
    if (node.kind == NodeKind::kSubtract) {
      return Line{left->factor - right->factor, left->constant - right->constant};
    }
    if (node.kind == NodeKind::kDivide) {
      if (right->factor != 0 || right->constant == 0) {
        return refuse(node, "a status divides by a number other than 0 only");
      }
      return Line{left->factor / right->constant, left->constant / right->constant};
    }
    if (left->factor != 0 && right->factor != 0) {
      return refuse(node, "a status cannot multiply the target by itself");
    }
    const Line& line = left->factor != 0 ? *left : *right;
    const Rational& by = left->factor != 0 ? right->constant : left->constant;
    return Line{line.factor * by, line.constant * by};
  }

  const Ast& ast_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::optional<StatusBound> status_bound(std::string_view text, std::vector<Problem>* problems) {
  const std::size_t known = problems->size();
  const Ast ast = parse(text, problems);
  if (problems->size() > known) return std::nullopt;
  return Reader(ast, problems).read();
}

}  // namespace passerelle::language
