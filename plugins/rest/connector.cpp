#include "plugins/rest/connector.h"

#include "plugins/rest/reading.h"

namespace passerelle::rest {

sdk::Description RestConnector::describe() const {
  return {
      "rest",
      "file",
      "0.1.0",
      {{"manifest", "string", true, "", false,
        "Manifeste : un fichier du dossier du modèle, ou le nom d'un manifeste livré",
        "Manifest: a file of the model's folder, or the name of one that is delivered"},
       {"url", "string", true, "", false,
        "Adresse de l'interface du logiciel, sans la partie que le manifeste ajoute",
        "Address of the system's interface, without what the manifest adds"},
       {"user", "string", false, "", false, "Compte ou identifiant de client",
        "Account, or the client's id"},
       {"database", "string", false, "", false, "Base ou locataire, si le logiciel en a plusieurs",
        "Database or tenant, where the system has several"},
       {"settings", "map", false, "", false, "Réglages que le manifeste déclare",
        "Settings that the manifest declares"},
       {"ca_file", "string", false, "", false,
        "Certificats de l'autorité qui a signé celui du serveur (PEM) ; ceux du système sinon",
        "Certificates of the authority that signed the server's (PEM); the system's otherwise"},
       {"allow_plain_http", "boolean", false, "false", false,
        "Accepter une liaison non chiffrée vers une autre machine",
        "Accept an unencrypted connection to another machine"},
       {"allow_empty", "boolean", false, "false", false,
        "Accepter que le logiciel ne montre plus rien : tout ce qu'il avait est alors supprimé",
        "Accept that the system shows nothing any more: all that it had is then deleted"},
       {"token", "string", false, "", true, "Jeton ou clé d'interface", "Token or API key"},
       {"password", "string", false, "", true, "Mot de passe", "Password"},
       {"client_secret", "string", false, "", true, "Secret du client OAuth2",
        "Secret of the OAuth2 client"},
       {"app_token", "string", false, "", true, "Jeton de l'application",
        "The application's token"}},
      {}};
}

std::vector<sdk::Problem> RestConnector::check(const sdk::Config& config) {
  const auto settings = settings_of(config);
  if (!settings.ok()) {
    return {{"config", base::message_of(settings.status()), "correct it"}};
  }
  const Status tried = try_source(*settings);
  // A source that is down now may be up when it is read.
  if (tried.ok() || base::is_transient(tried) || tried.code() == absl::StatusCode::kCancelled) {
    return {};
  }
  return {{"url", base::message_of(tried), "correct the configuration or the account"}};
}

StatusOr<std::vector<sdk::Stream>> RestConnector::discover(const sdk::Config& config) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return streams_of(settings.manifest);
}

Status RestConnector::read(const sdk::Config& config, std::string_view checkpoint,
                           sdk::Output& out) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return read_source(settings, checkpoint, out);
}

}  // namespace passerelle::rest
