// report: what the management method reads, as tables.
#include <iostream>

#include "core/app/ask.h"
#include "core/app/values.h"
#include "core/base/decimal.h"
#include "core/edge/optimisation.h"

namespace passerelle::app {
namespace {

struct ReportOptions {
  HubOptions hub;
  std::string indicator;
  std::uint64_t revision = 0;
  std::string known_at;
};

StatusOr<hub::v1::GetOptimisationResponse> of_data(const hub::v1::GetOptimisationRequest& request,
                                                   Authority& authority) {
  return edge::optimisation(request, "", authority.publisher());
}

// "72.00", "na NO_DATA", or "" where there is none.
std::string amount_text(const hub::v1::Amount& amount, bool is_there = true) {
  if (!is_there) return "";
  if (amount.has_na()) return "na " + hub::v1::NaReason_Name(amount.na()).substr(10);
  return base::format_scaled(amount.scaled(), amount.scale());
}

std::string state_word(const std::string& state, Format format) {
  if (format != Format::kTable) return state;
  if (state == "planned") return in_language("prévue", "planned");
  if (state == "under_way") return in_language("en cours", "under way");
  if (state == "done") return in_language("terminée", "done");
  return in_language("abandonnée", "dropped");
}

void add_rows(const hub::v1::OptimisedCell& cell, Format format, Table* table) {
  const std::map<std::string, std::string> dimensions(cell.cell().dimensions().begin(),
                                                      cell.cell().dimensions().end());
  for (const hub::v1::OptimisationAction& action : cell.actions()) {
    table->add({action.id(), in_language(action.label().fr().c_str(), action.label().en().c_str()),
                cell.cell().indicator(), scope_text(dimensions), dimensions.at("period"),
                amount_text(cell.baseline()), amount_text(cell.actual()), amount_text(cell.gain()),
                amount_text(action.expected()), amount_text(action.gain(), action.has_gain()),
                cell.unit(), state_word(action.state(), format), action.due(), action.pilot()});
  }
}

Status optimisation(const ReportOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  hub::v1::GetOptimisationRequest request;
  request.set_indicator(options.indicator);
  request.set_revision(options.revision);
  request.set_known_at(options.known_at);
  PAS_ASSIGN_OR_RETURN(const hub::v1::GetOptimisationResponse response,
                       ask(options.hub, request, &edge::Client::optimisation, &of_data));
  Table table({{"action", "action"},
               {"label", in_language("libellé", "label")},
               {"indicator", in_language("indicateur", "indicator")},
               {"scope", in_language("périmètre", "scope")},
               {"period", in_language("période", "period")},
               {"baseline", in_language("référence", "baseline"), true},
               {"actual", in_language("constaté", "actual"), true},
               {"cell_gain", in_language("gain de la cellule", "gain of the cell"), true},
               {"expected", in_language("gain attendu", "expected gain"), true},
               {"gain", in_language("gain constaté", "measured gain"), true},
               {"unit", in_language("unité", "unit")},
               {"state", in_language("état", "state")},
               {"due", in_language("échéance", "due")},
               {"pilot", in_language("pilote", "pilot")}});
  for (const hub::v1::OptimisedCell& cell : response.cells()) add_rows(cell, format, &table);
  if (table.size() == 0 && format == Format::kTable) {
    std::cout << in_language("Le modèle n'a pas de plan d'optimisation (section 'optimisation').\n",
                             "The model has no optimisation plan (section 'optimisation').\n");
    return absl::OkStatus();
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

}  // namespace

void add_report_verbs(CLI::App& app, Cli& cli) {
  static ReportOptions options;
  CLI::App* report = add_verb(app, "report", "What the management method reads, as tables",
                              "passerelle report optimisation --data data");
  report->require_subcommand(1);
  CLI::App* plan = add_verb(*report, "optimisation",
                            "What each action of the optimisation plan gained; one cell's gain is "
                            "shared, never counted twice",
                            "passerelle report optimisation --known-at 2026-06-30 --data data");
  options.hub.add_to(plan);
  plan->add_option("--indicator", options.indicator, "Only the actions on this one");
  plan->add_option("--revision", options.revision, "With the values of this revision");
  plan->add_option("--known-at", options.known_at,
                   "With the values published by the end of that day, or at that instant");
  runs(cli, plan, [] { return optimisation(options); });
}

}  // namespace passerelle::app
