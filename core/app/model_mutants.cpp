#include "core/app/model_mutants.h"

#include <algorithm>

#include "core/consolidation/engine.h"
#include "core/language/mutants.h"

namespace passerelle::app {
namespace {

// One change of the model, and how to make it.
struct Alteration {
  ModelMutant mutant;
  std::function<void(model::SteeringModel*)> make;
};

// The expression at `text(model)`, with each of its operators turned.
void add_expression(const model::SteeringModel& model, const model::Place& at,
                    const std::string& owner,
                    const std::function<std::string&(model::SteeringModel*)>& text,
                    std::vector<Alteration>* changes) {
  model::SteeringModel copy = model;
  const std::string original = text(&copy);
  if (original.empty()) return;
  for (language::Mutant& mutant : language::mutants_of(original)) {
    Alteration change;
    change.mutant = {at, owner, original, mutant.text, mutant.from + " -> " + mutant.to, false};
    change.make = [text, mutated = mutant.text](model::SteeringModel* made) {
      text(made) = mutated;
    };
    changes->push_back(std::move(change));
  }
}

void add_rule(const model::SteeringModel& model, std::uint32_t m, std::uint32_t r,
              std::vector<Alteration>* changes) {
  const model::MappingRule& rule = model.mappings[m].rules[r];
  const std::string owner = model.mappings[m].kind + " « " + rule.name + " »";
  const auto in = [m, r](model::SteeringModel* made) -> model::MappingRule& {
    return made->mappings[m].rules[r];
  };
  add_expression(
      model, rule.when_at, owner,
      [in](model::SteeringModel* made) -> std::string& { return in(made).when; }, changes);
  for (const auto& [column, text] : rule.on) {
    const auto at = rule.on_at.find(column);
    add_expression(
        model, at == rule.on_at.end() ? rule.at : at->second, owner,
        [in, name = column](model::SteeringModel* made) -> std::string& {
          return in(made).on.at(name);
        },
        changes);
  }
  for (const auto& [dimension, value] : rule.set) {
    if (value.kind != model::RuleValue::Kind::kExpression) continue;
    add_expression(
        model, value.at, owner,
        [in, name = dimension](model::SteeringModel* made) -> std::string& {
          return in(made).set.at(name).text;
        },
        changes);
  }
}

void add_rule_left_out(const model::SteeringModel& model, std::uint32_t m, std::uint32_t r,
                       const TestRun& run, std::vector<Alteration>* changes) {
  const model::Mapping& mapping = model.mappings[m];
  const auto use = run.rules.find({m, r});
  if (use == run.rules.end() || state_of(mapping, r, use->second) != RuleState::kExercised) return;
  const model::MappingRule& rule = mapping.rules[r];
  Alteration change;
  change.mutant = {rule.at, mapping.kind + " « " + rule.name + " »", "", "", "", false};
  change.make = [m, r](model::SteeringModel* made) {
    auto& rules = made->mappings[m].rules;
    rules.erase(rules.begin() + r);
  };
  changes->push_back(std::move(change));
}

std::vector<Alteration> changes_of(const model::SteeringModel& model, const TestRun& run) {
  std::vector<Alteration> changes;
  for (std::uint32_t m = 0; m < model.mappings.size(); ++m) {
    for (std::uint32_t r = 0; r < model.mappings[m].rules.size(); ++r) {
      add_rule(model, m, r, &changes);
      add_rule_left_out(model, m, r, run, &changes);
    }
  }
  for (std::size_t i = 0; i < model.indicators.size(); ++i) {
    const model::Indicator& indicator = model.indicators[i];
    add_expression(
        model, indicator.where_at, indicator.id,
        [i](model::SteeringModel* made) -> std::string& { return made->indicators[i].where; },
        &changes);
    add_expression(
        model, indicator.value_at, indicator.id,
        [i](model::SteeringModel* made) -> std::string& { return made->indicators[i].value; },
        &changes);
  }
  return changes;
}

// The tests one after the other: the first that fails is enough.
bool is_caught(const std::shared_ptr<const model::SteeringModel>& model,
               const std::vector<steering::ModelTest>& tests) {
  if (!consolidation::Engine::check_model(model).ok()) return true;
  return std::any_of(tests.begin(), tests.end(), [&](const steering::ModelTest& test) {
    const std::vector<steering::ModelTest> one = {test};
    const auto run = run_tests(model, one);
    return !run.ok() || !run->tests.front().passed;
  });
}

}  // namespace

std::vector<ModelMutant> run_mutants(
    const std::shared_ptr<const model::SteeringModel>& model,
    const std::vector<steering::ModelTest>& tests, const TestRun& run,
    const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<Alteration> changes = changes_of(*model, run);
  std::vector<ModelMutant> mutants;
  for (Alteration& change : changes) {
    progress(mutants.size(), changes.size());
    auto made = std::make_shared<model::SteeringModel>(*model);
    change.make(made.get());
    change.mutant.caught = is_caught(made, tests);
    mutants.push_back(std::move(change.mutant));
  }
  return mutants;
}

}  // namespace passerelle::app
