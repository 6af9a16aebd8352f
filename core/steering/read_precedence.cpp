// precedence: {payment_piece: [finance, tickets]}: which connector tells a fact that several know.
#include <algorithm>

#include "core/steering/draft.h"

namespace passerelle::steering {

void read_precedence(Node section, Draft* draft, Findings* findings) {
  NodeReader reader(section, "'precedence'", section.place(), findings);
  if (!reader.is_map()) return;
  for (const formats::YamlPair& pair : section.yaml->pairs) {
    const model::Place at{*section.file, pair.key_mark.line, pair.key_mark.column};
    std::vector<std::string> order;
    for (const Placed& connector : reader.texts(pair.key)) {
      if (std::count(order.begin(), order.end(), connector.text) > 0) {
        findings->error(connector.at, code::kDuplicate,
                        in_quotes(connector.text) + " is in the precedence of " +
                            in_quotes(pair.key) + " twice",
                        "remove one of the two");
        continue;
      }
      draft->registry.refer(Entity::kConnector, connector, "the precedence of " + pair.key);
      order.push_back(connector.text);
    }
    if (order.size() < 2) {
      findings->warning(at, code::kConnector,
                        "the precedence of " + in_quotes(pair.key) +
                            " orders nothing: without a precedence connectors follow each other "
                            "by their ids",
                        "name all that send it, the one to be believed first");
    }
    draft->precedence.push_back({pair.key, at});
    if (!draft->model.precedence.emplace(pair.key, std::move(order)).second) {
      findings->error(at, code::kDuplicate,
                      "there is a precedence of " + in_quotes(pair.key) + " already",
                      "remove one of the two");
    }
  }
}

void check_precedence(const Draft& draft, Findings* findings) {
  std::vector<std::string> sent;
  for (const model::RecordKind& kind : draft.model.kinds) {
    if (kind.sendable) sent.push_back(kind.name);
  }
  for (const Placed& kind : draft.precedence) {
    if (std::count(sent.begin(), sent.end(), kind.text) > 0) continue;
    const bool is_derived = model::find_kind(draft.model.kinds, kind.text) != nullptr;
    findings->error(kind.at, code::kReference,
                    is_derived ? "connectors send no " + in_quotes(kind.text) +
                                     ": its facts are made of other records"
                               : "there is no record kind " + in_quotes(kind.text),
                    suggestion(kind.text, sent, "name the kind of the records"));
  }
}

}  // namespace passerelle::steering
