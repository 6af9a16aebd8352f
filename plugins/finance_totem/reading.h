// One read of the connector: which files are new, and each of them as scopes of records.
#pragma once

#include <string_view>

#include "plugins/finance_totem/config.h"
#include "plugins/sdk/connector.h"

namespace passerelle::finance_totem {

// Returns when every file is consumed, or when `out` is cancelled. The status of a file that could
// not be opened is returned after the other files were read.
Status read_documents(const Settings& settings, std::string_view checkpoint, sdk::Output& out);

}  // namespace passerelle::finance_totem
