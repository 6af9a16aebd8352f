// Checks expressions that measure facts for pools and keys. Internal to steering.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/language/indicator.h"
#include "core/steering/draft.h"

namespace passerelle::steering {

class Measurements {
 public:
  Measurements(const Draft& draft, Findings* findings);

  // The plan of `measure`, or none and everything reported. `per_fact`: its value is an expression
  // over one fact, to be summed. `what` begins the reasons: "'capacity' of pool 'EC'".
  std::optional<language::IndicatorPlan> check(const model::Measurement& measure,
                                               const MeasurementDraft& places, bool per_fact,
                                               base::Grain grain, const std::string& what);
  // Whether facts of every kind that the plan reads have the dimension; else reported at `at`.
  bool have_dimension(const language::IndicatorPlan& plan, const std::string& dimension,
                      const model::Place& at, const std::string& what);

 private:
  void check_at(const language::IndicatorPlan& plan, const model::Measurement& measure,
                const MeasurementDraft& places, base::Grain grain, const std::string& what);

  const Draft& draft_;
  Findings& findings_;
  std::map<std::string, language::Schema> schemas_;
};

// Where an expression stands, or else what it belongs to.
model::Place place_of(const ExpressionSource& source, const model::Place& otherwise);

}  // namespace passerelle::steering
