#include "core/consolidation/budget_chains.h"

#include <algorithm>
#include <array>

namespace passerelle::consolidation {
namespace {

constexpr std::array<std::string_view, 6> kDocuments = {"BP", "BS", "DM", "VC", "CA", "CFU"};
constexpr int kBudget = 0;
constexpr int kDecision = 2;
constexpr int kTransfer = 3;

std::int64_t or_zero(std::int64_t amount) { return amount == model::kAbsent ? 0 : amount; }

// Amounts of one line are far from the ends of int64; a sum that leaves it all the same is absent,
// so that nothing wrong is published.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (a == model::kAbsent || b == model::kAbsent) return model::kAbsent;
  return __builtin_add_overflow(a, b, &result) ? model::kAbsent : result;
}

}  // namespace

FieldCopy::FieldCopy(const model::RecordKind& from, const model::RecordKind& to) {
  for (std::uint32_t slot = 0; slot < to.fields.size(); ++slot) {
    const std::uint32_t source = slot_of(from, to.fields[slot].name);
    if (source == kNone) continue;
    const model::Field& field = from.fields[source];
    if (field.type != to.fields[slot].type || field.scale != to.fields[slot].scale) continue;
    slots_.emplace_back(source, slot);
  }
}

void FieldCopy::copy(const FieldColumns& columns, std::uint32_t row, DerivedRef to,
                     DerivedTables* derived) const {
  for (const auto& [source, target] : slots_) derived->set(to, target, columns.raw(row, source));
}

BudgetChains::BudgetChains(const model::RecordKind& input, const model::RecordKind& output)
    : input_(input), output_(output), copy_(input, output) {
  const auto in = [&](std::string_view name) { return slot_of(input_, name); };
  in_ = {in("siret"),           in("exercise"),   in("line"),     in("document"),
         in("document_number"), in("decided_on"), in("previous"), in("carried_in"),
         in("carried_known"),   in("proposed"),   in("open"),     in("realised"),
         in("remainder")};
  const auto out = [&](std::string_view name) { return slot_of(output_, name); };
  out_ = {out("stage"), out("voted"),    out("carried"),  out("transferred"),
          out("open"),  out("realised"), out("remainder")};
}

std::optional<BudgetChains::Document> BudgetChains::document_of(const DerivationContext& context,
                                                                RecordId record) const {
  const auto code = static_cast<Code>(context.raw(record, in_.document));
  const auto at = std::find(kDocuments.begin(), kDocuments.end(), context.strings[code]);
  if (at == kDocuments.end()) return std::nullopt;
  return Document{context.raw(record, in_.decided_on), context.raw(record, in_.number),
                  static_cast<int>(at - kDocuments.begin())};
}

std::uint32_t BudgetChains::chain_of(const DerivationContext& context, RecordId record) {
  const std::int64_t key[3] = {context.raw(record, in_.siret), context.raw(record, in_.exercise),
                               context.raw(record, in_.line)};
  const std::uint32_t chain = chain_keys_.find_or_add(key);
  if (chain < chains_.size()) return chain;
  const std::uint32_t budget = budget_keys_.find_or_add(key);
  if (budget == budgets_.size()) budgets_.emplace_back();
  budgets_[budget].chains.push_back(chain);
  chains_.emplace_back();
  chains_.back().budget = budget;
  return chain;
}

void BudgetChains::mark(std::uint32_t chain) {
  if (chains_[chain].dirty) return;
  chains_[chain].dirty = true;
  dirty_.push_back(chain);
}

void BudgetChains::change(const DerivationContext& context, RecordId record, bool minus) {
  const auto document = document_of(context, record);
  if (!document) return;
  const std::uint32_t number = chain_of(context, record);
  Chain& chain = chains_[number];
  Budget& budget = budgets_[chain.budget];
  bool changed = false;
  if (minus) {
    chain.lines.erase(std::find(chain.lines.begin(), chain.lines.end(), record));
    const auto at = budget.documents.find(*document);
    if (--at->second == 0) {
      budget.documents.erase(at);
      changed = true;
    }
  } else {
    chain.lines.push_back(record);
    changed = ++budget.documents[*document] == 1;
  }
  if (changed && !budget.changed) {
    budget.changed = true;
    changed_budgets_.push_back(chain.budget);
  }
  mark(number);
}

Status BudgetChains::settle(DerivationContext* context) {
  for (const std::uint32_t budget : changed_budgets_) {
    budgets_[budget].changed = false;
    for (const std::uint32_t chain : budgets_[budget].chains) mark(chain);
  }
  changed_budgets_.clear();
  for (const std::uint32_t chain : dirty_) {
    chains_[chain].dirty = false;
    PAS_RETURN_IF_ERROR(derive(context, &chains_[chain]));
  }
  dirty_.clear();
  return absl::OkStatus();
}

DerivedRef BudgetChains::fact_of(const DerivationContext& context, RecordId record) {
  return document_of(context, record) ? chains_[chain_of(context, record)].fact : DerivedRef{};
}

