// check, apply, import and export.
#include <algorithm>
#include <fstream>
#include <iostream>

#include "core/app/authority.h"
#include "core/app/cli.h"
#include "core/app/findings.h"
#include "core/app/output.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/steering/check.h"
#include "core/steering/folder.h"
#include "core/steering/import_clash.h"
#include "core/steering/schemas.h"
#include "core/steering/workbook.h"

namespace passerelle::app {
namespace {

struct ModelOptions {
  HubOptions hub;
  std::string folder;
  std::string workbook;
  std::string accountable;
  std::string schema = "model";
  bool write = false;
};

Status check(const ModelOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.folder));
  const steering::Checked checked = steering::check(files);
  if (format == Format::kTable) {
    for (const auto& finding : checked.findings) std::cout << to_string(finding) << '\n';
  } else {
    Table table({{"file", "file"},
                 {"line", "line", true},
                 {"column", "column", true},
                 {"severity", "severity"},
                 {"code", "code"},
                 {"reason", "reason"},
                 {"remedy", "remedy"}});
    for (const auto& finding : checked.findings) {
      table.add({finding.file, std::to_string(finding.line), std::to_string(finding.column),
                 finding.severity == steering::Severity::kError ? "error" : "warning", finding.code,
                 finding.reason, finding.remedy});
    }
    table.print(std::cout, format);
  }
  if (checked.model == nullptr) {
    return base::invalid_argument(
        options.folder +
        " has errors; mend them and check again (what a code means: passerelle "
        "describe PAS-M010)");
  }
  if (format == Format::kTable) {
    const model::SteeringModel& model = *checked.model;
    std::cout << options.folder << ": right. " << model.processes.size() << " processes, "
              << model.activities.size() << " activities, " << model.units.size() << " org units, "
              << model.policies.size() << " policies, " << model.indicators.size()
              << " indicators, " << model.connectors.size() << " connectors.\n";
  }
  return absl::OkStatus();
}

Status apply(const ModelOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.folder));
  // Checked here too: errors are then shown without a hub, and none is asked to switch to a bad
  // one.
  const steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) return base::invalid_argument(text_of(checked.findings));
  if (!hub_is_running(options.hub)) {
    base::SystemClock clock;
    PAS_ASSIGN_OR_RETURN(const auto authority, open_stopped(options.hub.data, clock));
    PAS_ASSIGN_OR_RETURN(const ModelChange change, authority->apply_model(files));
    PAS_RETURN_IF_ERROR(authority->write_checkpoint());
    print_change(change.proposed, change.switched, change.unchanged);
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  admin::v1::ApplyModelRequest request;
  for (const steering::ModelFile& file : files) {
    auto* added = request.add_files();
    added->set_path(file.path);
    added->set_text(file.text);
  }
  PAS_ASSIGN_OR_RETURN(const auto response, client->apply_model(request));
  print_change(response.proposed(), response.switched(), response.unchanged());
  return absl::OkStatus();
}

std::string report_text(const steering::ImportReport& report) {
  std::string text;
  for (const auto& [sheet, rows] : report.read) {
    const auto taken = report.taken.find(sheet);
    text += sheet + ": " + std::to_string(rows) + " rows, " +
            std::to_string(taken == report.taken.end() ? 0 : taken->second) + " taken\n";
  }
  for (const steering::ImportNote& note : report.notes) {
    text += std::string(to_string(note.kind)) + "  " + note.sheet +
            (note.row == 0 ? "" : " row " + std::to_string(note.row)) + ": " + note.reason + "; " +
            note.remedy + "\n";
  }
  return text;
}

constexpr std::size_t kClashingIdsShown = 3;

// What the folder defines by hand and the import would define again; "" if there is nothing.
std::string clash_text(const std::vector<steering::ModelFile>& imported,
                       const std::string& folder) {
  const auto files = steering::read_folder(folder);
  if (!files.ok()) return "";  // a folder that is to be made
  const bool french = speaks_french();
  std::string text;
  for (const steering::ImportClash& clash : steering::clashes_of(imported, *files)) {
    const std::vector<std::string> first(
        clash.ids.begin(), clash.ids.begin() + static_cast<std::ptrdiff_t>(
                                                   std::min(clash.ids.size(), kClashingIdsShown)));
    text += "  " + folder + '/' + clash.file + ':' + std::to_string(clash.line) + ": " +
            clash.section + ": " + std::to_string(clash.ids.size()) +
            (french ? " en double (" : " defined twice (") + base::join(first, ", ") +
            (first.size() < clash.ids.size() ? ", ...)\n" : ")\n");
  }
  if (text.empty()) return text;
  return (french ? "Le dossier définit déjà à la main ce que l'import définirait de nouveau dans "
                   "reference/ :\n"
                 : "The folder already defines by hand what the import would define again in "
                   "reference/:\n") +
         text +
         (french ? "Retirez ces éléments de ces fichiers (ou ces fichiers du dossier), puis "
                   "importez : un élément n'a qu'une définition. Ou importez dans un dossier vide "
                   "avec --model.\n"
                 : "Take these out of those files (or those files out of the folder), then import: "
                   "a thing has one definition. Or import into an empty folder with --model.\n");
}

