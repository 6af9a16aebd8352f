// Local days of instants and packed periods of days, remembered: both cost more than a look-up.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/calendar.h"

namespace passerelle::consolidation {

class DayCache {
 public:
  explicit DayCache(base::Zone zone) : zone_(std::move(zone)), slots_(kSlots), periods_(kPeriods) {}

  base::Days local_day(base::Instant instant) {
    const base::Instant utc_day =
        (instant >= 0 ? instant : instant - base::kMicrosPerDay + 1) / base::kMicrosPerDay;
    Slot& slot = slots_[static_cast<std::uint64_t>(utc_day) % kSlots];
    if (slot.utc_day != utc_day) slot = slot_of(utc_day);
    if (!slot.simple) return zone_.local_day(instant);
    return instant < slot.midnight ? slot.day : slot.day + 1;
  }

  std::uint32_t period(base::Days day, base::Grain grain) {
    const auto number = static_cast<std::size_t>(grain);
    PeriodSlot& slot = periods_[static_cast<std::uint32_t>(day) % kDaysKept * kGrains + number];
    if (slot.day != day || !slot.known) {
      slot = {day, base::Period::of(day, grain).packed(), true};
    }
    return slot.packed;
  }

 private:
  static constexpr std::size_t kSlots = 1 << 12;
  static constexpr std::size_t kDaysKept = 2048;
  static constexpr std::size_t kGrains = 5;
  static constexpr std::size_t kPeriods = kDaysKept * kGrains;
  // A day in UTC: a local day until `midnight`, the next one from then on.
  struct Slot {
    base::Instant utc_day = std::numeric_limits<base::Instant>::min();
    base::Instant midnight = 0;
    base::Days day = 0;
    bool simple = false;  // false: a clock change at midnight, or a day left out
  };

  Slot slot_of(base::Instant utc_day) const {
    Slot slot;
    slot.utc_day = utc_day;
    const base::Instant first = utc_day * base::kMicrosPerDay;
    const base::Instant last = first + base::kMicrosPerDay - 1;
    slot.day = zone_.local_day(first);
    slot.midnight = zone_.instant_of(slot.day + 1, 0);
    const bool plain = !zone_.is_ambiguous_or_skipped(slot.day + 1, 0) && slot.midnight > first;
    slot.simple = plain && zone_.local_day(last) == slot.day + (last >= slot.midnight ? 1 : 0);
    return slot;
  }
  struct PeriodSlot {
    base::Days day = 0;
    std::uint32_t packed = 0;
    bool known = false;
  };

  base::Zone zone_;
  std::vector<Slot> slots_;
  std::vector<PeriodSlot> periods_;
};

}  // namespace passerelle::consolidation
