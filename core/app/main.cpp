// passerelle: the hub and its command line.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <iostream>

#include "core/app/cli.h"

namespace {

int run(int argc, char** argv) {
  using namespace passerelle::app;
  CLI::App app{
      "Passerelle: connects a local authority's finance, HR and ticketing systems with its process "
      "reference, and publishes consolidated indicators."};
  app.set_version_flag("--version", PASSERELLE_VERSION);
  app.require_subcommand(1);
  std::string level = "info";
  app.add_option("--log", level, "trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  app.parse_complete_callback([&level] { spdlog::set_level(spdlog::level::from_str(level)); });
  Cli cli;
  add_run_verbs(app, cli);
  add_model_verbs(app, cli);
  add_test_verbs(app, cli);
  add_explain_verb(app, cli);
  add_diff_verb(app, cli);
  add_closing_verbs(app, cli);
  add_alert_verbs(app, cli);
  add_access_verbs(app, cli);
  add_report_verbs(app, cli);
  add_plan_verbs(app, cli);
  add_history_verbs(app, cli);
  add_value_verbs(app, cli);
  add_admin_verbs(app, cli);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return cli.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  // Results go to standard output; everything else, logs first, to standard error.
  spdlog::set_default_logger(spdlog::stderr_color_mt("passerelle"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    // The door of last resort: a library threw where none should.
    std::cerr << "passerelle: unexpected failure: " << error.what() << '\n';
    return passerelle::app::kExitFailed;
  }
}