Status import_reference(const ModelOptions& options) {
  steering::ImportOptions import_options;
  if (!options.accountable.empty()) import_options.accountable_letter = options.accountable[0];
  // What a person said of the columns at an earlier import is remembered in the folder.
  if (const auto kept = steering::read_kept(options.folder); kept.ok()) {
    for (const steering::ModelFile& file : *kept) {
      if (file.path == "reference/columns.csv") import_options.remembered_columns = file.text;
    }
  }
  PAS_ASSIGN_OR_RETURN(const auto imported,
                       steering::import_reference(options.workbook, import_options));
  std::cout << report_text(imported.report);
  if (!imported.report.unclear_letters.empty()) {
    return base::invalid_argument(
        "the sheet Rôles has letters beyond R, A, C, I; say which one means « rend compte » with "
        "--accountable LETTER");
  }
  const std::string clashes = clash_text(imported.files, options.folder);
  std::cout << clashes;
  if (options.write && !clashes.empty()) {
    return base::failed_precondition(
        speaks_french() ? "rien n'a été écrit : des éléments seraient définis deux fois"
                        : "nothing was written: things would be defined twice");
  }
  if (!options.write) {
    std::cout << "Nothing was written: this was a trial. Add --write to write "
              << imported.files.size() << " files into " << options.folder << ".\n";
    return absl::OkStatus();
  }
  PAS_RETURN_IF_ERROR(steering::write_files(options.folder, imported.files));
  for (const auto& file : imported.files) {
    std::cout << "wrote " << options.folder << '/' << file.path << '\n';
  }
  std::cout << "Next: passerelle check " << options.folder << '\n';
  return absl::OkStatus();
}

Status export_reference(const ModelOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.folder));
  const steering::Checked checked = steering::check(files);
  if (checked.model == nullptr) return base::invalid_argument(text_of(checked.findings));
  PAS_ASSIGN_OR_RETURN(const auto kept, steering::read_kept(options.folder));
  PAS_ASSIGN_OR_RETURN(const std::string bytes, steering::export_reference(*checked.model, kept));
  std::ofstream file(options.workbook, std::ios::binary);
  file << bytes << std::flush;
  if (!file) return base::unavailable(options.workbook + " could not be written");
  std::cout << "wrote " << options.workbook << '\n';
  return absl::OkStatus();
}

}  // namespace

void add_model_verbs(CLI::App& app, Cli& cli) {
  static ModelOptions options;
  CLI::App* check_verb =
      add_verb(app, "check", "All errors of a model folder at once, with place and remedy",
               "passerelle check model");
  check_verb->add_option("folder", options.folder, "The model folder")->required();
  check_verb->add_option("--output", options.hub.output, "table, json or csv")
      ->capture_default_str();
  runs(cli, check_verb, [] { return check(options); });

  CLI::App* schema_verb =
      add_verb(app, "schema", "The JSON Schema of the model's files, for editors",
               "passerelle schema model > model.schema.json");
  schema_verb->add_option("file", options.schema, "model (any file but connectors) or connector")
      ->check(CLI::IsMember({"model", "connector"}))
      ->capture_default_str();
  runs(cli, schema_verb, [] {
    std::cout << (options.schema == "model" ? steering::model_schema()
                                            : steering::connector_schema());
    return absl::OkStatus();
  });

  CLI::App* apply_verb =
      add_verb(app, "apply", "Makes a model folder the applied model; history is mapped anew",
               "passerelle apply model --data data");
  apply_verb->add_option("folder", options.folder, "The model folder")->required();
  options.hub.add_to(apply_verb, false);
  runs(cli, apply_verb, [] { return apply(options); });

  CLI::App* import_verb = app.add_subcommand("import", "Brings existing documents into the model");
  import_verb->require_subcommand(1);
  CLI::App* import_reference_verb =
      add_verb(*import_verb, "reference", "A process reference kept in a workbook",
               "passerelle import reference referentiel.xlsx --model model --write");
  import_reference_verb->add_option("file", options.workbook, "The workbook (.xlsx)")->required();
  import_reference_verb->add_option("--model", options.folder, "The model folder")->required();
  import_reference_verb->add_option(
      "--accountable", options.accountable,
      "The letter that means « rend compte » in the workbook's Rôles sheet");
  import_reference_verb->add_flag("--write", options.write, "Write; without it only the report");
  runs(cli, import_reference_verb, [] { return import_reference(options); });

  CLI::App* export_verb = app.add_subcommand("export", "Writes the model as documents");
  export_verb->require_subcommand(1);
  CLI::App* export_reference_verb =
      add_verb(*export_verb, "reference", "The process reference as a workbook",
               "passerelle export reference referentiel.xlsx --model model");
  export_reference_verb->add_option("file", options.workbook, "The workbook (.xlsx)")->required();
  export_reference_verb->add_option("--model", options.folder, "The model folder")->required();
  runs(cli, export_reference_verb, [] { return export_reference(options); });
}

}  // namespace passerelle::app
