#include "plugins/file/connector.h"

#include "plugins/file/reading.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::file {

sdk::Description FileConnector::describe() const {
  return {"file",
          "file",
          "0.1.0",
          {{"manifest", "string", true, "", false,
            "Manifeste : un fichier du dossier du modèle, ou le nom d'un manifeste livré",
            "Manifest: a file of the model's folder, or the name of one that is delivered"},
           {"path", "string", true, "", false,
            "Fichiers CSV ou ZIP : motifs (*, ?, []) séparés par « ; », relatifs au dossier du "
            "modèle",
            "CSV or ZIP files: patterns (*, ?, []) separated by \";\", relative to the model's "
            "folder"}},
          {}};
}

std::vector<sdk::Problem> FileConnector::check(const sdk::Config& config) {
  const auto settings = settings_of(config);
  if (!settings.ok()) {
    return {{"manifest", base::message_of(settings.status()), "correct the manifest"}};
  }
  if (settings->paths.empty()) return {{"path", "no pattern is given", "write path: *.csv"}};
  const auto files = sdk::find_files(settings->paths, settings->folder);
  if (!files.ok()) {
    return {{"path", base::message_of(files.status()), "make the folder readable"}};
  }
  return {};
}

StatusOr<std::vector<sdk::Stream>> FileConnector::discover(const sdk::Config& config) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return streams_of(settings.manifest);
}

Status FileConnector::read(const sdk::Config& config, std::string_view checkpoint,
                           sdk::Output& out) {
  PAS_ASSIGN_OR_RETURN(const Settings settings, settings_of(config));
  return read_files(settings, checkpoint, out);
}

}  // namespace passerelle::file
