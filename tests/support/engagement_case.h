// A town whose one source is a CSV of engagements, for tests that care about crashes, not numbers.
#pragma once

#include "tests/support/binary.h"

namespace passerelle::test {

// The model but for its connectors: indicators MONTANT, MEDIANE and NOMBRE by chapter, and the
// manifest manifests/e.manifest of files with the columns number, exercise, chapter, engaged.
inline void write_engagement_model(const Folder& folder) {
  folder.write("model/authority.yaml",
               "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n");
  folder.write("model/indicators.yaml", R"yaml(
indicators:
  MONTANT: {label: {fr: Montant, en: Amount}, kind: means, from: engagement, value: sum(engaged), by: [chapter], unit: EUR, round: 2}
  MEDIANE: {label: {fr: Médiane, en: Median}, kind: means, from: engagement, value: median(engaged), by: [chapter], unit: EUR, round: 3}
  NOMBRE: {label: {fr: Nombre, en: Number}, kind: activity, from: engagement, value: count(), by: [chapter], unit: count}
)yaml");
  folder.write("model/manifests/e.manifest", R"yaml(
streams:
  engagement:
    kind: engagement
    id: [number]
    fields: {number: number, exercise: exercise, chapter: chapter, engaged: engaged}
)yaml");
}

}  // namespace passerelle::test
