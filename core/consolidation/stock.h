// Stocks: how many facts are open at the end of each period, from the first opening to the last
// period known. Openings and closings are kept per period and added up for the changed series when
// a commit ends.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/base/calendar.h"
#include "core/consolidation/group_store.h"
#include "core/consolidation/model_plan.h"
#include "core/consolidation/tuple_memo.h"

namespace passerelle::consolidation {

// The stock measures of one cuboid.
class StockSeries {
 public:
  StockSeries(const CuboidLayout& layout, std::vector<StockMeasure> measures)
      : grain_(layout.info.grain),
        measures_(std::move(measures)),
        memo_(layout.dimensions() == 0 ? 1 : layout.dimensions()),
        width_(layout.dimensions()) {}

  const std::vector<StockMeasure>& measures() const { return measures_; }
  // Periods are packed; `closed` 0: still open. `measure` is an index of measures().
  void change(std::size_t measure, const Code* dimensions, std::uint32_t opened,
              std::uint32_t closed, bool minus);
  // Brings the groups of changed series, or of all if `now` moved, up to date.
  void settle(base::Days now, GroupStore* groups);

 private:
  struct Flow {
    std::int64_t opened = 0;
    std::int64_t closed = 0;
  };
  struct Series {
    std::vector<std::map<std::uint32_t, Flow>> flows;  // by measure, by period
    std::uint32_t changed_from = 0xFFFFFFFF;           // period
    std::uint32_t filled_from = 0;                     // periods that have a group, both included
    std::uint32_t filled_to = 0;
  };
  void fill(std::uint32_t number, std::uint32_t from, std::uint32_t now, GroupStore* groups);

  base::Grain grain_;
  std::vector<StockMeasure> measures_;
  TupleMemo memo_;
  std::size_t width_;
  std::vector<Series> series_;
  std::vector<std::uint32_t> changed_;
  std::uint32_t now_ = 0;
};

}  // namespace passerelle::consolidation
