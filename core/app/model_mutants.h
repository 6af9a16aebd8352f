// Whether the tests of a model folder would notice a wrong operator or a missing rule: each is
// changed in turn, and some test must then fail.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/app/model_tests.h"

namespace passerelle::app {

struct ModelMutant {
  model::Place at;         // of the expression, or of the rule that is left out
  std::string owner;       // "DELAI", or "ticket « panne »"
  std::string expression;  // as it is; empty where a rule is left out
  std::string mutated;     // as it would be; empty where a rule is left out
  std::string change;      // "== -> !="; empty where a rule is left out
  bool caught = false;     // a test fails, or the model is refused
};

// Of predicates, keys and values of mapping rules, of `value` and `where` of indicators, and of the
// rules that some test exercises (`run`: of the tests on the model as it is, all passed).
// `progress`: done, in all.
std::vector<ModelMutant> run_mutants(const std::shared_ptr<const model::SteeringModel>& model,
                                     const std::vector<steering::ModelTest>& tests,
                                     const TestRun& run,
                                     const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace passerelle::app
