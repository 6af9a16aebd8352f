// Fields that follow from others of the same record, where the source leaves them out.
#pragma once

#include <string_view>

#include "core/model/record.h"

namespace passerelle::intake {

// engagement: `engaged_not_mandated` = engaged - mandated - released, where `engaged` is stated.
// Adds to the contents of the rows that it fills, so that records known without it come anew. Other
// kinds stay as they are.
void complete(std::string_view kind, model::RecordBatch* batch);

}  // namespace passerelle::intake
