#include "core/consolidation/assignments.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace passerelle::consolidation {
namespace {

constexpr base::Days kEver = std::numeric_limits<base::Days>::max();

base::Days days_or(std::int64_t raw, base::Days absent) {
  return raw == model::kAbsent ? absent : static_cast<base::Days>(raw);
}

// The days of a fact; none if it has no date.
std::optional<std::pair<base::Days, base::Days>> span_of(const DerivationContext& context,
                                                         RecordId record) {
  const model::RecordKind& kind = *context.table_of(record).kind;
  const std::int64_t from = context.raw(record, slot_of(kind, "from"));
  const std::int64_t to = context.raw(record, slot_of(kind, "to"));
  const auto dated = [&](std::string_view field) {
    const model::Field* found = kind.find(field);
    return found != nullptr && found->type == model::FieldType::kDate;
  };
  if (dated("from") && dated("to") && from != model::kAbsent) {
    const auto first = static_cast<base::Days>(from);
    return std::pair(first, std::max(first, days_or(to, first)));
  }
  if (!dated(kind.default_at)) return std::nullopt;
  const std::int64_t day = context.raw(record, slot_of(kind, kind.default_at));
  if (day == model::kAbsent) return std::nullopt;
  return std::pair(static_cast<base::Days>(day), static_cast<base::Days>(day));
}

bool is_split(const model::Field& field) {
  return (field.type == model::FieldType::kDecimal || field.type == model::FieldType::kInteger) &&
         !field.unit.empty();
}

}  // namespace

std::vector<std::int64_t> split_by_weights(std::int64_t total,
                                           const std::vector<std::int64_t>& weights) {
  const base::Int128 sum = std::accumulate(weights.begin(), weights.end(), base::Int128{0});
  const bool negative = total < 0;
  const base::Int128 magnitude = negative ? -base::Int128{total} : base::Int128{total};
  std::vector<std::int64_t> parts;
  std::vector<std::pair<base::Int128, std::size_t>> rests;  // largest first, then the first
  base::Int128 given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const base::Int128 product = magnitude * weights[i];
    parts.push_back(static_cast<std::int64_t>(product / sum));
    given += parts.back();
    rests.emplace_back(-(product % sum), i);
  }
  std::sort(rests.begin(), rests.end());
  for (std::size_t i = 0; given < magnitude; ++i, ++given) ++parts[rests[i].second];
  if (negative) {
    for (std::int64_t& part : parts) part = -part;
  }
  return parts;
}

void Assignments::mark(Code agent) {
  Agent& found = agents_[agent];
  if (found.dirty) return;
  found.dirty = true;
  dirty_.push_back(agent);
}

void Assignments::change_assignment(const DerivationContext& context, RecordId record, bool minus) {
  const BoundTable& table = context.table_of(record);
  const auto agent = static_cast<Code>(context.raw(record, table.agent));
  std::vector<Stay>& stays = agents_[agent].stays;
  if (minus) {
    stays.erase(std::find_if(stays.begin(), stays.end(),
                             [&](const Stay& stay) { return stay.record == record; }));
  } else {
    stays.push_back({days_or(context.raw(record, slot_of(*table.kind, "from")), -kEver),
                     days_or(context.raw(record, slot_of(*table.kind, "to")), kEver),
                     static_cast<Code>(context.raw(record, table.service)), record});
  }
  mark(agent);
}

void Assignments::add_dependent(const DerivationContext& context, RecordId record) {
  const auto agent = static_cast<Code>(context.raw(record, context.table_of(record).agent));
  dependents_[record].agent = agent;
  agents_[agent].dependents.push_back(record);
  mark(agent);
}

void Assignments::remove_dependent(DerivationContext* context, RecordId record) {
  const auto at = dependents_.find(record);
  if (at == dependents_.end()) return;
  clear(context, record, &at->second);
  std::vector<RecordId>& all = agents_[at->second.agent].dependents;
  all.erase(std::find(all.begin(), all.end(), record));
  dependents_.erase(at);
}

void Assignments::clear(DerivationContext* context, RecordId record, Dependent* dependent) {
  for (DerivedRef& row : dependent->rows) context->remove_fact(&row);
  dependent->rows.clear();
  if (!dependent->direct) return;
  context->facts.apply(context->table_of(record).source.get(), context->header(record).row, true);
  dependent->direct = false;
}

