// Pure: the text of a cell as a typed number, or why not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/status.h"
#include "plugins/sdk/connector.h"

namespace passerelle::mapping {

struct NumberStyle {
  char point = '.';
  std::vector<std::string> groups;
};

// "1 234,56" -> 123456 at scale 2.
StatusOr<std::int64_t> parse_number(std::string_view text, int scale, const NumberStyle& style,
                                    std::string* scratch);
// By a strptime-like format of %d %m %Y %y %H %M %S %f %z and literal characters, leading zeros may
// lack; or `epoch`, `epoch_ms`: seconds, milliseconds since 1970, of which the day is that of
// `zone`. Without a format: 2026-11-23.
StatusOr<base::Days> parse_day(std::string_view text, std::string_view format,
                               const base::Zone& zone);
// The same with a time, in `zone` unless the text says its offset; without a format ISO 8601.
StatusOr<base::Instant> parse_moment(std::string_view text, std::string_view format,
                                     const base::Zone& zone);
// The other way round: an instant as a source wants to be asked for it. A local time that occurs
// twice or never is stepped back from, by hours, so that nothing is left out.
std::string write_moment(base::Instant instant, std::string_view format, const base::Zone& zone);
// true/false, 1/0, yes/no, oui/non, vrai/faux, o/n, y/n; any case.
StatusOr<bool> parse_yes(std::string_view text);

}  // namespace passerelle::mapping
