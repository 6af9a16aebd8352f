// The command line: one binary, many verbs. Each add_* registers its verbs on the application;
// running one sets `exit_code`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/app/output.h"
#include "core/base/status.h"
#include "core/edge/client.h"

namespace passerelle::app {

// Exit codes, for scripts.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // the work failed: a connector, a check, the hub
inline constexpr int kExitUsage = 2;   // the command line is wrong

struct Cli {
  int exit_code = kExitOk;
};

// Where the hub is: the options that every client verb takes.
struct HubOptions {
  std::string data = "data";
  std::string connect;
  std::string token_file;
  std::string output = "table";

  void add_to(CLI::App* verb, bool prints = true);
};

// Registers `run` for `verb`: prints an error and sets the exit code.
void runs(Cli& cli, CLI::App* verb, std::function<Status()> run);
// Prints "passerelle: MESSAGE" on standard error.
void print_error(const Status& status);
// A verb's help with an example at its end.
CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& help,
                   const std::string& example);

// The values of a repeated --where dimension=value.
StatusOr<std::map<std::string, std::string>> conditions_of(const std::vector<std::string>& where);

// What an apply or a roll back did, for people.
void print_change(std::uint64_t proposed, std::uint64_t switched, bool unchanged);

// A client of the hub that holds options.data, or of options.connect. NOT_FOUND when no hub holds
// the data folder.
StatusOr<std::unique_ptr<edge::Client>> connect(const HubOptions& options);
// Whether a hub holds the data folder, or one was named.
bool hub_is_running(const HubOptions& options);

void add_run_verbs(CLI::App& app, Cli& cli);
void add_model_verbs(CLI::App& app, Cli& cli);
void add_history_verbs(CLI::App& app, Cli& cli);
void add_explain_verb(CLI::App& app, Cli& cli);
void add_diff_verb(CLI::App& app, Cli& cli);
void add_plan_verbs(CLI::App& app, Cli& cli);
void add_test_verbs(CLI::App& app, Cli& cli);
void add_value_verbs(CLI::App& app, Cli& cli);
void add_admin_verbs(CLI::App& app, Cli& cli);
void add_preview_verb(CLI::App& connector, Cli& cli);
void add_closing_verbs(CLI::App& app, Cli& cli);
void add_alert_verbs(CLI::App& app, Cli& cli);
void add_access_verbs(CLI::App& app, Cli& cli);
void add_report_verbs(CLI::App& app, Cli& cli);

}  // namespace passerelle::app
