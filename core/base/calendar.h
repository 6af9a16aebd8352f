// Dates, instants and periods. A date is days since 1970-01-01, an instant is microseconds UTC
// since then. A period is a bucket of time that a cell belongs to; which bucket an instant falls
// into depends on the authority's time zone (Europe/Paris by default).
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace passerelle::base {

using Days = std::int32_t;     // since 1970-01-01
using Instant = std::int64_t;  // microseconds UTC since 1970-01-01T00:00:00Z
inline constexpr Instant kMicrosPerSecond = 1'000'000;
inline constexpr Instant kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr Instant kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct CivilDate {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};

Days days_from_civil(CivilDate date);
CivilDate civil_from_days(Days days);
bool is_valid(CivilDate date);

// "2026-11-23".
StatusOr<Days> parse_date(std::string_view text);
std::string format_date(Days days);
// "2026-11-23T08:12:00Z", microseconds only when there are some.
std::string format_instant(Instant instant);
// ISO 8601 with an offset or Z; seconds and fraction (to 6 digits) optional.
StatusOr<Instant> parse_instant(std::string_view text);

// A named time zone ("Europe/Paris"), read from the system's tz data. Immutable, any thread.
class Zone {
 public:
  static StatusOr<Zone> load(std::string_view name);
  static Zone utc();

  const std::string& name() const { return name_; }
  // The local calendar day of an instant.
  Days local_day(Instant instant) const;
  // The instant of a local date and time of day (seconds since midnight). In a fold of time the
  // first of both instants is taken, in a gap the instant the gap begins at.
  Instant instant_of(Days day, int second_of_day) const;
  // Whether that local time occurs twice (an autumn night) or never (a spring night).
  bool is_ambiguous_or_skipped(Days day, int second_of_day) const;

 private:
  struct Impl;
  std::string name_;
  std::shared_ptr<const Impl> impl_;
};

enum class Grain : std::uint8_t { kDay, kMonth, kQuarter, kYear, kAll };

// One bucket: packed so that periods of one grain sort by time. `kAll` is the one bucket of
// indicators without time.
class Period {
 public:
  Period() = default;
  static Period of(Days day, Grain grain);
  // "2026-11-23", "2026-11", "2026-Q4", "2026", "all".
  static StatusOr<Period> parse(std::string_view text);
  static Period from_packed(std::uint32_t packed) { return Period(packed); }

  Grain grain() const { return static_cast<Grain>(packed_ >> 29); }
  std::uint32_t packed() const { return packed_; }
  Days first_day() const;
  Days last_day() const;
  std::string to_string() const;
  // The coarser bucket that holds this one.
  Period coarsened(Grain grain) const;
  auto operator<=>(const Period&) const = default;

 private:
  explicit Period(std::uint32_t packed) : packed_(packed) {}
  // grain in the 3 high bits, then an ordinal: day number, month number, quarter number or year.
  std::uint32_t packed_ = static_cast<std::uint32_t>(Grain::kAll) << 29;
};

StatusOr<Grain> parse_grain(std::string_view text);
std::string_view to_string(Grain grain);

}  // namespace passerelle::base
