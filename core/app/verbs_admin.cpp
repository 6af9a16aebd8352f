// connector and quarantine.
#include <chrono>
#include <iostream>
#include <thread>

#include "core/app/cli.h"
#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

constexpr std::chrono::milliseconds kPollInterval{200};
constexpr std::chrono::minutes kWaitMax{30};
constexpr std::chrono::seconds kHubStartMax{60};

struct AdminOptions {
  HubOptions hub;
  std::string id;
  std::string connector;
  std::uint32_t limit = 100;
  std::uint64_t after = 0;
  std::uint64_t number = 0;
  bool wait = false;
};

std::string state_name(admin::v1::ConnectorState state) {
  switch (state) {
    case admin::v1::CONNECTOR_STATE_DISABLED:
      return speaks_french() ? "désactivé" : "disabled";
    case admin::v1::CONNECTOR_STATE_STARTING:
      return speaks_french() ? "démarrage" : "starting";
    case admin::v1::CONNECTOR_STATE_READING:
      return speaks_french() ? "lecture" : "reading";
    case admin::v1::CONNECTOR_STATE_IDLE:
      return speaks_french() ? "à jour" : "idle";
    case admin::v1::CONNECTOR_STATE_FAILED:
      return speaks_french() ? "en échec" : "failed";
    case admin::v1::CONNECTOR_STATE_REFUSED:
      return speaks_french() ? "refusé" : "refused";
    default:
      return "?";
  }
}

std::string marks_of(const admin::v1::Connector& connector) {
  std::vector<std::string> marks;
  for (const auto& mark : connector.marks()) {
    marks.push_back(mark.stream() + " " + base::format_date(mark.complete_to()));
  }
  return base::join(marks, ", ");
}

bool is_settled(const admin::v1::Connector& connector) {
  return connector.state() == admin::v1::CONNECTOR_STATE_DISABLED ||
         connector.state() == admin::v1::CONNECTOR_STATE_FAILED ||
         connector.state() == admin::v1::CONNECTOR_STATE_REFUSED ||
         connector.state() == admin::v1::CONNECTOR_STATE_IDLE;
}

// The list once every connector has settled; a hub that is just starting is waited for.
StatusOr<admin::v1::ListConnectorsResponse> settled_list(const AdminOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  ProgressLine progress;
  for (;;) {
    const auto waited = std::chrono::steady_clock::now() - began;
    auto client = connect(options.hub);
    StatusOr<admin::v1::ListConnectorsResponse> list =
        client.ok() ? (*client)->list_connectors() : client.status();
    if (!list.ok() && waited > kHubStartMax) return list.status();
    if (list.ok()) {
      bool all = true;
      std::vector<std::string> reading;
      for (const auto& connector : list->connectors()) {
        all = all && is_settled(connector);
        if (!is_settled(connector)) reading.push_back(connector.id() + " " + connector.detail());
      }
      if (all) return list;
      progress.show(base::join(reading, "  "));
    }
    if (waited > kWaitMax) return base::deadline_exceeded("the connectors still read");
    std::this_thread::sleep_for(kPollInterval);
  }
}

