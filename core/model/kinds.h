// The catalogue of record kinds: what connectors may send and what indicators may be computed from.
// Some kinds are only an input of a derived fact kind: the lines of budget documents become
// `budget` facts, the events of a help desk become `ticket` facts. A steering model may declare
// further kinds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/record.h"

namespace passerelle::model {

// How records of a kind become facts.
enum class Derivation : std::uint8_t {
  kNone,          // one record, one fact
  kBudgetChain,   // budget_line -> budget
  kTicketEvents,  // ticket_event -> ticket
};

struct RecordKind {
  std::string name;
  Label label;
  std::vector<Field> fields;
  Derivation derivation = Derivation::kNone;
  std::string fact_kind;   // kind of the facts it yields: its own name unless derived
  std::string default_at;  // field that places a fact in a period (kDate, kInstant, or an exercise)
  bool sendable = true;    // connectors may send it (derived kinds are not)

  const Field* find(std::string_view field) const;
  bool operator==(const RecordKind&) const = default;
};

// The built-in kinds, sorted by name.
const std::vector<RecordKind>& built_in_kinds();
const RecordKind* find_kind(const std::vector<RecordKind>& kinds, std::string_view name);

// Values that a department declares, not yet final where their `state` says so.
inline constexpr std::string_view kDeclaredValueKind = "declared_value";
// "estimé", "provisoire", "estimated", "provisional": case and accents apart.
bool is_provisional(std::string_view state);

}  // namespace passerelle::model
