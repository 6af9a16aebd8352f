// What one plugin's process may reach: the files that its plugin.yaml and its connector's
// configuration name, its own socket's folder, and the ports of its hosts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/connectors/catalogue.h"

namespace passerelle::connectors {

struct Reach {
  std::vector<std::filesystem::path> read;   // files and whole folders, programs too
  std::vector<std::filesystem::path> write;  // folders
  bool may_connect = false;                  // else it has no network
  std::vector<std::uint16_t> ports;          // of TCP connections; none: any port
};

// `config` is the connector's, as JSON; `folder` what its relative paths start from. A permission
// `config.NAME` stands for that field's paths: "a/*.xml; b.csv" is folder a and the file b.csv.
Reach reach_of(const PluginFile& plugin, const std::string& config,
               const std::filesystem::path& folder, const std::filesystem::path& socket_folder);

}  // namespace passerelle::connectors
