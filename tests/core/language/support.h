// What the tests of expressions share: a record with one field of each type.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/program.h"

namespace passerelle::language {

inline Schema sample_schema() {
  return Schema({{"state", TypeKind::kString},
                 {"amount", TypeKind::kDecimal, 2, "EUR"},
                 {"open", TypeKind::kDecimal, 2, "EUR"},
                 {"fte", TypeKind::kDecimal, 4, "ETP"},
                 {"lines", TypeKind::kInt, 0, "count"},
                 {"opened", TypeKind::kTimestamp},
                 {"solved", TypeKind::kTimestamp},
                 {"day", TypeKind::kDate},
                 {"waited", TypeKind::kDuration},
                 {"urgent", TypeKind::kBool},
                 {"tags", Type::list(TypeKind::kString)},
                 {"value", TypeKind::kDecimal, kAnyScale, "h"},
                 {"budget.chapter", TypeKind::kString}});
}

// Values of sample_schema() in its order; every field has none.
inline std::vector<Value> empty_record() {
  return std::vector<Value>(sample_schema().fields().size());
}

inline Value& field_of(std::vector<Value>* record, std::string_view name) {
  return (*record)[*sample_schema().find(name)];
}

// The value as text, or "problems: ...".
inline std::string evaluated(std::string_view text, const std::vector<Value>& record = {}) {
  const Compiled compiled = compile(text, sample_schema());
  if (!compiled.program) return "problems: " + to_string(compiled.problems);
  Frame frame;
  frame.bind(record);
  const Value value = compiled.program->eval(frame);
  if (value.is_error()) return "error: " + compiled.program->describe(value);
  return to_string(value);
}

inline std::vector<Problem> problems_of(std::string_view text) {
  return compile(text, sample_schema()).problems;
}

// "line:column kind" of each problem.
inline std::vector<std::string> places(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems) {
    out.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " +
                  std::string(to_string(problem.kind)));
  }
  return out;
}

}  // namespace passerelle::language
