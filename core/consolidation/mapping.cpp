#include "core/consolidation/mapping.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/consolidation/split_and.h"

namespace passerelle::consolidation {
namespace {

using language::Program;

Status problem(const model::Place& at, const std::string& what,
               const std::vector<language::Problem>& problems) {
  return base::invalid_argument(at.file + ":" + std::to_string(at.line) + ":" +
                                std::to_string(at.column) + ": " + what + ": " +
                                language::to_string(problems));
}

StatusOr<Program> compiled(const std::string& text, const language::Schema& schema,
                           const model::Place& at, const std::string& what) {
  language::Compiled result = language::compile(text, schema);
  if (!result.program) return problem(at, what, result.problems);
  return *std::move(result.program);
}

bool repeats(const Program& program, const model::RecordKind& kind) {
  return std::all_of(program.fields().begin(), program.fields().end(),
                     [&](std::uint32_t slot) { return is_memoisable(kind.fields[slot].type); });
}

bool is_failure(const language::Value& value) {
  return value.is_error() && value.error_code() != language::ErrorCode::kNoValue;
}

}  // namespace

StatusOr<std::unique_ptr<RuleSet>> RuleSet::compile(const MappingContext& context,
                                                    const model::RecordKind& kind,
                                                    const language::Schema& schema,
                                                    const std::string& connector) {
  std::unique_ptr<RuleSet> set(new RuleSet(context));
  const std::vector<model::Mapping>& mappings = context.steering.mappings;
  std::vector<std::pair<std::size_t, std::size_t>> rules;  // mapping, rule
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    if (mappings[i].kind != kind.name) continue;
    if (!mappings[i].connector.empty() && mappings[i].connector != connector) continue;
    for (std::size_t r = 0; r < mappings[i].rules.size(); ++r) {
      rules.emplace_back(i, r);
      for (const auto& [dimension, value] : mappings[i].rules[r].set) {
        set->dimensions_.push_back(dimension);
      }
    }
  }
  std::sort(set->dimensions_.begin(), set->dimensions_.end());
  set->dimensions_.erase(std::unique(set->dimensions_.begin(), set->dimensions_.end()),
                         set->dimensions_.end());
  for (const auto& [mapping, rule] : rules) {
    PAS_RETURN_IF_ERROR(set->add(mappings[mapping].rules[rule], kind, schema));
    set->rules_.back().mapping = static_cast<std::uint32_t>(mapping);
    set->rules_.back().place = static_cast<std::uint32_t>(rule);
  }
  set->index(kind);
  return set;
}

std::uint32_t RuleSet::dimension_index(const std::string& name) const {
  return static_cast<std::uint32_t>(std::lower_bound(dimensions_.begin(), dimensions_.end(), name) -
                                    dimensions_.begin());
}

Status RuleSet::add(const model::MappingRule& rule, const model::RecordKind& kind,
                    const language::Schema& schema) {
  Rule out;
  out.name = rule.name;
  PAS_RETURN_IF_ERROR(add_when(rule, schema, &out));
  if (!rule.table.empty()) {
    const auto table = context_.tables.find(rule.table);
    if (table == context_.tables.end()) {
      return base::invalid_argument("rule '" + rule.name + "' names the table '" + rule.table +
                                    "', which the model does not have");
    }
    out.table = &table->second;
    for (const std::string& key : out.table->table().keys) {
      const auto on = rule.on.find(key);
      if (on == rule.on.end()) {
        return base::invalid_argument("rule '" + rule.name + "' gives no expression for the key '" +
                                      key + "' of table '" + rule.table + "'");
      }
      PAS_ASSIGN_OR_RETURN(Program program, compiled(on->second, schema, rule.at, rule.name));
      out.keys.push_back(std::move(program));
    }
  }
  PAS_RETURN_IF_ERROR(add_sets(rule, schema, &out));
  const auto per_fact = [&](const Program& program) { return !repeats(program, kind); };
  for (const Conjunct& conjunct : out.when) out.per_fact |= per_fact(conjunct.program);
  for (const Program& key : out.keys) out.per_fact |= per_fact(key);
  for (const Set& set : out.sets) out.per_fact |= set.program && per_fact(*set.program);
  rules_.push_back(std::move(out));
  return absl::OkStatus();
}

