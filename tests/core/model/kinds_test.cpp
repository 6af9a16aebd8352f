#include "core/model/kinds.h"

#include <gtest/gtest.h>

#include <set>

namespace passerelle::model {
namespace {

TEST(Kinds, EveryKindPlacesItsFactsByAFieldItHas) {
  for (const RecordKind& kind : built_in_kinds()) {
    const RecordKind* fact = find_kind(built_in_kinds(), kind.fact_kind);
    ASSERT_NE(fact, nullptr) << kind.name;
    EXPECT_NE(fact->find(fact->default_at), nullptr) << kind.name;
  }
}

TEST(Kinds, FieldNamesAreUniqueAndLabelledInBothLanguages) {
  for (const RecordKind& kind : built_in_kinds()) {
    std::set<std::string> names;
    for (const Field& field : kind.fields) {
      EXPECT_TRUE(names.insert(field.name).second) << kind.name << "." << field.name;
      EXPECT_FALSE(field.label.fr.empty() || field.label.en.empty()) << field.name;
    }
  }
}

TEST(Kinds, ARecordsKeyDependsOnConnectorStreamAndId) {
  EXPECT_NE(key_of("a", "b", "c"), key_of("ab", "", "c"));
  EXPECT_EQ(key_of("a", "b", std::string(500, 'x')), key_of("a", "b", std::string(500, 'x')));
}

}  // namespace
}  // namespace passerelle::model
