#include "core/app/model_tests.h"

#include <algorithm>

#include "core/app/cells.h"
#include "core/consolidation/engine.h"
#include "core/model/org_view.h"

namespace passerelle::app {
namespace {

// More would not be read.
constexpr std::size_t kFactsShownMax = 20;

using steering::TestFact;

model::RecordBatch batch_of(const model::RecordKind& kind, const TestFact* begin,
                            const TestFact* end) {
  model::RecordBatch batch;
  batch.stream = kind.name;
  batch.kind = kind.name;
  for (const model::Field& field : kind.fields) {
    batch.columns.push_back({field.name, field.type, field.scale, {}, {}, {}});
  }
  for (const TestFact* fact = begin; fact != end; ++fact) {
    batch.ids.append(fact->id);
    batch.keys.push_back(model::key_of(fact->connector, kind.name, fact->id));
    batch.natural_keys.append(fact->natural_key);
    batch.versions.push_back(fact->version);
    batch.deleted.push_back(fact->deleted ? 1 : 0);
    std::string content = fact->natural_key + ';';
    for (model::Column& column : batch.columns) {
      const auto at = std::find_if(fact->values.begin(), fact->values.end(),
                                   [&](const auto& value) { return value.field == column.name; });
      const bool absent = at == fact->values.end();
      if (model::is_text(column.type)) {
        if (!absent) column.dictionary.push_back(at->text);
        column.codes.push_back(absent ? 0 : static_cast<std::uint32_t>(column.dictionary.size()));
      } else {
        column.numbers.push_back(absent ? model::kAbsent : at->number);
      }
      if (absent) continue;
      content += column.name + '=' + at->text + std::to_string(at->number) + ';';
    }
    batch.contents.push_back(base::hash64(content));
  }
  return batch;
}

class Runner {
 public:
  Runner(std::shared_ptr<const model::SteeringModel> model, const steering::ModelTest& test,
         TestRun* run)
      : model_(std::move(model)), test_(test), run_(*run) {
    outcome_.test = &test;
  }

  Status run() {
    PAS_RETURN_IF_ERROR(commit(model::ModelProposed{model_->hash, "", model_}));
    PAS_RETURN_IF_ERROR(commit(model::ModelSwitched{engine_.revision()}));
    for (const steering::TestStep& step : test_.steps) {
      PAS_RETURN_IF_ERROR(send(step.facts));
      if (step.now) PAS_RETURN_IF_ERROR(commit(model::Tick{*step.now}));
      note_rules();
      const auto view = engine_.view();
      for (const steering::Expectation& expected : step.expect) compare(expected, *view);
    }
    run_.tests.push_back(std::move(outcome_));
    return absl::OkStatus();
  }

  std::shared_ptr<const flow::CellView> view() { return engine_.view(); }

 private:
  template <typename Body>
  Status commit(Body body) {
    model::Commit commit;
    commit.revision = engine_.revision() + 1;
    commit.body = std::move(body);
    return engine_.apply(commit, nullptr);
  }

  // In the order given: facts of one kind and connector that follow each other are one batch.
  Status send(const std::vector<TestFact>& facts) {
    for (std::size_t begin = 0, end = 0; begin < facts.size(); begin = end) {
      while (end < facts.size() && facts[end].kind == facts[begin].kind &&
             facts[end].connector == facts[begin].connector) {
        ids_[model::key_of(facts[end].connector, facts[end].kind, facts[end].id).high] =
            &facts[end];
        ++end;
      }
      model::Records records;
      records.connector = facts[begin].connector;
      // What a test gives is all there is: personal values need not wait for more.
      for (const auto kind : {model::ScopeEvent::Kind::kOpen, model::ScopeEvent::Kind::kClose}) {
        model::ScopeEvent event;
        event.kind = kind;
        event.scope = "test";
        records.scopes.push_back(std::move(event));
      }
      records.read = end - begin;
      records.batches.push_back(batch_of(*model::find_kind(model_->kinds, facts[begin].kind),
                                         facts.data() + begin, facts.data() + end));
      PAS_RETURN_IF_ERROR(commit(std::move(records)));
    }
    return absl::OkStatus();
  }

  void for_each_fact(const std::function<void(base::Hash128, const consolidation::Fact&)>& visit) {
    std::vector<std::pair<base::Hash128, std::uint32_t>> places;
    engine_.for_each_fact([&](const consolidation::FactGlance& glance) {
      places.emplace_back(glance.key, glance.ordinal);
    });
    for (const auto& [key, ordinal] : places) {
      const auto facts = engine_.facts_of(key, true);
      if (ordinal < facts.size()) visit(key, facts[ordinal]);
    }
  }

  void note_rules() {
    for_each_fact([&](base::Hash128, const consolidation::Fact& fact) {
      for (const consolidation::FactRule& rule : fact.rules) {
        RuleUse& use = run_.rules[{rule.mapping, rule.rule}];
        use.matched += rule.matched ? 1 : 0;
        use.gave += rule.gave ? 1 : 0;
        use.decided += rule.decided ? 1 : 0;
      }
    });
  }

