#include "core/model/labels.h"

#include <array>
#include <string_view>

#include "core/model/cell.h"
#include "core/model/org_view.h"

namespace passerelle::model {
namespace {

struct BuiltIn {
  std::string_view id;
  std::string_view fr;
  std::string_view en;
};

constexpr std::array<BuiltIn, 9> kBuiltIn = {{
    {"activity", "activité", "activity"},
    {"process", "processus", "process"},
    {"family", "famille de processus", "process family"},
    {"policy", "politique publique", "public policy"},
    {"service", "service", "service"},
    {"direction", "direction", "direction"},
    {"pole", "pôle", "pole"},
    {"connector", "connecteur", "connector"},
    {"period", "période", "period"},
}};

constexpr std::array<BuiltIn, 3> kFamilies = {{
    {"managerial", "managérial", "managerial"},
    {"operational", "opérationnel", "operational"},
    {"support", "support", "support"},
}};

Label label_from(const BuiltIn& entry) { return {std::string(entry.fr), std::string(entry.en)}; }

template <typename Entities>
void add_all(const Entities& entities, std::vector<std::pair<std::string, Label>>* out) {
  for (const auto& entity : entities) out->emplace_back(entity.id, entity.label);
}

}  // namespace

Label dimension_label(const SteeringModel& model, const std::string& dimension) {
  for (const BuiltIn& entry : kBuiltIn) {
    if (entry.id == dimension) return label_from(entry);
  }
  for (const Dimension& declared : model.dimensions) {
    if (declared.id == dimension) return declared.label;
  }
  for (const RecordKind& kind : model.kinds) {
    const Field* field = kind.find(dimension);
    if (field != nullptr && !field->label.fr.empty()) return field->label;
  }
  return {dimension, dimension};
}

std::vector<std::pair<std::string, Label>> member_labels(const SteeringModel& model,
                                                         const std::string& dimension) {
  std::vector<std::pair<std::string, Label>> members;
  if (dimension == "activity") add_all(model.activities, &members);
  if (dimension == "process") add_all(model.processes, &members);
  if (dimension == "policy") add_all(model.policies, &members);
  if (is_org_dimension(dimension)) {
    add_all(model.units, &members);
  }
  if (dimension == "family") {
    for (const BuiltIn& family : kFamilies) {
      members.emplace_back(std::string(family.id), label_from(family));
    }
  }
  if (dimension == "action") add_all(model.roadmap, &members);
  if (dimension == kPoolDimension || dimension == "to_pool") add_all(model.pools, &members);
  if (dimension == "key") add_all(model.keys, &members);
  if (!model.pools.empty()) {
    members.emplace_back(std::string(kUnassigned), Label{"non affecté", "unallocated"});
    members.emplace_back(std::string(kUnused), Label{"capacité non employée", "unused capacity"});
  }
  members.emplace_back(std::string(kUnmapped), Label{"sans correspondance", "unmapped"});
  return members;
}

}  // namespace passerelle::model
