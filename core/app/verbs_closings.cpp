// close, reopen, closings and restatement.
#include <iostream>

#include "core/app/ask.h"
#include "core/app/cell_options.h"
#include "core/app/closings.h"
#include "core/app/values.h"
#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

struct ClosingOptions {
  HubOptions hub;
  std::string unit;
  std::string period;
  std::vector<std::string> indicators;
  std::string author;
  std::string reason;
  std::vector<std::string> signatories;
  bool dry_run = false;
  std::uint64_t closing = 0;
  std::uint32_t limit = 1'000;
  CellOptions cell;  // of restatement
};

std::string period_of(const ShownCell& cell) {
  const auto at = cell.dimensions.find("period");
  return at == cell.dimensions.end() ? "" : at->second;
}

std::string value_of(const ShownCell& cell) {
  if (!cell.value.empty()) return cell.value;
  return cell.na == "REMOVED" ? "" : "na " + cell.na;
}

Status close_period(const ClosingOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  admin::v1::CloseRequest request;
  request.set_unit(options.unit);
  request.set_period(options.period);
  for (const std::string& indicator : options.indicators) request.add_indicators(indicator);
  request.set_author(options.author);
  request.set_reason(options.reason);
  for (const std::string& signatory : options.signatories) request.add_signatories(signatory);
  request.set_dry_run(options.dry_run);
  request.set_limit(options.limit);
  PAS_ASSIGN_OR_RETURN(const admin::v1::CloseResponse response,
                       ask(options.hub, request, &edge::Client::close, &app::close));
  if (format == Format::kJson) {
    std::cout << json_of(response) << '\n';
    return absl::OkStatus();
  }
  if (!options.dry_run) {
    std::cout << in_language("clôture ", "closing ") << response.closing() << ": "
              << response.cells() << in_language(" valeurs figées\n", " values frozen\n");
    return absl::OkStatus();
  }
  Table table({{"indicator", in_language("indicateur", "indicator")},
               {"scope", in_language("périmètre", "scope")},
               {"period", in_language("période", "period")},
               {"value", in_language("valeur", "value"), true}});
  for (const hub::v1::Cell& frozen : response.frozen()) {
    const ShownCell cell = shown(frozen);
    table.add({cell.indicator, scope_text(cell.dimensions), period_of(cell), value_of(cell)});
  }
  table.print(std::cout, format);
  if (format == Format::kTable) {
    std::cout << response.cells()
              << in_language(" valeurs seraient figées ; rien n'est écrit\n",
                             " values would be frozen; nothing is written\n");
  }
  return absl::OkStatus();
}

Status reopen_closing(const ClosingOptions& options) {
  admin::v1::ReopenRequest request;
  request.set_closing(options.closing);
  request.set_author(options.author);
  request.set_reason(options.reason);
  for (const std::string& signatory : options.signatories) request.add_signatories(signatory);
  PAS_ASSIGN_OR_RETURN(const admin::v1::ReopenResponse response,
                       ask(options.hub, request, &edge::Client::reopen, &app::reopen));
  std::cout << in_language("rouvert à la révision ", "reopened at revision ") << response.revision()
            << ": " << response.cells()
            << in_language(" valeurs, dont rectifiées ", " values, of these restated ")
            << response.restated() << '\n';
  return absl::OkStatus();
}

void print_closings(const admin::v1::ListClosingsResponse& response, Format format) {
  Table table({{"closing", in_language("clôture", "closing"), true},
               {"at", in_language("le", "on"), TableColumn::Kind::kInstant},
               {"unit", in_language("entité", "unit")},
               {"period", in_language("période", "period")},
               {"indicators", in_language("indicateurs", "indicators")},
               {"author", in_language("auteur", "author")},
               {"reason", in_language("motif", "reason")},
               {"cells", in_language("valeurs", "values"), true},
               {"pending", in_language("à rectifier", "pending"), true},
               {"reopened", in_language("rouvert", "reopened"), true}});
  for (const admin::v1::ListedClosing& closing : response.closings()) {
    table.add({std::to_string(closing.closing()), base::format_instant(closing.at()),
               closing.unit(), closing.period(),
               base::join({closing.indicators().begin(), closing.indicators().end()}, ", "),
               closing.author(), closing.reason(), std::to_string(closing.cells()),
               std::to_string(closing.pending()),
               closing.reopened() == 0 ? "" : std::to_string(closing.reopened())});
  }
  table.print(std::cout, format);
}

void print_pending(const admin::v1::ListClosingsResponse& response, Format format) {
  Table table({{"indicator", in_language("indicateur", "indicator")},
               {"scope", in_language("périmètre", "scope")},
               {"period", in_language("période", "period")},
               {"closed", in_language("clôturé", "closed"), true},
               {"live", in_language("actuel", "live"), true},
               {"difference", in_language("écart", "difference"), true}});
  for (const admin::v1::PendingCell& pending : response.pending()) {
    const ShownCell closed = shown(pending.closed());
    table.add({closed.indicator, scope_text(closed.dimensions), period_of(closed), value_of(closed),
               value_of(shown(pending.live())), pending.difference()});
  }
  table.print(std::cout, format);
}

