// Mappings: expressions against their kind, tables against their rules, values against members.
#include <algorithm>
#include <map>
#include <set>

#include "core/formats/csv.h"
#include "core/language/program.h"
#include "core/language/record_schema.h"
#include "core/model/resolve.h"
#include "core/steering/dimensions.h"
#include "core/steering/draft.h"
#include "core/steering/expression_place.h"
#include "core/steering/facts.h"

namespace passerelle::steering {
namespace {

// Every fact without a mapping has it, so a table may say it too.
constexpr int kSuggestionsMax = 100;

bool gives_text(const language::Type& type) {
  using Kind = language::TypeKind;
  return type.kind == Kind::kString || type.kind == Kind::kInt || type.kind == Kind::kBool ||
         type.kind == Kind::kDate;
}

class MappingCheck {
 public:
  MappingCheck(const Draft& draft, Findings* findings)
      : draft_(draft), findings_(*findings), members_(draft.model) {}

  void run() {
    std::map<std::pair<std::string, std::string>, model::Place> seen;
    for (std::size_t i = 0; i < draft_.mappings.size(); ++i) {
      const model::Mapping& mapping = draft_.model.mappings[i];
      const Placed& kind = draft_.mappings[i].kind;
      const auto [first, is_new] =
          seen.emplace(std::pair(mapping.kind, mapping.connector), mapping.at);
      if (!is_new) {
        findings_.error(mapping.at, code::kDuplicate,
                        "there is a mapping of " + in_quotes(mapping.kind) +
                            " for the same connectors already, at " + first->second.file + ':' +
                            std::to_string(first->second.line),
                        "put the rules into one list: their order decides");
      }
      const model::RecordKind* facts =
          find_fact_kind(kind, "the mapping", draft_.model, &findings_);
      if (facts == nullptr) continue;
      if (facts->name == model::kAllocationKind) {
        findings_.error(kind.at, code::kMapping,
                        "the facts of 'allocation' are made by pools, with their dimensions",
                        "map the facts that the pools spread");
        continue;
      }
      const language::Schema schema = language::schema_of(*facts, draft_.names);
      for (std::size_t r = 0; r < mapping.rules.size(); ++r) {
        check_rule(mapping.rules[r], draft_.mappings[i].rules[r], schema);
      }
    }
    check_keys();
    check_columns();
  }

 private:
  std::string name_of(const model::MappingRule& rule) const {
    return "rule " + in_quotes(rule.name);
  }

  void check_rule(const model::MappingRule& rule, const RuleDraft& places,
                  const language::Schema& schema) {
    if (!rule.when.empty() && places.when.scalar != nullptr) {
      const auto compiled = language::compile_predicate(rule.when, schema);
      report_problems(compiled.problems, places.when, 0, "'when' of " + name_of(rule), &findings_);
    }
    const model::LookupTable* table = table_of(rule);
    for (const auto& [column, text] : rule.on) {
      check_text(text, places.on.at(column), 0, "'on' of " + name_of(rule), schema);
    }
    if (rule.table.empty() && !rule.on.empty()) {
      findings_.error(rule.on_at.begin()->second, code::kMapping,
                      name_of(rule) + " has 'on' and no table", "add 'table: ...' or remove 'on'");
    }
    if (table != nullptr) check_on(rule, *table);
    for (const auto& [dimension, value] : rule.set) {
      check_value(rule, dimension, value, places, schema, table);
    }
  }

  const model::LookupTable* table_of(const model::MappingRule& rule) const {
    for (const model::LookupTable& table : draft_.model.tables) {
      if (!rule.table.empty() && table.id == rule.table) return &table;
    }
    return nullptr;
  }

  // Each key column has its expression, and nothing else has one.
  void check_on(const model::MappingRule& rule, const model::LookupTable& table) {
    for (const std::string& key : table.keys) {
      if (rule.on.count(key) > 0) continue;
      findings_.error(rule.at, code::kMapping,
                      name_of(rule) + " says nothing about the key column " + in_quotes(key) +
                          " of table " + in_quotes(table.id),
                      "add 'on: {" + key + ": \"expression over the record\"}'");
    }
    for (const auto& [column, place] : rule.on_at) {
      if (std::count(table.keys.begin(), table.keys.end(), column) > 0) continue;
      findings_.error(place, code::kMapping,
                      in_quotes(column) + " in 'on' of " + name_of(rule) +
                          " is no key column of table " + in_quotes(table.id),
                      suggestion(column, table.keys, "remove it"));
    }
  }

  void check_text(const std::string& text, const ExpressionSource& source, std::size_t skip,
                  const std::string& what, const language::Schema& schema) {
    const auto compiled = language::compile(text, schema);
    report_problems(compiled.problems, source, skip, what, &findings_);
    if (!compiled.program || gives_text(compiled.program->result().type)) return;
    findings_.error(place_in(source, skip), code::kExpression,
                    what + " gives " + language::to_string(compiled.program->result().type) +
                        " where a text is expected",
                    "use a text, an integer, a boolean or a date");
  }

