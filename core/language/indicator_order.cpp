#include "core/language/indicator_order.h"

#include <algorithm>
#include <map>
#include <set>

namespace passerelle::language {
namespace {

void collect(const Ast& ast, std::uint32_t index, std::vector<NamedAt>* named) {
  const AstNode& node = ast[index];
  if (is_allocation_function(node)) return;
  if (node.kind == NodeKind::kName && is_indicator_id(node.text)) {
    named->push_back({node.text, node.begin});
  }
  for (const std::uint32_t child : node.children) collect(ast, child, named);
}

class Sorter {
 public:
  explicit Sorter(const std::vector<model::Indicator>& indicators) : states_(indicators.size()) {
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t i = 0; i < indicators.size(); ++i) numbers.emplace(indicators[i].id, i);
    for (const model::Indicator& indicator : indicators) {
      std::vector<std::size_t>& named = named_.emplace_back();
      for (const NamedAt& one : indicators_named(indicator.value)) {
        const auto at = numbers.find(one.id);
        if (at != numbers.end()) named.push_back(at->second);
      }
    }
  }

  IndicatorOrder run() {
    for (std::size_t i = 0; i < named_.size(); ++i) visit(i);
    std::set<std::size_t> in_circle;
    for (const auto& circle : out_.circles) in_circle.insert(circle.begin(), circle.end());
    std::erase_if(out_.order, [&](std::size_t number) { return in_circle.contains(number); });
    return std::move(out_);
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };

  // Without recursion: a chain of indicators may be as long as the model.
  void visit(std::size_t start) {
    if (states_[start] != State::kNew) return;
    std::vector<std::pair<std::size_t, std::size_t>> path = {{start, 0}};  // number, next named
    states_[start] = State::kOpen;
    while (!path.empty()) {
      const std::size_t number = path.back().first;
      if (path.back().second == named_[number].size()) {
        states_[number] = State::kDone;
        out_.order.push_back(number);
        path.pop_back();
        continue;
      }
      const std::size_t next = named_[number][path.back().second++];
      if (states_[next] == State::kNew) {
        states_[next] = State::kOpen;
        path.emplace_back(next, 0);
      } else if (states_[next] == State::kOpen) {
        add_circle(path, next);
      }
    }
  }

  void add_circle(const std::vector<std::pair<std::size_t, std::size_t>>& path, std::size_t first) {
    const auto from = std::find_if(path.begin(), path.end(),
                                   [&](const auto& step) { return step.first == first; });
    std::vector<std::size_t> circle;
    for (auto at = from; at != path.end(); ++at) circle.push_back(at->first);
    if (std::find(out_.circles.begin(), out_.circles.end(), circle) == out_.circles.end()) {
      out_.circles.push_back(std::move(circle));
    }
  }

  std::vector<std::vector<std::size_t>> named_;
  std::vector<State> states_;
  IndicatorOrder out_;
};

}  // namespace

bool is_indicator_id(std::string_view name) {
  return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool is_time_function(const AstNode& call) {
  if (call.on_target) return call.text == "offset";
  return call.text == "ytd" || call.text == "rolling" || call.text == "landing";
}

bool is_allocation_function(const AstNode& node) {
  return node.kind == NodeKind::kCall && !node.on_target &&
         (node.text == "cost" || node.text == "alloc");
}

std::vector<NamedAt> indicators_named(std::string_view value) {
  std::vector<Problem> problems;
  const Ast ast = parse(value, &problems);
  std::vector<NamedAt> named;
  if (!ast.nodes.empty()) collect(ast, ast.root, &named);
  return named;
}

IndicatorOrder order_of(const std::vector<model::Indicator>& indicators) {
  return Sorter(indicators).run();
}

}  // namespace passerelle::language
