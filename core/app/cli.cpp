#include "core/app/cli.h"

#include <fstream>
#include <iostream>

#include "core/journal/data_lock.h"

namespace passerelle::app {

void HubOptions::add_to(CLI::App* verb, bool prints) {
  verb->add_option("--data", data, "The hub's data folder")->capture_default_str();
  verb->add_option("--connect", connect, "A hub's socket, or host:port on loopback");
  verb->add_option("--token-file", token_file, "File with the bearer token, for host:port");
  if (prints) verb->add_option("--output", output, "table, json or csv")->capture_default_str();
}

void print_error(const Status& status) {
  std::cerr << "passerelle: " << base::message_of(status) << '\n';
}

void runs(Cli& cli, CLI::App* verb, std::function<Status()> run) {
  verb->callback([&cli, run = std::move(run)] {
    const Status status = run();
    if (status.ok()) return;
    if (!status.message().empty()) print_error(status);
    cli.exit_code = kExitFailed;
  });
}

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& help,
                   const std::string& example) {
  CLI::App* verb = app.add_subcommand(name, help);
  verb->footer("\nExample:\n  " + example);
  return verb;
}

bool hub_is_running(const HubOptions& options) {
  return !options.connect.empty() || !journal::read_lock_holder(options.data).empty();
}

StatusOr<std::map<std::string, std::string>> conditions_of(const std::vector<std::string>& where) {
  std::map<std::string, std::string> out;
  for (const std::string& condition : where) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos) {
      return base::invalid_argument("--where '" + condition +
                                    "' is not dimension=value, e.g. --where direction=DSI");
    }
    out[condition.substr(0, equals)] = condition.substr(equals + 1);
  }
  return out;
}

void print_change(std::uint64_t proposed, std::uint64_t switched, bool unchanged) {
  const bool french = speaks_french();
  if (unchanged) {
    std::cout << (french ? "Le modèle appliqué est déjà celui-ci ; rien à faire.\n"
                         : "The applied model is this one already; nothing to do.\n");
    return;
  }
  std::cout << (french ? "Proposé à la révision " : "Proposed in revision ") << proposed
            << (french ? ", en vigueur dès la révision " : ", in force from revision ") << switched
            << (french ? " ; l'historique a été rejoué.\n" : "; history was mapped anew.\n");
}

StatusOr<std::unique_ptr<edge::Client>> connect(const HubOptions& options) {
  edge::Client::Settings settings;
  settings.address = options.connect;
  if (settings.address.empty()) settings.address = journal::read_lock_holder(options.data);
  if (settings.address.empty()) {
    return base::not_found("no hub runs on " + options.data +
                           "; start one with: passerelle serve --model DIR --data " + options.data);
  }
  if (settings.address == "starting") {
    return base::unavailable("the hub on " + options.data + " is starting; try again in a moment");
  }
  if (!options.token_file.empty()) {
    std::ifstream file(options.token_file);
    if (!std::getline(file, settings.token)) {
      return base::not_found("the token file " + options.token_file + " cannot be read");
    }
  }
  return edge::Client::connect(std::move(settings));
}

}  // namespace passerelle::app
