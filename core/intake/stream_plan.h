// A declared stream held against the hub's kind: what each of its fields becomes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/kinds.h"
#include "core/model/record.h"
#include "core/model/steering.h"

namespace passerelle::connector::v1 {
class StreamType;
}

namespace passerelle::intake {

struct Slot {
  model::Field field;  // as the hub's kind says; as declared where the kind does not know it
  model::FieldType declared = model::FieldType::kString;
  std::string scheme;      // of a person
  std::uint64_t salt = 0;  // of the field's values in the content fingerprint
  bool known = false;      // the kind has it
  bool linked = false;     // a link names it
  int rank = 0;            // place in StreamPlan::slots
};

// Two slots that name one person; see model::PersonLink.
struct LinkPlan {
  std::size_t link = 0;  // its number in the connector's list
  std::size_t field = 0;
  std::size_t same_as = 0;
};

struct StreamPlan {
  std::string connector;
  std::string stream;
  std::string kind;
  bool kind_known = false;
  bool personal = false;
  std::vector<Slot> slots;          // in the order of the kind's fields, then those unknown to it
  std::vector<LinkPlan> links;      // that this stream states
  std::vector<std::string> issues;  // what does not agree, a sentence each

  // The slot of a field, or -1.
  int slot_of(std::string_view field) const;
};

StreamPlan plan_of(std::string_view connector, const connector::v1::StreamType& type,
                   const model::RecordKind* kind, std::span<const model::PersonLink> links);

// Whether a value of one type may become one of the other, value by value.
bool may_become(model::FieldType from, model::FieldType to);

// "a decimal with 2 decimals", for reasons.
std::string described(model::FieldType type, int scale);

}  // namespace passerelle::intake
