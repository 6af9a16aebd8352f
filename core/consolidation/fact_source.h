// A table whose rows are facts, seen with the eyes of one model: fields, mapping, dimensions, and
// the counts of what was mapped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/consolidation/engine.h"
#include "core/consolidation/fact_signature.h"
#include "core/consolidation/fact_values.h"
#include "core/consolidation/mapping.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/organisation.h"

namespace passerelle::consolidation {

// What all sources of one model share.
struct SourceContext {
  // `tick`: the last one, 0 before the first.
  SourceContext(std::shared_ptr<ModelPlan> model_plan, Strings* all_strings, base::Instant tick);
  DatedOrganisation dated() { return {&organisation, today}; }
  // The day of a tick where the organisation of today is asked for; before the first, the last one
  // that the model knows.
  base::Days day_of(base::Instant tick) const;
  std::shared_ptr<ModelPlan> plan;
  Strings* strings;
  MappingContext mapping;
  Organisation organisation;
  base::Days today;
  std::unordered_map<Code, Code> process_of;  // activity -> process
  std::unordered_map<Code, Code> family_of;   // process -> family
  std::unordered_map<Code, Code> policy_of;   // activity -> the only policy that it serves
};

// A derived table marks incomplete budget chains in a column of this name (kBoolean, scale 0).
inline constexpr std::string_view kIncompleteColumn = "~incomplete";

class FactSource {
 public:
  static StatusOr<std::unique_ptr<FactSource>> make(SourceContext* context, KindPlan* kind,
                                                    const Table* table);

  KindPlan& kind() { return kind_; }
  const KindPlan& kind() const { return kind_; }
  const Table& table() const { return table_; }
  // Made by pools: its texts are members already.
  bool is_allocated() const { return is_allocated_; }
  FactValues& values() { return values_; }

  // Loads a row and decides the dimensions that do not depend on a date.
  void load(std::uint32_t row);
  // A code per KindPlan::dimensions, organisation at `day`; valid until the next call.
  const Code* dimensions(base::Days day);
  // The same, by another organisation.
  void dimensions(const DatedOrganisation& by, base::Days day, std::vector<Code>* out);
  // Whether the loaded row is what the kind's `flag` says.
  bool is_flagged();
  // Adds the loaded row to the counts (or takes it away).
  void count(bool minus);
  // What the counts hold of the loaded row, by the dimensions that it had and those it has now.
  void recount(const std::vector<Code>& before, const std::vector<Code>& after);
  // Dimensions of the organisation that a field or a rule gives by itself, a bit per UnitLevel.
  unsigned unit_bases() const;
  // Levels of units whose absence is counted, a bit each.
  unsigned counted_levels() const;

  // All dimensions, the ones that the mapping sets and activity and policy included.
  std::vector<FactDimension> explain(base::Days day);
  // What each rule makes of the loaded row; slow.
  std::vector<FactRule> trace() { return rules_->trace(values_); }
  // Of the loaded row.
  Code activity() const { return codes_[activity_]; }
  struct Counts {
    std::uint64_t facts = 0;
    std::uint64_t mapped = 0;
    std::uint64_t unplaced = 0;
    std::uint64_t failures = 0;
  };
  Counts counts;
  std::vector<UnmappedEntry> unmapped() const;
  // Of the table's rows that are facts.
  FactSignatures& signatures() { return signatures_; }
  // Whether a dimension of the kind's plan may differ from day to day.
  bool is_dated(std::uint32_t dimension) const {
    return dimensions_[dimension].from == From::kUnit;
  }
  // Goes on with the counts of a source of the same table.
  void take_counts(FactSource* other) {
    counts = other->counts;
    unmapped_ = std::move(other->unmapped_);
    signatures_ = std::move(other->signatures_);
  }

 private:
  enum class From : std::uint8_t {
    kNothing,
    kConnector,
    kMember,
    kPolicy,
    kProcess,
    kFamily,
    kUnit
  };
  // A value that a rule or else a field gives.
  struct Base {
    std::string name;
    std::int32_t mapped = -1;  // index in the rules' dimensions
    std::int32_t slot = -1;
    std::unordered_map<std::int64_t, Code> members;  // of the field's values
  };
  struct Dimension {
    std::string name;
    From from = From::kNothing;
    std::vector<std::uint32_t> bases;  // kUnit, kProcess, kFamily: the first that has a value
    UnitLevel level = UnitLevel::kService;
    std::optional<base::Days> org_day;  // of a view of the organisation; none: the fact's day
    bool is_of_today = false;           // the view of today's organisation
    bool unmapped_if_none = false;
  };
  struct UnmappedCount {
    std::uint64_t facts = 0;
    std::vector<base::Int128> amounts;
  };

  FactSource(SourceContext* context, KindPlan* kind, const Table* table);
  std::uint32_t base_of(const std::string& name);
  Dimension dimension_of(const std::string& full_name);
  Code base_value(Base* base);
  Code static_value(const Dimension& dimension);
  Code unit_value(const Dimension& dimension, const DatedOrganisation& by, base::Days day) const;
  Code text_of_field(Base* base);

  SourceContext* context_;
  KindPlan& kind_;
  const Table& table_;
  FactValues values_;
  std::unique_ptr<RuleSet> rules_;
  std::vector<Base> bases_;
  std::vector<Dimension> dimensions_;        // of the kind's plan first, then the others
  std::vector<std::uint32_t> set_by_rules_;  // of dimensions_
  std::vector<std::uint32_t> listed_;        // whose unmapped facts are counted
  std::vector<std::uint32_t> measures_;      // slots
  const TableColumn* incomplete_ = nullptr;
  std::optional<std::uint32_t> state_;             // slot, where facts may be provisional
  std::unordered_map<Code, bool> is_provisional_;  // by state
  const Decision* decisions_ = nullptr;
  std::vector<Code> base_values_;
  std::vector<Code> codes_;
  std::uint32_t activity_ = 0;  // of dimensions_
  bool has_units_ = false;
  bool is_allocated_ = false;
  base::Days day_ = 0;
  bool day_known_ = false;
  std::vector<UnmappedCount> unmapped_;  // of dimensions_
  FactSignatures signatures_;
};

}  // namespace passerelle::consolidation
