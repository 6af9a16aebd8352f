// What an indicator means, in words. Pure.
#pragma once

#include "core/base/status.h"
#include "core/flow/cells.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

// The expanded formula in French and English: the words of aggregates and operators, the labels of
// kinds and fields, the condition, the period and the unit.
model::Label meaning_of(const model::Indicator& indicator, const model::SteeringModel& model);

// NOT_FOUND names the nearest indicator for one that is unknown; FAILED_PRECONDITION before the
// first model is applied.
StatusOr<hub::v1::DescribeResponse> describe(const hub::v1::DescribeRequest& request,
                                             const flow::CellView& view);

}  // namespace passerelle::edge
