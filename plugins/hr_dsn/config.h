// What an administrator writes for this connector.
#pragma once

#include <string>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::hr_dsn {

struct Settings {
  std::string folder;              // of the configuration: file names are shown relative to it
  std::vector<std::string> paths;  // patterns, absolute
};

std::vector<sdk::ConfigField> config_fields();
Settings settings_of(const sdk::Config& config);

}  // namespace passerelle::hr_dsn
