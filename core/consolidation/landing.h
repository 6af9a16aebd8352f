// What a year's total will be, as its periods so far say: a weighted sum of their states. The
// straight line is the one of least squares through (1, first), (2, second) ...; the weight of a
// period in all that the line says of the rest of the year is a fraction of the numbers of periods
// alone (Draper & Smith, Applied Regression Analysis, 1.2).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/calendar.h"
#include "core/language/indicator.h"

namespace passerelle::consolidation {

// The first period of its grain in its year, packed; and how many months or quarters one has.
std::uint32_t first_of_year(base::Period period);
std::int64_t periods_of_year(base::Grain grain);

// Periods that a straight line is fitted to at least.
inline constexpr std::int64_t kTrendPeriodsMin = 3;

// What the states of other periods are worth in the cell of one: sum of (weight * state) / divisor.
// Without a window, and for those that only add up, each weighs 1.
class WindowWeights {
 public:
  // `period`: packed, of months or quarters where it is a landing.
  WindowWeights(const std::optional<language::Window>& window, std::uint32_t period);

  // None: that period, inside looked_at(), is none of those.
  std::optional<std::int64_t> of(std::uint32_t period) const;
  std::uint32_t divisor() const { return divisor_; }
  // The year before must have facts, and so must this one.
  bool needs_year_before() const { return seasonal_ && own_ < in_year_; }
  std::uint32_t first_of_year() const { return first_; }

 private:
  bool lands_ = false;
  bool seasonal_ = false;
  std::uint32_t first_ = 0;   // of the year
  std::int64_t in_year_ = 0;  // periods
  std::int64_t own_ = 0;      // number of the period in its year, from 1
  std::int64_t level_ = 1;    // the weight is level + slope * number
  std::int64_t slope_ = 0;
  std::uint32_t divisor_ = 1;
};

}  // namespace passerelle::consolidation
