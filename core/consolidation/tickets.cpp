#include "core/consolidation/tickets.h"

#include <algorithm>

#include "core/base/text.h"

namespace passerelle::consolidation {

Tickets::Tickets(const model::RecordKind& input, const model::RecordKind& output)
    : input_(input),
      output_(output),
      copy_(input, output),
      ticket_(slot_of(input, "ticket")),
      state_(slot_of(input, "state")),
      sequence_(slot_of(input, "sequence")),
      updated_(slot_of(input, "updated")),
      moves_out_(slot_of(output, "moves_out")),
      events_(slot_of(output, "events")) {}

// Numbers of one help desk: two connectors may use the same ones.
std::uint32_t Tickets::ticket_of(const DerivationContext& context, RecordId record) {
  const std::int64_t key[2] = {context.strings.intern(context.table_of(record).table->connector()),
                               context.raw(record, ticket_)};
  const std::uint32_t ticket = keys_.find_or_add(key);
  if (ticket == tickets_.size()) tickets_.emplace_back();
  return ticket;
}

void Tickets::change(const DerivationContext& context, RecordId record, bool minus) {
  const std::uint32_t number = ticket_of(context, record);
  Ticket& ticket = tickets_[number];
  if (minus) {
    ticket.events.erase(std::find(ticket.events.begin(), ticket.events.end(), record));
  } else {
    ticket.events.push_back(record);
  }
  if (ticket.dirty) return;
  ticket.dirty = true;
  dirty_.push_back(number);
}

Status Tickets::settle(DerivationContext* context) {
  for (const std::uint32_t ticket : dirty_) {
    tickets_[ticket].dirty = false;
    PAS_RETURN_IF_ERROR(derive(context, &tickets_[ticket]));
  }
  dirty_.clear();
  return absl::OkStatus();
}

DerivedRef Tickets::fact_of(const DerivationContext& context, RecordId record) {
  return tickets_[ticket_of(context, record)].fact;
}

bool Tickets::is_done(const DerivationContext& context, RecordId record) {
  const auto code = static_cast<Code>(context.raw(record, state_));
  if (code >= done_.size()) done_.resize(code + 1, -1);
  if (done_[code] < 0) {
    const std::string state = base::folded(context.strings[code]);
    done_[code] = state == "resolved" || state == "closed";
  }
  return done_[code] == 1;
}

Status Tickets::derive(DerivationContext* context, Ticket* ticket) {
  context->remove_fact(&ticket->fact);
  if (ticket->events.empty()) return absl::OkStatus();
  std::sort(ticket->events.begin(), ticket->events.end(), [&](RecordId a, RecordId b) {
    const auto rank = [&](RecordId record) {
      return std::tuple(context->raw(record, sequence_), context->raw(record, updated_),
                        context->header(record).key);
    };
    return rank(a) < rank(b);
  });
  std::int64_t moves_out = 0;
  for (std::size_t i = 1; i < ticket->events.size(); ++i) {
    const bool left = is_done(*context, ticket->events[i - 1]);
    moves_out += left && !is_done(*context, ticket->events[i]);
  }
  const RecordId last = ticket->events.back();
  const BoundTable& table = context->table_of(last);
  PAS_ASSIGN_OR_RETURN(const DerivedRef fact,
                       context->derived.add(output_.name, table.table->connector()));
  copy_.copy(*table.columns, context->header(last).row, fact, &context->derived);
  context->derived.set(fact, moves_out_, moves_out);
  context->derived.set(fact, events_, static_cast<std::int64_t>(ticket->events.size()));
  ticket->fact = fact;
  context->add_fact(fact);
  return absl::OkStatus();
}

}  // namespace passerelle::consolidation
