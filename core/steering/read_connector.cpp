// connectors/<id>.yaml
#include <algorithm>
#include <utility>

#include "core/steering/connector_config.h"
#include "core/steering/draft.h"
#include "core/steering/secrets.h"

namespace passerelle::steering {
namespace {

std::string id_of(std::string_view path) {
  const std::size_t start = path.rfind('/') + 1;
  return std::string(path.substr(start, path.rfind('.') - start));
}

void read_config(NodeReader& reader, model::ConnectorConfig* connector) {
  connector->config_json = "{}";
  const formats::Yaml* config = reader.find("config");
  if (config == nullptr) return;
  if (!config->is_map()) {
    reader.error(reader.place_of(*config), code::kShape,
                 "'config' of " + reader.what() + " is no map", "write {path: ..., ...}");
    return;
  }
  for (const formats::Yaml* secret : open_secrets(*config)) {
    reader.error(reader.place_of(*secret), code::kSecret,
                 "'config' of " + reader.what() + " holds what looks like a secret",
                 "write it under 'secrets' as a reference: {name: secret://file/PATH}");
  }
  connector->config_json = json_of(*config);
}

void read_secrets(NodeReader& reader, model::ConnectorConfig* connector) {
  const formats::Yaml* secrets = reader.find("secrets");
  if (secrets == nullptr) return;
  if (!secrets->is_map()) {
    reader.error(reader.place_of(*secrets), code::kShape,
                 "'secrets' of " + reader.what() + " is no map",
                 "write {name: secret://file/PATH}");
    return;
  }
  for (const formats::YamlPair& pair : secrets->pairs) {
    if (!pair.value.is_scalar() || !parse_secret(pair.value.text).ok()) {
      reader.error(reader.place_of(pair.value), code::kSecret,
                   "the secret " + in_quotes(pair.key) + " of " + reader.what() +
                       " is no reference to a secret",
                   "write secret://file/PATH, secret://env/NAME or secret://systemd-cred/NAME, "
                   "and change the secret if it stood here in the open");
      continue;
    }
    connector->secrets.emplace(pair.key, pair.value.text);
  }
}

void read_link(const Node& node, const std::string& connector, model::ConnectorConfig* out,
               Findings* findings) {
  NodeReader reader(node, "a link of connector " + in_quotes(connector), node.place(), findings);
  if (!reader.is_map()) return;
  model::PersonLink link;
  link.at = reader.at();
  link.stream = reader.text("stream");
  link.field = reader.text("field", Need::kRequired);
  link.same_as = reader.text("same_as", Need::kRequired);
  reader.finish();
  if (!link.field.empty() && !link.same_as.empty()) out->links.push_back(std::move(link));
}

void read_links(NodeReader& reader, model::ConnectorConfig* connector, Findings* findings) {
  const formats::Yaml* links = reader.find("links");
  if (links == nullptr) return;
  if (!links->is_sequence()) {
    reader.error(reader.place_of(*links), code::kShape,
                 "'links' of " + reader.what() + " is no list",
                 "write [{field: agent, same_as: former_agent}], two person fields of one record");
    return;
  }
  for (const formats::Yaml& link : links->items) {
    read_link(reader.node(link), connector->id, connector, findings);
  }
}

}  // namespace

void read_connector(Node file, Draft* draft, Findings* findings) {
  const std::string id = id_of(*file.file);
  const model::Place at{*file.file, 1, 1};
  if (!is_lower_id(id)) {
    findings->error(at, code::kConnector, in_quotes(id) + " is no id of a connector",
                    "name the file with a to z, 0 to 9 and _ only, as in finance_totem.yaml");
    return;
  }
  if (!draft->registry.declare(Entity::kConnector, id, at, findings)) return;
  NodeReader reader(file, "connector " + in_quotes(id), at, findings);
  if (!reader.is_map()) return;
  model::ConnectorConfig connector;
  connector.id = id;
  connector.at = at;
  const Placed plugin = reader.placed("plugin", Need::kRequired);
  connector.plugin = plugin.text;
  if (!plugin.empty() && !is_lower_id(plugin.text)) {
    reader.error(plugin.at, code::kConnector, in_quotes(plugin.text) + " is no name of a plugin",
                 "use a name that 'plugin list' prints, as in finance_totem");
  }
  connector.label = reader.label("label", Need::kRequired);
  connector.enabled = reader.boolean("enabled", true);
  read_config(reader, &connector);
  read_secrets(reader, &connector);
  const Placed schedule = reader.placed("schedule");
  connector.schedule = schedule.text;
  const std::string fault = schedule.empty() ? "" : schedule_fault(schedule.text);
  if (!fault.empty()) {
    reader.error(schedule.at, code::kSchedule,
                 "the schedule " + in_quotes(schedule.text) + " is not cron: " + fault,
                 "write minute, hour, day of month, month and day of week, as in \"30 6 * * 1-5\"");
  }
  connector.streams = reader.plain_texts("streams");
  if (const formats::Yaml* precedence = reader.find("precedence")) {
    reader.error(reader.place_of(*precedence), code::kConnector,
                 "the precedence of connectors is that of a record kind",
                 "write 'precedence: {KIND: [" + id + ", ...]}' in another file of the model");
  }
  read_links(reader, &connector, findings);
  for (const char* later : {"opening_hours", "fresh"}) reader.not_available(later);
  reader.finish();
  draft->model.connectors.push_back(std::move(connector));
}

}  // namespace passerelle::steering
