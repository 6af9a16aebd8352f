#include "core/consolidation/fold.h"

#include <algorithm>
#include <unordered_map>

#include "core/model/org_view.h"

namespace passerelle::consolidation {

StatusOr<std::unique_ptr<Fold>> Fold::make(std::shared_ptr<const model::SteeringModel> model,
                                           const RecordIndex& index, Strings* strings,
                                           PageKeeper* keeper, base::Instant tick,
                                           base::Rounding rounding) {
  PAS_ASSIGN_OR_RETURN(std::shared_ptr<ModelPlan> plan,
                       ModelPlan::compile(std::move(model), strings, rounding));
  // Rules are compiled per connector when its first record comes: a fault in them must show now.
  SourceContext context(plan, strings, tick);
  for (auto& [name, kind] : plan->kinds()) {
    std::vector<std::string> connectors = {""};
    for (const model::Mapping& mapping : plan->model()->mappings) {
      if (mapping.kind == name) connectors.push_back(mapping.connector);
    }
    for (const std::string& connector : connectors) {
      PAS_ASSIGN_OR_RETURN(const auto rules,
                           RuleSet::compile(context.mapping, *kind.kind, *kind.schema, connector));
    }
  }
  return std::unique_ptr<Fold>(new Fold(std::move(plan), index, strings, keeper, tick));
}

bool Fold::is_outdated(base::Instant tick) const {
  const auto& views = model_->org_views;
  if (std::find(views.begin(), views.end(), model::kOrgIs) == views.end()) return false;
  const Organisation& organisation = sources_.organisation;
  return organisation.segment(sources_.day_of(tick)) != organisation.segment(sources_.today);
}

Fold::Fold(std::shared_ptr<ModelPlan> plan, const RecordIndex& index, Strings* strings,
           PageKeeper* keeper, base::Instant tick)
    : plan_(std::move(plan)),
      model_(plan_->model()),
      index_(index),
      strings_(*strings),
      sources_(plan_, strings, tick),
      facts_(plan_, strings, keeper),
      derived_(&sources_) {
  if (plan_->allocation().empty()) return;
  const KindPlan& kind = plan_->kinds().find(model::kAllocationKind)->second;
  allocator_ = std::make_unique<Allocator>(plan_->allocation(), *kind.kind, strings);
}

std::optional<AllocationPlan> Fold::restated(const model::SteeringModel& model) const {
  if (!allocator_ || !model_->same_but_for_keys(model)) return std::nullopt;
  return with_keys(allocator_->plan(), model, &strings_);
}

void Fold::restate(std::shared_ptr<const model::SteeringModel> model, AllocationPlan plan) {
  allocator_->restate(std::move(plan));
  model_ = std::move(model);
}

template <typename Derivation>
Derivation* Fold::derivation(std::map<std::string, std::unique_ptr<Derivation>>& all,
                             const model::RecordKind& input) {
  std::unique_ptr<Derivation>& known = all[input.name];
  if (!known) {
    const auto output = plan_->kinds().find(input.fact_kind);
    if (output == plan_->kinds().end()) return nullptr;
    known = std::make_unique<Derivation>(input, *output->second.kind);
  }
  return known.get();
}

StatusOr<BoundTable> Fold::bound(const Table& table) {
  BoundTable out;
  out.table = &table;
  out.columns_bound = table.columns().size();
  out.kind = model::find_kind(plan_->model()->kinds, table.kind());
  // Facts of allocation are made here, never read.
  if (out.kind != nullptr && out.kind->name == model::kAllocationKind) out.kind = nullptr;
  if (out.kind == nullptr) return out;
  out.columns = std::make_unique<FieldColumns>(*out.kind, table);
  out.natural_keys = table.find(kNaturalKeyColumn, model::FieldType::kString, 0);
  if (out.natural_keys != nullptr) {
    out.kind_code = strings_.intern(table.kind());
    const auto listed = plan_->model()->precedence.find(table.kind());
    if (listed != plan_->model()->precedence.end()) {
      const auto at = std::find(listed->second.begin(), listed->second.end(), table.connector());
      if (at != listed->second.end()) {
        out.precedence = static_cast<std::uint32_t>(at - listed->second.begin());
      }
    }
  }
  if (out.kind->derivation != model::Derivation::kNone) return out;
  PAS_ASSIGN_OR_RETURN(
      out.source, FactSource::make(&sources_, &plan_->kinds().find(table.kind())->second, &table));
  const model::Field* agent = out.kind->find("agent");
  const model::Field* service = out.kind->find("service");
  const bool both = agent != nullptr && service != nullptr && model::is_text(agent->type) &&
                    model::is_text(service->type);
  if (both) {
    out.agent = slot_of(*out.kind, "agent");
    out.service = slot_of(*out.kind, "service");
  }
  return out;
}

Status Fold::bind(const std::vector<std::unique_ptr<Table>>& tables) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const bool known = i < tables_.size();
    if (known && tables_[i].columns_bound == tables[i]->columns().size()) continue;
    PAS_ASSIGN_OR_RETURN(BoundTable table, bound(*tables[i]));
    if (!known) {
      tables_.push_back(std::move(table));
      continue;
    }
    // The counts go on; only the columns are looked up anew.
    if (table.source) table.source->take_counts(tables_[i].source.get());
    tables_[i] = std::move(table);
  }
  return absl::OkStatus();
}

