#include "core/language/record_schema.h"

#include <utility>

namespace passerelle::language {

Type type_of(const model::Field& field) {
  switch (field.type) {
    case model::FieldType::kString:
    case model::FieldType::kPerson:
      return TypeKind::kString;
    case model::FieldType::kInteger:
      return TypeKind::kInt;
    case model::FieldType::kDecimal:
      return TypeKind::kDecimal;
    case model::FieldType::kDate:
      return TypeKind::kDate;
    case model::FieldType::kInstant:
      return TypeKind::kTimestamp;
    case model::FieldType::kBoolean:
      return TypeKind::kBool;
  }
  return TypeKind::kDyn;
}

Schema schema_of(const model::RecordKind& kind, std::shared_ptr<const ModelNames> names) {
  Schema schema;
  schema.set_names(std::move(names));
  for (const model::Field& field : kind.fields) {
    schema.add({field.name, type_of(field), field.scale, field.unit, true});
  }
  return schema;
}

std::map<std::string, Schema> fact_schemas(const std::vector<model::RecordKind>& kinds,
                                           const std::shared_ptr<const ModelNames>& names) {
  std::map<std::string, Schema> schemas;
  for (const model::RecordKind& kind : kinds) {
    if (kind.derivation == model::Derivation::kNone)
      schemas.emplace(kind.name, schema_of(kind, names));
  }
  return schemas;
}

}  // namespace passerelle::language
