// Builds a ModelPlan. Inside the room only.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/consolidation/aggregate_keys.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

// What of a plan's divisions depends on the facts and can be uneven among groups.
std::vector<Ratio> ratios_of(const language::IndicatorPlan& plan);

// What the aggregate looks for in a bag of values; `at` is not set.
BagResult bag_result(const language::Aggregate& aggregate);

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
    std::vector<AggregateKey> keys;  // by aggregate
    std::vector<std::uint32_t> ats;  // by aggregate: of its kind
    std::vector<Ratio> ratios;
    // Cells by grain and grouping: published ones, and those that only others are made of.
    std::map<std::pair<base::Grain, std::vector<std::string>>, CellPlace> places;
    std::map<std::pair<base::Grain, std::vector<std::string>>, CellPlace> hidden;
    // By aggregate: the facts whose small counts hide it; empty: none.
    std::vector<std::string> families;
  };
  // A cuboid as a draft asks for it.
  struct Wanted {
    const std::vector<std::string>& grouping;
    base::Grain grain;
    bool is_shown;
    std::uint32_t depth = 0;  // 0: facts and roll-ups make its cells; else cells of a lesser depth
  };

  Status add_indicators();
  StatusOr<Draft> draft_of(const model::Indicator& indicator);
  Status compile(const model::Indicator& indicator);
  // One grouping, by the indicator's dimensions and grain, that is never published.
  StatusOr<CellPlace> add_hidden(const model::Indicator& indicator);
  Status add(Draft* draft);
  // Whether its cells of a coarser grain are made of those of its own.
  static bool rolls_up(const Draft& draft, base::Grain grain);
  // The cell, made if need be; a hidden one may be a published one.
  StatusOr<CellPlace> place_of(Draft* draft, const std::vector<std::string>& grouping,
                               base::Grain grain, bool is_shown);
  // A cell of a coarser grain that no fact feeds.
  StatusOr<CellPlace> roll_up(const Draft& draft, const Wanted& wanted, CellPlace from);
  // A cell of facts and of the cells of indicators that it names: plan_windows.cpp.
  StatusOr<CellPlace> compose(const Draft& draft, const Wanted& wanted);
  bool is_fed_by_facts(const Draft& draft, base::Grain grain) const;
  // Where the reference's last window, if any, looks from.
  StatusOr<CellPlace> source_of(const Draft& draft, const language::IndicatorReference& reference,
                                const Wanted& wanted);
  // The cells of the aggregates that `copy.from` makes in `cuboid`; `as` are those of the plan.
  std::vector<AggregateCell> copied(std::uint32_t cuboid, WindowCopy copy,
                                    std::span<const language::Aggregate> as);
  void settle_levels();
  StatusOr<CellPlace> add_cell(const Draft& draft, std::uint32_t cuboid, bool is_shown,
                               std::vector<AggregateCell> aggregates);
  void add_families(const Draft& draft);
  // What small counts hide: plan_suppression.cpp.
  std::vector<std::string> families_of(const Draft& draft) const;
  struct PersonalCell;
  struct Steps;
  std::vector<PersonalCell> personal_cells(const Steps& steps) const;
  void add_suppression();
  SuppressionFamily family_of(const std::string& name,
                              const std::vector<const PersonalCell*>& cells);
  void carry_suppression(const Steps& steps);
  Offset count_of(const Draft& draft, std::uint32_t number, std::uint32_t cuboid);
  void settle_suppression(std::uint32_t cuboid);
  std::uint32_t new_cuboid(const Wanted& wanted);
  std::uint32_t cuboid_of(const Draft& draft, const Wanted& wanted);
  AggregateCell add_aggregate(const Draft& draft, std::size_t number, std::uint32_t cuboid);
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
  Status add_statuses();
  Status add_target(const model::Target& target, const model::Indicator& indicator,
                    CuboidLayout* layout, CellPlan* cell);

  ModelPlan* plan_;
  Strings* strings_;
  std::map<std::string, std::uint32_t> cuboids_;
  std::vector<std::uint32_t> depths_;  // by cuboid
  std::map<std::string, Draft> drafts_;
  language::NamedIndicators named_;
};

}  // namespace passerelle::consolidation