Status list_connectors(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  StatusOr<admin::v1::ListConnectorsResponse> list;
  if (options.wait) {
    list = settled_list(options);
  } else {
    PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
    list = client->list_connectors();
  }
  PAS_RETURN_IF_ERROR(list.status());
  const bool french = speaks_french();
  Table table({{"connector", french ? "connecteur" : "connector"},
               {"plugin", "plugin"},
               {"state", french ? "état" : "state"},
               {"read", french ? "lus" : "read", true},
               {"rejected", french ? "à corriger" : "rejected", true},
               {"facts", french ? "faits" : "facts", true},
               {"mapped", french ? "avec corresp." : "mapped", true},
               {"unmapped", french ? "sans corresp." : "unmapped", true},
               {"complete_to", french ? "complet jusqu'au" : "complete to"},
               {"cause", "cause"}});
  for (const auto& connector : list->connectors()) {
    const auto& counts = connector.counts();
    table.add({connector.id(), connector.plugin() + " " + connector.plugin_version(),
               state_name(connector.state()), std::to_string(counts.read()),
               std::to_string(counts.rejected()), std::to_string(counts.facts()),
               std::to_string(counts.mapped()), std::to_string(counts.unmapped()),
               marks_of(connector), connector.cause()});
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

Status show_connector(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto list, client->list_connectors());
  const bool french = speaks_french();
  std::vector<std::string> known;
  for (const auto& connector : list.connectors()) {
    known.push_back(connector.id());
    if (connector.id() != options.id) continue;
    const auto& counts = connector.counts();
    Table table({{"what", "what"}, {"value", "value"}});
    table.add({"connector", connector.id()});
    table.add({"plugin", connector.plugin() + " " + connector.plugin_version()});
    table.add({"family", connector.family()});
    table.add({"state", state_name(connector.state())});
    table.add({"cause", connector.cause()});
    table.add({"since", base::format_instant(connector.since())});
    table.add({"restarts", std::to_string(connector.restarts())});
    table.add({"next run", connector.next_run() == 0 ? "on request"
                                                     : base::format_instant(connector.next_run())});
    table.add({"read", std::to_string(counts.read())});
    table.add({"= kept", std::to_string(counts.kept())});
    table.add({"+ unchanged", std::to_string(counts.unchanged())});
    table.add({"+ older version", std::to_string(counts.stale())});
    table.add({"+ rejected", std::to_string(counts.rejected())});
    table.add({"+ dropped with their scope", std::to_string(counts.dropped())});
    table.add({"+ held until their scope closes", std::to_string(counts.held())});
    table.add({"facts", std::to_string(counts.facts())});
    table.add({"= mapped", std::to_string(counts.mapped())});
    table.add({"+ unmapped", std::to_string(counts.unmapped())});
    table.add({"told by another connector", std::to_string(counts.outranked())});
    table.add({"complete to", marks_of(connector)});
    for (const auto& guard : list.guards()) {
      table.add({(french ? "le noyau interdit : " : "the kernel forbids: ") +
                     (french ? guard.label_fr() : guard.label_en()),
                 std::string(guard.kept() ? french ? "oui" : "yes"
                             : french     ? "non"
                                          : "no") +
                     " (" + guard.detail() + ")"});
    }
    table.print(std::cout, format);
    return absl::OkStatus();
  }
  return base::not_found("there is no connector '" + options.id +
                         "'; there are: " + base::join(known, ", "));
}

Status print_state(const admin::v1::Connector& connector) {
  std::cout << connector.id() << ": " << state_name(connector.state())
            << (connector.cause().empty() ? "" : ", " + connector.cause()) << '\n';
  return absl::OkStatus();
}

Status enable(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto response, client->enable_connector(options.id));
  return print_state(response.connector());
}

Status disable(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto response, client->disable_connector(options.id));
  return print_state(response.connector());
}

Status run_now(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_RETURN_IF_ERROR(client->run_connector(options.id).status());
  std::cout << options.id << (speaks_french() ? " : lecture\n" : ": reading\n");
  return absl::OkStatus();
}

Status restart(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_RETURN_IF_ERROR(client->restart_connector(options.id).status());
  std::cout << options.id << (speaks_french() ? " : relancé\n" : ": restarted\n");
  return absl::OkStatus();
}

