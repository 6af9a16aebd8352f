#include "plugins/hr_dsn/config.h"

#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::hr_dsn {

std::vector<sdk::ConfigField> config_fields() {
  return {{"path", "string", true, "", false,
           "Fichiers DSN (envois ou lots) : un ou plusieurs motifs (*, ?, []) séparés par « ; », "
           "relatifs au dossier du modèle",
           "DSN files (single or lots): one or more patterns (*, ?, []) separated by \";\", "
           "relative to the model's folder"}};
}

Settings settings_of(const sdk::Config& config) {
  Settings settings;
  settings.folder = config.folder();
  settings.paths = sdk::absolute_patterns(config.text("path"), settings.folder);
  return settings;
}

}  // namespace passerelle::hr_dsn
