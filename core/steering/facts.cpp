#include "core/steering/facts.h"

namespace passerelle::steering {

const model::RecordKind* find_fact_kind(const Placed& name, const std::string& owner,
                                        const model::SteeringModel& model, Findings* findings) {
  if (name.empty()) return nullptr;
  const model::RecordKind* kind = model::find_kind(model.kinds, name.text);
  if (kind != nullptr && kind->derivation == model::Derivation::kNone) return kind;
  if (kind != nullptr) {
    findings->error(name.at, code::kReference,
                    owner + " is over " + in_quotes(name.text) +
                        ", whose records are only the input of " + in_quotes(kind->fact_kind),
                    "write '" + kind->fact_kind + "'");
    return nullptr;
  }
  std::vector<std::string> known;
  for (const model::RecordKind& one : model.kinds) {
    if (one.derivation == model::Derivation::kNone) known.push_back(one.name);
  }
  findings->error(
      name.at, code::kReference,
      owner + " is over the record kind " + in_quotes(name.text) + ", which does not exist",
      suggestion(name.text, known, "declare it under 'kinds'"));
  return nullptr;
}

}  // namespace passerelle::steering
