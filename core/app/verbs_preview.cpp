// connector preview: what a connector would read, tried on its first records.
#include <iostream>

#include "core/app/cli.h"
#include "core/app/hub.h"
#include "core/app/output.h"
#include "core/app/preview.h"
#include "core/base/text.h"
#include "core/steering/check.h"
#include "core/steering/folder.h"

namespace passerelle::app {
namespace {

struct PreviewOptions {
  std::string id;
  std::string model;
  std::vector<std::string> plugins;
  std::string output = "table";
  std::size_t records = 10;
  int seconds = 120;
};

// A stream's records as a table: a column for each field, with its type.
void print_stream(const PreviewStream& stream, Format format) {
  const bool french = speaks_french();
  std::vector<TableColumn> columns = {{"id", "id"}, {"version", "version", true}};
  for (const PreviewField& field : stream.fields) {
    const bool is_number = field.type == "integer" || field.type.starts_with("decimal");
    columns.push_back({field.name, field.name + " " + field.type, is_number});
  }
  Table table(std::move(columns));
  for (const PreviewRecord& record : stream.records) {
    std::vector<std::string> row = {
        record.id + (record.is_deleted ? french ? " (supprimé)" : " (deleted)" : ""),
        record.version};
    for (const PreviewField& field : stream.fields) {
      const auto found = record.values.find(field.name);
      row.push_back(found == record.values.end() ? "" : found->second);
    }
    table.add(std::move(row));
  }
  if (format == Format::kTable) {
    std::cout << (french ? "Flux " : "Stream ") << stream.name << " (" << stream.kind << ")\n";
  }
  table.print(std::cout, format);
  if (format == Format::kTable) std::cout << '\n';
}

void print_rejects(const Preview& preview, Format format) {
  if (preview.rejects.empty()) return;
  const bool french = speaks_french();
  Table table({{"position", "position"},
               {"rule", french ? "règle" : "rule"},
               {"field", french ? "champ" : "field"},
               {"value", french ? "valeur" : "value"},
               {"reason", french ? "raison" : "reason"},
               {"remedy", french ? "remède" : "remedy"}});
  for (const PreviewReject& reject : preview.rejects) {
    table.add(
        {reject.position, reject.rule, reject.field, reject.value, reject.reason, reject.remedy});
  }
  if (format == Format::kTable) std::cout << (french ? "À corriger\n" : "Rejected\n");
  table.print(std::cout, format);
}

Status show_preview(const PreviewOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.output));
  PAS_ASSIGN_OR_RETURN(const auto files, steering::read_folder(options.model));
  const steering::Checked checked = steering::check(files);
  if (!checked.model) {
    return base::invalid_argument("the model has errors; see them with: passerelle check " +
                                  options.model);
  }
  std::vector<std::string> known;
  for (const model::ConnectorConfig& connector : checked.model->connectors) {
    known.push_back(connector.id);
    if (connector.id != options.id) continue;
    PreviewSettings settings;
    settings.model_folder = options.model;
    settings.plugin_folders = options.plugins.empty() ? default_plugin_folders() : options.plugins;
    settings.records_max = options.records;
    settings.time_max = std::chrono::seconds(options.seconds);
    PAS_ASSIGN_OR_RETURN(const Preview found,
                         preview(connector, checked.model->time_zone, settings));
    for (const PreviewStream& stream : found.streams) print_stream(stream, format);
    print_rejects(found, format);
    if (format == Format::kTable) {
      const bool french = speaks_french();
      std::cout << (french ? "Rien n'a été enregistré ; ce qui désigne une personne est masqué. "
                           : "Nothing was stored; what names a person is masked. ")
                << (found.is_whole ? french ? "C'est tout ce que montre la source."
                                            : "This is all that the source shows."
                    : french       ? "La source en a davantage."
                                   : "The source has more.")
                << '\n';
    }
    return absl::OkStatus();
  }
  const std::string near = base::nearest_of(options.id, known);
  return base::not_found(
      "there is no connector '" + options.id + "'; " +
      (near.empty() ? "there are: " + base::join(known, ", ") : "did you mean '" + near + "'?"));
}

}  // namespace

void add_preview_verb(CLI::App& connector, Cli& cli) {
  static PreviewOptions options;
  CLI::App* verb = add_verb(connector, "preview",
                            "Tries a connector on its first records, without a hub; stores nothing",
                            "passerelle connector preview demandes --model model --records 5");
  verb->add_option("id", options.id, "The connector's id")->required();
  verb->add_option("--model", options.model, "The model folder")->required();
  verb->add_option("--plugins", options.plugins,
                   "Folders of plugins; default: plugins/ beside the program's folder");
  verb->add_option("--records", options.records, "At most this many of each stream")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  verb->add_option("--time", options.seconds, "At most this many seconds")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  verb->add_option("--output", options.output, "table, json or csv")->capture_default_str();
  runs(cli, verb, [] { return show_preview(options); });
}

}  // namespace passerelle::app
