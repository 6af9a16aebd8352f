#include "core/consolidation/layout.h"

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

void CuboidLayout::close() {
  const std::size_t narrow = wide_slots * 8UL;
  key = static_cast<Offset>(narrow + narrow_slots * 4UL);
  stamp = static_cast<Offset>(key + (dimensions() + 1) * sizeof(Code));
  row_bytes = static_cast<std::uint32_t>((stamp + 4UL + 7) / 8 * 8);
  page_bits = 1;
  while (page_bits < 6 && (row_bytes << (page_bits + 1)) <= kPageBytes) ++page_bits;
}

}  // namespace passerelle::consolidation
