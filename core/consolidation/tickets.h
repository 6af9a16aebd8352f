// Events of a help desk to `ticket` facts: events in the order of (sequence, updated), whatever
// their order of arrival; attributes are those of the last one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/consolidation/derivation.h"
#include "core/consolidation/tuple_memo.h"

namespace passerelle::consolidation {

class Tickets {
 public:
  Tickets(const model::RecordKind& input, const model::RecordKind& output);
  // As of BudgetChains.
  void change(const DerivationContext& context, RecordId record, bool minus);
  Status settle(DerivationContext* context);
  DerivedRef fact_of(const DerivationContext& context, RecordId record);

 private:
  struct Ticket {
    std::vector<RecordId> events;
    DerivedRef fact;
    bool dirty = false;
  };
  std::uint32_t ticket_of(const DerivationContext& context, RecordId record);
  Status derive(DerivationContext* context, Ticket* ticket);
  bool is_done(const DerivationContext& context, RecordId record);

  const model::RecordKind& input_;
  const model::RecordKind& output_;
  FieldCopy copy_;
  std::uint32_t ticket_, state_, sequence_, updated_, moves_out_, events_;
  TupleMemo keys_{2};
  std::vector<Ticket> tickets_;
  std::vector<std::uint32_t> dirty_;
  std::vector<std::int8_t> done_;  // by code of a state: -1 not asked yet
};

}  // namespace passerelle::consolidation