bool BudgetChains::has_gap(const Budget& budget) {
  bool voted = false;
  std::vector<std::int64_t> decisions;
  for (const auto& [document, lines] : budget.documents) {
    voted |= document.rank == kBudget;
    if (document.rank == kDecision) decisions.push_back(document.number);
  }
  std::sort(decisions.begin(), decisions.end());
  decisions.erase(std::unique(decisions.begin(), decisions.end()), decisions.end());
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i] != static_cast<std::int64_t>(i) + 1) return true;
  }
  return !voted;
}

// In the order of the documents; of two lines with one document and key (two connectors that read
// the same file) the one with the smaller record key holds.
std::vector<BudgetChains::Line> BudgetChains::lines_of(const DerivationContext& context,
                                                       const Chain& chain) const {
  std::vector<Line> lines;
  for (const RecordId record : chain.lines)
    lines.push_back({*document_of(context, record), record});
  std::sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) {
    if (a.document != b.document) return a.document < b.document;
    return context.header(a.record).key < context.header(b.record).key;
  });
  lines.erase(std::unique(lines.begin(), lines.end(),
                          [](const Line& a, const Line& b) { return a.document == b.document; }),
              lines.end());
  return lines;
}

Status BudgetChains::derive(DerivationContext* context, Chain* chain) {
  context->remove_fact(&chain->fact);
  if (chain->lines.empty()) return absl::OkStatus();
  const Budget& budget = budgets_[chain->budget];
  std::vector<Line> lines = lines_of(*context, *chain);
  std::optional<Document> deciding;
  for (const auto& [document, count] : budget.documents) {
    if (document.decides()) deciding = document;
  }
  const std::int64_t moved = transferred(*context, lines);
  if (deciding) {
    const auto at = std::find_if(lines.begin(), lines.end(),
                                 [&](const Line& line) { return line.document == *deciding; });
    if (at == lines.end()) return absl::OkStatus();
    lines = {*at};
  }
  const RecordId last = lines.back().record;
  const BoundTable& table = context->table_of(last);
  PAS_ASSIGN_OR_RETURN(const DerivedRef fact,
                       context->derived.add(output_.name, table.table->connector()));
  copy_.copy(*table.columns, context->header(last).row, fact, &context->derived);
  context->derived.set(fact, out_.stage, context->raw(last, in_.document));
  if (deciding) {
    fill_decided(context, lines[0], moved, fact);
  } else {
    fill_voted(context, lines, has_gap(budget), moved, fact);
  }
  chain->fact = fact;
  context->add_fact(fact);
  return absl::OkStatus();
}

std::int64_t BudgetChains::transferred(const DerivationContext& context,
                                       const std::vector<Line>& lines) const {
  std::int64_t total = model::kAbsent;
  for (const Line& line : lines) {
    if (line.document.rank != kTransfer) continue;
    total = sum(or_zero(total), or_zero(context.raw(line.record, in_.proposed)));
  }
  return total;
}

void BudgetChains::fill_decided(DerivationContext* context, const Line& line,
                                std::int64_t transferred, DerivedRef fact) const {
  const RecordId record = line.record;
  const std::int64_t open = context->raw(record, in_.open);
  context->derived.set(fact, out_.open, open);
  context->derived.set(fact, out_.realised, context->raw(record, in_.realised));
  context->derived.set(fact, out_.remainder, context->raw(record, in_.remainder));
  context->derived.set(fact, out_.transferred, transferred);
  if (context->raw(record, in_.carried_known) == 0) {
    context->derived.set(fact, out_.carried, model::kAbsent);
    context->derived.set(fact, out_.voted, model::kAbsent);
    context->derived.set_incomplete(fact);
    return;
  }
  // A document leaves out amounts that are zero.
  const std::int64_t carried = or_zero(context->raw(record, in_.carried_in));
  context->derived.set(fact, out_.carried, carried);
  context->derived.set(fact, out_.voted, sum(sum(open, -carried), -or_zero(transferred)));
}

void BudgetChains::fill_voted(DerivationContext* context, const std::vector<Line>& lines, bool gap,
                              std::int64_t transferred, DerivedRef fact) const {
  std::int64_t voted = 0;
  std::int64_t carried = 0;
  std::int64_t since = 0;  // transferred since `restated`, which holds what was before
  std::optional<std::int64_t> restated;
  for (const Line& line : lines) {
    const std::int64_t proposed = or_zero(context->raw(line.record, in_.proposed));
    const std::int64_t carried_in = context->raw(line.record, in_.carried_in);
    const std::int64_t previous = context->raw(line.record, in_.previous);
    if (line.document.rank == kTransfer) {
      since = sum(since, proposed);
      continue;
    }
    voted = sum(voted, proposed);
    if (carried_in != model::kAbsent) carried = carried_in;
    if (line.document.rank != kDecision) continue;
    restated = sum(or_zero(previous), proposed);
    since = 0;
  }
  context->derived.set(fact, out_.voted, voted);
  context->derived.set(fact, out_.carried, carried);
  context->derived.set(fact, out_.transferred, transferred);
  context->derived.set(
      fact, out_.open,
      gap && restated ? sum(*restated, since) : sum(sum(voted, carried), or_zero(transferred)));
  // Only a CA or CFU states what was realised; the other documents' figures are left aside.
  context->derived.set(fact, out_.realised, model::kAbsent);
  context->derived.set(fact, out_.remainder, model::kAbsent);
  if (gap) context->derived.set_incomplete(fact);
}

}  // namespace passerelle::consolidation