Status closings(const ClosingOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  admin::v1::ListClosingsRequest request;
  request.set_closing(options.closing);
  request.set_limit(options.limit);
  PAS_ASSIGN_OR_RETURN(const admin::v1::ListClosingsResponse response,
                       ask(options.hub, request, &edge::Client::list_closings, &list_closings));
  if (options.closing == 0) {
    print_closings(response, format);
    return absl::OkStatus();
  }
  if (format == Format::kTable) print_closings(response, format);
  print_pending(response, format);
  return absl::OkStatus();
}

StatusOr<admin::v1::GetRestatementResponse> restatement_of_stopped(
    const admin::v1::GetRestatementRequest& request, Authority& authority) {
  ProgressLine line;
  return get_restatement(request, authority, [&](model::Revision revision) -> Status {
    line.show(in_language("révision ", "revision ") + std::to_string(revision));
    return absl::OkStatus();
  });
}

Status restatement(const ClosingOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  admin::v1::GetRestatementRequest request;
  PAS_ASSIGN_OR_RETURN(*request.mutable_cell(), options.cell.key());
  PAS_ASSIGN_OR_RETURN(
      const admin::v1::GetRestatementResponse response,
      ask(options.hub, request, &edge::Client::get_restatement, &restatement_of_stopped));
  if (format == Format::kJson) {
    std::cout << json_of(response) << '\n';
    return absl::OkStatus();
  }
  if (format == Format::kTable) {
    const ShownCell closed = shown(response.cell().closed());
    std::cout << in_language("clôturé ", "closed ") << value_of(closed)
              << in_language(", actuel ", ", live ") << value_of(shown(response.cell().live()))
              << in_language(", écart ", ", difference ") << response.cell().difference() << '\n';
  }
  Table table({{"connector", in_language("connecteur", "connector")},
               {"records", in_language("enregistrements", "records"), true},
               {"added", in_language("ajoutés", "added"), true},
               {"changed", in_language("corrigés", "changed"), true},
               {"removed", in_language("retirés", "removed"), true},
               {"ids", in_language("identifiants", "ids")}});
  for (const admin::v1::LateRecords& late : response.late()) {
    table.add({late.connector(), std::to_string(late.records()), std::to_string(late.added()),
               std::to_string(late.changed()), std::to_string(late.removed()),
               base::join({late.ids().begin(), late.ids().end()}, " ")});
  }
  table.print(std::cout, format);
  if (!response.note().empty()) std::cerr << response.note() << '\n';
  return absl::OkStatus();
}

void add_act(CLI::App* verb, ClosingOptions& options) {
  verb->add_option("--author", options.author, "Who does it: a post or an id")->required();
  verb->add_option("--reason", options.reason, "Why")->required();
  verb->add_option("--signatory", options.signatories, "Who has signed, by id; repeatable");
}

}  // namespace

void add_closing_verbs(CLI::App& app, Cli& cli) {
  static ClosingOptions options;
  CLI::App* close_verb = add_verb(
      app, "close", "Freezes the values of a period, of a unit and those below it",
      "passerelle close 2026-03 --unit DSI --author dga --reason \"visa du 12 mai\" --dry-run");
  options.hub.add_to(close_verb);
  close_verb->add_option("period", options.period, "2026, 2026-Q1, 2026-03 or 2026-03-31")
      ->required();
  close_verb->add_option("--unit", options.unit, "An org unit; without it every value");
  close_verb->add_option("--indicators", options.indicators, "Only these, e.g. DEPENSES,DELAI")
      ->delimiter(',');
  close_verb->add_flag("--dry-run", options.dry_run, "Only list what would be frozen");
  close_verb->add_option("--limit", options.limit, "List at most this many")->capture_default_str();
  add_act(close_verb, options);
  runs(cli, close_verb, [] { return close_period(options); });

  CLI::App* reopen_verb =
      add_verb(app, "reopen", "Publishes the live values of a closing again",
               "passerelle reopen 42 --author dga --reason \"facture oubliée\" --data data");
  options.hub.add_to(reopen_verb, false);
  reopen_verb->add_option("closing", options.closing, "Its number in `passerelle closings`")
      ->required();
  add_act(reopen_verb, options);
  runs(cli, reopen_verb, [] { return reopen_closing(options); });

  CLI::App* list_verb =
      add_verb(app, "closings", "What is closed; of one closing what late records would alter",
               "passerelle closings 42 --data data");
  options.hub.add_to(list_verb);
  list_verb->add_option("closing", options.closing, "Only this one, with its pending values");
  list_verb->add_option("--limit", options.limit, "At most this many pending values")
      ->capture_default_str();
  runs(cli, list_verb, [] { return closings(options); });

  CLI::App* restatement_verb = add_verb(
      app, "restatement", "The records that would alter a closed value",
      "passerelle restatement DEPENSES --where direction=DSI --period 2026-03 --data data");
  options.hub.add_to(restatement_verb);
  options.cell.add_to(restatement_verb);
  runs(cli, restatement_verb, [] { return restatement(options); });
}

}  // namespace passerelle::app
