// What one cell is made of: the facts behind it, each with what it gives to every aggregate of the
// indicator. The value follows from them alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/hash.h"
#include "core/model/cell.h"
#include "core/model/commit.h"

namespace passerelle::consolidation {

struct CellName {
  std::string indicator;
  std::map<std::string, std::string> dimensions;  // without the period
  base::Period period;
};

// One aggregate of the formula.
struct ExplainedAggregate {
  std::string text;                     // as written: "sum(realised)"
  std::string kind;                     // of its facts
  std::uint64_t facts = 0;              // that have a value in it
  int scale = 0;                        // the facts' values are integers of 10^-scale units,
  bool of_durations = false;            // or, of durations, microseconds
  std::optional<base::Rational> value;  // in natural units, durations in hours; none: no data
};

struct FactDimension {
  std::string dimension;
  std::string value;
  std::string rule;  // that decided, or empty: a field, the organisation, or nothing did
};

struct ExplainedFact {
  // It is made of: one, several where it is derived, none where a pool gave it.
  std::vector<base::Hash128> records;
  std::string kind;
  std::string connector;
  base::Period period;  // of the indicator's own grain
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<FactDimension> dimensions;
  // By aggregate; none: the fact is not in it. A count takes 1; a stock 1 for a fact that is open.
  std::vector<std::optional<std::int64_t>> values;
};

// What another cell gives to an aggregate of this one.
struct ExplainedShare {
  std::optional<base::Rational> value;  // there, as in ExplainedAggregate
  std::uint64_t facts = 0;
  // Shares add up to the aggregate's value. None where they cannot: it is counted again over the
  // values of all the cells.
  std::optional<base::Rational> share;
};

// A cell that this one is made of.
struct ExplainedCell {
  CellName cell;
  std::vector<std::optional<ExplainedShare>> shares;  // by aggregate; none: it is not in it
};

struct Explanation {
  model::Revision revision = 0;
  model::CellValue value;
  std::string formula;
  // Fields of the facts to show, by id; empty: all.
  std::vector<std::pair<std::string, model::Label>> drill;
  std::string where;
  std::string unit;
  std::vector<ExplainedAggregate> aggregates;
  // Own periods that the cell is made of: one, or several where a coarser grain is an average.
  std::vector<base::Period> periods;
  // The cell may be suppressed, or tell of one that is: no fact is listed.
  bool is_personal = false;
  std::uint64_t facts = 0;            // behind the cell, not through `cells`
  std::vector<ExplainedFact> leaves;  // the greatest first, as many as were asked for
  // Of other periods or indicators, where the value is made of such; by indicator and time.
  std::vector<ExplainedCell> cells;
};

}  // namespace passerelle::consolidation