Status RuleSet::add_when(const model::MappingRule& rule, const language::Schema& schema,
                         Rule* out) {
  if (rule.when.empty()) return absl::OkStatus();
  language::Compiled whole = language::compile_predicate(rule.when, schema);
  if (!whole.program) return problem(rule.when_at, rule.name, whole.problems);
  // a && b is true exactly when both are: each part can be tested by itself.
  std::vector<Conjunct> parts;
  for (const std::string_view text : split_and(rule.when)) {
    language::Compiled part = language::compile_predicate(text, schema);
    if (!part.program) {
      parts.clear();
      break;
    }
    parts.push_back({*std::move(part.program), kNoTest});
  }
  if (parts.empty()) parts.push_back({*std::move(whole.program), kNoTest});
  out->when = std::move(parts);
  return absl::OkStatus();
}

Status RuleSet::add_sets(const model::MappingRule& rule, const language::Schema& schema,
                         Rule* out) {
  for (const auto& [dimension, value] : rule.set) {
    Set set;
    set.dimension = dimension_index(dimension);
    set.kind = value.kind;
    if (value.kind == model::RuleValue::Kind::kConstant) {
      set.constant = context_.resolve(dimension, value.text);
    } else if (value.kind == model::RuleValue::Kind::kColumn) {
      const auto& columns =
          out->table == nullptr ? std::vector<std::string>() : out->table->table().columns;
      const auto at = std::find(columns.begin(), columns.end(), value.text);
      if (at == columns.end()) {
        return base::invalid_argument("rule '" + rule.name + "' sets '" + dimension +
                                      "' from the column '" + value.text +
                                      "', which its table does not have");
      }
      set.column = static_cast<std::size_t>(at - columns.begin());
    } else {
      PAS_ASSIGN_OR_RETURN(set.program, compiled(value.text, schema, value.at, rule.name));
    }
    out->sets.push_back(std::move(set));
  }
  return absl::OkStatus();
}

void RuleSet::index(const model::RecordKind& kind) {
  std::vector<std::uint32_t> slots;
  const auto note = [&](const Program& program) {
    slots.insert(slots.end(), program.fields().begin(), program.fields().end());
  };
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (rule.per_fact) {
      per_fact_.push_back(i);
      continue;
    }
    for (const Conjunct& conjunct : rule.when) note(conjunct.program);
    for (const Program& key : rule.keys) note(key);
    for (const Set& set : rule.sets) {
      if (set.program) note(*set.program);
    }
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  memo_slots_ = std::move(slots);
  memo_.emplace(memo_slots_.size());
  key_.resize(memo_slots_.size());
  result_.resize(dimensions_.size());
  candidates_.resize((rules_.size() + 63) / 64);
  index_tests(kind);
}

void RuleSet::index_tests(const model::RecordKind& kind) {
  std::map<std::uint32_t, std::uint32_t> by_slot;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    for (std::size_t c = 0; c < rules_[i].when.size(); ++c) {
      const std::vector<std::uint32_t>& fields = rules_[i].when[c].program.fields();
      if (fields.size() != 1 || !is_memoisable(kind.fields[fields[0]].type)) continue;
      const auto [at, is_new] =
          by_slot.emplace(fields[0], static_cast<std::uint32_t>(tests_.size()));
      if (is_new) tests_.push_back({fields[0], {}, {}});
      rules_[i].when[c].test = at->second;
      tests_[at->second].conjuncts.emplace_back(i, c);
    }
  }
}

const std::vector<std::uint64_t>& RuleSet::possible(FieldTest& test, FactValues& values,
                                                    std::uint64_t* failures) {
  if (test.possible.size() > base::kMappingMemoEntriesMax) test.possible.clear();
  const auto [at, is_new] = test.possible.try_emplace(values.raw(test.slot));
  if (!is_new) return at->second;
  at->second.assign(candidates_.size(), ~std::uint64_t{0});
  for (const auto& [rule, conjunct] : test.conjuncts) {
    const language::Value value = values.eval(rules_[rule].when[conjunct].program);
    *failures += is_failure(value);
    if (!value.is_true()) at->second[rule / 64] &= ~(std::uint64_t{1} << (rule % 64));
  }
  return at->second;
}

// The conjuncts with a test have been answered by the candidates' bits.
bool RuleSet::matches(const Rule& rule, FactValues& values, std::int32_t* row,
                      std::uint64_t* failures) {
  for (const Conjunct& conjunct : rule.when) {
    if (conjunct.test != kNoTest) continue;
    const language::Value value = values.eval(conjunct.program);
    *failures += is_failure(value);
    if (!value.is_true()) return false;
  }
  *row = -1;
  if (rule.table == nullptr) return true;
  std::vector<std::string> key;
  for (const Program& program : rule.keys) {
    const language::Value value = values.eval(program);
    *failures += is_failure(value);
    key.push_back(text_of(value));
  }
  *row = rule.table->find(key);
  return *row >= 0;
}

