// The connector's `config` map, read once and checked against what the connector declares.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

// As it comes from the hub.
struct ConfigInput {
  std::string json;
  std::map<std::string, std::string> secrets;
  std::string folder;
  std::string time_zone;
};

// The configuration, or nullptr and all its problems at once: unknown keys (with the nearest known
// one), missing required fields, wrong types, a secret written in clear. Reading an undeclared
// field of the result is a programming error and ends the plugin.
std::unique_ptr<Config> make_config(const std::vector<ConfigField>& fields, ConfigInput input,
                                    std::vector<Problem>* problems);

// "config.path: missing; add it. config.sep: ...", for one error message.
std::string to_text(const std::vector<Problem>& problems);

}  // namespace passerelle::sdk
