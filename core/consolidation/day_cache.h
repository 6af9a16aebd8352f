// Local days of instants and packed periods of days, remembered: both cost more than a look-up.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/calendar.h"

namespace passerelle::consolidation {

class DayCache {
 public:
  explicit DayCache(base::Zone zone) : zone_(std::move(zone)), slots_(kSlots), periods_(kPeriods) {}

  base::Days local_day(base::Instant instant) {
    // Zones differ from UTC by multiples of a quarter of an hour, so a day nearly always holds for
    // the whole of one; where it does not (old local mean times), nothing is remembered.
    constexpr base::Instant kSpan = 15 * base::kMicrosPerMinute;
    const base::Instant span = instant >= 0 ? instant / kSpan : (instant - kSpan + 1) / kSpan;
    Slot& slot = slots_[static_cast<std::uint64_t>(span) % kSlots];
    if (slot.span == span) return slot.day;
    const base::Days first = zone_.local_day(span * kSpan);
    if (first != zone_.local_day(span * kSpan + kSpan - 1)) return zone_.local_day(instant);
    slot = {span, first};
    return first;
  }

  std::uint32_t period(base::Days day, base::Grain grain) {
    const auto number = static_cast<std::size_t>(grain);
    PeriodSlot& slot = periods_[(static_cast<std::uint32_t>(day) % 2048) * 5 + number];
    if (slot.day != day || !slot.known) {
      slot = {day, base::Period::of(day, grain).packed(), true};
    }
    return slot.packed;
  }

 private:
  static constexpr std::size_t kSlots = 1 << 14;
  static constexpr std::size_t kPeriods = 2048 * 5;
  struct Slot {
    base::Instant span = std::numeric_limits<base::Instant>::min();
    base::Days day = 0;
  };
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
