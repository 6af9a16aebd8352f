#include "core/steering/dimensions.h"

#include <algorithm>
#include <array>

namespace passerelle::steering {
namespace {

constexpr std::array<std::string_view, 8> kOfEveryFact = {
    "activity", "connector", "direction", "family", "pole", "policy", "process", "service"};

bool is_declared(const model::SteeringModel& model, std::string_view name) {
  return std::any_of(model.dimensions.begin(), model.dimensions.end(),
                     [&](const model::Dimension& dimension) { return dimension.id == name; });
}

// Amounts, instants and persons are no members.
bool can_break_down(model::FieldType type) {
  return type == model::FieldType::kString || type == model::FieldType::kInteger ||
         type == model::FieldType::kBoolean || type == model::FieldType::kDate;
}

}  // namespace

bool is_built_in_dimension(std::string_view name) {
  return name == "period" ||
         std::find(kOfEveryFact.begin(), kOfEveryFact.end(), name) != kOfEveryFact.end();
}

bool can_be_set(const model::SteeringModel& model, std::string_view name) {
  return name == "activity" || name == "policy" || name == "service" || name == "direction" ||
         name == "pole" || (name == model::kPoolDimension && !model.pools.empty()) ||
         is_declared(model, name);
}

std::vector<std::string> dimensions_of(const model::SteeringModel& model,
                                       const model::RecordKind& kind) {
  std::vector<std::string> names(kOfEveryFact.begin(), kOfEveryFact.end());
  if (!model.pools.empty()) names.emplace_back(model::kPoolDimension);
  for (const model::Dimension& dimension : model.dimensions) names.push_back(dimension.id);
  for (const model::Field& field : kind.fields) {
    if (can_break_down(field.type)) names.push_back(field.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool is_by_exercise(const model::RecordKind& kind, std::string_view field) {
  const model::Field* found = kind.find(field);
  return found != nullptr && found->type == model::FieldType::kInteger && found->name == "exercise";
}

bool places_a_fact(const model::RecordKind& kind, std::string_view field) {
  const model::Field* found = kind.find(field);
  if (found == nullptr) return false;
  return found->type == model::FieldType::kDate || found->type == model::FieldType::kInstant ||
         is_by_exercise(kind, field);
}

}  // namespace passerelle::steering