Status list_quarantine(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  admin::v1::ListQuarantineRequest request;
  request.set_connector(options.connector);
  request.set_limit(options.limit);
  request.set_after(options.after);
  PAS_ASSIGN_OR_RETURN(const auto response, client->list_quarantine(request));
  const bool french = speaks_french();
  Table table({{"number", french ? "n°" : "no.", true},
               {"connector", french ? "connecteur" : "connector"},
               {"rule", french ? "règle" : "rule"},
               {"position", "position"},
               {"field", french ? "champ" : "field"},
               {"records", french ? "enregistrements" : "records", true},
               {"reason", french ? "raison" : "reason"}});
  for (const auto& entry : response.entries()) {
    table.add({std::to_string(entry.number()), entry.connector(), entry.rule(), entry.position(),
               entry.field(), std::to_string(entry.records()), entry.reason()});
  }
  table.print(std::cout, format);
  if (format == Format::kTable &&
      static_cast<std::uint64_t>(response.entries_size()) < response.total()) {
    std::cout << response.entries_size() << " of " << response.total() << "; go on with --after "
              << (response.entries().empty() ? 0 : response.entries().rbegin()->number()) << '\n';
  }
  return absl::OkStatus();
}

Status show_quarantined(const AdminOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto response, client->get_quarantined(options.number));
  const auto& entry = response.entry();
  Table table({{"what", "what"}, {"value", "value"}});
  table.add({"number", std::to_string(entry.number())});
  table.add({"connector", entry.connector()});
  table.add({"stream", entry.stream()});
  table.add({"key", entry.key()});
  table.add({"position", entry.position()});
  table.add({"stage", entry.stage()});
  table.add({"rule", entry.rule()});
  table.add({"field", entry.field()});
  table.add({"value", entry.value()});
  table.add({"reason", entry.reason()});
  table.add({"remedy", entry.remedy()});
  table.add({"records", std::to_string(entry.records())});
  table.add({"revision", std::to_string(entry.revision())});
  table.add({"at", base::format_instant(entry.at())});
  table.print(std::cout, format);
  return absl::OkStatus();
}

void add_one(CLI::App& group, Cli& cli, const std::string& name, const std::string& help,
             AdminOptions& options, Status (*run)(const AdminOptions&)) {
  CLI::App* verb =
      add_verb(group, name, help, "passerelle connector " + name + " finance --data data");
  options.hub.add_to(verb);
  verb->add_option("id", options.id, "The connector's id")->required();
  runs(cli, verb, [&options, run] { return run(options); });
}

}  // namespace

void add_admin_verbs(CLI::App& app, Cli& cli) {
  static AdminOptions options;
  CLI::App* connector =
      app.add_subcommand("connector", "Connectors: their state, what they would read");
  connector->require_subcommand(1);
  CLI::App* list = add_verb(*connector, "list", "All connectors, their state and their counts",
                            "passerelle connector list --data data");
  options.hub.add_to(list);
  list->add_flag("--wait", options.wait, "Wait until each is caught up, failed or disabled");
  runs(cli, list, [] { return list_connectors(options); });
  add_one(*connector, cli, "show", "One connector in full", options, show_connector);
  add_one(*connector, cli, "enable", "Enables a connector; survives restarts", options, enable);
  add_one(*connector, cli, "disable", "Disables a connector; survives restarts", options, disable);
  add_one(*connector, cli, "run", "Reads a connector now", options, run_now);

  add_one(*connector, cli, "restart",
          "Begins a read anew from its last checkpoint, in a new process; reads now if none is "
          "under way",
          options, restart);
  add_preview_verb(*connector, cli);

  CLI::App* quarantine = app.add_subcommand("quarantine", "Records kept out, with their reasons");
  quarantine->require_subcommand(1);
  CLI::App* entries = add_verb(*quarantine, "list", "Quarantined records, oldest first",
                               "passerelle quarantine list --connector rh --data data");
  options.hub.add_to(entries);
  entries->add_option("--connector", options.connector, "Only this connector's");
  entries->add_option("--limit", options.limit, "At most this many")->capture_default_str();
  entries->add_option("--after", options.after, "Only entries with a greater number");
  runs(cli, entries, [] { return list_quarantine(options); });
  CLI::App* show = add_verb(*quarantine, "show", "One quarantined record in full",
                            "passerelle quarantine show 1 --data data");
  options.hub.add_to(show);
  show->add_option("number", options.number, "Its number")->required();
  runs(cli, show, [] { return show_quarantined(options); });
}

}  // namespace passerelle::app
