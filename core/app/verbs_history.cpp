// model history and model rollback.
#include <algorithm>
#include <iostream>
#include <map>

#include "core/app/administration.h"
#include "core/app/authority.h"
#include "core/app/cli.h"
#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/journal/read_only.h"

namespace passerelle::app {
namespace {

struct HistoryOptions {
  HubOptions hub;
  std::string which;
};

// From the data of a stopped hub, without writing there.
StatusOr<admin::v1::ModelHistoryResponse> stored_models(const std::string& data) {
  PAS_ASSIGN_OR_RETURN(const std::string authority, authority_in(data, ""));
  PAS_ASSIGN_OR_RETURN(const auto journal, journal::ReadOnlyJournal::open(data, authority));
  PAS_ASSIGN_OR_RETURN(const auto models,
                       journal::models_of(journal->path(), journal->last_revision()));
  return history_of(models);
}

StatusOr<admin::v1::ModelHistoryResponse> models_of_hub(const HubOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options));
  return client->model_history();
}

Status history(const HistoryOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const auto history, hub_is_running(options.hub)
                                               ? models_of_hub(options.hub)
                                               : stored_models(options.hub.data));
  std::uint64_t current = 0;
  for (const auto& one : history.models()) current = std::max(current, one.switched());
  Table table({{"proposed", in_language("proposé", "proposed"), true},
               {"date", in_language("le", "on"), TableColumn::Kind::kInstant},
               {"switched", in_language("en vigueur dès", "in force from"), true},
               {"hash", in_language("empreinte", "hash")},
               {"same_as", in_language("même texte que", "same text as")},
               {"current", in_language("actuel", "current")}});
  std::map<std::string, std::uint64_t> first;
  for (const auto& one : history.models()) {
    const auto [earlier, is_new] = first.emplace(one.hash(), one.proposed());
    const bool is_current = one.switched() != 0 && one.switched() == current;
    table.add({std::to_string(one.proposed()), base::format_instant(one.proposed_at()),
               one.switched() == 0 ? "" : std::to_string(one.switched()), one.hash(),
               is_new ? "" : std::to_string(earlier->second),
               format != Format::kTable ? (is_current ? "true" : "false")
               : is_current             ? in_language("oui", "yes")
                                        : ""});
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

Status rollback(const HistoryOptions& options) {
  if (hub_is_running(options.hub)) {
    PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
    PAS_ASSIGN_OR_RETURN(const auto response, client->rollback_model(options.which));
    print_change(response.proposed(), response.switched(), response.unchanged());
    return absl::OkStatus();
  }
  base::SystemClock clock;
  PAS_ASSIGN_OR_RETURN(const auto authority, open_stopped(options.hub.data, clock));
  PAS_ASSIGN_OR_RETURN(const ModelChange change, authority->rollback_model(options.which));
  PAS_RETURN_IF_ERROR(authority->write_checkpoint());
  print_change(change.proposed, change.switched, change.unchanged);
  return absl::OkStatus();
}

}  // namespace

void add_history_verbs(CLI::App& app, Cli& cli) {
  static HistoryOptions options;
  CLI::App* model_verb = app.add_subcommand("model", "The models that were applied over time");
  model_verb->require_subcommand(1);
  CLI::App* history_verb =
      add_verb(*model_verb, "history", "Every model proposed: when, from which revision in force",
               "passerelle model history --data data");
  options.hub.add_to(history_verb);
  runs(cli, history_verb, [] { return history(options); });

  CLI::App* rollback_verb = add_verb(*model_verb, "rollback",
                                     "Applies an earlier model again, by its text in the journal",
                                     "passerelle model rollback 2 --data data");
  rollback_verb
      ->add_option("which", options.which,
                   "A revision of `model history` (proposed or in force from), or the hash's first "
                   "digits")
      ->required();
  options.hub.add_to(rollback_verb, false);
  runs(cli, rollback_verb, [] { return rollback(options); });
}

}  // namespace passerelle::app