void RuleSet::give(std::uint32_t number, std::int32_t row, FactValues& values, Decision* out,
                   std::uint64_t* failures) {
  for (const Set& set : rules_[number].sets) {
    Decision& decision = out[set.dimension];
    if (decision.rule <= number) continue;
    Code value = set.constant;
    if (set.kind == model::RuleValue::Kind::kColumn) {
      value =
          context_.resolve(dimensions_[set.dimension], rules_[number].table->cell(row, set.column));
    } else if (set.kind == model::RuleValue::Kind::kExpression) {
      const language::Value result = values.eval(*set.program);
      *failures += is_failure(result);
      value = context_.resolve(dimensions_[set.dimension], text_of(result));
    }
    if (value != kNoText) decision = {value, number};
  }
}

void RuleSet::decide_remembered(FactValues& values, Decision* out, std::uint64_t* failures) {
  std::fill(candidates_.begin(), candidates_.end(), ~std::uint64_t{0});
  for (FieldTest& test : tests_) {
    const std::vector<std::uint64_t>& bits = possible(test, values, failures);
    for (std::size_t i = 0; i < bits.size(); ++i) candidates_[i] &= bits[i];
  }
  std::size_t open = dimensions_.size();
  for (std::size_t word = 0; word < candidates_.size() && open > 0; ++word) {
    for (std::uint64_t bits = candidates_[word]; bits != 0; bits &= bits - 1) {
      const auto number =
          static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(__builtin_ctzll(bits));
      std::int32_t row = -1;
      if (number >= rules_.size() || rules_[number].per_fact) continue;
      if (matches(rules_[number], values, &row, failures)) {
        give(number, row, values, out, failures);
      }
    }
    open = static_cast<std::size_t>(std::count_if(
        out, out + dimensions_.size(), [](const auto& d) { return d.rule == Decision::kNoRule; }));
  }
}

const Decision* RuleSet::decide(FactValues& values, std::uint64_t* failures) {
  const std::size_t width = dimensions_.size();
  if (width == 0) return nullptr;
  for (std::size_t i = 0; i < memo_slots_.size(); ++i) key_[i] = values.raw(memo_slots_[i]);
  if (memo_->size() >= base::kMappingMemoEntriesMax) {
    memo_->clear();
    remembered_.clear();
  }
  const std::uint32_t tuple = memo_->find_or_add(key_.data());
  if (remembered_.size() < memo_->size() * width) {
    remembered_.resize(memo_->size() * width);
    decide_remembered(values, remembered_.data() + tuple * width, failures);
  }
  const Decision* known = remembered_.data() + std::size_t{tuple} * width;
  if (per_fact_.empty()) return known;
  std::copy(known, known + width, result_.begin());
  for (const std::uint32_t number : per_fact_) {
    const Rule& rule = rules_[number];
    bool could_decide = false;
    for (const Set& set : rule.sets) could_decide |= result_[set.dimension].rule > number;
    if (!could_decide) continue;
    bool possible_here = true;
    for (const Conjunct& conjunct : rule.when) {
      if (conjunct.test == kNoTest || !possible_here) continue;
      const auto& bits = possible(tests_[conjunct.test], values, failures);
      possible_here = (bits[number / 64] >> (number % 64)) & 1;
    }
    std::int32_t row = -1;
    if (possible_here && matches(rule, values, &row, failures)) {
      give(number, row, values, result_.data(), failures);
    }
  }
  return result_.data();
}

std::vector<FactRule> RuleSet::trace(FactValues& values) {
  std::vector<FactRule> out;
  if (rules_.empty()) return out;
  std::uint64_t failures = 0;  // of no count: the fact has been counted
  const Decision* decided = decide(values, &failures);
  const std::vector<Decision> decisions(decided, decided + dimensions_.size());
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    FactRule trace{rule.mapping, rule.place, true, false, false};
    for (const Conjunct& conjunct : rule.when) {
      trace.matched = trace.matched && values.eval(conjunct.program).is_true();
    }
    std::int32_t row = -1;
    trace.matched = trace.matched && matches(rule, values, &row, &failures);
    if (trace.matched) {
      std::vector<Decision> alone(dimensions_.size());
      give(i, row, values, alone.data(), &failures);
      for (std::size_t d = 0; d < alone.size(); ++d) {
        trace.gave |= alone[d].rule == i;
        trace.decided |= decisions[d].rule == i;
      }
    }
    out.push_back(trace);
  }
  return out;
}

std::size_t RuleSet::bytes() const {
  return memo_->bytes() + remembered_.size() * sizeof(Decision);
}

}  // namespace passerelle::consolidation
