// What a model would change, worked out on a fold of its own.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/app/model_diff.h"
#include "core/app/side_fold.h"
#include "core/base/decimal.h"
#include "core/model/cell.h"

namespace passerelle::app {

struct PlannedCell {
  std::string key_text;  // model::cell_key_text
  std::string indicator;
  model::CellValue before;
  model::CellValue after;
  std::vector<Part> causes;  // in order
  // |after - before| / |before|; none where there is no number to divide by: those come first.
  bool has_ratio = false;
  base::Rational ratio;
};

struct CellCounts {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t changed = 0;
};

// Facts that would go from one activity to another ("": they are no facts on that side).
struct ActivityMove {
  std::string kind;
  std::string connector;
  std::string before;
  std::string after;
  std::uint64_t facts = 0;
  std::map<std::string, base::Int128> amounts;  // by field, of 10^-scale units
};

struct MovedFact {
  std::string kind;
  std::string connector;
  std::string id;  // in the source; of several records the first
  std::string before;
  std::string after;
  std::map<std::string, std::string> amounts;  // by field
};

struct Plan {
  bool unchanged = false;  // the applied model is this one already
  std::vector<Difference> differences;
  std::vector<PlannedCell> cells;            // biggest relative change first
  std::map<std::string, CellCounts> counts;  // by indicator
  std::vector<ActivityMove> moves;           // most facts first
  std::vector<MovedFact> sample;
};

// Applies `proposed` to the side fold, part after part, and compares. At most `sample` moved facts
// are named. FAILED_PRECONDITION if no model was ever applied there.
StatusOr<Plan> make_plan(SideFold* side, std::shared_ptr<const model::SteeringModel> proposed,
                         std::size_t sample);

}  // namespace passerelle::app
