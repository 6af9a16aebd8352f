// Any bytes as an expression: parsed, checked against a small schema, evaluated with and without
// values, and compiled as an indicator. Nothing may crash, hang or leak; what is refused has a
// problem inside the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/indicator.h"
#include "core/language/program.h"

namespace passerelle::language {
namespace {

const Schema& schema() {
  static const Schema kSchema({{"s", TypeKind::kString},
                               {"i", TypeKind::kInt, 0, "count"},
                               {"d", TypeKind::kDecimal, 2, "EUR"},
                               {"t", TypeKind::kTimestamp},
                               {"u", TypeKind::kTimestamp},
                               {"l", Type::list(TypeKind::kString)}});
  return kSchema;
}

void must(bool condition) {
  if (!condition) std::abort();
}

void check_problems(const std::vector<Problem>& problems, std::string_view text) {
  for (const Problem& problem : problems) {
    must(problem.offset <= text.size());
    must(problem.line >= 1 && problem.column >= 1 && !problem.reason.empty());
  }
}

void evaluate(std::string_view text) {
  const Compiled compiled = compile(text, schema());
  check_problems(compiled.problems, text);
  must(compiled.program.has_value() == compiled.problems.empty());
  if (!compiled.program) return;
  Frame frame;
  std::vector<Value> record(schema().fields().size());
  frame.bind(record);
  to_string(compiled.program->eval(frame));
  const List items = {Value::string("a"), Value::string("é")};
  record = {Value::string("été"), Value::integer(-7),          Value::decimal(12'345, 2),
            Value::timestamp(1),  Value::timestamp(1'000'000), Value::list(&items)};
  frame.bind(record);
  const Value value = compiled.program->eval(frame);
  must(!compiled.program->describe(value).empty() || value.tag() != Tag::kError);
}

void compile_value(std::string_view text) {
  static const std::map<std::string, Schema> kKinds = {{"a", schema()}, {"b", schema()}};
  const CompiledIndicator indicator = compile_indicator(text, "a", kKinds, "has(s)");
  check_problems(indicator.problems, text);
  if (!indicator.plan) return;
  const std::vector<std::optional<base::Rational>> ones(indicator.plan->aggregates.size(), 1);
  evaluate_finaliser(*indicator.plan, ones);
}

}  // namespace
}  // namespace passerelle::language

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  passerelle::language::evaluate(text);
  passerelle::language::compile_value(text);
  return 0;
}
