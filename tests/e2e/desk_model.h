// A desk that takes money: the connector of a model folder whose visits come from sources/*.csv
// (columns id, d, s, a: identifier, day, service, amount).
#pragma once

#include "tests/support/binary.h"

namespace passerelle::test {

inline void write_desk(const Folder& folder) {
  folder.write("model/connectors/caisse.yaml",
               "plugin: file\nlabel: {fr: Caisse, en: Desk}\n"
               "config: {manifest: v.manifest, path: ../sources/*.csv}\n");
  folder.write("model/v.manifest",
               "format: csv\nstreams:\n  visit:\n    kind: visit\n    id: [id]\n"
               "    fields: {day: {column: d, type: date}, desk: {column: s, type: string}, "
               "amount: {column: a, type: decimal, scale: 2, unit: EUR}}\n");
}

}  // namespace passerelle::test