Status Assignments::settle(DerivationContext* context) {
  for (const Code code : dirty_) {
    Agent& agent = agents_[code];
    agent.dirty = false;
    for (const RecordId record : agent.dependents) {
      Dependent& dependent = dependents_[record];
      clear(context, record, &dependent);
      PAS_RETURN_IF_ERROR(derive(context, agent, record, &dependent));
    }
  }
  dirty_.clear();
  return absl::OkStatus();
}

Status Assignments::derive(DerivationContext* context, const Agent& agent, RecordId record,
                           Dependent* dependent) {
  const auto span = span_of(*context, record);
  if (span && !agent.stays.empty()) {
    const std::vector<Piece> pieces = pieces_of(*context, agent, span->first, span->second);
    if (pieces.size() > 1 || pieces[0].service != kNoText) {
      return add_rows(context, record, pieces, dependent);
    }
  }
  dependent->direct = true;
  context->facts.apply(context->table_of(record).source.get(), context->header(record).row, false);
  return absl::OkStatus();
}

// On a day with several stays the one that began last holds, then the one of the smaller key.
std::vector<Assignments::Piece> Assignments::pieces_of(const DerivationContext& context,
                                                       const Agent& agent, base::Days from,
                                                       base::Days to) const {
  std::vector<std::int64_t> cuts = {from, std::int64_t{to} + 1};
  for (const Stay& stay : agent.stays) {
    if (stay.from > from && stay.from <= to) cuts.push_back(stay.from);
    if (stay.to >= from && stay.to < to) cuts.push_back(std::int64_t{stay.to} + 1);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const Stay* here = nullptr;
    for (const Stay& stay : agent.stays) {
      if (stay.from > cuts[i] || stay.to < cuts[i]) continue;
      if (here == nullptr || stay.from > here->from ||
          (stay.from == here->from &&
           context.header(stay.record).key < context.header(here->record).key)) {
        here = &stay;
      }
    }
    const Code service = here == nullptr ? kNoText : here->service;
    const auto first = static_cast<base::Days>(cuts[i]);
    const auto last = static_cast<base::Days>(cuts[i + 1] - 1);
    auto known = std::find_if(pieces.begin(), pieces.end(),
                              [&](const Piece& piece) { return piece.service == service; });
    if (known == pieces.end()) known = pieces.insert(pieces.end(), {service, first, last, 0});
    known->to = last;
    known->days += cuts[i + 1] - cuts[i];
  }
  return pieces;
}

Status Assignments::add_rows(DerivationContext* context, RecordId record,
                             const std::vector<Piece>& pieces, Dependent* dependent) {
  const BoundTable& table = context->table_of(record);
  const model::RecordKind& kind = *table.kind;
  std::vector<std::int64_t> days;
  for (const Piece& piece : pieces) days.push_back(piece.days);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    PAS_ASSIGN_OR_RETURN(const DerivedRef row,
                         context->derived.add(kind.name, table.table->connector()));
    dependent->rows.push_back(row);
  }
  for (std::uint32_t slot = 0; slot < kind.fields.size(); ++slot) {
    const model::Field& field = kind.fields[slot];
    const std::int64_t raw = context->raw(record, slot);
    const bool split = pieces.size() > 1 && is_split(field) && raw != model::kAbsent;
    const std::vector<std::int64_t> parts =
        split ? split_by_weights(raw, days) : std::vector<std::int64_t>();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::int64_t value = split ? parts[i] : raw;
      if (slot == table.service) value = pieces[i].service;
      if (pieces.size() > 1 && raw != model::kAbsent && field.name == "from") {
        value = pieces[i].from;
      }
      if (pieces.size() > 1 && raw != model::kAbsent && field.name == "to") value = pieces[i].to;
      context->derived.set(dependent->rows[i], slot, value);
    }
  }
  for (const DerivedRef& row : dependent->rows) context->add_fact(row);
  return absl::OkStatus();
}

std::vector<DerivedRef> Assignments::facts_of(RecordId record) const {
  const auto at = dependents_.find(record);
  return at == dependents_.end() ? std::vector<DerivedRef>() : at->second.rows;
}

}  // namespace passerelle::consolidation
