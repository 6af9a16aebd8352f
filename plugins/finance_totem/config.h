// What an administrator writes for this connector.
#pragma once

#include <string>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::finance_totem {

struct Settings {
  std::string folder;               // of the configuration: file names are shown relative to it
  std::vector<std::string> paths;   // patterns of the budget documents, absolute
  std::vector<std::string> charts;  // patterns of the charts of accounts, absolute; may be empty
};

std::vector<sdk::ConfigField> config_fields();
Settings settings_of(const sdk::Config& config);

}  // namespace passerelle::finance_totem
