#include "plugins/sql/connector.h"

#include "plugins/sql/reading.h"

namespace passerelle::sql {

sdk::Description SqlConnector::describe() const {
  return {
      "sql",
      "file",
      "0.1.0",
      {{"manifest", "string", true, "", false, "Manifeste : un fichier du dossier du modèle",
        "Manifest: a file of the model's folder"},
       {"address", "string", true, "", false,
        "Serveur PostgreSQL : machine:port, ou le dossier de sa prise Unix",
        "PostgreSQL server: host:port, or the folder of its Unix socket"},
       {"database", "string", true, "", false, "Base", "Database"},
       {"user", "string", true, "", false, "Compte, en lecture seule", "Account, read only"},
       {"ca_file", "string", false, "", false,
        "Certificats de l'autorité qui a signé celui du serveur (PEM) ; ceux du système sinon",
        "Certificates of the authority that signed the server's (PEM); the system's otherwise"},
       {"allow_plain", "boolean", false, "false", false,
        "Accepter une liaison non chiffrée vers une autre machine",
        "Accept an unencrypted connection to another machine"},
       {"allow_empty", "boolean", false, "false", false,
        "Accepter qu'une requête ne rende plus rien : tout ce qu'elle rendait est alors supprimé",
        "Accept that a query gives nothing any more: all that it gave is then deleted"},
       {"password", "string", false, "", true, "Mot de passe", "Password"}},
      {}};
}

std::vector<sdk::Problem> SqlConnector::check(const sdk::Config& config) {
  const auto settings = settings_of(config);
  if (!settings.ok()) {
    return {{"manifest", base::message_of(settings.status()), "correct the manifest"}};
  }
  const Status tried = try_source(*settings);
  // A database that is down now may be up when it is read.
  if (tried.ok() || base::is_transient(tried)) return {};
  return {
      {"address", base::message_of(tried), "correct the configuration, the query or the rights"}};
}

StatusOr<std::vector<sdk::Stream>> SqlConnector::discover(const sdk::Config& config) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return streams_of(settings.manifest);
}

Status SqlConnector::read(const sdk::Config& config, std::string_view checkpoint,
                          sdk::Output& out) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return read_source(settings, checkpoint, out);
}

}  // namespace passerelle::sql
