#include "core/base/calendar.h"

#include <charconv>
#include <cstdio>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace passerelle::base {
namespace {

constexpr Days kDayOrdinalBias = 1 << 27;  // keeps day ordinals before 1970 positive
constexpr std::uint32_t kOrdinalMask = (1U << 29) - 1;

bool read_int(std::string_view text, int* value) {
  if (text.empty()) return false;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return problem == std::errc() && end == text.data() + text.size() && text[0] != '-';
}

Status bad_date(std::string_view text) {
  return invalid_argument("'" + std::string(text.substr(0, 40)) +
                          "' is not a date; write it as 2026-11-23");
}

absl::CivilSecond civil_second(Days day, int second_of_day) {
  const CivilDate date = civil_from_days(day);
  return absl::CivilSecond(date.year, date.month, date.day, 0, 0, 0) + second_of_day;
}

}  // namespace

struct Zone::Impl {
  absl::TimeZone zone;
};

// Howard Hinnant's algorithms, public domain: chrono-compatible low-level date algorithms.
Days days_from_civil(CivilDate date) {
  const int y = date.year - (date.month <= 2 ? 1 : 0);
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

CivilDate civil_from_days(Days days) {
  const int z = days + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int doe = z - era * 146097;
  const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1};
}

bool is_valid(CivilDate date) {
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.year < 1 || date.year > 9999) {
    return false;
  }
  const CivilDate again = civil_from_days(days_from_civil(date));
  return again.year == date.year && again.month == date.month && again.day == date.day;
}

StatusOr<Days> parse_date(std::string_view text) {
  CivilDate date;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' ||
      !read_int(text.substr(0, 4), &date.year) || !read_int(text.substr(5, 2), &date.month) ||
      !read_int(text.substr(8, 2), &date.day) || !is_valid(date)) {
    return bad_date(text);
  }
  return days_from_civil(date);
}

std::string format_date(Days days) {
  const CivilDate date = civil_from_days(days);
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", date.year, date.month, date.day);
  return buffer;
}

std::string format_instant(Instant instant) {
  Instant day = instant / kMicrosPerDay;
  if (instant % kMicrosPerDay < 0) --day;
  const Instant rest = instant - day * kMicrosPerDay;
  const auto seconds = static_cast<int>(rest / kMicrosPerSecond);
  const auto micros = static_cast<int>(rest % kMicrosPerSecond);
  char buffer[64];
  int size = std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02d", seconds / 3600,
                           seconds / 60 % 60, seconds % 60);
  if (micros != 0) {
    std::snprintf(buffer + size, sizeof buffer - static_cast<std::size_t>(size), ".%06d", micros);
  }
  return format_date(static_cast<Days>(day)) + buffer + "Z";
}

StatusOr<Instant> parse_instant(std::string_view text) {
  absl::Time time;
  std::string problem;
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez", "%Y-%m-%d %H:%M:%E*S%Ez"}) {
    if (absl::ParseTime(format, to_absl(text), &time, &problem)) return absl::ToUnixMicros(time);
  }
  return invalid_argument("'" + std::string(text.substr(0, 40)) +
                          "' is not an instant; write it as 2026-11-23T08:12:00Z");
}

StatusOr<Zone> Zone::load(std::string_view name) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(to_absl(name), &zone)) {
    return not_found("time zone '" + std::string(name) +
                     "' is unknown; use a name like Europe/Paris (Debian package tzdata)");
  }
  Zone result;
  result.name_ = std::string(name);
  result.impl_ = std::make_shared<Impl>(Impl{zone});
  return result;
}

Zone Zone::utc() {
  Zone result;
  result.name_ = "UTC";
  result.impl_ = std::make_shared<Impl>(Impl{absl::UTCTimeZone()});
  return result;
}

Days Zone::local_day(Instant instant) const {
  const auto day = absl::ToCivilDay(absl::FromUnixMicros(instant), impl_->zone);
  return days_from_civil({static_cast<int>(day.year()), day.month(), day.day()});
}

Instant Zone::instant_of(Days day, int second_of_day) const {
  const auto info = impl_->zone.At(civil_second(day, second_of_day));
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) return absl::ToUnixMicros(info.trans);
  return absl::ToUnixMicros(info.pre);
}

bool Zone::is_ambiguous_or_skipped(Days day, int second_of_day) const {
  return impl_->zone.At(civil_second(day, second_of_day)).kind != absl::TimeZone::TimeInfo::UNIQUE;
}