void Fold::change(RecordId record, bool minus) {
  const BoundTable& table = tables_[index_[record].table];
  if (table.kind == nullptr) return;
  switch (table.kind->derivation) {
    case model::Derivation::kNone:
      change_fact(record, table, minus);
      return;
    case model::Derivation::kBudgetChain:
      if (auto* chains = derivation(budgets_, *table.kind)) {
        chains->change(context(), record, minus);
      }
      return;
    case model::Derivation::kTicketEvents:
      if (auto* tickets = derivation(tickets_, *table.kind)) {
        tickets->change(context(), record, minus);
      }
  }
}

void Fold::change_fact(RecordId record, const BoundTable& table, bool minus) {
  const std::uint32_t row = index_[record].row;
  if (table.agent != kNone && !table.columns->is_absent(row, table.agent)) {
    DerivationContext here = context();
    if (table.columns->is_absent(row, table.service)) {
      if (minus) {
        assignments_.remove_dependent(&here, record);
      } else {
        assignments_.add_dependent(here, record);
      }
      return;
    }
    if (table.kind->name == "assignment") assignments_.change_assignment(here, record, minus);
  }
  facts_.apply(table.source.get(), row, minus);
}

Status Fold::settle(base::Instant tick, const Completeness& complete) {
  DerivationContext here = context();
  for (const auto& [kind, chains] : budgets_) PAS_RETURN_IF_ERROR(chains->settle(&here));
  for (const auto& [kind, tickets] : tickets_) PAS_RETURN_IF_ERROR(tickets->settle(&here));
  PAS_RETURN_IF_ERROR(assignments_.settle(&here));
  if (allocator_) PAS_RETURN_IF_ERROR(allocator_->settle(&here));
  facts_.settle(tick, complete);
  return absl::OkStatus();
}

void Fold::add_statistics(std::map<std::string, ConnectorStatistics>* statistics) const {
  const auto add = [&](const FactSource& source) {
    ConnectorStatistics& out = (*statistics)[source.table().connector()];
    out.facts += source.counts.facts;
    out.mapped += source.counts.mapped;
    out.unmapped += source.counts.facts - source.counts.mapped;
    out.unplaced += source.counts.unplaced;
    out.failures += source.counts.failures;
  };
  for (std::uint32_t number = 0; number < tables_.size(); ++number) {
    const BoundTable& table = tables_[number];
    if (table.source) add(*table.source);
    ConnectorStatistics& out = (*statistics)[table.table->connector()];
    const std::uint64_t outranked = natural_keys_.outranked(number);
    out.outranked += outranked;
    if (table.kind == nullptr) {
      out.unknown += table.table->live();
    } else if (!table.source) {
      out.linked += table.table->live() - outranked;
    } else {
      // What is no fact by its own row feeds rows of its agent's services.
      out.linked += table.table->live() - table.source->counts.facts - outranked;
    }
  }
  for (std::uint32_t i = 0; i < derived_.size(); ++i) {
    if (derived_.source(i)->is_allocated()) continue;  // of no connector
    add(*derived_.source(i));
    (*statistics)[derived_.source(i)->table().connector()].derived +=
        derived_.source(i)->counts.facts;
  }
}

