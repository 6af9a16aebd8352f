#include "core/connectors/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "core/base/text.h"

namespace passerelle::connectors {
namespace {

constexpr std::string_view kExample = "write e.g. `30 6 * * 1-5` (06:30 on working days)";
constexpr base::Days kHorizonDays = 8 * 366 + 1;  // 29 February may be eight years away

struct FieldRule {
  std::string_view name;
  int min;
  int max;
  std::string_view names;  // three letters each, the first is `min`
};

constexpr std::array<FieldRule, 5> kFields{
    {{"minute", 0, 59, ""},
     {"hour", 0, 23, ""},
     {"day", 1, 31, ""},
     {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
     {"weekday", 0, 7, "SUNMONTUEWEDTHUFRISAT"}}};

std::optional<int> number(std::string_view text, const FieldRule& rule) {
  if (text.size() == 3 && !rule.names.empty()) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const std::size_t at = rule.names.find(upper);
    if (at != std::string_view::npos && at % 3 == 0) return rule.min + static_cast<int>(at / 3);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < rule.min || value > rule.max) return std::nullopt;
  return value;
}

// One part of a list: *, a, a-b, each with an optional /step.
bool add_part(std::string_view part, const FieldRule& rule, std::vector<int>* out) {
  const auto halves = base::split(part, '/');
  int step = 1;
  if (halves.size() > 2) return false;
  if (halves.size() == 2) {
    const auto given = number(halves[1], {rule.name, 1, rule.max, ""});
    if (!given) return false;
    step = *given;
  }
  int from = rule.min;
  int to = rule.name == "weekday" ? 6 : rule.max;
  if (halves[0] != "*") {
    const auto ends = base::split(halves[0], '-');
    const auto first = number(ends[0], rule);
    const auto last = ends.size() == 2 ? number(ends[1], rule) : first;
    if (ends.size() > 2 || !first || !last || *last < *first) return false;
    from = *first;
    // "5/15" means from 5 on.
    if (ends.size() == 2 || halves.size() == 1) to = *last;
  }
  for (int value = from; value <= to; value += step) out->push_back(value);
  return true;
}

StatusOr<std::vector<int>> parse_field(std::string_view text, const FieldRule& rule) {
  std::vector<int> values;
  for (const std::string_view part : base::split(text, ',')) {
    if (!add_part(part, rule, &values)) {
      return base::invalid_argument(
          fmt::format("schedule: `{}` is no {} ({} to {}, *, lists a,b, ranges a-b, steps */n); {}",
                      text, rule.name, rule.min, rule.max, kExample));
    }
  }
  return values;
}

std::string_view without_alias(std::string_view text) {
  if (text == "@hourly") return "0 * * * *";
  if (text == "@daily" || text == "@midnight") return "0 0 * * *";
  if (text == "@weekly") return "0 0 * * 1";
  if (text == "@monthly") return "0 0 1 * *";
  return text;
}

}  // namespace

StatusOr<Schedule> Schedule::parse(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view field : base::split(without_alias(base::trimmed(text)), ' ')) {
    if (!base::trimmed(field).empty()) fields.push_back(base::trimmed(field));
  }
  if (fields.size() != kFields.size()) {
    return base::invalid_argument(
        fmt::format("schedule: `{}` has {} fields, not 5 (minute hour day month weekday); {}", text,
                    fields.size(), kExample));
  }
  Schedule out;
  std::array<std::vector<int>, 5> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    PAS_ASSIGN_OR_RETURN(values[i], parse_field(fields[i], kFields[i]));
  }
  for (const int value : values[0]) out.minutes_.set(static_cast<std::size_t>(value));
  for (const int value : values[1]) out.hours_.set(static_cast<std::size_t>(value));
  for (const int value : values[2]) out.days_.set(static_cast<std::size_t>(value));
  for (const int value : values[3]) out.months_.set(static_cast<std::size_t>(value));
  for (const int value : values[4]) out.weekdays_.set(static_cast<std::size_t>(value % 7));
  out.any_day_ = fields[2].front() == '*';
  out.any_weekday_ = fields[4].front() == '*';
  return out;
}

bool Schedule::matches(base::Days day) const {
  const base::CivilDate date = base::civil_from_days(day);
  if (!months_.test(static_cast<std::size_t>(date.month))) return false;
  const bool is_day = days_.test(static_cast<std::size_t>(date.day));
  // 1970-01-01 was a Thursday.
  const bool is_weekday = weekdays_.test(static_cast<std::size_t>(((day + 4) % 7 + 7) % 7));
  if (any_day_ || any_weekday_) return is_day && is_weekday;
  return is_day || is_weekday;
}

std::optional<base::Instant> Schedule::next_after(base::Instant instant,
                                                  const base::Zone& zone) const {
  const base::Days first = zone.local_day(instant);
  for (base::Days day = first; day < first + kHorizonDays; ++day) {
    if (!matches(day)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      if (!hours_.test(hour)) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        if (!minutes_.test(minute)) continue;
        const auto second = static_cast<int>(hour * 3'600 + minute * 60);
        const base::Instant at = zone.instant_of(day, second);
        if (at > instant) return at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace passerelle::connectors
