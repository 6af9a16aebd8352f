// One read of the connector: which files are new or changed, and each of them as a scope.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/file/manifest.h"
#include "plugins/sdk/connector.h"

namespace passerelle::file {

struct Settings {
  Manifest manifest;
  std::vector<std::string> paths;
  std::string folder;
  std::string time_zone;
};

StatusOr<Settings> settings_of(const sdk::Config& config);
std::vector<sdk::Stream> streams_of(const Manifest& manifest);
Status read_files(const Settings& settings, std::string_view checkpoint, sdk::Output& out);

}  // namespace passerelle::file
