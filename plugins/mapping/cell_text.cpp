#include "plugins/mapping/cell_text.h"

#include <fmt/format.h>

#include <optional>

#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::mapping {
namespace {

struct Moment {
  base::CivilDate date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  std::optional<int> offset_minutes;  // east of UTC, where the text says it
};

Status no_date(std::string_view text, std::string_view format) {
  return base::invalid_argument(
      "'" + std::string(text.substr(0, 40)) + "' is no date" +
      (format.empty() ? std::string(" like 2026-11-23") : " of the form " + std::string(format)));
}

// At most `digits_max` digits at `*at`.
bool take_number(std::string_view text, std::size_t* at, int digits_max, int* value) {
  const std::size_t begin = *at;
  *value = 0;
  while (*at < text.size() && *at - begin < static_cast<std::size_t>(digits_max) &&
         text[*at] >= '0' && text[*at] <= '9') {
    *value = *value * 10 + (text[(*at)++] - '0');
  }
  return *at > begin;
}

// ".5" is 500,000 microseconds; further digits are passed over.
bool take_fraction(std::string_view text, std::size_t* at, int* micros) {
  const std::size_t begin = *at;
  *micros = 0;
  for (int unit = 100'000; *at < text.size() && text[*at] >= '0' && text[*at] <= '9'; ++*at) {
    *micros += unit * (text[*at] - '0');
    unit /= 10;
  }
  return *at > begin;
}

// "Z", "+02:00", "+0200", "+02".
bool take_offset(std::string_view text, std::size_t* at, std::optional<int>* minutes) {
  if (*at >= text.size()) return false;
  const char sign = text[(*at)++];
  *minutes = 0;
  if (sign == 'Z') return true;
  int hours = 0;
  int rest = 0;
  if ((sign != '+' && sign != '-') || !take_number(text, at, 2, &hours)) return false;
  if (*at < text.size() && text[*at] == ':') ++*at;
  if (*at < text.size() && !take_number(text, at, 2, &rest)) return false;
  if (hours > 14 || rest > 59) return false;
  *minutes = (sign == '-' ? -1 : 1) * (hours * 60 + rest);
  return true;
}

bool take_part(char which, std::string_view text, std::size_t* at, Moment* out) {
  switch (which) {
    case 'd':
      return take_number(text, at, 2, &out->date.day);
    case 'm':
      return take_number(text, at, 2, &out->date.month);
    case 'Y':
      return take_number(text, at, 4, &out->date.year) && out->date.year > 999;
    case 'y':
      if (!take_number(text, at, 2, &out->date.year)) return false;
      out->date.year += out->date.year < 70 ? 2000 : 1900;
      return true;
    case 'H':
      return take_number(text, at, 2, &out->hour) && out->hour < 24;
    case 'M':
      return take_number(text, at, 2, &out->minute) && out->minute < 60;
    case 'S':
      return take_number(text, at, 2, &out->second) && out->second < 60;
    case 'f':
      return take_fraction(text, at, &out->micros);
    case 'z':
      return take_offset(text, at, &out->offset_minutes);
    default:
      return false;
  }
}

bool parse(std::string_view text, std::string_view format, Moment* out) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      if (!take_part(format[++i], text, &at, out)) return false;
    } else if (at >= text.size() || text[at++] != format[i]) {
      return false;
    }
  }
  return at == text.size() && base::is_valid(out->date);
}

base::Instant instant_of(const Moment& moment, const base::Zone& zone) {
  const base::Days day = base::days_from_civil(moment.date);
  const int second = moment.hour * 3600 + moment.minute * 60 + moment.second;
  if (!moment.offset_minutes) return zone.instant_of(day, second) + moment.micros;
  return (base::Instant{day} * 86'400 + second - base::Instant{*moment.offset_minutes} * 60) *
             base::kMicrosPerSecond +
         moment.micros;
}

// Seconds or milliseconds since 1970, as microseconds.
StatusOr<base::Instant> parse_epoch(std::string_view text, std::string_view format) {
  const auto count = base::parse_scaled(text, 0);
  const std::int64_t unit = format == "epoch" ? base::kMicrosPerSecond : 1'000;
  // Up to the year 9999.
  constexpr std::int64_t kLastSecond = 253'402'300'799;
  const std::int64_t most = kLastSecond * (base::kMicrosPerSecond / unit);
  if (!count.ok() || *count < -most || *count > most) {
    return base::invalid_argument("'" + std::string(text.substr(0, 40)) + "' is no time as " +
                                  (format == "epoch" ? "seconds" : "milliseconds") + " since 1970");
  }
  return *count * unit;
}

bool is_epoch(std::string_view format) { return format == "epoch" || format == "epoch_ms"; }

}  // namespace

