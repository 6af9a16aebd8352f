#include "core/language/business_time.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/time/time.h"
#include "core/base/limits.h"
#include "core/language/time_text.h"

namespace passerelle::language {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kSecondsPerMinute = 60;
// Open seconds of all days fit the table, and the patterns their numbers.
constexpr std::int64_t kDaysMax =
    (base::kCalendarYearLast - base::kCalendarYearFirst + 1) * std::int64_t{366};
static_assert(kDaysMax * kSecondsPerDay < std::int64_t{1} << 32);
static_assert(kDaysMax < 1 << 16);

base::Days first_day() { return base::days_from_civil({base::kCalendarYearFirst, 1, 1}); }
base::Days end_day() { return base::days_from_civil({base::kCalendarYearLast + 1, 1, 1}); }

std::int64_t floor_days(std::int64_t seconds) {
  return seconds / kSecondsPerDay - (seconds % kSecondsPerDay < 0 ? 1 : 0);
}

// The hours of every local day.
class DayHours {
 public:
  explicit DayHours(const model::OpeningCalendar& calendar) : calendar_(calendar) {
    for (int year = base::kCalendarYearFirst - 1; year <= base::kCalendarYearLast + 1; ++year) {
      for (const base::Days day : base::holidays(calendar.holidays, year)) holidays_.insert(day);
    }
  }

  const model::OpeningSpans& of(base::Days day) const {
    const auto after =
        std::partition_point(calendar_.exceptions.begin(), calendar_.exceptions.end(),
                             [&](const model::ExceptionalDays& days) { return days.last < day; });
    if (after != calendar_.exceptions.end() && after->first <= day) return after->hours;
    if (holidays_.contains(day)) return closed_;
    return calendar_.week[static_cast<std::size_t>((day + 3) % 7)];  // 1 January 1970: Thursday
  }

 private:
  const model::OpeningCalendar& calendar_;
  std::set<base::Days> holidays_;
  const model::OpeningSpans closed_;
};

// From one change of the clocks to the next, in UTC seconds.
struct Stretch {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t offset = 0;  // of local time
};

class Clock {
 public:
  explicit Clock(absl::TimeZone zone) : zone_(zone) {}

  // The day as one stretch, or as two where the clocks change in it.
  std::vector<Stretch> stretches(std::int64_t begin, std::int64_t end) const {
    const std::int64_t first = offset_at(begin);
    const std::int64_t last = offset_at(end - 1);
    if (first == last) return {{begin, end, first}};
    std::int64_t before = begin;
    std::int64_t after = end - 1;
    while (after - before > 1) {
      const std::int64_t middle = before + (after - before) / 2;
      (offset_at(middle) == first ? before : after) = middle;
    }
    return {{begin, after, first}, {after, end, last}};
  }

 private:
  std::int64_t offset_at(std::int64_t seconds) const {
    return zone_.At(absl::FromUnixSeconds(seconds)).offset;
  }
  absl::TimeZone zone_;
};

// What is open in the UTC day that begins then, in seconds from there.
std::vector<std::pair<std::int32_t, std::int32_t>> open_in(std::int64_t midnight,
                                                           const Clock& clock,
                                                           const DayHours& hours) {
  std::vector<std::pair<std::int32_t, std::int32_t>> open;
  for (const Stretch& stretch : clock.stretches(midnight, midnight + kSecondsPerDay)) {
    const std::int64_t last = floor_days(stretch.end - 1 + stretch.offset);
    for (std::int64_t day = floor_days(stretch.begin + stretch.offset); day <= last; ++day) {
      const std::int64_t start = day * kSecondsPerDay - stretch.offset;
      for (const model::OpeningSpan& span : hours.of(static_cast<base::Days>(day))) {
        const std::int64_t begin = std::max(start + span.begin * kSecondsPerMinute, stretch.begin);
        const std::int64_t end = std::min(start + span.end * kSecondsPerMinute, stretch.end);
        if (begin >= end) continue;
        open.emplace_back(static_cast<std::int32_t>(begin - midnight),
                          static_cast<std::int32_t>(end - midnight));
      }
    }
  }
  return open;
}

}  // namespace

StatusOr<BusinessCalendar> BusinessCalendar::build(const model::OpeningCalendar& calendar,
                                                   const std::string& authority_zone) {
  const std::string& name = calendar.time_zone.empty() ? authority_zone : calendar.time_zone;
  PAS_ASSIGN_OR_RETURN(base::Zone zone, base::Zone::load(name));
  BusinessCalendar out(std::move(zone));
  const Clock clock(parse_zone(name).value_or(absl::UTCTimeZone()));
  const DayHours hours(calendar);
  std::map<Pattern, std::uint16_t> numbers;
  std::int64_t open = 0;
  for (base::Days day = first_day(); day < end_day(); ++day) {
    Pattern pattern = open_in(day * kSecondsPerDay, clock, hours);
    const auto [known, is_new] =
        numbers.emplace(std::move(pattern), static_cast<std::uint16_t>(out.patterns_.size()));
    if (is_new) out.patterns_.push_back(known->first);
    out.pattern_of_.push_back(known->second);
    out.open_before_.push_back(static_cast<std::uint32_t>(open));
    for (const auto& [begin, end] : known->first) open += end - begin;
  }
  return out;
}

std::optional<std::int64_t> BusinessCalendar::until(base::Instant instant) const {
  const std::int64_t within = instant - first_day() * base::kMicrosPerDay;
  const auto day = static_cast<std::size_t>(within / base::kMicrosPerDay);
  if (within < 0 || day >= pattern_of_.size()) return std::nullopt;
  const std::int64_t now = within % base::kMicrosPerDay;
  std::int64_t open = open_before_[day] * base::kMicrosPerSecond;
  for (const auto& [begin, end] : patterns_[pattern_of_[day]]) {
    const std::int64_t from = begin * base::kMicrosPerSecond;
    if (now <= from) break;
    open += std::min(now, end * base::kMicrosPerSecond) - from;
  }
  return open;
}

std::optional<std::int64_t> BusinessCalendar::between(base::Instant begin,
                                                      base::Instant end) const {
  const auto first = until(begin);
  const auto last = until(end);
  if (!first || !last) return std::nullopt;
  return *last - *first;
}

}  // namespace passerelle::language