  void check_value(const model::MappingRule& rule, const std::string& dimension,
                   const model::RuleValue& value, const RuleDraft& places,
                   const language::Schema& schema, const model::LookupTable* table) {
    if (!can_be_set(draft_.model, dimension)) {
      report_unsettable(rule, dimension, value);
      return;
    }
    using Kind = model::RuleValue::Kind;
    if (value.kind == Kind::kExpression) {
      check_text(value.text, places.set.at(dimension), 1,
                 in_quotes(dimension) + " of " + name_of(rule), schema);
    } else if (value.kind == Kind::kConstant) {
      check_member(dimension, value.text, value.at);
    } else if (rule.table.empty()) {
      findings_.error(
          value.at, code::kMapping,
          name_of(rule) + " reads the column " + in_quotes(value.text) + " and has no table",
          "add 'table: ...' and 'on: ...'");
    } else if (table != nullptr && !table->columns.empty()) {
      const auto& columns = table->columns;
      if (std::count(columns.begin(), columns.end(), value.text) == 0) {
        findings_.error(value.at, code::kTable,
                        "table " + in_quotes(table->id) + " has no column " + in_quotes(value.text),
                        suggestion(value.text, columns, "write a name of its first line"));
        return;
      }
      used_[table->id].insert({value.text, dimension});
    }
  }

  void report_unsettable(const model::MappingRule& rule, const std::string& dimension,
                         const model::RuleValue& value) {
    std::vector<std::string> known = {"activity", "policy", "service", "direction", "pole"};
    for (const model::Dimension& declared : draft_.model.dimensions) known.push_back(declared.id);
    std::string remedy = suggestion(dimension, known, "declare it under 'dimensions'");
    if (dimension == "process" || dimension == "family") remedy = "set the activity: it has both";
    findings_.error(value.at, code::kDimension,
                    name_of(rule) + " cannot set " + in_quotes(dimension), remedy);
  }

  void check_member(const std::string& dimension, const std::string& text, const model::Place& at) {
    const model::MemberResolver* members = members_.of(dimension);
    if (members == nullptr || text == model::kUnmapped) return;
    const model::Resolution found = members->resolve(text);
    if (found.found()) return;
    const bool is_ambiguous = found.state == model::Resolution::State::kAmbiguous;
    // Looking for the nearest name is slow, and no one reads hundreds of suggestions.
    const std::string near = ++unknown_ <= kSuggestionsMax ? members->nearest(text) : "";
    findings_.error(at, code::kMember,
                    in_quotes(text) +
                        (is_ambiguous ? " names several members of " : " is no member of ") +
                        in_quotes(dimension),
                    is_ambiguous   ? "write the id of the one that is meant"
                    : near.empty() ? "write an id, a code or a label of one that exists"
                                   : "did you mean '" + near + "'?");
  }

  // Each distinct unknown value once, at its first row.
  void check_columns() {
    for_each_used_table([&](const model::LookupTable& table, const TableDraft& places,
                            const std::set<std::pair<std::string, std::string>>& used) {
      for (const auto& [column, dimension] : used) {
        if (members_.of(dimension) == nullptr) continue;
        const std::size_t at = index_of(table, column);
        std::set<std::string> seen(table.none.begin(), table.none.end());
        for (std::size_t row = 0; row < table.rows.size(); ++row) {
          const std::string& cell = table.rows[row][at];
          if (!seen.insert(cell).second) continue;
          check_member(dimension, cell, {table.file, static_cast<int>(places.lines[row]), 1});
        }
      }
    });
  }

  // Rows with one key must agree in the columns that rules read.
  void check_keys() {
    for_each_used_table([&](const model::LookupTable& table, const TableDraft& places,
                            const std::set<std::pair<std::string, std::string>>& used) {
      std::map<std::vector<std::string>, std::size_t> first;
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        std::vector<std::string> key;
        for (const std::string& name : table.keys) {
          key.push_back(table.rows[row][index_of(table, name)]);
        }
        const auto [at, is_new] = first.emplace(std::move(key), row);
        if (is_new) continue;
        for (const auto& [column, dimension] : used) {
          const std::size_t index = index_of(table, column);
          if (table.rows[row][index] == table.rows[at->second][index]) continue;
          findings_.error({table.file, static_cast<int>(places.lines[row]), 1}, code::kTable,
                          "the key of this row is that of line " +
                              std::to_string(places.lines[at->second]) +
                              ", with another value in column " + in_quotes(column),
                          "keep one of the two rows");
          break;
        }
      }
    });
  }

  template <typename Visit>
  void for_each_used_table(const Visit& visit) {
    for (std::size_t i = 0; i < draft_.model.tables.size(); ++i) {
      const model::LookupTable& table = draft_.model.tables[i];
      const auto used = used_.find(table.id);
      if (used != used_.end()) visit(table, draft_.tables[i], used->second);
    }
  }

  static std::size_t index_of(const model::LookupTable& table, const std::string& column) {
    const auto at = std::find(table.columns.begin(), table.columns.end(), column);
    return static_cast<std::size_t>(at - table.columns.begin());
  }

  const Draft& draft_;
  Findings& findings_;
  model::DimensionMembers members_;
  int unknown_ = 0;  // members
  // table -> (column, dimension it is given to)
  std::map<std::string, std::set<std::pair<std::string, std::string>>> used_;
};

}  // namespace

void check_mappings(const Draft& draft, Findings* findings) { MappingCheck(draft, findings).run(); }

}  // namespace passerelle::steering
