// What explanations of facts and of cells share. Inside the room only.
#pragma once

#include <vector>

#include "core/base/status.h"
#include "core/consolidation/explanation.h"
#include "core/consolidation/model_plan.h"

namespace passerelle::consolidation {

// Where a cell of that name is kept: as it is published, else hidden, as a part of others.
// NOT_FOUND says which of the name is unknown.
StatusOr<CellPlace> explained_place(const ModelPlan& plan, const CellName& name);
// The copy that brings aggregates from `first` on from another cell, or null.
const WindowCopy* copy_to(const ModelPlan& plan, CellPlace place, std::uint32_t first);

std::vector<ExplainedAggregate> explained_aggregates(const CellPlan& plan, const RowView& view);

}  // namespace passerelle::consolidation
