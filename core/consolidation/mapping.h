// The mapping rules of one fact kind and connector, compiled: which value each dimension gets, and
// which rule gave it. Decisions are remembered by the tuple of the text, integer and boolean fields
// that the rules read; rules that read amounts, dates or instants are evaluated for every fact.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "core/consolidation/engine.h"
#include "core/consolidation/fact_values.h"
#include "core/consolidation/tuple_memo.h"
#include "core/language/schema.h"
#include "core/model/resolve.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

// One dimension of one fact. `rule` is kNoRule where none gave a value.
struct Decision {
  static constexpr std::uint32_t kNoRule = 0xFFFFFFFF;
  Code value = kUnmappedText;
  std::uint32_t rule = kNoRule;
};

// A lookup table of the model, indexed. Immutable.
class TableIndex {
 public:
  explicit TableIndex(const model::LookupTable& table);
  // The row for the key texts (in the table's order of keys), or -1.
  std::int32_t find(const std::vector<std::string>& key) const;
  // The cell, "" where the table says that it means no value.
  std::string_view cell(std::int32_t row, std::size_t column) const;
  const model::LookupTable& table() const { return table_; }

 private:
  const model::LookupTable& table_;
  std::unordered_map<std::string, std::int32_t> rows_;
  std::size_t longest_ = 0;
};

// Everything the rules of every kind share. Built once per model.
struct MappingContext {
  MappingContext(const model::SteeringModel& model, Strings* all_strings);
  const model::SteeringModel& steering;
  Strings* strings;
  model::DimensionMembers members;
  std::map<std::string, TableIndex, std::less<>> tables;
  // The member's id for a text of a dimension: kUnmappedText if it is none. An open dimension, and
  // one of which the model lists no members, takes any text.
  Code resolve(const std::string& dimension, std::string_view text) const;
  // Whether every text that was resolved to a unit, or to none, is resolved alike by the other.
  bool resolves_units_alike(const model::DimensionMembers& other) const;

 private:
  // Texts that named units so far, by what they named.
  mutable std::unordered_map<std::string, Code> unit_texts_;
};

class RuleSet {
 public:
  // The rules of the model's mappings for (kind, connector), in order. INVALID_ARGUMENT, with the
  // place, for an expression that does not compile.
  static StatusOr<std::unique_ptr<RuleSet>> compile(const MappingContext& context,
                                                    const model::RecordKind& kind,
                                                    const language::Schema& schema,
                                                    const std::string& connector);

  // Dimensions that some rule sets, sorted.
  const std::vector<std::string>& dimensions() const { return dimensions_; }
  bool empty() const { return rules_.empty(); }
  const std::string& rule_name(std::uint32_t rule) const { return rules_[rule].name; }
  // One per dimension; valid until the next call. `failures` grows by evaluations that failed.
  const Decision* decide(FactValues& values, std::uint64_t* failures);
  // What each rule makes of the fact, in order. Remembers nothing: for tests and explanations.
  std::vector<FactRule> trace(FactValues& values);
  std::size_t bytes() const;

 private:
  struct Set {
    std::uint32_t dimension = 0;  // index
    model::RuleValue::Kind kind = model::RuleValue::Kind::kConstant;
    Code constant = kNoText;
    std::size_t column = 0;
    std::optional<language::Program> program;
  };
  struct Conjunct {
    language::Program program;
    std::uint32_t test = kNoTest;  // its answers per value are remembered in tests_
  };
  struct Rule {
    std::string name;
    std::uint32_t mapping = 0;  // where it stands in the model
    std::uint32_t place = 0;
    std::vector<Conjunct> when;  // all must be true
    const TableIndex* table = nullptr;
    std::vector<language::Program> keys;
    std::vector<Set> sets;
    bool per_fact = false;
  };
  // Rules that one memoisable field can rule out: a bit per rule for every value seen.
  struct FieldTest {
    std::uint32_t slot = 0;
    std::vector<std::pair<std::uint32_t, std::size_t>> conjuncts;  // rule, index in `when`
    std::unordered_map<std::int64_t, std::vector<std::uint64_t>> possible;
  };
  static constexpr std::uint32_t kNoTest = 0xFFFFFFFF;

  RuleSet(const MappingContext& context) : context_(context) {}
  Status add(const model::MappingRule& rule, const model::RecordKind& kind,
             const language::Schema& schema);
  Status add_when(const model::MappingRule& rule, const language::Schema& schema, Rule* out);
  Status add_sets(const model::MappingRule& rule, const language::Schema& schema, Rule* out);
  void index(const model::RecordKind& kind);
  void index_tests(const model::RecordKind& kind);
  void decide_remembered(FactValues& values, Decision* out, std::uint64_t* failures);
  const std::vector<std::uint64_t>& possible(FieldTest& test, FactValues& values,
                                             std::uint64_t* failures);
  bool matches(const Rule& rule, FactValues& values, std::int32_t* row, std::uint64_t* failures);
  void give(std::uint32_t rule, std::int32_t row, FactValues& values, Decision* out,
            std::uint64_t* failures);
  std::uint32_t dimension_index(const std::string& name) const;

  const MappingContext& context_;
  std::vector<std::string> dimensions_;
  std::vector<Rule> rules_;
  std::vector<std::uint32_t> per_fact_;  // rules
  std::vector<FieldTest> tests_;
  std::vector<std::uint64_t> candidates_;
  std::vector<std::uint32_t> memo_slots_;
  std::optional<TupleMemo> memo_;
  std::vector<Decision> remembered_;  // [tuple][dimension]
  std::vector<std::int64_t> key_;
  std::vector<Decision> result_;
};

}  // namespace passerelle::consolidation
