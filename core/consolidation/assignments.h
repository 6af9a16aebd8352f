// Who worked where, when: facts that name an agent but no service take it from the agent's dated
// assignments, day by day. A fact whose agent moved within its days becomes one row per service,
// amounts split by days, to the unit (SEMANTICS section 1: largest remainder).
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "core/consolidation/derivation.h"

namespace passerelle::consolidation {

// `total` in proportion to `weights` (not negative, not all 0), adding up to it exactly; of equal
// remainders the first gets more. Negative totals mirror positive ones.
std::vector<std::int64_t> split_by_weights(std::int64_t total,
                                           const std::vector<std::int64_t>& weights);

class Assignments {
 public:
  // A record with agent and service says where the agent works. Only of the kind `assignment`.
  void change_assignment(const DerivationContext& context, RecordId record, bool minus);
  // A record with agent and without service: its facts are this class's to add and remove.
  void add_dependent(const DerivationContext& context, RecordId record);
  void remove_dependent(DerivationContext* context, RecordId record);
  // Derives the facts of the agents for whom something changed.
  Status settle(DerivationContext* context);
  // The facts of a dependent record; empty if the record itself is the fact.
  std::vector<DerivedRef> facts_of(RecordId record) const;
  bool is_dependent(RecordId record) const { return dependents_.contains(record); }

 private:
  struct Stay {
    base::Days from = 0;
    base::Days to = 0;  // both included
    Code service = kNoText;
    RecordId record = kNone;
  };
  struct Agent {
    std::vector<Stay> stays;
    std::vector<RecordId> dependents;
    bool dirty = false;
  };
  struct Dependent {
    Code agent = kNoText;
    std::vector<DerivedRef> rows;
    bool direct = false;  // the record's own row was added as the fact
  };
  // Days of one fact that fall to one service.
  struct Piece {
    Code service = kNoText;
    base::Days from = 0;
    base::Days to = 0;
    std::int64_t days = 0;
  };

  void mark(Code agent);
  void clear(DerivationContext* context, RecordId record, Dependent* dependent);
  Status derive(DerivationContext* context, const Agent& agent, RecordId record,
                Dependent* dependent);
  std::vector<Piece> pieces_of(const DerivationContext& context, const Agent& agent,
                               base::Days from, base::Days to) const;
  Status add_rows(DerivationContext* context, RecordId record, const std::vector<Piece>& pieces,
                  Dependent* dependent);

  std::unordered_map<Code, Agent> agents_;
  std::unordered_map<RecordId, Dependent> dependents_;
  std::vector<Code> dirty_;
};

}  // namespace passerelle::consolidation
