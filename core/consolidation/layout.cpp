#include "core/consolidation/layout.h"

#include <cstdlib>
#include <limits>

namespace passerelle::consolidation {
namespace {

constexpr std::uint32_t kPageBytes = 1'024;  // about; small, because a change copies a whole one

}  // namespace

base::Int128 RowView::sum(Offset at) const {
  const auto value = load<std::int64_t>(row, at);
  if (value != kPromoted) [[likely]]
    return value;
  return promoted == nullptr ? base::Int128{0} : promoted->at({group, at});
}

bool CellPlan::same_state(const char* before, const char* after) const {
  if (is_bare) {
    const AggregateCell& cell = aggregates[0];
    return load<std::uint32_t>(before, cell.count) == load<std::uint32_t>(after, cell.count) &&
           (cell.value == kNoOffset ||
            load<std::int64_t>(before, cell.value) == load<std::int64_t>(after, cell.value));
  }
  const auto same = [&]<typename T>(Offset at, T) {
    return at == kNoOffset || load<T>(before, at) == load<T>(after, at);
  };
  for (const AggregateCell& cell : aggregates) {
    if (!same(cell.count, std::uint32_t{}) || !same(cell.value, std::int64_t{}) ||
        !same(cell.flagged, std::uint32_t{}) || !same(cell.periods, std::uint32_t{})) {
      return false;
    }
    const bool wide = cell.fn == language::AggregateFn::kVar;
    if (wide ? !same(cell.second, base::Int128{}) : !same(cell.second, std::int64_t{}))
      return false;
  }
  for (const Offset at : not_yet) {
    if (!same(at, std::uint32_t{})) return false;
  }
  for (const Offset at : hidden) {
    if (!same(at, std::uint32_t{})) return false;
  }
  return same(uneven_children, std::uint32_t{}) && same(shown_status, std::uint32_t{}) &&
         same(stale, std::uint32_t{});
}

void CellPlan::close() {
  const bool one = is_plain && aggregates.size() == 1;
  if (!one || has_goals() || when_empty || rounding != base::Rounding::kHalfEven) return;
  if (!not_yet.empty() || !hidden.empty() || stale != kNoOffset || shown_status != kNoOffset ||
      uneven_children != kNoOffset) {
    return;
  }
  const AggregateCell& cell = aggregates[0];
  const bool counts = cell.fn == language::AggregateFn::kCount;
  // A second slot is part of the value: what a stock has closed.
  if (cell.count == kNoOffset || (!counts && cell.value == kNoOffset) || cell.second != kNoOffset ||
      cell.flagged != kNoOffset || cell.periods != kNoOffset || cell.is_presence) {
    return;
  }
  const int shift = round - scale_of(cell);
  const base::Int128 power = base::power_of_ten(std::abs(shift));
  if (power > std::numeric_limits<std::int64_t>::max()) return;
  (shift < 0 ? bare_divisor : bare_factor) = static_cast<std::int64_t>(power);
  is_bare = true;
}

void CuboidLayout::close() {
  for (CellPlan& cell : cells) cell.close();
  const std::size_t narrow = wide_slots * 8UL;
  key = static_cast<Offset>(narrow + narrow_slots * 4UL);
  stamp = static_cast<Offset>(key + (dimensions() + 1) * sizeof(Code));
  row_bytes = static_cast<std::uint32_t>((stamp + 4UL + 7) / 8 * 8);
  page_bits = 1;
  while (page_bits < 6 && (row_bytes << (page_bits + 1)) <= kPageBytes) ++page_bits;
}

}  // namespace passerelle::consolidation
