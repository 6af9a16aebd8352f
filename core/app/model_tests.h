// Runs the tests of a model folder: each in a fold of its own, without journal, plugin or clock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/flow/cells.h"
#include "core/model/cell.h"
#include "core/steering/model_test.h"

namespace passerelle::app {

struct CellOutcome {
  const steering::Expectation* expected = nullptr;
  model::CellValue got;
  bool passed = false;
  std::vector<std::string> facts;  // where it failed: what the cell could be made of, a fact a line
};

struct TestOutcome {
  const steering::ModelTest* test = nullptr;
  bool passed = true;
  std::vector<CellOutcome> cells;
};

// What the facts of all tests made of one rule.
struct RuleUse {
  std::uint64_t matched = 0;
  std::uint64_t gave = 0;     // matched with a value
  std::uint64_t decided = 0;  // some dimension
};

struct TestRun {
  std::vector<TestOutcome> tests;
  std::map<std::pair<std::uint32_t, std::uint32_t>, RuleUse> rules;  // by mapping, rule
};

// The outcomes point into `tests`. An error is one of the fold, never of an expectation.
StatusOr<TestRun> run_tests(const std::shared_ptr<const model::SteeringModel>& model,
                            const std::vector<steering::ModelTest>& tests);

// What the model shows of these facts alone.
StatusOr<std::shared_ptr<const flow::CellView>> fold_facts(
    const std::shared_ptr<const model::SteeringModel>& model,
    const std::vector<steering::TestFact>& facts);

// Why the tests say nothing about a rule; kExercised: they do.
enum class RuleState : std::uint8_t {
  kExercised,
  kNeverMatched,
  kNoValue,      // it matched and its table had no value
  kShadowed,     // it matched and earlier rules had decided all that it sets
  kUnreachable,  // an earlier rule without condition always decides all that it sets
};
RuleState state_of(const model::Mapping& mapping, std::size_t rule, const RuleUse& use);

}  // namespace passerelle::app
