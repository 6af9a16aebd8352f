// Streams, batches and known records for the intake's tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/known_records.h"
#include "core/intake/decoder.h"
#include "core/model/kinds.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::intake {

namespace pb = passerelle::connector::v1;
namespace types = passerelle::types::v1;

template <typename T>
std::string packed(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

struct DeclaredField {
  std::string name;
  types::FieldType type;
  std::uint32_t scale = 0;
  std::string scheme;
};

inline pb::StreamType stream_type(const std::string& name, const std::string& kind,
                                  const std::vector<DeclaredField>& fields) {
  pb::StreamType type;
  type.set_name(name);
  type.set_kind(kind);
  for (const DeclaredField& field : fields) {
    types::Field* to = type.add_fields();
    to->set_name(field.name);
    to->set_type(field.type);
    to->set_scale(field.scale);
    to->set_scheme(field.scheme);
  }
  return type;
}

// One field of each type, for every rule.
inline model::RecordKind test_kind() {
  using T = model::FieldType;
  return {"visit",
          {"visite", "visit"},
          {{"service", T::kString, 0, "", {}},
           {"agent", T::kPerson, 0, "", {}},
           {"minutes", T::kInteger, 0, "min", {}},
           {"amount", T::kDecimal, 4, "EUR", {}},
           {"day", T::kDate, 0, "", {}},
           {"at", T::kInstant, 0, "", {}},
           {"urgent", T::kBoolean, 0, "", {}}},
          model::Derivation::kNone,
          "visit",
          "day",
          true};
}

inline pb::StreamType test_stream() {
  return stream_type("visits", "visit",
                     {{"service", types::FIELD_TYPE_STRING, 0, ""},
                      {"agent", types::FIELD_TYPE_PERSON, 0, "matricule"},
                      {"minutes", types::FIELD_TYPE_INTEGER, 0, ""},
                      {"amount", types::FIELD_TYPE_DECIMAL, 2, ""},
                      {"day", types::FIELD_TYPE_DATE, 0, ""},
                      {"at", types::FIELD_TYPE_INSTANT, 0, ""},
                      {"urgent", types::FIELD_TYPE_BOOLEAN, 0, ""}});
}

inline pb::Row& add_row(pb::Batch* batch, const std::string& id, std::int64_t version = 1) {
  batch->set_stream("visits");
  pb::Row* row = batch->mutable_rows()->add_rows();
  row->set_id(id);
  row->set_version(version);
  row->set_position(static_cast<std::uint64_t>(batch->rows().rows_size()));
  return *row;
}
inline pb::Value& value(pb::Row* row, const std::string& field) {
  return (*row->mutable_values())[field];
}

// A row that breaks no rule.
inline pb::Row& add_good_row(pb::Batch* batch, const std::string& id, int number = 0) {
  pb::Row& row = add_row(batch, id);
  value(&row, "service").set_text("Service " + std::to_string(number % 7));
  value(&row, "agent").mutable_person()->set_scheme("matricule");
  value(&row, "agent").mutable_person()->set_value("M" + std::to_string(number % 11));
  value(&row, "minutes").set_integer(number);
  value(&row, "amount").mutable_decimal()->set_scaled(number * 25);
  value(&row, "amount").mutable_decimal()->set_scale(2);
  value(&row, "day").set_date(20'000 + number);
  value(&row, "at").set_instant(1'700'000'000'000'000 + number);
  value(&row, "urgent").set_boolean(number % 2 == 0);
  return row;
}

struct Known final : flow::KnownRecords {
  std::map<base::Hash128, std::pair<std::int64_t, std::uint64_t>> live;
  flow::Known compare(base::Hash128 key, std::int64_t version,
                      std::uint64_t content) const override {
    const auto found = live.find(key);
    if (found == live.end() || found->second.second != content || found->second.first > version) {
      return flow::Known::kDifferent;
    }
    return found->second.first == version ? flow::Known::kUnchanged : flow::Known::kSameContent;
  }
};

}  // namespace passerelle::intake
