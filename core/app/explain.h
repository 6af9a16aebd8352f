// What a published value is made of, as the contract and the command line tell it.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "core/consolidation/engine.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

inline constexpr std::uint32_t kExplainLeavesMax = 1'000;

// Reads a journal from its first commit; stops at the first error that `each` returns.
using JournalReader = std::function<Status(const std::function<Status(model::Commit)>& each)>;

struct RecordIdHash {
  std::size_t operator()(base::Hash128 key) const { return static_cast<std::size_t>(key.low); }
};
using RecordIds = std::unordered_map<base::Hash128, std::string, RecordIdHash>;

// The ids that sources gave to records: the fold knows their keys only, the journal has the ids.
StatusOr<RecordIds> record_ids(const std::vector<base::Hash128>& keys, const JournalReader& read);

// "12.5" where that is exact, else "1/3"; with `decimals` at least: "12.50".
std::string exact_text(const base::Rational& value, int decimals = 0);
// The cell as the contract has it; one that is absent is `removed`.
void fill(const hub::v1::CellKey& key, const model::CellValue& value, hub::v1::Cell* out);

StatusOr<consolidation::CellName> cell_name(const hub::v1::CellKey& key);

// INVALID_ARGUMENT for a key without a period or more leaves than kExplainLeavesMax.
StatusOr<consolidation::Explanation> explain(const hub::v1::ExplainRequest& request,
                                             const consolidation::Engine& engine);
// With the ids of the leaves' records, which takes a reading of the journal where there are leaves.
StatusOr<hub::v1::ExplainResponse> told(const hub::v1::ExplainRequest& request,
                                        const consolidation::Explanation& explanation,
                                        const JournalReader& read);

}  // namespace passerelle::app