StatusOr<std::int64_t> parse_number(std::string_view text, int scale, const NumberStyle& style,
                                    std::string* scratch) {
  if (style.groups.empty() && style.point == '.') return base::parse_scaled(text, scale);
  scratch->clear();
  for (std::size_t at = 0; at < text.size();) {
    bool skipped = false;
    for (const std::string& group : style.groups) {
      // Only between digits: "1 234" is a number, "12 " has been trimmed, " 1" is not.
      if (!scratch->empty() && text.compare(at, group.size(), group) == 0) {
        at += group.size();
        skipped = true;
        break;
      }
    }
    if (skipped) continue;
    const char c = text[at++];
    scratch->push_back(c == style.point ? '.' : c == '.' ? '?' : c);
  }
  auto value = base::parse_scaled(*scratch, scale);
  if (value.ok()) return value;
  return base::invalid_argument("'" + std::string(text.substr(0, 40)) + "' is not a number with " +
                                std::to_string(scale) + " decimals at most and '" +
                                std::string(1, style.point) + "' before them");
}

StatusOr<base::Days> parse_day(std::string_view text, std::string_view format,
                               const base::Zone& zone) {
  if (is_epoch(format)) {
    PAS_ASSIGN_OR_RETURN(const base::Instant instant, parse_epoch(text, format));
    return zone.local_day(instant);
  }
  Moment moment;
  if (!parse(text, format.empty() ? "%Y-%m-%d" : format, &moment)) return no_date(text, format);
  return base::days_from_civil(moment.date);
}

StatusOr<base::Instant> parse_moment(std::string_view text, std::string_view format,
                                     const base::Zone& zone) {
  Moment moment;
  if (!format.empty()) {
    if (is_epoch(format)) return parse_epoch(text, format);
    if (!parse(text, format, &moment)) return no_date(text, format);
    return instant_of(moment, zone);
  }
  // The common spellings without a library's generality, then the library.
  for (const char* common :
       {"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z",
        "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    moment = {};
    if (parse(text, common, &moment)) return instant_of(moment, zone);
  }
  return base::parse_instant(text);
}

std::string write_moment(base::Instant instant, std::string_view format, const base::Zone& zone) {
  if (format == "epoch") return std::to_string(instant / base::kMicrosPerSecond);
  if (format == "epoch_ms") return std::to_string(instant / 1'000);
  const bool says_zone = format.empty() || format.find("%z") != std::string_view::npos;
  const base::Zone used = says_zone ? base::Zone::utc() : zone;
  constexpr int kHour = 3'600;
  base::Days day = 0;
  int second = 0;
  for (;; instant -= kHour * base::kMicrosPerSecond) {
    day = used.local_day(instant);
    const auto since_midnight =
        static_cast<int>((instant - used.instant_of(day, 0)) / base::kMicrosPerSecond);
    // On a night when clocks change the time of day differs from that by an hour.
    bool found = false;
    for (const int guess : {since_midnight, since_midnight + kHour, since_midnight - kHour}) {
      if (guess < 0 || guess >= 24 * kHour || used.is_ambiguous_or_skipped(day, guess)) continue;
      const base::Instant back = used.instant_of(day, guess);
      if (instant - back < 0 || instant - back >= base::kMicrosPerSecond) continue;
      second = guess;
      found = true;
      break;
    }
    if (found) break;
  }
  const base::CivilDate date = base::civil_from_days(day);
  const std::int64_t micros = instant - used.instant_of(day, second);
  std::string out;
  const std::string_view pattern = format.empty() ? "%Y-%m-%dT%H:%M:%SZ" : format;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    switch (pattern[++i]) {
      case 'd':
        out += fmt::format("{:02}", date.day);
        break;
      case 'm':
        out += fmt::format("{:02}", date.month);
        break;
      case 'Y':
        out += fmt::format("{:04}", date.year);
        break;
      case 'y':
        out += fmt::format("{:02}", date.year % 100);
        break;
      case 'H':
        out += fmt::format("{:02}", second / kHour);
        break;
      case 'M':
        out += fmt::format("{:02}", second / 60 % 60);
        break;
      case 'S':
        out += fmt::format("{:02}", second % 60);
        break;
      case 'f':
        out += fmt::format("{:06}", micros);
        break;
      case 'z':
        out += "+00:00";
        break;
      default:
        out += pattern[i];
    }
  }
  return out;
}

StatusOr<bool> parse_yes(std::string_view text) {
  const std::string word = base::folded(text);
  for (const char* yes : {"true", "1", "yes", "oui", "vrai", "o", "y", "x"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "0", "no", "non", "faux", "n"}) {
    if (word == no) return false;
  }
  return base::invalid_argument("'" + std::string(text.substr(0, 40)) +
                                "' is neither yes nor no; map it: map: {" +
                                std::string(text.substr(0, 20)) + ": \"true\"}");
}

}  // namespace passerelle::mapping
