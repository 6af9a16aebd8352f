#include "core/consolidation/landing.h"

namespace passerelle::consolidation {

using language::Window;

std::uint32_t first_of_year(base::Period period) {
  return base::Period::of(period.coarsened(base::Grain::kYear).first_day(), period.grain())
      .packed();
}

std::int64_t periods_of_year(base::Grain grain) { return grain == base::Grain::kQuarter ? 4 : 12; }

WindowWeights::WindowWeights(const std::optional<Window>& window, std::uint32_t period) {
  if (!window || !language::is_landing(window->kind)) return;
  lands_ = true;
  const base::Period own = base::Period::from_packed(period);
  first_ = consolidation::first_of_year(own);
  in_year_ = periods_of_year(own.grain());
  own_ = std::int64_t{period} - first_ + 1;
  const std::int64_t n = own_;
  const std::int64_t rest = in_year_ - n;
  switch (window->kind) {
    case Window::Kind::kRunRate:
      level_ = in_year_;
      divisor_ = static_cast<std::uint32_t>(n);
      return;
    case Window::Kind::kTrend: {
      // 1 + rest / n + (i - (n + 1) / 2) * (rest * in_year / 2) / (n * (n * n - 1) / 12).
      const std::int64_t squares = n * n - 1;
      level_ = (n + rest) * squares - 3 * rest * in_year_ * (n + 1);
      slope_ = 6 * rest * in_year_;
      divisor_ = static_cast<std::uint32_t>(n >= kTrendPeriodsMin ? n * squares : 0);
      return;
    }
    default:
      seasonal_ = true;
  }
}

std::optional<std::int64_t> WindowWeights::of(std::uint32_t period) const {
  if (!lands_) return 1;
  const std::int64_t number = std::int64_t{period} - first_ + 1;
  if (number >= 1 && number <= own_) {
    if (divisor_ == 0) return std::nullopt;
    return level_ + slope_ * number;
  }
  if (seasonal_ && number <= 0 && number + in_year_ > own_) return 1;
  return std::nullopt;
}

}  // namespace passerelle::consolidation
