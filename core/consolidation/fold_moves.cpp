// A fold whose units move goes on.
#include <bit>

#include "core/consolidation/fold.h"
#include "core/consolidation/org_changes.h"

namespace passerelle::consolidation {

bool Fold::can_reorganise(const model::SteeringModel& model) const {
  return !sources_.organisation.empty() && !model.units.empty() &&
         model_->same_but_for_units(model) &&
         sources_.mapping.resolves_units_alike(model::DimensionMembers(model));
}

void Fold::reorganise(std::shared_ptr<const model::SteeringModel> model, base::Instant tick) {
  Organisation after(model->units, &strings_);
  const base::Days today = sources_.day_of(tick);
  move_cells({&after, today});
  sources_.mapping.members = model::DimensionMembers(*model);
  sources_.organisation = std::move(after);
  sources_.today = today;
  model_ = std::move(model);
}

void Fold::move_cells(DatedOrganisation after) {
  std::map<const KindPlan*, FactFold::Reorganisation> kinds;
  std::map<const KindPlan*, unsigned> bases;
  std::map<const KindPlan*, unsigned> counted;
  const auto note = [&](FactSource* source) {
    FactFold::Reorganisation& wanted = kinds[&source->kind()];
    wanted.kind = &source->kind();
    wanted.sources.push_back(source);
    bases[&source->kind()] |= source->unit_bases();
    counted[&source->kind()] |= source->counted_levels();
  };
  for (const BoundTable& table : tables_) {
    if (table.source) note(table.source.get());
  }
  for (std::uint32_t table = 0; table < derived_.size(); ++table) note(derived_.source(table));
  const DatedOrganisation before = sources_.dated();
  for (auto& [kind, wanted] : kinds) {
    if (bases[kind] == 0) continue;
    wanted.before = before;
    wanted.after = after;
    const auto named = static_cast<UnitLevel>(std::countr_zero(bases[kind]));
    const bool is_made_here = kind->kind->name == model::kAllocationKind;
    OrgChanges changes(before, after, model_->org_views, named, is_made_here);
    wanted.is_recounted = changes.changes_presence(counted[kind]);
    if (std::has_single_bit(bases[kind])) wanted.changes = &changes;
    facts_.reorganise(wanted);
  }
}

}  // namespace passerelle::consolidation
