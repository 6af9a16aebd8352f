// alerts and acknowledge.
#include <iostream>

#include "core/app/ask.h"
#include "core/app/closings.h"
#include "core/app/values.h"
#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

struct AlertOptions {
  HubOptions hub;
  bool all = false;
  std::string indicator;
  std::uint32_t limit = 1'000;
  std::uint64_t after = 0;
  std::uint64_t number = 0;
  std::string author;
  std::string comment;
};

std::string colour(hub::v1::Status status, Format format) {
  if (format != Format::kTable) return hub::v1::Status_Name(status).substr(7);
  switch (status) {
    case hub::v1::STATUS_GREEN:
      return in_language("atteint", "green");
    case hub::v1::STATUS_AMBER:
      return in_language("à surveiller", "amber");
    case hub::v1::STATUS_RED:
      return in_language("non atteint", "red");
    default:
      return "";
  }
}

std::string cause_of(hub::v1::AlertCause cause, Format format) {
  if (format != Format::kTable) return hub::v1::AlertCause_Name(cause).substr(12);
  switch (cause) {
    case hub::v1::ALERT_CAUSE_FACTS:
      return in_language("données", "facts");
    case hub::v1::ALERT_CAUSE_MODEL:
      return in_language("modèle", "model");
    case hub::v1::ALERT_CAUSE_TIME:
      return in_language("temps", "time");
    case hub::v1::ALERT_CAUSE_ENGINE:
      return in_language("moteur", "engine");
    case hub::v1::ALERT_CAUSE_CLOSING:
      return in_language("réouverture", "reopening");
    default:
      return "";
  }
}

Status alerts(const AlertOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  admin::v1::ListAlertsRequest request;
  request.set_all(options.all);
  request.set_indicator(options.indicator);
  request.set_limit(options.limit);
  request.set_after(options.after);
  PAS_ASSIGN_OR_RETURN(const admin::v1::ListAlertsResponse response,
                       ask(options.hub, request, &edge::Client::list_alerts, &list_alerts));
  Table table({{"alert", in_language("alerte", "alert"), true},
               {"at", in_language("le", "on"), TableColumn::Kind::kInstant},
               {"indicator", in_language("indicateur", "indicator")},
               {"scope", in_language("périmètre", "scope")},
               {"period", in_language("période", "period")},
               {"from", in_language("de", "from")},
               {"to", in_language("à", "to")},
               {"value", in_language("valeur", "value"), true},
               {"target", in_language("cible", "target"), true},
               {"cause", "cause"},
               {"revision", in_language("révision", "revision"), true},
               {"author", in_language("vu par", "seen by")},
               {"comment", in_language("commentaire", "comment")}});
  for (const hub::v1::Alert& alert : response.alerts()) {
    const auto period = alert.cell().dimensions().find("period");
    table.add(
        {std::to_string(alert.number()), base::format_instant(alert.at()), alert.cell().indicator(),
         scope_text({alert.cell().dimensions().begin(), alert.cell().dimensions().end()}),
         period == alert.cell().dimensions().end() ? "" : period->second,
         colour(alert.from(), format), colour(alert.to(), format),
         base::format_scaled(alert.scaled(), alert.scale()),
         base::format_scaled(alert.target_scaled(), alert.scale()), cause_of(alert.cause(), format),
         std::to_string(alert.revision()), alert.author(), alert.comment()});
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

Status acknowledge(const AlertOptions& options) {
  admin::v1::AcknowledgeAlertRequest request;
  request.set_number(options.number);
  request.set_author(options.author);
  request.set_comment(options.comment);
  PAS_ASSIGN_OR_RETURN(
      const admin::v1::AcknowledgeAlertResponse response,
      ask(options.hub, request, &edge::Client::acknowledge_alert, &acknowledge_alert));
  std::cout << line_of(response.alert()) << in_language("  vu par ", "  seen by ")
            << response.alert().author() << '\n';
  return absl::OkStatus();
}

}  // namespace

void add_alert_verbs(CLI::App& app, Cli& cli) {
  static AlertOptions options;
  CLI::App* list = add_verb(app, "alerts", "Crossings of a target's status, oldest first",
                            "passerelle alerts --all --data data");
  options.hub.add_to(list);
  list->add_flag("--all", options.all, "The acknowledged ones too");
  list->add_option("--indicator", options.indicator, "Only this one's");
  list->add_option("--limit", options.limit, "At most this many")->capture_default_str();
  list->add_option("--after", options.after, "Only alerts with a greater number");
  runs(cli, list, [] { return alerts(options); });

  CLI::App* seen = add_verb(app, "acknowledge", "Notes that an alert was seen, by whom",
                            "passerelle acknowledge 3 --author dga --comment \"vu\" --data data");
  options.hub.add_to(seen, false);
  seen->add_option("alert", options.number, "Its number in `passerelle alerts`")->required();
  seen->add_option("--author", options.author, "Who has seen it: a post or an id")->required();
  seen->add_option("--comment", options.comment, "What is to be done about it");
  runs(cli, seen, [] { return acknowledge(options); });
}

}  // namespace passerelle::app
