// Timestamps, durations and time zones written as text, as CEL writes them.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "core/language/value.h"

namespace passerelle::language {

// RFC 3339, "2009-02-13T23:31:30Z". A text that is not one, or is finer than a microsecond, is
// kConversion; one outside the years 1 to 9999 is kRange.
Value parse_timestamp(std::string_view text);
// "1h30m", "-1.5s", "250ms": numbers with h, m, s, ms, us or ns.
Value parse_duration(std::string_view text);
// Whether the text is right but for digits below the microsecond, which would be lost.
bool is_too_precise(std::string_view text);
// "Europe/Paris", "+02:00", "02:00".
std::optional<absl::TimeZone> parse_zone(std::string_view text);

}  // namespace passerelle::language
