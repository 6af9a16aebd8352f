// Builds a ModelPlan. Inside the room only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/consolidation/aggregate_keys.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

// What of a plan's divisions depends on the facts and can be uneven among groups.
std::vector<Ratio> ratios_of(const language::IndicatorPlan& plan);

class PlanCompiler {
 public:
  // A cuboid with more slots takes no further indicator.
  static constexpr std::uint32_t kWideSlotsMax = 4'000;

  PlanCompiler(ModelPlan* plan, Strings* strings) : plan_(plan), strings_(strings) {}
  Status run();

 private:
  // One indicator on its way into its cuboids.
  struct Draft {
    const model::Indicator* indicator;
    language::IndicatorPlan plan;
    std::vector<AggregateKey> keys;
    std::map<std::string, std::uint32_t> ats;  // by kind
    std::vector<Ratio> ratios;
    // Published cells, by grain and grouping.
    std::map<std::pair<base::Grain, std::vector<std::string>>, CellPlace> places;
  };

  Status add(const model::Indicator& indicator);
  Status add_cells(Draft* draft, const std::vector<std::string>& grouping);
  StatusOr<CellPlace> publish(const Draft& draft, const std::vector<std::string>& grouping,
                              base::Grain grain);
  // A cell that is only the source of roll-ups over time.
  StatusOr<CellPlace> hide(const Draft& draft, const std::vector<std::string>& grouping);
  // A cell of a coarser grain that no fact feeds.
  StatusOr<CellPlace> roll_up(const Draft& draft, const std::vector<std::string>& grouping,
                              base::Grain grain, CellPlace from);
  StatusOr<CellPlace> add_cell(const Draft& draft, std::uint32_t cuboid, bool is_shown,
                               std::vector<AggregateCell> aggregates);
  std::vector<AggregateCell> fed_by_facts(const Draft& draft, std::uint32_t cuboid);
  void add_families(const Draft& draft);
  std::uint32_t cuboid_of(const Draft& draft, const std::vector<std::string>& grouping,
                          base::Grain grain, bool is_shown);
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