  // As the fold names them.
  static std::map<std::string, std::string> dimensions_of(const steering::Expectation& expected) {
    std::map<std::string, std::string> named;
    for (const auto& [name, value] : expected.dimensions) {
      named[model::in_org_view({name}, expected.org)[0]] = value;
    }
    return named;
  }

  void compare(const steering::Expectation& expected, const flow::CellView& view) {
    CellOutcome cell;
    cell.expected = &expected;
    cell.got = cell_of(view, expected.indicator, dimensions_of(expected), expected.period);
    const model::CellValue& got = cell.got;
    if (expected.absent || got.absent) {
      cell.passed = expected.absent == got.absent;
    } else if (expected.na != model::NaReason::kNone || got.na != model::NaReason::kNone) {
      cell.passed = expected.na == got.na;
    } else {
      cell.passed = expected.value == base::to_rational(got.scaled, got.scale);
    }
    if (expected.status) cell.passed = cell.passed && *expected.status == got.status;
    // A suppressed cell carries its reason only, here too.
    if (!cell.passed && got.na != model::NaReason::kSuppressed) explain(expected, &cell);
    outcome_.passed = outcome_.passed && cell.passed;
    outcome_.cells.push_back(std::move(cell));
  }

  // The facts that have the cell's values first ("+"), then the others ("-").
  void explain(const steering::Expectation& expected, CellOutcome* cell) {
    std::vector<std::string> others;
    const auto dimensions = dimensions_of(expected);
    for_each_fact([&](base::Hash128 key, const consolidation::Fact& fact) {
      bool inside = true;
      std::string text = fact.kind;
      const auto id = ids_.find(key.high);
      if (id != ids_.end()) text += ' ' + id->second->id;
      text += " (" + fact.connector + "):";
      for (const auto& [field, value] : fact.fields) text += ' ' + field + '=' + value;
      for (const auto& dimension : fact.dimensions) {
        const auto wanted = dimensions.find(dimension.dimension);
        if (wanted == dimensions.end()) continue;
        inside = inside && wanted->second == dimension.value;
        text += "  -> " + dimension.dimension + '=' + dimension.value;
        if (!dimension.rule.empty()) text += " ('" + dimension.rule + "')";
      }
      (inside ? cell->facts : others).push_back((inside ? "+ " : "- ") + text);
    });
    cell->facts.insert(cell->facts.end(), others.begin(), others.end());
    if (cell->facts.size() <= kFactsShownMax) return;
    const std::size_t more = cell->facts.size() - kFactsShownMax;
    cell->facts.resize(kFactsShownMax);
    cell->facts.push_back("... +" + std::to_string(more));
  }

  std::shared_ptr<const model::SteeringModel> model_;
  const steering::ModelTest& test_;
  TestRun& run_;
  TestOutcome outcome_;
  consolidation::Engine engine_{consolidation::EngineSettings{}};
  std::map<std::uint64_t, const TestFact*> ids_;
};

// Whether `rule` gives a constant to every dimension of `set`, whatever the record.
bool always_decides(const model::MappingRule& rule,
                    const std::map<std::string, model::RuleValue>& set) {
  if (!rule.when.empty() || !rule.table.empty()) return false;
  return std::all_of(set.begin(), set.end(), [&](const auto& pair) {
    const auto at = rule.set.find(pair.first);
    return at != rule.set.end() && at->second.kind == model::RuleValue::Kind::kConstant;
  });
}

}  // namespace

StatusOr<TestRun> run_tests(const std::shared_ptr<const model::SteeringModel>& model,
                            const std::vector<steering::ModelTest>& tests) {
  TestRun run;
  for (const steering::ModelTest& test : tests) {
    const Status ran = Runner(model, test, &run).run();
    if (!ran.ok()) return base::annotate(ran, "test '" + test.name + "'");
  }
  return run;
}

StatusOr<std::shared_ptr<const flow::CellView>> fold_facts(
    const std::shared_ptr<const model::SteeringModel>& model,
    const std::vector<steering::TestFact>& facts) {
  steering::ModelTest test;
  test.steps.emplace_back().facts = facts;
  TestRun run;
  Runner runner(model, test, &run);
  PAS_RETURN_IF_ERROR(runner.run());
  return runner.view();
}

RuleState state_of(const model::Mapping& mapping, std::size_t rule, const RuleUse& use) {
  if (use.decided > 0) return RuleState::kExercised;
  for (std::size_t i = 0; i < rule; ++i) {
    if (always_decides(mapping.rules[i], mapping.rules[rule].set)) return RuleState::kUnreachable;
  }
  if (use.gave > 0) return RuleState::kShadowed;
  return use.matched > 0 ? RuleState::kNoValue : RuleState::kNeverMatched;
}

}  // namespace passerelle::app
