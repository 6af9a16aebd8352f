// Builds a ModelPlan. Inside the room only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/consolidation/aggregate_keys.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

class PlanCompiler {
 public:
  PlanCompiler(ModelPlan* plan, Strings* strings) : plan_(plan), strings_(strings) {}
  Status run();

 private:
  // One indicator on its way into its cuboids.
  struct Draft {
    const model::Indicator* indicator;
    language::IndicatorPlan plan;
    std::vector<AggregateKey> keys;
    std::map<std::string, std::uint32_t> ats;  // by kind
  };

  Status add(const model::Indicator& indicator);
  Status publish(const Draft& draft, const std::vector<std::string>& grouping, base::Grain grain);
  std::uint32_t cuboid_of(const Draft& draft, const std::vector<std::string>& grouping,
                          base::Grain grain);
  AggregateCell add_aggregate(const Draft& draft, std::size_t number, std::uint32_t cuboid,
                              std::uint32_t at);
  void add_stock(KindPlan* kind, CuboidInput* input, CuboidLayout* layout, const AggregateKey& key,
                 const language::Aggregate& aggregate, std::uint32_t filter, AggregateCell* cell);
  std::uint32_t at_of(KindPlan* kind, const std::string& field);
  std::uint32_t filter_of(KindPlan* kind, const std::string& key,
                          const language::Aggregate& aggregate);
  std::uint32_t argument_of(KindPlan* kind, const std::string& key, const std::string& field,
                            const language::Program& program, int scale);
  CuboidInput& input_of(KindPlan* kind, std::uint32_t cuboid, std::uint32_t at);
  Measure& measure_of(CuboidInput* input, CuboidLayout* layout, std::uint32_t filter,
                      std::int32_t argument);
  Offset result_of(Measure* measure, CuboidLayout* layout, const language::Aggregate& aggregate);
  Offset flag_of(CuboidInput* input, CuboidLayout* layout, std::uint32_t filter);
  void group_filters(KindPlan* kind);
  void settle(std::uint32_t cuboid);
  Status add_targets();
  Status add_target(const model::Target& target, const model::Indicator& indicator,
                    const CuboidLayout& layout, CellPlan* cell);

  ModelPlan* plan_;
  Strings* strings_;
  std::map<std::string, std::uint32_t> cuboids_;
};

}  // namespace passerelle::consolidation
