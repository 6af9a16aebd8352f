// Compiles the value of one indicator. Inside the room only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/ast.h"
#include "core/language/checker.h"
#include "core/language/indicator.h"

namespace passerelle::language {

class IndicatorCompiler {
 public:
  // All must outlive the compiler.
  IndicatorCompiler(const model::Indicator& indicator, const std::map<std::string, Schema>& kinds,
                    const NamedIndicators& named)
      : indicator_(indicator), from_(indicator.from), kinds_(kinds), named_(named) {}

  CompiledIndicator run();

 private:
  // One subtree of the finaliser.
  struct Part {
    bool ok = false;
    std::uint32_t node = 0;
    std::string unit;
    bool any_unit = false;
    std::optional<int> scale;
  };
  // The arguments of one aggregate, by role; indexes of nodes.
  struct Arguments {
    std::optional<std::uint32_t> value;
    std::optional<std::uint32_t> second;
    std::optional<std::uint32_t> parameter;
    std::optional<std::uint32_t> filter;
    std::string counted_kind;  // count(kind)
  };

  // An indicator that is named, and through what.
  struct Operand {
    std::string id;
    std::size_t offset = 0;  // in the text
    std::vector<Window> windows;
  };

  Part visit(std::uint32_t index);
  Part constant(std::uint32_t index);
  Part combine(std::uint32_t index);
  Part negated(std::uint32_t operand, FinaliserNode::Op op);
  Part combined(NodeKind kind, std::size_t at, Part left, Part right);
  // A percentage as the plain number that it is, before it is multiplied or divided.
  Part plain_number(Part part);
  Part outside_of_aggregates(std::uint32_t index);
  Part add(FinaliserNode node, Part part);
  Part refuse(std::size_t offset, ProblemKind kind, std::string reason, std::string remedy);

  // Indicators: indicator_reference.cpp.
  Part reference(const Operand& operand);
  Part expanded(const NamedIndicator& named, const Operand& operand);
  Part comparison(std::uint32_t index);
  // Landings: indicator_landing.cpp.
  Part landing_error(std::uint32_t index);
  // How far a landing was from the year's total, `years` before, over that total.
  Part miss_of(const Operand& operand, const Window& landing, std::int32_t years);
  std::optional<Window> landing_of(std::uint32_t index);
  std::optional<Operand> operand_of(std::uint32_t index);
  std::optional<Operand> windowed(std::uint32_t index);
  std::optional<base::Grain> grain_of(std::uint32_t index);
  std::optional<std::int32_t> periods_of(std::uint32_t index, std::int64_t min, std::int64_t max);
  bool fits(const NamedIndicator& named, const Operand& operand);
  // Why the indicator has no value at that grain, or "".
  std::string lack_at(const NamedIndicator& named, base::Grain grain) const;
  std::string lack_of(const std::vector<Window>& windows, base::Grain own, base::Grain grain) const;
  // Why its periods cannot be added up, or "".
  static std::string no_total_of(const NamedIndicator& named);
  // Why the year's total cannot be foreseen from its periods, or "".
  static std::string no_landing_of(const NamedIndicator& named);
  std::uint32_t span_of(std::vector<Window> windows);

  // Pools and keys: indicator_allocation.cpp.
  const ModelNames* names() const;
  std::string named_in(std::uint32_t index, std::string_view prefix) const;
  Part cost(std::uint32_t index);
  Part alloc(std::uint32_t index);
  // The sum of a field over the facts of allocation that the filter lets pass.
  Part allocated(const std::string& field, const std::string& filter);

  // What `when_empty` and `when_zero_den` say of the whole value.
  Part with_clauses(Part part);
  void add_presence();

  Part aggregate(std::uint32_t index);
  std::optional<Arguments> arguments_of(std::uint32_t index, AggregateFn fn);
  std::optional<std::string> kind_of(std::uint32_t index, const Arguments& arguments);
  void collect_kinds(std::uint32_t index, std::set<std::string>* found) const;
  bool fill_argument(std::uint32_t index, const Arguments& arguments, Aggregate* out);
  bool fill_stock(const Arguments& arguments, Aggregate* out);
  bool fill_parameter(const Arguments& arguments, Aggregate* out);
  bool fill_filter(const Arguments& arguments, Aggregate* out);
  std::optional<Program> program_of(std::uint32_t index, const Schema& schema);
  Part finalised(const Aggregate& aggregate, std::uint32_t aggregate_index);
  // The fields of a kind, each also under "kind.field".
  const Schema& schema_of(const std::string& kind);
  bool where_holds_for(const std::string& kind) const {
    return !where_.nodes.empty() && (from_.empty() || kind == from_);
  }
  // Adds the problems that `where` has with the fields of `kind`.
  void check_where(const std::string& kind);

  const model::Indicator& indicator_;
  const std::string from_;
  const std::map<std::string, Schema>& kinds_;
  const NamedIndicators& named_;
  std::map<std::string, Schema> schemas_;
  Ast ast_;
  Ast where_;  // no nodes: no `where`
  IndicatorPlan plan_;
  std::map<std::string, Part> parts_;  // of aggregates and indicators, by their text
  std::vector<Problem> problems_;
  std::vector<Problem> where_problems_;
};

}  // namespace passerelle::language
