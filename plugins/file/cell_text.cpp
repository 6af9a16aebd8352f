#include "plugins/file/cell_text.h"

#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::file {
namespace {

struct Moment {
  base::CivilDate date;
  int hour = 0;
  int minute = 0;
  int second = 0;
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
  return zone.instant_of(base::days_from_civil(moment.date),
                         moment.hour * 3600 + moment.minute * 60 + moment.second);
}

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

StatusOr<base::Days> parse_day(std::string_view text, std::string_view format) {
  Moment moment;
  if (!parse(text, format.empty() ? "%Y-%m-%d" : format, &moment)) return no_date(text, format);
  return base::days_from_civil(moment.date);
}

StatusOr<base::Instant> parse_moment(std::string_view text, std::string_view format,
                                     const base::Zone& zone) {
  Moment moment;
  if (!format.empty()) {
    if (!parse(text, format, &moment)) return no_date(text, format);
    return instant_of(moment, zone);
  }
  // The common spellings without a library's generality, then the library.
  if (parse(text, "%Y-%m-%dT%H:%M:%SZ", &moment)) {
    return (static_cast<base::Instant>(base::days_from_civil(moment.date)) * 86'400 +
            base::Instant{moment.hour} * 3600 + base::Instant{moment.minute} * 60 + moment.second) *
           base::kMicrosPerSecond;
  }
  for (const char* naive :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    moment = {};
    if (parse(text, naive, &moment)) return instant_of(moment, zone);
  }
  return base::parse_instant(text);
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

}  // namespace passerelle::file
