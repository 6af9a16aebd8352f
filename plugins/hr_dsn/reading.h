// One read of the connector: which files are new, and each declaration as a scope of records.
#pragma once

#include <string_view>

#include "plugins/hr_dsn/config.h"
#include "plugins/sdk/connector.h"

namespace passerelle::hr_dsn {

// Returns when every file is consumed, or when `out` is cancelled. The status of a file that could
// not be opened is returned after the other files were read.
Status read_declarations(const Settings& settings, std::string_view checkpoint, sdk::Output& out);

}  // namespace passerelle::hr_dsn
