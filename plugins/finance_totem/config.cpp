#include "plugins/finance_totem/config.h"

#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::finance_totem {

std::vector<sdk::ConfigField> config_fields() {
  return {
      {"path", "string", true, "", false,
       "Fichiers TotEM ou CFU : un ou plusieurs motifs (*, ?, []) séparés par « ; », relatifs au "
       "dossier du modèle",
       "TotEM or CFU files: one or more patterns (*, ?, []) separated by \";\", relative to the "
       "model's folder"},
      {"chart", "string", false, "", false,
       "Plans de comptes XML, motifs comme pour path ; celui de la nomenclature et de l'exercice "
       "du document est choisi, à défaut celui de l'exercice le plus proche",
       "XML charts of accounts, patterns as for path; the one of the document's nomenclature and "
       "exercise is chosen, else that of the nearest exercise"},
  };
}

Settings settings_of(const sdk::Config& config) {
  Settings settings;
  settings.folder = config.folder();
  settings.paths = sdk::absolute_patterns(config.text("path"), settings.folder);
  settings.charts = sdk::absolute_patterns(config.text("chart"), settings.folder);
  return settings;
}

}  // namespace passerelle::finance_totem
