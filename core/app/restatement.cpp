// What stands behind the difference between a closed cell and its live value: the facts behind the
// cell at its closing against those of now.
#include <algorithm>
#include <set>
#include <tuple>

#include "core/app/closings.h"
#include "core/app/explain.h"
#include "core/app/past_fold.h"

namespace passerelle::app {
namespace {

constexpr std::size_t kFactsMax = 100'000;
constexpr std::uint32_t kIdsDefault = 100;

using FactBehind =
    std::tuple<std::string, std::vector<base::Hash128>, std::vector<std::optional<std::int64_t>>>;
using FactsBehind = std::multiset<FactBehind>;

// None where no fact is behind the cell.
StatusOr<FactsBehind> facts_behind(const consolidation::CellName& name,
                                   const consolidation::Engine& engine) {
  const auto explanation = engine.explain(name, kFactsMax);
  if (absl::IsNotFound(explanation.status())) return FactsBehind();
  PAS_RETURN_IF_ERROR(explanation.status());
  if (explanation->is_personal) {
    return base::error(absl::StatusCode::kPermissionDenied,
                       name.indicator +
                           " hides small counts ('suppress_below'): its records are "
                           "not told");
  }
  if (explanation->facts > kFactsMax) {
    return base::resource_exhausted("more than " + std::to_string(kFactsMax) +
                                    " facts are behind this cell; ask for a finer one");
  }
  FactsBehind facts;
  for (const consolidation::ExplainedFact& leaf : explanation->leaves) {
    facts.emplace(leaf.kind, leaf.records, leaf.values);
  }
  return facts;
}

// Records of facts that are in one of the two only.
std::set<base::Hash128> records_apart(const FactsBehind& then, const FactsBehind& now) {
  std::vector<FactBehind> apart;
  std::set_symmetric_difference(then.begin(), then.end(), now.begin(), now.end(),
                                std::back_inserter(apart));
  std::set<base::Hash128> records;
  for (const auto& [kind, keys, values] : apart) records.insert(keys.begin(), keys.end());
  return records;
}

struct LateOfConnector {
  admin::v1::LateRecords told;
  std::vector<base::Hash128> keys;
};

Status tell_late(const std::set<base::Hash128>& records, const consolidation::Engine& before,
                 std::uint32_t limit, Authority& authority,
                 admin::v1::GetRestatementResponse* response) {
  using State = decltype(before.record_state({}));
  const auto states = authority.with_engine([&](consolidation::Engine& engine) {
    std::map<base::Hash128, State> found;
    for (const base::Hash128 key : records) found.emplace(key, engine.record_state(key));
    return found;
  });
  std::map<std::string, LateOfConnector> by_connector;
  std::vector<base::Hash128> keys;
  for (const auto& [key, now] : states) {
    const State then = before.record_state(key);
    if (then == now || (!then && !now)) continue;
    LateOfConnector& late = by_connector[now ? now->connector : then->connector];
    late.told.set_records(late.told.records() + 1);
    if (!then) late.told.set_added(late.told.added() + 1);
    if (then && now) late.told.set_changed(late.told.changed() + 1);
    if (!now) late.told.set_removed(late.told.removed() + 1);
    if (late.keys.size() == limit) continue;
    late.keys.push_back(key);
    keys.push_back(key);
  }
  PAS_ASSIGN_OR_RETURN(const RecordIds ids, record_ids(keys, [&](const auto& each) {
                         return authority.journal().read(1, each);
                       }));
  for (auto& [connector, late] : by_connector) {
    admin::v1::LateRecords* told = response->add_late();
    *told = late.told;
    told->set_connector(connector);
    for (const base::Hash128 key : late.keys) {
      const auto at = ids.find(key);
      told->add_ids(at == ids.end() ? base::to_hex(key) : at->second);
    }
    std::sort(told->mutable_ids()->begin(), told->mutable_ids()->end());
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<admin::v1::GetRestatementResponse> get_restatement(
    const admin::v1::GetRestatementRequest& request, Authority& authority,
    const FoldProgress& progress) {
  PAS_ASSIGN_OR_RETURN(const consolidation::CellName name, cell_name(request.cell()));
  admin::v1::GetRestatementResponse response;
  bool is_pending = false;
  model::Revision closing = 0;
  StatusOr<FactsBehind> now = FactsBehind();
  const Status found = authority.with_engine([&](consolidation::Engine& engine) -> Status {
    PAS_ASSIGN_OR_RETURN(const consolidation::ClosedCell cell, engine.closed_cell(name));
    response.set_revision(engine.revision());
    for (const model::Revision one : cell.closings) response.add_closings(one);
    fill_pending(cell, response.mutable_cell());
    is_pending = cell.is_pending;
    closing = cell.since;
    if (is_pending) now = facts_behind(name, engine);
    return absl::OkStatus();
  });
  PAS_RETURN_IF_ERROR(found);
  if (!is_pending) return response;
  if (!now.ok()) {
    response.set_note(base::message_of(now.status()));
    return response;
  }
  PAS_ASSIGN_OR_RETURN(const PastFold before, fold_to(past_of(authority), closing, progress));
  const auto then = facts_behind(name, *before.engine);
  if (!then.ok()) {
    response.set_note(base::message_of(then.status()));
    return response;
  }
  const std::uint32_t limit = request.limit() == 0 ? kIdsDefault : request.limit();
  PAS_RETURN_IF_ERROR(
      tell_late(records_apart(*then, *now), *before.engine, limit, authority, &response));
  if (response.late_size() == 0) {
    response.set_note(
        "no record behind this cell differs from what it was: the model, the organisation, time or "
        "a pool makes the difference");
  }
  return response;
}

}  // namespace passerelle::app
