// test: the model folder's own tests, and what they leave untested.
#include <iostream>
#include <set>

#include "core/app/cells.h"
#include "core/app/cli.h"
#include "core/app/findings.h"
#include "core/app/golden_tests.h"
#include "core/app/model_mutants.h"
#include "core/app/model_tests.h"
#include "core/app/side_fold.h"
#include "core/steering/check.h"
#include "core/steering/folder.h"

namespace passerelle::app {
namespace {

struct TestOptions {
  std::string folder;
  std::string output = "table";
  bool coverage = false;
  bool mutate = false;
  std::string golden;
  std::size_t facts = 20;
};

std::string place_of(const model::Place& at) {
  return at.file + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::string status_word(model::CellStatus status) {
  static const std::vector<std::string> names = {"none", "green", "amber", "red"};
  return names[static_cast<std::size_t>(status)];
}

// The status only where the test says something about it.
std::string expected_text(const CellOutcome& cell) {
  const auto& status = cell.expected->status;
  return cell.expected->text + (status ? ' ' + status_word(*status) : "");
}
std::string got_text(const CellOutcome& cell) {
  return plain_text(cell.got) + (cell.expected->status ? ' ' + status_word(cell.got.status) : "");
}

std::string state_text(RuleState state) {
  switch (state) {
    case RuleState::kExercised:
      return in_language("exercée", "exercised");
    case RuleState::kNeverMatched:
      return in_language("jamais satisfaite", "never matched");
    case RuleState::kNoValue:
      return in_language("satisfaite, sans valeur", "matched, without a value");
    case RuleState::kShadowed:
      return in_language("masquée par des règles antérieures", "shadowed by earlier rules");
    case RuleState::kUnreachable:
      break;
  }
  return in_language("inatteignable : une règle antérieure décide toujours",
                     "unreachable: an earlier rule always decides");
}

std::string state_name(RuleState state) {
  static const std::vector<std::string> names = {"exercised", "never_matched", "no_value",
                                                 "shadowed", "unreachable"};
  return names[static_cast<std::size_t>(state)];
}

void print_tests(const TestRun& run) {
  for (const TestOutcome& test : run.tests) {
    if (test.passed) {
      std::cout << in_language("réussi  ", "ok      ") << test.test->name << '\n';
      continue;
    }
    std::cout << in_language("ÉCHOUÉ  ", "FAILED  ") << test.test->name << "  ("
              << place_of(test.test->at) << ")\n";
    for (const CellOutcome& cell : test.cells) {
      if (cell.passed) continue;
      std::cout << "        " << place_of(cell.expected->at) << "  " << cell.expected->cell
                << in_language(" : attendu ", ": expected ") << expected_text(cell)
                << in_language(", obtenu ", ", got ") << got_text(cell) << '\n';
      for (const std::string& fact : cell.facts) std::cout << "          " << fact << '\n';
    }
  }
}

struct RuleLine {
  const model::Mapping* mapping = nullptr;
  const model::MappingRule* rule = nullptr;
  RuleState state = RuleState::kExercised;
};

std::vector<RuleLine> coverage_of(const model::SteeringModel& model, const TestRun& run) {
  std::vector<RuleLine> lines;
  for (std::uint32_t m = 0; m < model.mappings.size(); ++m) {
    const model::Mapping& mapping = model.mappings[m];
    for (std::uint32_t r = 0; r < mapping.rules.size(); ++r) {
      const auto use = run.rules.find({m, r});
      lines.push_back({&mapping, &mapping.rules[r],
                       state_of(mapping, r, use == run.rules.end() ? RuleUse{} : use->second)});
    }
  }
  return lines;
}

std::vector<std::string> unexpected_indicators(const model::SteeringModel& model,
                                               const TestRun& run) {
  std::set<std::string> expected;
  for (const TestOutcome& test : run.tests) {
    for (const CellOutcome& cell : test.cells) expected.insert(cell.expected->indicator);
  }
  std::vector<std::string> missing;
  for (const model::Indicator& indicator : model.indicators) {
    if (!expected.contains(indicator.id)) missing.push_back(indicator.id);
  }
  return missing;
}

void print_coverage(const model::SteeringModel& model, const TestRun& run) {
  const std::vector<RuleLine> rules = coverage_of(model, run);
  const std::vector<std::string> indicators = unexpected_indicators(model, run);
  std::size_t exercised = 0;
  for (const RuleLine& line : rules) exercised += line.state == RuleState::kExercised ? 1 : 0;
  std::cout << '\n'
            << in_language("Règles de correspondance exercées : ", "Mapping rules exercised: ")
            << exercised << in_language(" sur ", " of ") << rules.size() << '\n';
  for (const RuleLine& line : rules) {
    if (line.state == RuleState::kExercised) continue;
    std::cout << "  " << place_of(line.rule->at) << "  " << line.mapping->kind
              << (line.mapping->connector.empty() ? "" : " (" + line.mapping->connector + ")")
              << "  « " << line.rule->name << " »  " << state_text(line.state) << '\n';
  }
  std::cout << in_language("Indicateurs attendus par un test : ", "Indicators expected by a test: ")
            << model.indicators.size() - indicators.size() << in_language(" sur ", " of ")
            << model.indicators.size() << '\n';
  for (const std::string& id : indicators) std::cout << "  " << id << '\n';
}

void print_records(const model::SteeringModel& model, const TestRun& run, bool coverage,
                   Format format) {
  Table table({{"what", "what"},
               {"name", "name"},
               {"result", "result"},
               {"cell", "cell"},
               {"expected", "expected"},
               {"got", "got"},
               {"place", "place"}});
  for (const TestOutcome& test : run.tests) {
    for (const CellOutcome& cell : test.cells) {
      table.add({"test", test.test->name, cell.passed ? "ok" : "failed", cell.expected->cell,
                 expected_text(cell), got_text(cell), place_of(cell.expected->at)});
    }
  }
  if (coverage) {
    for (const RuleLine& line : coverage_of(model, run)) {
      table.add({"rule", line.rule->name, state_name(line.state),
                 line.mapping->kind +
                     (line.mapping->connector.empty() ? "" : "@" + line.mapping->connector),
                 "", "", place_of(line.rule->at)});
    }
    for (const std::string& id : unexpected_indicators(model, run)) {
      table.add({"indicator", id, "not_expected", "", "", "", ""});
    }
  }
  table.print(std::cout, format);
}

// Those that no test noticed.
Status mutate(const steering::Checked& checked, const TestRun& run, Format format) {
  ProgressLine line;
  const std::vector<ModelMutant> mutants =
      run_mutants(checked.model, checked.tests, run, [&line](std::size_t done, std::size_t total) {
        line.show(in_language("mutant ", "mutant ") + std::to_string(done + 1) + " / " +
                  std::to_string(total));
      });
  line.clear();
  Table table({{"place", in_language("endroit", "place")},
               {"owner", in_language("règle ou indicateur", "rule or indicator")},
               {"change", in_language("changement", "change")},
               {"mutated", in_language("expression changée", "changed expression")}});
  std::size_t survived = 0;
  for (const ModelMutant& mutant : mutants) {
    if (mutant.caught) continue;
    ++survived;
    table.add(
        {place_of(mutant.at), mutant.owner,
         mutant.change.empty() ? in_language("règle retirée", "rule left out") : mutant.change,
         mutant.mutated});
  }
  if (format == Format::kTable) std::cout << '\n';
  if (format != Format::kTable || survived > 0) table.print(std::cout, format);
  if (format == Format::kTable) {
    std::cout << mutants.size() << in_language(" mutants, ", " mutants, ")
              << mutants.size() - survived << in_language(" détectés, ", " caught, ") << survived
              << in_language(" passés inaperçus\n", " unnoticed\n");
  }
  if (survived == 0) return absl::OkStatus();
  return base::failed_precondition(
      std::to_string(survived) +
      in_language(" changements ne font échouer aucun test ; ajoutez un fait ou une cellule "
                  "attendue qui les distingue",
                  " changes fail no test; add a fact or an expected cell that tells them apart"));
}

Status test(const TestOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.output));
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.folder));
  const steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) return base::invalid_argument(text_of(checked.findings));
  if (!options.golden.empty()) {
    PAS_ASSIGN_OR_RETURN(SideFold side, open_side_fold(options.golden, journal::Beside::kAnyHub));
    PAS_ASSIGN_OR_RETURN(const std::string text, golden_tests(*side.engine, files, options.facts));
    std::cout << text;
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(const TestRun run, run_tests(checked.model, checked.tests));
  std::size_t failed = 0;
  for (const TestOutcome& one : run.tests) failed += one.passed ? 0 : 1;
  if (options.mutate && failed == 0) {
    if (format == Format::kTable) print_tests(run);
    return mutate(checked, run, format);
  }
  if (format == Format::kTable) {
    print_tests(run);
    std::cout << run.tests.size() << in_language(" tests, ", " tests, ")
              << run.tests.size() - failed << in_language(" réussis, ", " passed, ") << failed
              << in_language(" échoués", " failed") << '\n';
    if (run.tests.empty()) {
      std::cout << in_language("Ajoutez une section « tests » : ", "Add a section 'tests': ")
                << "core/steering/README.md\n";
    }
    if (options.coverage) print_coverage(*checked.model, run);
  } else {
    print_records(*checked.model, run, options.coverage, format);
  }
  if (failed == 0) return absl::OkStatus();
  return base::failed_precondition(
      std::to_string(failed) +
      in_language(" tests du modèle ont échoué sur ", " tests failed of ") +
      std::to_string(run.tests.size()));
}

}  // namespace

void add_test_verbs(CLI::App& app, Cli& cli) {
  static TestOptions options;
  CLI::App* verb = add_verb(app, "test", "Runs the tests of a model folder; needs no hub, no data",
                            "passerelle test model --coverage");
  verb->add_option("folder", options.folder, "The model folder")->required();
  verb->add_flag("--coverage", options.coverage,
                 "Also the mapping rules and indicators that no test exercises");
  verb->add_flag("--mutate", options.mutate,
                 "Also change each operator and leave out each rule in turn: a test must notice");
  verb->add_option("--golden", options.golden,
                   "Print tests made from the records of this data folder instead, without what "
                   "names a person; keep them below tests/");
  verb->add_option("--facts", options.facts, "How many facts --golden takes at most")
      ->capture_default_str();
  verb->add_option("--output", options.output, "table, json or csv")->capture_default_str();
  runs(cli, verb, [] { return test(options); });
}

}  // namespace passerelle::app
