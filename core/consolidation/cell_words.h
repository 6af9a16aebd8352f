// A cell by its words, which outlive the layout of a model, and back to its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/consolidation/fold.h"
#include "core/consolidation/state_bytes.h"
#include "core/flow/cells.h"

namespace passerelle::consolidation {

struct CellWords {
  std::string indicator;
  std::vector<std::string> dimensions;  // sorted by name, without the period
  std::vector<std::string> values;      // by dimension
  base::Period period;
  auto operator<=>(const CellWords&) const = default;
};

// Whether the grouping is of a view of the organisation other than `was`.
bool is_of_a_view(const flow::CuboidInfo& cuboid);
CellWords words_of(const flow::CellView& cells, model::CellRef ref);
void put_words(const CellWords& words, StateWriter* out);
CellWords get_words(StateReader* in);
void put_value(const model::CellValue& value, StateWriter* out);
model::CellValue get_value(StateReader* in);

// Finds the places of cells in a fold's layout.
class CellPlaces {
 public:
  // Both must outlive it.
  CellPlaces(const Fold& fold, Strings* strings);
  // None: not published. Makes the group where it is not there: one without facts.
  std::optional<model::CellRef> place(const CellWords& words) const;
  // None where there is no such group either.
  std::optional<model::CellRef> find(const CellWords& words) const;

 private:
  using Place = std::pair<std::uint32_t, std::uint16_t>;  // cuboid, indicator
  const Place* cuboid_of(const CellWords& words) const;

  const Fold& fold_;
  Strings* strings_;
  // By indicator, dimensions, grain.
  std::map<std::tuple<std::string, std::vector<std::string>, base::Grain>, Place> cuboids_;
};

}  // namespace passerelle::consolidation
