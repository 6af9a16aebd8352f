// The fields that expressions over a record kind may read, by slot: slot i is the kind's field i.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/language/schema.h"
#include "core/model/kinds.h"

namespace passerelle::language {

Type type_of(const model::Field& field);
// Every field may be absent. A person is its vault token, a string. `names`: what expressions may
// name beside fields, or null.
Schema schema_of(const model::RecordKind& kind, std::shared_ptr<const ModelNames> names = nullptr);
// The kinds whose records are facts (not the inputs of a derivation), by name: what indicators and
// mappings are compiled against.
std::map<std::string, Schema> fact_schemas(
    const std::vector<model::RecordKind>& kinds,
    const std::shared_ptr<const ModelNames>& names = nullptr);

}  // namespace passerelle::language
