// Everything that depends on the applied model: facts, derivations, groups. Built anew when a model
// switches, from the same records.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/consolidation/allocator.h"
#include "core/consolidation/assignments.h"
#include "core/consolidation/budget_chains.h"
#include "core/consolidation/derivation.h"
#include "core/consolidation/engine.h"
#include "core/consolidation/natural_keys.h"
#include "core/consolidation/tickets.h"

namespace passerelle::consolidation {

// A fact, by where it stands.
struct FactPlace {
  FactSource* source = nullptr;
  std::uint32_t row = 0;
};

class Fold {
 public:
  // `index` and `strings` must outlive the fold. `tick`: the last one; the organisation of today is
  // that of its day.
  static StatusOr<std::unique_ptr<Fold>> make(std::shared_ptr<const model::SteeringModel> model,
                                              const RecordIndex& index, Strings* strings,
                                              PageKeeper* keeper, base::Instant tick,
                                              base::Rounding rounding);
  // Whether a later tick sees another organisation of today, and some cell shows it.
  bool is_outdated(base::Instant tick) const;

  // Makes new record tables known; those whose columns grew are bound anew.
  Status bind(const std::vector<std::unique_ptr<Table>>& tables);

  void begin(bool keep_before) { facts_.begin(keep_before); }
  // The record's row is filled (add) or still filled (remove).
  void add(RecordId record) {
    const Code code = natural_key_of(record);
    if (code == kNoText) return change(record, false);
    count(natural_keys_.add(context(), record, code));
  }
  void remove(RecordId record) {
    const Code code = natural_key_of(record);
    if (code == kNoText) return change(record, true);
    count(natural_keys_.remove(context(), record, code));
  }
  // `complete`: by fact kind; asked for only with needs_completeness().
  Status settle(base::Instant tick, const Completeness& complete);
  bool needs_completeness() const { return facts_.needs_completeness(); }
  std::size_t coarsened_suppressions() const { return facts_.coarsened_suppressions(); }
  // The pools with the keys of a model that differs from this one in them only; none where it
  // does in more, or where they measure what is not measured yet.
  std::optional<AllocationPlan> restated(const model::SteeringModel& model) const;
  // Goes on with that model: no record is read. Settle afterwards.
  void restate(std::shared_ptr<const model::SteeringModel> model, AllocationPlan plan);
  // Whether it could go on with a model that differs from this one in units only: every text still
  // names the unit that it named.
  bool can_reorganise(const model::SteeringModel& model) const;
  // Goes on with that model, or with the same one, at another tick: what facts added up to goes to
  // where their units are now. Settle afterwards.
  void reorganise(std::shared_ptr<const model::SteeringModel> model, base::Instant tick);
  void collect(std::vector<flow::CellChange>* changes) const { facts_.collect(changes); }

  const std::shared_ptr<ModelPlan>& plan() const { return plan_; }
  // That of the plan, or one with other keys.
  const std::shared_ptr<const model::SteeringModel>& model() const { return model_; }
  std::vector<GroupSnapshot> snapshot() { return facts_.snapshot(); }
  std::span<const std::unique_ptr<GroupStore>> stores() const { return facts_.stores(); }
  void add_statistics(std::map<std::string, ConnectorStatistics>* statistics) const;
  std::vector<UnmappedEntry> unmapped() const;
  std::vector<ConflictEntry> conflicts() { return natural_keys_.conflicts(context()); }
  std::vector<Fact> facts_of(RecordId record, bool with_rules);
  void for_each_fact(const std::function<void(const FactGlance&)>& visit);
  StatusOr<Explanation> explain_cell(const CellName& name, std::size_t leaves_max);
  CellProbe probe(const CellName& name) const;
  std::size_t bytes() const;

 private:
  Fold(std::shared_ptr<ModelPlan> plan, const RecordIndex& index, Strings* strings,
       PageKeeper* keeper, base::Instant tick);
  StatusOr<BoundTable> bound(const Table& table);
  Code natural_key_of(RecordId record) const {
    const TableColumn* keys = tables_[index_[record].table].natural_keys;
    return keys == nullptr ? kNoText : keys->codes[index_[record].row];
  }
  void count(NaturalKeys::Change decided) {
    if (decided.removed != kNone) change(decided.removed, true);
    if (decided.added != kNone) change(decided.added, false);
  }
  void change(RecordId record, bool minus);
  DerivationContext context() { return {index_, tables_, derived_, facts_, strings_}; }
  Fact explain(FactSource* source, std::uint32_t row, bool with_rules);
  // Every fact by record and ordinal: record, ordinal, source, row. A derived one once per record
  // that feeds it.
  using FactVisit = std::function<void(RecordId record, std::uint32_t ordinal, FactSource* source,
                                       std::uint32_t row)>;
  void visit_facts(const FactVisit& visit);
  // explain.cpp: calls `visit(source, row, period, values)` for the facts behind a cell.
  template <typename Visit>
  void visit_behind(const CellTrace& trace, const Visit& visit);
  void add_leaves(const CellTrace& trace, std::size_t leaves_max, Explanation* out);
  // By leaf, the keys of its records. Reads the index.
  std::vector<std::vector<base::Hash128>> records_of(const std::vector<FactPlace>& leaves);
  // explain_cells.cpp: what is made of other cells.
  void add_cells(const CellName& name, CellPlace place, const std::vector<Code>& key,
                 Explanation* out);
  // The derived facts that a record of a known kind feeds, none if it is outranked; nullopt: it is
  // a fact by its own row.
  std::optional<std::vector<DerivedRef>> derived_of(RecordId record);
  template <typename Derivation>
  Derivation* derivation(std::map<std::string, std::unique_ptr<Derivation>>& all,
                         const model::RecordKind& input);
  void move_cells(DatedOrganisation after);
  void change_fact(RecordId record, const BoundTable& table, bool minus);

  std::shared_ptr<ModelPlan> plan_;
  std::shared_ptr<const model::SteeringModel> model_;
  const RecordIndex& index_;
  Strings& strings_;
  SourceContext sources_;
  FactFold facts_;
  DerivedTables derived_;
  std::vector<BoundTable> tables_;
  std::map<std::string, std::unique_ptr<BudgetChains>> budgets_;  // by input kind
  std::map<std::string, std::unique_ptr<Tickets>> tickets_;
  Assignments assignments_;
  NaturalKeys natural_keys_;
  std::unique_ptr<Allocator> allocator_;  // null: the model has no pools
};

}  // namespace passerelle::consolidation