std::vector<UnmappedEntry> Fold::unmapped() const {
  std::map<std::tuple<std::string, std::string, std::string>, UnmappedEntry> merged;
  const auto add = [&](const FactSource& source) {
    for (UnmappedEntry& entry : source.unmapped()) {
      auto [at, is_new] = merged.try_emplace({entry.dimension, entry.kind, entry.connector}, entry);
      if (is_new) continue;
      at->second.facts += entry.facts;
      for (const MeasureAmount& amount : entry.amounts) {
        auto& amounts = at->second.amounts;
        const auto known =
            std::find_if(amounts.begin(), amounts.end(),
                         [&](const MeasureAmount& other) { return other.field == amount.field; });
        if (known == amounts.end()) {
          amounts.push_back(amount);
        } else if (__builtin_add_overflow(known->amount, amount.amount, &known->amount)) {
          known->amount = amount.amount < 0 ? std::numeric_limits<std::int64_t>::min() + 1
                                            : std::numeric_limits<std::int64_t>::max();
        }
      }
    }
  };
  for (const BoundTable& table : tables_) {
    if (table.source) add(*table.source);
  }
  for (std::uint32_t i = 0; i < derived_.size(); ++i) {
    // The facts that were spread are listed where they are unmapped themselves.
    if (!derived_.source(i)->is_allocated()) add(*derived_.source(i));
  }
  std::vector<UnmappedEntry> out;
  for (auto& [key, entry] : merged) out.push_back(std::move(entry));
  return out;
}

Fact Fold::explain(FactSource* source, std::uint32_t row, bool with_rules) {
  Fact fact;
  const model::RecordKind& kind = *source->kind().kind;
  fact.kind = kind.name;
  fact.connector = source->table().connector();
  source->load(row);
  for (std::uint32_t slot = 0; slot < kind.fields.size(); ++slot) {
    if (source->values().is_absent(slot)) continue;
    const model::Field& field = kind.fields[slot];
    const std::int64_t raw = source->values().raw(slot);
    fact.fields.emplace_back(field.name, model::is_text(field.type)
                                             ? std::string(strings_[static_cast<Code>(raw)])
                                             : text_of(raw, field.type, field.scale));
  }
  const auto day = facts_.day_of(*source, 0);
  fact.dimensions = source->explain(day.value_or(std::numeric_limits<base::Days>::max()));
  fact.incomplete_chain =
      source->kind().flag == model::kFlagIncompleteChain && source->is_flagged();
  if (with_rules) fact.rules = source->trace();
  return fact;
}

std::optional<std::vector<DerivedRef>> Fold::derived_of(RecordId record) {
  const model::RecordKind& kind = *tables_[index_[record].table].kind;
  const Code natural_key = natural_key_of(record);
  if (natural_key != kNoText && !natural_keys_.is_fact(context(), record, natural_key)) {
    return std::vector<DerivedRef>();
  }
  if (kind.derivation == model::Derivation::kBudgetChain) {
    return std::vector{derivation(budgets_, kind)->fact_of(context(), record)};
  }
  if (kind.derivation == model::Derivation::kTicketEvents) {
    return std::vector{derivation(tickets_, kind)->fact_of(context(), record)};
  }
  std::vector<DerivedRef> refs = assignments_.facts_of(record);
  if (refs.empty()) return std::nullopt;
  return refs;
}

std::vector<Fact> Fold::facts_of(RecordId record, bool with_rules) {
  const BoundTable& table = tables_[index_[record].table];
  if (table.kind == nullptr) return {};
  const auto refs = derived_of(record);
  if (!refs) return {explain(table.source.get(), index_[record].row, with_rules)};
  std::vector<Fact> facts;
  for (const DerivedRef& ref : *refs) {
    if (ref.is_set()) facts.push_back(explain(derived_.source(ref), ref.row, with_rules));
  }
  return facts;
}

void Fold::visit_facts(const FactVisit& visit) {
  for (RecordId record = 0; record < index_.size(); ++record) {
    if (!index_[record].is_live()) continue;
    const BoundTable& table = tables_[index_[record].table];
    if (table.kind == nullptr) continue;
    const auto refs = derived_of(record);
    if (!refs) {
      visit(record, 0, table.source.get(), index_[record].row);
      continue;
    }
    for (std::uint32_t i = 0; i < refs->size(); ++i) {
      const DerivedRef& ref = (*refs)[i];
      if (ref.is_set()) visit(record, i, derived_.source(ref), ref.row);
    }
  }
}

void Fold::for_each_fact(const std::function<void(const FactGlance&)>& visit) {
  std::unordered_map<const FactSource*, std::vector<bool>> seen;  // derived
  visit_facts([&](RecordId record, std::uint32_t ordinal, FactSource* source, std::uint32_t row) {
    if (source != tables_[index_[record].table].source.get()) {
      std::vector<bool>& rows = seen[source];
      if (rows.size() <= row) rows.resize(row + 1);
      if (rows[row]) return;
      rows[row] = true;
    }
    source->load(row);
    visit({record, ordinal, index_[record].key, source->kind().kind->name,
           source->table().connector(), strings_[source->activity()]});
  });
}

std::size_t Fold::bytes() const {
  return facts_.bytes() + derived_.bytes() + natural_keys_.bytes() +
         (allocator_ ? allocator_->bytes() : 0);
}

}  // namespace passerelle::consolidation
