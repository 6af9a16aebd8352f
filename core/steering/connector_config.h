// What a connector's file holds beyond plain texts. Internal to steering.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/formats/yaml.h"

namespace passerelle::steering {

// The node as JSON text. Unquoted numbers and true, false, null keep their type; every other
// scalar is a string.
std::string json_of(const formats::Yaml& node);

// "" if `text` is a cron schedule of five fields (minute, hour, day of month, month, day of week;
// numbers, *, a-b, lists, /step), else what is wrong with it.
std::string schedule_fault(std::string_view text);

// Scalars below `config` that look like a secret in the open: a key such as `password`, or an
// address that holds one.
std::vector<const formats::Yaml*> open_secrets(const formats::Yaml& config);

}  // namespace passerelle::steering
