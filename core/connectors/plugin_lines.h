// The lines of text between the hub and a plugin: handshake, answer, log.
#pragma once

#include <spdlog/common.h>

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::connectors {

// 256 random bits in hexadecimal; "" if the system gives none.
std::string random_token();
// The hub's first line.
std::string handshake_line(const std::string& socket, const std::string& token);

// The plugin's first line.
struct FirstLine {
  Status status;        // OK: it is ready, or `refusal` says why it will not be
  std::string refusal;  // the plugin's own words
};
FirstLine read_first_line(std::string_view line);

// "error text" is a line of level error; one without a level is of level info.
struct LogLine {
  spdlog::level::level_enum level;
  std::string_view text;  // of the line given
};
LogLine read_log_line(std::string_view line);

}  // namespace passerelle::connectors
