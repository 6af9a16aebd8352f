// Rows as columns, so that both encodings of a batch follow one path.
#pragma once

#include "core/intake/stream_plan.h"
#include "core/intake/verdicts.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::intake {

// One column per declared field that some row has; quantities in the scale of the hub's kind. A
// value of another type, or that is not exact in that scale, rejects its row. `unknown_values`
// counts those of undeclared fields.
types::v1::Columns columns_from(const connector::v1::Rows& rows, const StreamPlan& plan,
                                Verdicts* verdicts, std::uint64_t* unknown_values);

}  // namespace passerelle::intake
