// What the engine tells of one cell, and of a commit that is not folded yet: what effects are told
// apart by.
#include <algorithm>

#include "core/consolidation/engine_state.h"
#include "core/consolidation/record_stages.h"

namespace passerelle::consolidation {
namespace {

std::optional<CellPlace> published_place(const ModelPlan& plan, const CellName& name) {
  for (std::uint32_t cuboid = 0; cuboid < plan.cuboids(); ++cuboid) {
    const flow::CuboidInfo& info = plan.layout(cuboid).info;
    if (info.grain != name.period.grain()) continue;
    const bool same =
        std::equal(info.dimensions.begin(), info.dimensions.end(), name.dimensions.begin(),
                   name.dimensions.end(),
                   [](const std::string& id, const auto& pair) { return id == pair.first; });
    const auto at = std::find(info.indicators.begin(), info.indicators.end(), name.indicator);
    if (!same || at == info.indicators.end()) continue;
    return CellPlace{cuboid, static_cast<std::uint32_t>(at - info.indicators.begin())};
  }
  return std::nullopt;
}

}  // namespace

CellProbe Fold::probe(const CellName& name) const {
  CellProbe out;
  const auto place = published_place(*plan_, name);
  if (!place) return out;
  out.is_published = true;
  std::vector<std::uint32_t> key;
  for (const auto& [dimension, member] : name.dimensions) {
    key.push_back(strings_.find(member));
    if (key.back() == kNoText && !member.empty()) return out;
  }
  key.push_back(name.period.packed());
  const GroupStore& store = *facts_.stores()[place->cuboid];
  const auto group = store.find(key.data());
  if (!group) return out;
  const RowView row = view_of(store, *group);
  out.value = finalise(store.layout(), place->cell, row);
  if (!out.value.absent && out.value.na == model::NaReason::kNone) {
    out.exact = exact_value(store.layout().cells[place->cell], row);
  }
  return out;
}

// A closed cell is worth what it was published as.
CellProbe Engine::probe(const CellName& name) const {
  if (!impl_->fold) return {};
  CellProbe out = impl_->fold->probe(name);
  if (!impl_->closings.any()) return out;
  const auto closed = closed_cell(name);
  if (!closed.ok()) return out;
  out.value = closed->closed;
  out.exact.reset();
  if (!out.value.absent && out.value.na == model::NaReason::kNone) {
    out.exact = base::to_rational(out.value.scaled, out.value.scale);
  }
  return out;
}

std::vector<RecordStage> Engine::stages_of(const model::Records& records) const {
  return consolidation::stages_of(records, impl_->store, impl_->scopes,
                                  impl_->settings.held_scope_bytes_max);
}

Status Engine::apply_aside(model::Commit commit) {
  const model::Revision kept = impl_->revision;
  commit.revision = kept + 1;
  const Status applied = impl_->apply(commit, nullptr);
  impl_->revision = kept;
  return applied;
}

std::shared_ptr<const model::SteeringModel> Engine::proposed(model::Revision revision) const {
  const auto at = impl_->proposed.find(revision);
  return at == impl_->proposed.end() ? nullptr : at->second.parsed;
}

}  // namespace passerelle::consolidation
