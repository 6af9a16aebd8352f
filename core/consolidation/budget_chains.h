// Lines of budget documents to `budget` facts: one chain per (SIRET, exercise, line key), one fact
// per chain, the same whatever the order in which the documents arrive (PRACTICE 1.2, issue text).
//
// * A VC is a transfer of credits that the executive decides without a vote: it opens credits (or
//   takes them), and is no part of what was voted. `transferred` is absent where there is none.
// * A CA or CFU states the whole budget: the latest one decides every chain of its (SIRET,
//   exercise), and a line that it does not have has no fact. CA: open and carried as stated, voted
//   the difference, less what was transferred. A CFU whose carried amounts are not known leaves
//   voted and carried absent and flags the fact INCOMPLETE_CHAIN.
// * Without one: voted = sum of the proposals of BP, BS and DM; carried = as the latest document
//   that states it says (documents repeat it); open = voted + carried. If the BP or one of the DM
//   1..n is missing, the fact is flagged and open = previous + proposed of the chain's last DM.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/consolidation/derivation.h"
#include "core/consolidation/tuple_memo.h"

namespace passerelle::consolidation {

class BudgetChains {
 public:
  BudgetChains(const model::RecordKind& input, const model::RecordKind& output);

  // A line came (its row is filled) or goes (its row still holds it).
  void change(const DerivationContext& context, RecordId record, bool minus);
  // Derives the facts of the chains that changed.
  Status settle(DerivationContext* context);
  // The fact of the chain that a line belongs to; not set if there is none.
  DerivedRef fact_of(const DerivationContext& context, RecordId record);

 private:
  // In the order in which documents follow each other.
  struct Document {
    std::int64_t decided_on = 0;
    std::int64_t number = 0;
    int rank = 0;  // BP, BS, DM, VC, CA, CFU
    auto operator<=>(const Document&) const = default;
    bool decides() const { return rank >= 4; }
  };
  struct Budget {
    std::map<Document, std::uint32_t> documents;  // with their number of lines
    std::vector<std::uint32_t> chains;
    bool changed = false;  // a document came or went
  };
  struct Chain {
    std::uint32_t budget = 0;
    std::vector<RecordId> lines;
    DerivedRef fact;
    bool dirty = false;
  };
  struct Line {
    Document document;
    RecordId record = kNone;
  };

  std::optional<Document> document_of(const DerivationContext& context, RecordId record) const;
  std::uint32_t chain_of(const DerivationContext& context, RecordId record);
  void mark(std::uint32_t chain);
  Status derive(DerivationContext* context, Chain* chain);
  std::vector<Line> lines_of(const DerivationContext& context, const Chain& chain) const;
  // The sum of the transfers among the lines; kAbsent without any.
  std::int64_t transferred(const DerivationContext& context, const std::vector<Line>& lines) const;
  void fill_decided(DerivationContext* context, const Line& line, std::int64_t transferred,
                    DerivedRef fact) const;
  void fill_voted(DerivationContext* context, const std::vector<Line>& lines, bool gap,
                  std::int64_t transferred, DerivedRef fact) const;
  static bool has_gap(const Budget& budget);

  const model::RecordKind& input_;
  const model::RecordKind& output_;
  FieldCopy copy_;
  struct InputSlots {
    std::uint32_t siret, exercise, line, document, number, decided_on, previous, carried_in,
        carried_known, proposed, open, realised, remainder;
  } in_;
  struct OutputSlots {
    std::uint32_t stage, voted, carried, transferred, open, realised, remainder;
  } out_;
  TupleMemo budget_keys_{2};
  TupleMemo chain_keys_{3};
  std::vector<Budget> budgets_;
  std::vector<Chain> chains_;
  std::vector<std::uint32_t> dirty_;
  std::vector<std::uint32_t> changed_budgets_;
};

}  // namespace passerelle::consolidation
