// Links of connectors: two different person fields of one kind that connectors may send.
#include <algorithm>

#include "core/base/text.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

bool is_person(const model::RecordKind& kind, const std::string& name) {
  const model::Field* field = kind.find(name);
  return kind.sendable && field != nullptr && field->type == model::FieldType::kPerson;
}

std::vector<std::string> person_fields(const std::vector<model::RecordKind>& kinds) {
  std::vector<std::string> names;
  for (const model::RecordKind& kind : kinds) {
    for (const model::Field& field : kind.fields) {
      if (is_person(kind, field.name)) names.push_back(field.name);
    }
  }
  return names;
}

void check_link(const model::PersonLink& link, const model::ConnectorConfig& config,
                const std::vector<model::RecordKind>& kinds, Findings* findings) {
  const std::string what = "a link of connector " + in_quotes(config.id);
  for (const std::string& name : {link.field, link.same_as}) {
    const auto has = [&name](const model::RecordKind& kind) { return is_person(kind, name); };
    if (std::any_of(kinds.begin(), kinds.end(), has)) continue;
    const std::string nearest = base::nearest_of(name, person_fields(kinds));
    findings->error(link.at, code::kReference,
                    what + " names " + in_quotes(name) + ", which is a person in no kind" +
                        (nearest.empty() ? "" : "; did you mean " + in_quotes(nearest) + "?"),
                    "name a field of type person, or declare one under 'kinds'");
    return;
  }
  const auto has_both = [&link](const model::RecordKind& kind) {
    return is_person(kind, link.field) && is_person(kind, link.same_as);
  };
  if (link.field == link.same_as) {
    findings->error(link.at, code::kConnector, what + " names one field twice",
                    "name the two fields of a record that hold the same person's identifiers");
  } else if (std::none_of(kinds.begin(), kinds.end(), has_both)) {
    findings->error(link.at, code::kConnector,
                    what + " names " + in_quotes(link.field) + " and " + in_quotes(link.same_as) +
                        ", which no kind has both",
                    "give one kind both, under 'kinds': a link is stated by a single record");
  }
  const bool is_read =
      link.stream.empty() || config.streams.empty() ||
      std::find(config.streams.begin(), config.streams.end(), link.stream) != config.streams.end();
  if (!is_read) {
    findings->error(
        link.at, code::kConnector,
        what + " is of stream " + in_quotes(link.stream) + ", which the connector does not read",
        "add it to 'streams', or name one of those");
  }
}

}  // namespace

void check_links(const Draft& draft, Findings* findings) {
  for (const model::ConnectorConfig& connector : draft.model.connectors) {
    for (const model::PersonLink& link : connector.links) {
      check_link(link, connector, draft.model.kinds, findings);
    }
  }
}

}  // namespace passerelle::steering
