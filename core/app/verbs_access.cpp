// access grant, revoke and list.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "core/app/access.h"
#include "core/app/ask.h"
#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

struct AccessOptions {
  HubOptions hub;
  std::string account;
  std::string role;
  std::vector<std::string> units;
  std::vector<std::string> processes;
  std::string until;
  std::string write_token;
  bool new_token = false;
  std::string author;
  std::string reason;
};

std::string role_text(admin::v1::Role role, Format format) {
  if (format != Format::kTable) return admin::v1::Role_Name(role).substr(5);
  switch (role) {
    case admin::v1::ROLE_READER:
      return in_language("lecteur", "reader");
    case admin::v1::ROLE_INTEGRATOR:
      return in_language("intégrateur", "integrator");
    case admin::v1::ROLE_ADMINISTRATOR:
      return in_language("administrateur", "administrator");
    case admin::v1::ROLE_AUDITOR:
      return in_language("auditeur", "auditor");
    default:
      return "";
  }
}

std::string perimeter_text(const admin::v1::Account& account) {
  if (account.units().empty() && account.processes().empty()) {
    return in_language("tout", "everything");
  }
  std::vector<std::string> parts(account.units().begin(), account.units().end());
  parts.insert(parts.end(), account.processes().begin(), account.processes().end());
  return base::join(parts, ", ");
}

// A new file that only this user may read.
Status write_token(const std::string& path, const std::string& token) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  const std::string line = token + "\n";
  const bool written =
      fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int problem = errno;
  if (fd >= 0) ::close(fd);
  if (written) return absl::OkStatus();
  return base::failed_precondition("the account was granted, but its token cannot be written to " +
                                   path + ": " + std::strerror(problem) +
                                   "; grant it again with --new-token and another --write-token");
}

Status grant(const AccessOptions& options) {
  admin::v1::GrantAccessRequest request;
  admin::v1::Account& account = *request.mutable_account();
  account.set_id(options.account);
  PAS_ASSIGN_OR_RETURN(const model::Role role, model::parse_role(options.role));
  account.set_role(to_proto(role));
  account.mutable_units()->Assign(options.units.begin(), options.units.end());
  account.mutable_processes()->Assign(options.processes.begin(), options.processes.end());
  account.set_until(options.until);
  request.set_new_token(options.new_token);
  request.set_author(options.author);
  request.set_reason(options.reason);
  const std::string path =
      options.write_token.empty() ? options.account + ".token" : options.write_token;
  if (options.new_token && std::filesystem::exists(path)) {
    return base::failed_precondition(path + " exists; remove it or name another --write-token");
  }
  PAS_ASSIGN_OR_RETURN(const admin::v1::GrantAccessResponse response,
                       ask(options.hub, request, &edge::Client::grant_access, &grant_access));
  std::cout << options.account << ": " << role_text(account.role(), Format::kTable) << ", "
            << perimeter_text(account) << in_language(", dès la révision ", ", from revision ")
            << response.revision() << '\n';
  if (response.token().empty()) return absl::OkStatus();
  PAS_RETURN_IF_ERROR(write_token(path, response.token()));
  std::cout << in_language("Jeton écrit dans ", "Token written to ") << path
            << in_language(" ; le hub n'en garde qu'une empreinte.\n",
                           "; the hub keeps a digest only.\n");
  return absl::OkStatus();
}

Status revoke(const AccessOptions& options) {
  admin::v1::RevokeAccessRequest request;
  request.set_account(options.account);
  request.set_author(options.author);
  request.set_reason(options.reason);
  PAS_ASSIGN_OR_RETURN(const admin::v1::RevokeAccessResponse response,
                       ask(options.hub, request, &edge::Client::revoke_access, &revoke_access));
  std::cout << options.account
            << in_language(" : accès retiré dès la révision ", ": access ended from revision ")
            << response.revision() << '\n';
  return absl::OkStatus();
}

Status list(const AccessOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(
      const admin::v1::ListAccessResponse response,
      ask(options.hub, admin::v1::ListAccessRequest(), &edge::Client::list_access, &list_access));
  Table table({{"account", in_language("compte", "account")},
               {"role", in_language("rôle", "role")},
               {"perimeter", in_language("périmètre", "perimeter")},
               {"until", in_language("jusqu'au", "until")},
               {"ended", in_language("terminé", "ended")},
               {"at", in_language("accordé le", "granted on"), TableColumn::Kind::kInstant},
               {"author", in_language("auteur", "author")},
               {"reason", in_language("motif", "reason")},
               {"revision", in_language("révision", "revision"), true}});
  for (const admin::v1::GrantedAccount& granted : response.accounts()) {
    const admin::v1::Account& account = granted.account();
    table.add({account.id(), role_text(account.role(), format), perimeter_text(account),
               account.until(), granted.ended() ? in_language("oui", "yes") : "",
               base::format_instant(granted.at()), granted.author(), granted.reason(),
               std::to_string(granted.revision())});
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

void add_account(CLI::App* verb, AccessOptions& options) {
  verb->add_option("account", options.account, "Of a system or a post, never a person's name")
      ->required();
  verb->add_option("--author", options.author, "Who does it: a post or an id")->required();
  verb->add_option("--reason", options.reason, "Why")->required();
}

}  // namespace

void add_access_verbs(CLI::App& app, Cli& cli) {
  static AccessOptions options;
  CLI::App* access =
      app.add_subcommand("access", "Who may call the hub by TCP and HTTP, and see what");
  access->require_subcommand(1);
  CLI::App* grant_verb = add_verb(*access, "grant", "Makes an account, or changes its rights",
                                  "passerelle access grant tableau-dsi --role reader --unit DSI "
                                  "--author dga --reason \"tableau de bord\" --data data");
  options.hub.add_to(grant_verb, false);
  add_account(grant_verb, options);
  grant_verb->add_option("--role", options.role, "reader, integrator, administrator or auditor")
      ->required();
  grant_verb->add_option("--unit", options.units,
                         "See the cells of this org unit and those below it; repeatable");
  grant_verb->add_option("--process", options.processes,
                         "See those of this process and its activities too; repeatable");
  grant_verb->add_option("--until", options.until, "The last day, e.g. 2026-12-31");
  grant_verb->add_option("--write-token", options.write_token,
                         "Where a new token is written (default: ACCOUNT.token)");
  grant_verb->add_flag("--new-token", options.new_token, "Replace the token it has");
  runs(cli, grant_verb, [] { return grant(options); });

  CLI::App* revoke_verb =
      add_verb(*access, "revoke", "Ends an account at once, and its streams",
               "passerelle access revoke tableau-dsi --author dga --reason départ --data data");
  options.hub.add_to(revoke_verb, false);
  add_account(revoke_verb, options);
  runs(cli, revoke_verb, [] { return revoke(options); });

  CLI::App* list_verb = add_verb(*access, "list", "Every account, its role and its perimeter",
                                 "passerelle access list --data data");
  options.hub.add_to(list_verb);
  runs(cli, list_verb, [] { return list(options); });
}

}  // namespace passerelle::app
