#include "core/intake/stream_plan.h"

#include <algorithm>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::intake {
namespace {

using model::FieldType;

bool is_quantity(FieldType type) {
  return type == FieldType::kInteger || type == FieldType::kDecimal;
}

FieldType type_of(types::v1::FieldType type) {
  const int number = static_cast<int>(type);
  const bool named =
      number >= types::v1::FIELD_TYPE_STRING && number <= types::v1::FIELD_TYPE_PERSON;
  return named ? static_cast<FieldType>(number - 1) : FieldType::kString;
}

std::string nearest_hint(const model::RecordKind& kind, std::string_view field) {
  std::vector<std::string> names;
  for (const model::Field& known : kind.fields) names.push_back(known.name);
  const std::string nearest = base::nearest_of(field, names);
  return nearest.empty() ? std::string() : " (did you mean `" + nearest + "`?)";
}

Slot slot_of_field(const types::v1::Field& declared, const model::RecordKind* kind,
                   StreamPlan* plan) {
  Slot slot;
  slot.declared = type_of(declared.type());
  slot.scheme = declared.scheme();
  slot.salt = base::hash64(declared.name());
  const model::Field* known = kind == nullptr ? nullptr : kind->find(declared.name());
  slot.known = known != nullptr;
  const std::string where =
      plan->connector + ", stream `" + plan->stream + "`: field `" + declared.name() + "` ";
  if (known == nullptr) {
    slot.field = {declared.name(), slot.declared, static_cast<int>(declared.scale()), "", {}};
    if (kind != nullptr) {
      plan->issues.push_back(where + "is not known to the kind `" + kind->name + "`" +
                             nearest_hint(*kind, declared.name()) +
                             ": its values are left out. Declare it on the kind, or drop it");
    }
    return slot;
  }
  slot.field = *known;
  if (!may_become(slot.declared, known->type)) {
    plan->issues.push_back(where + "is declared as " +
                           described(slot.declared, static_cast<int>(declared.scale())) +
                           ", the kind wants " + described(known->type, known->scale) +
                           ": records that have it are rejected. Send the kind's type");
  }
  if (slot.declared == FieldType::kPerson && slot.scheme.empty()) {
    plan->issues.push_back(where +
                           "is a person without a scheme: records that have it are "
                           "rejected. Name the register the identifier belongs to");
  }
  return slot;
}

// The slots of those links that concern the stream.
std::vector<LinkPlan> links_of(const StreamPlan& plan, std::span<const model::PersonLink> links) {
  std::vector<LinkPlan> all;
  const auto person = [&plan](const std::string& name) {
    const int slot = plan.slot_of(name);
    if (slot < 0) return -1;
    const Slot& found = plan.slots[static_cast<std::size_t>(slot)];
    const bool is_person =
        found.declared == FieldType::kPerson && found.field.type == FieldType::kPerson;
    return found.known && is_person ? slot : -1;
  };
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (!links[i].stream.empty() && links[i].stream != plan.stream) continue;
    const int field = person(links[i].field);
    const int same_as = person(links[i].same_as);
    if (field < 0 || same_as < 0 || field == same_as) continue;
    all.push_back({i, static_cast<std::size_t>(field), static_cast<std::size_t>(same_as)});
  }
  return all;
}

}  // namespace

bool may_become(FieldType from, FieldType to) {
  if (from == to || (is_quantity(from) && is_quantity(to))) return true;
  return from == FieldType::kPerson && to == FieldType::kString;  // as a token
}

std::string described(FieldType type, int scale) {
  switch (type) {
    case FieldType::kString:
      return "a text";
    case FieldType::kInteger:
      return "an integer";
    case FieldType::kDecimal:
      return "a decimal with " + std::to_string(scale) + " decimals";
    case FieldType::kDate:
      return "a date";
    case FieldType::kInstant:
      return "an instant";
    case FieldType::kBoolean:
      return "a boolean";
    case FieldType::kPerson:
      break;
  }
  return "a person";
}

int StreamPlan::slot_of(std::string_view field) const {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].field.name == field) return static_cast<int>(i);
  }
  return -1;
}

StreamPlan plan_of(std::string_view connector, const connector::v1::StreamType& type,
                   const model::RecordKind* kind, std::span<const model::PersonLink> links) {
  StreamPlan plan;
  plan.connector = connector;
  plan.stream = type.name();
  plan.kind = type.kind();
  plan.kind_known = kind != nullptr && kind->sendable;
  if (!plan.kind_known) {
    plan.issues.push_back(plan.connector + ", stream `" + plan.stream + "`: the kind `" +
                          plan.kind + "` " +
                          (kind == nullptr ? "is not known" : "is derived and cannot be sent") +
                          ": all its records are rejected. Declare the kind in the model, or "
                          "install a hub that knows it");
  }
  for (const types::v1::Field& declared : type.fields()) {
    if (plan.slot_of(declared.name()) >= 0) continue;
    plan.slots.push_back(slot_of_field(declared, kind, &plan));
    plan.personal = plan.personal || plan.slots.back().declared == FieldType::kPerson;
  }
  // Batches of one kind list their fields in one order, whatever order the plugin has.
  const auto rank = [kind](const Slot& slot) {
    if (!slot.known) return kind == nullptr ? 0 : kind->fields.size();
    return static_cast<std::size_t>(kind->find(slot.field.name) - kind->fields.data());
  };
  std::stable_sort(plan.slots.begin(), plan.slots.end(),
                   [&rank](const Slot& a, const Slot& b) { return rank(a) < rank(b); });
  for (std::size_t i = 0; i < plan.slots.size(); ++i) plan.slots[i].rank = static_cast<int>(i);
  if (plan.kind_known) plan.links = links_of(plan, links);
  for (const LinkPlan& link : plan.links) {
    plan.slots[link.field].linked = plan.slots[link.same_as].linked = true;
  }
  return plan;
}

}  // namespace passerelle::intake
