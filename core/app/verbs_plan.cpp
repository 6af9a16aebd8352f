// plan: what would change if a model folder were applied.
#include <algorithm>
#include <iostream>

#include "core/app/cells.h"
#include "core/app/cli.h"
#include "core/app/findings.h"
#include "core/app/plan.h"
#include "core/base/text.h"
#include "core/steering/check.h"
#include "core/steering/folder.h"

namespace passerelle::app {
namespace {

// A person reads the biggest; programs get them all.
constexpr std::size_t kCellsShown = 40;

struct PlanOptions {
  std::string folder;
  std::string data = "data";
  std::string output = "table";
  std::size_t sample = 10;
  std::size_t limit = 0;
};

std::string change_name(Difference::Change change) {
  static const std::vector<std::string> names = {"added", "changed", "removed"};
  return names[static_cast<std::size_t>(change)];
}

std::string change_text(Difference::Change change) {
  if (!speaks_french()) return change_name(change);
  static const std::vector<std::string> names = {"ajouté", "modifié", "retiré"};
  return names[static_cast<std::size_t>(change)];
}

std::string status_text(model::CellStatus status) {
  static const std::vector<std::string> names = {"", " green", " amber", " red"};
  return names[static_cast<std::size_t>(status)];
}

// The value; its status where that alone, or too, differs.
std::string value_text(const model::CellValue& value, const PlannedCell& cell, bool humane) {
  const std::string plain = plain_text(value);
  return (humane ? humane_number(plain) : plain) +
         (cell.before.status == cell.after.status ? "" : status_text(value.status));
}

std::string causes_text(const PlannedCell& cell) {
  std::vector<std::string> names;
  for (const Part part : cell.causes) names.emplace_back(to_string(part));
  return base::join(names, " ");
}

// "+12.3 %"; empty where there is nothing to divide by.
std::string ratio_text(const PlannedCell& cell, bool humane) {
  if (!cell.has_ratio) return "";
  const bool fewer =
      cell.after.absent || base::to_rational(cell.after.scaled, cell.after.scale) <
                               base::to_rational(cell.before.scaled, cell.before.scale);
  const auto percent = base::round_to_scaled(cell.ratio * 100, 1);
  if (!percent) return "";
  const std::string text = base::format_scaled(*percent, 1);
  return (*percent == 0 ? "" : fewer ? "-" : "+") + (humane ? humane_number(text) + " %" : text);
}

// "policy=CULTURE 2026" of a cell's key.
std::pair<std::string, std::string> scope_and_period(const std::string& key_text) {
  std::vector<std::string> scope;
  std::string period;
  const auto parts = base::split(key_text, '|');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    const auto value = base::percent_decoded(parts[i].substr(equals + 1));
    const std::string name(parts[i].substr(0, equals));
    if (name == "period") {
      period = value.value_or("");
    } else {
      scope.push_back(name + '=' + value.value_or(""));
    }
  }
  return {base::join(scope, " "), period};
}

Table differences_table(const Plan& plan, bool humane) {
  Table table({{"change", in_language("changement", "change")},
               {"section", "section"},
               {"id", "id"},
               {"detail", in_language("lignes", "rows")},
               {"cause", "cause"}});
  for (const Difference& one : plan.differences) {
    table.add({humane ? change_text(one.change) : change_name(one.change), one.what, one.id,
               one.detail, std::string(to_string(one.part))});
  }
  return table;
}

Table counts_table(const Plan& plan) {
  Table table({{"indicator", in_language("indicateur", "indicator")},
               {"added", in_language("ajoutées", "added"), true},
               {"removed", in_language("retirées", "removed"), true},
               {"changed", in_language("modifiées", "changed"), true}});
  for (const auto& [indicator, counts] : plan.counts) {
    table.add({indicator, std::to_string(counts.added), std::to_string(counts.removed),
               std::to_string(counts.changed)});
  }
  return table;
}

Table cells_table(const Plan& plan, std::size_t limit, bool humane) {
  Table table({{"indicator", in_language("indicateur", "indicator")},
               {"scope", in_language("périmètre", "scope")},
               {"period", in_language("période", "period")},
               {"before", in_language("avant", "before"), !humane},
               {"after", in_language("après", "after"), !humane},
               {"change", in_language("écart", "change"), !humane},
               {"cause", "cause"}});
  for (const PlannedCell& cell : plan.cells) {
    if (table.size() >= limit) break;
    const auto [scope, period] = scope_and_period(cell.key_text);
    table.add({cell.indicator, scope, period, value_text(cell.before, cell, humane),
               value_text(cell.after, cell, humane), ratio_text(cell, humane), causes_text(cell)});
  }
  return table;
}

const model::Field* field_named(const model::SteeringModel& model, const std::string& kind,
                                const std::string& field) {
  const model::RecordKind* found = model::find_kind(model.kinds, kind);
  return found == nullptr ? nullptr : found->find(field);
}

std::string amounts_text(const ActivityMove& move, const model::SteeringModel& model, bool humane) {
  std::vector<std::string> parts;
  for (const auto& [name, amount] : move.amounts) {
    const model::Field* field = field_named(model, move.kind, name);
    if (field == nullptr) continue;
    const std::string text = base::format_scaled(amount, field->scale);
    parts.push_back(name + ' ' + (humane ? humane_number(text) : text) + ' ' + field->unit);
  }
  return base::join(parts, ", ");
}

Table moves_table(const Plan& plan, const model::SteeringModel& model, bool humane) {
  Table table({{"kind", in_language("nature", "kind")},
               {"connector", in_language("connecteur", "connector")},
               {"before", in_language("activité avant", "activity before")},
               {"after", in_language("activité après", "activity after")},
               {"facts", in_language("faits", "facts"), true},
               {"amounts", in_language("montants", "amounts")}});
  for (const ActivityMove& move : plan.moves) {
    table.add({move.kind, move.connector, move.before, move.after, std::to_string(move.facts),
               amounts_text(move, model, humane)});
  }
  return table;
}

Table sample_table(const Plan& plan) {
  Table table({{"kind", in_language("nature", "kind")},
               {"connector", in_language("connecteur", "connector")},
               {"id", "id"},
               {"before", in_language("activité avant", "activity before")},
               {"after", in_language("activité après", "activity after")},
               {"amounts", in_language("montants", "amounts")}});
  for (const MovedFact& fact : plan.sample) {
    std::vector<std::string> amounts;
    for (const auto& [name, value] : fact.amounts)
      amounts.push_back(base::join({name, value}, " "));
    table.add(
        {fact.kind, fact.connector, fact.id, fact.before, fact.after, base::join(amounts, ", ")});
  }
  return table;
}

void print_for_people(const Plan& plan, const model::SteeringModel& model,
                      const PlanOptions& options) {
  const std::size_t limit = options.limit == 0 ? kCellsShown : options.limit;
  std::cout << in_language("Ce qui diffère dans le modèle :\n", "What differs in the model:\n");
  differences_table(plan, true).print(std::cout, Format::kTable);
  std::cout << '\n'
            << plan.cells.size()
            << in_language(" valeurs publiées changeraient", " published values would change");
  std::cout << (plan.cells.empty() ? ".\n" : in_language(" :\n", ":\n"));
  if (!plan.cells.empty()) {
    counts_table(plan).print(std::cout, Format::kTable);
    std::cout << '\n';
    cells_table(plan, limit, true).print(std::cout, Format::kTable);
    if (plan.cells.size() > limit) {
      std::cout << "... +" << plan.cells.size() - limit
                << in_language(" ; toutes avec --output csv\n",
                               "; all of them with --output csv\n");
    }
  }
  if (!plan.moves.empty()) {
    std::cout << in_language("\nFaits qui changeraient d'activité :\n",
                             "\nFacts that would change activity:\n");
    moves_table(plan, model, true).print(std::cout, Format::kTable);
    if (!plan.sample.empty()) {
      std::cout << in_language("\nPar exemple :\n", "\nFor example:\n");
      sample_table(plan).print(std::cout, Format::kTable);
    }
  }
  std::cout << in_language("\nRien n'a été écrit. Pour appliquer : passerelle apply ",
                           "\nNothing was written. To make it so: passerelle apply ")
            << options.folder << " --data " << options.data << '\n';
}

void print_json(const Plan& plan, const model::SteeringModel& model, model::Revision revision) {
  std::cout << "{\"revision\": " << revision
            << ", \"unchanged\": " << (plan.unchanged ? "true" : "false");
  const auto section = [](const char* name, const Table& table) {
    std::cout << ",\n\"" << name << "\": ";
    table.print(std::cout, Format::kJson);
  };
  section("differences", differences_table(plan, false));
  section("indicators", counts_table(plan));
  section("cells", cells_table(plan, plan.cells.size(), false));
  section("moves", moves_table(plan, model, false));
  section("sample", sample_table(plan));
  std::cout << "}\n";
}

Status plan(const PlanOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.output));
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.folder));
  const steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) return base::invalid_argument(text_of(checked.findings));
  PAS_ASSIGN_OR_RETURN(SideFold side, open_side_fold(options.data, journal::Beside::kAnyHub));
  PAS_ASSIGN_OR_RETURN(const Plan plan, make_plan(&side, checked.model, options.sample));
  const model::Revision revision = side.journal->last_revision();
  if (format == Format::kJson) {
    print_json(plan, *checked.model, revision);
  } else if (format == Format::kCsv) {
    cells_table(plan, plan.cells.size(), false).print(std::cout, format);
  } else if (plan.unchanged) {
    std::cout << in_language("Le modèle appliqué est déjà celui-ci ; rien ne changerait.\n",
                             "The applied model is this one already; nothing would change.\n");
  } else {
    print_for_people(plan, *checked.model, options);
  }
  return absl::OkStatus();
}

}  // namespace

void add_plan_verbs(CLI::App& app, Cli& cli) {
  static PlanOptions options;
  CLI::App* verb = add_verb(
      app, "plan",
      "What would change if a model folder were applied; beside a running hub or a stopped one",
      "passerelle plan model --data data --sample 5");
  verb->add_option("folder", options.folder, "The model folder")->required();
  verb->add_option("--data", options.data, "The hub's data folder; nothing in it is written")
      ->capture_default_str();
  verb->add_option("--sample", options.sample, "How many facts that change activity to name")
      ->capture_default_str();
  verb->add_option("--limit", options.limit, "How many values a table shows; 0: 40")
      ->capture_default_str();
  verb->add_option("--output", options.output, "table, json, or csv (the values)")
      ->capture_default_str();
  runs(cli, verb, [] { return plan(options); });
}

}  // namespace passerelle::app