Period Period::of(Days day, Grain grain) {
  const CivilDate date = civil_from_days(day);
  std::uint32_t ordinal = 0;
  switch (grain) {
    case Grain::kDay:
      ordinal = static_cast<std::uint32_t>(day + kDayOrdinalBias);
      break;
    case Grain::kMonth:
      ordinal = static_cast<std::uint32_t>(date.year * 12 + date.month - 1);
      break;
    case Grain::kQuarter:
      ordinal = static_cast<std::uint32_t>(date.year * 4 + (date.month - 1) / 3);
      break;
    case Grain::kYear:
      ordinal = static_cast<std::uint32_t>(date.year);
      break;
    case Grain::kAll:
      break;
  }
  return Period((static_cast<std::uint32_t>(grain) << 29) | (ordinal & kOrdinalMask));
}

StatusOr<Period> Period::parse(std::string_view text) {
  if (text == "all") return Period();
  int year = 0;
  int part = 0;
  if (text.size() == 4 && read_int(text, &year))
    return of(days_from_civil({year, 1, 1}), Grain::kYear);
  if (text.size() == 7 && text[4] == '-' && text[5] == 'Q' && read_int(text.substr(0, 4), &year) &&
      read_int(text.substr(6), &part) && part >= 1 && part <= 4) {
    return of(days_from_civil({year, part * 3 - 2, 1}), Grain::kQuarter);
  }
  if (text.size() == 7 && text[4] == '-' && read_int(text.substr(0, 4), &year) &&
      read_int(text.substr(5), &part) && part >= 1 && part <= 12) {
    return of(days_from_civil({year, part, 1}), Grain::kMonth);
  }
  if (const auto day = parse_date(text); day.ok()) return of(*day, Grain::kDay);
  return invalid_argument("'" + std::string(text.substr(0, 40)) +
                          "' is not a period; write 2026, 2026-Q4, 2026-11 or 2026-11-23");
}

Days Period::first_day() const {
  const auto ordinal = static_cast<int>(packed_ & kOrdinalMask);
  switch (grain()) {
    case Grain::kDay:
      return ordinal - kDayOrdinalBias;
    case Grain::kMonth:
      return days_from_civil({ordinal / 12, ordinal % 12 + 1, 1});
    case Grain::kQuarter:
      return days_from_civil({ordinal / 4, ordinal % 4 * 3 + 1, 1});
    case Grain::kYear:
      return days_from_civil({ordinal, 1, 1});
    case Grain::kAll:
      break;
  }
  return 0;
}

Days Period::last_day() const {
  const auto ordinal = static_cast<int>(packed_ & kOrdinalMask);
  if (grain() == Grain::kAll) return 0;
  if (grain() == Grain::kDay) return first_day();
  const int months = grain() == Grain::kMonth ? 1 : grain() == Grain::kQuarter ? 3 : 12;
  const int next = (grain() == Grain::kMonth     ? ordinal
                    : grain() == Grain::kQuarter ? ordinal * 3
                                                 : ordinal * 12) +
                   months;
  return days_from_civil({next / 12, next % 12 + 1, 1}) - 1;
}

std::string Period::to_string() const {
  const auto ordinal = static_cast<int>(packed_ & kOrdinalMask);
  char buffer[40];
  switch (grain()) {
    case Grain::kDay:
      return format_date(first_day());
    case Grain::kMonth:
      std::snprintf(buffer, sizeof buffer, "%04d-%02d", ordinal / 12, ordinal % 12 + 1);
      return buffer;
    case Grain::kQuarter:
      std::snprintf(buffer, sizeof buffer, "%04d-Q%d", ordinal / 4, ordinal % 4 + 1);
      return buffer;
    case Grain::kYear:
      std::snprintf(buffer, sizeof buffer, "%04d", ordinal);
      return buffer;
    case Grain::kAll:
      break;
  }
  return "all";
}

Period Period::coarsened(Grain to) const {
  if (to == Grain::kAll || grain() == Grain::kAll) return {};
  return of(first_day(), to);
}

StatusOr<Grain> parse_grain(std::string_view text) {
  for (const Grain grain :
       {Grain::kDay, Grain::kMonth, Grain::kQuarter, Grain::kYear, Grain::kAll}) {
    if (text == to_string(grain)) return grain;
  }
  return invalid_argument("grain '" + std::string(text.substr(0, 40)) +
                          "' is unknown; use day, month, quarter, year or all");
}

std::string_view to_string(Grain grain) {
  switch (grain) {
    case Grain::kDay:
      return "day";
    case Grain::kMonth:
      return "month";
    case Grain::kQuarter:
      return "quarter";
    case Grain::kYear:
      return "year";
    case Grain::kAll:
      break;
  }
  return "all";
}

}  // namespace passerelle::base
