// A checked expression, ready to be evaluated any number of times.
//
//   Compiled compiled = compile_predicate("state == 'open' && has(solved)", schema);
//   if (!compiled.program) report(compiled.problems);
//   Frame frame;                                   // one per thread, reused
//   frame.bind(values);                            // values[slot]; slots of program.fields()
//   Value result = compiled.program->eval(frame);  // true, false or an error value
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/problem.h"
#include "core/language/schema.h"
#include "core/language/value.h"

namespace passerelle::language {

// Working memory of evaluations. Reuse it: after the first records it allocates only for boxed
// results (division, concatenation, lists made per record). One thread at a time.
class Frame {
 public:
  Frame() = default;
  // Next record: `fields[slot]` are its values (Value::absent() where there is none); only the
  // slots of Program::fields() are read, but the span covers the whole schema. It must outlive the
  // evaluations. Values returned before become invalid.
  void bind(std::span<const Value> fields);

 private:
  friend class Evaluator;
  std::span<const Value> fields_;
  std::vector<Value> locals_;
  Arena arena_;
};

struct Result {
  Type type;
  // "" for a plain number. Products of units read "EUR*h", quotients "EUR/ETP".
  std::string unit;
  // Of numbers: every value is an integer of 10^-scale units; none after a division. Of durations,
  // dates and timestamps: 0 (raw microseconds or days).
  std::optional<int> scale;
};

struct Code;

// Immutable and cheap to copy; any number of threads may evaluate one program, each with its frame.
class Program {
 public:
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  // A value of result().type, or an error value. Never throws; cost bounded (kExpressionStepsMax).
  // The value may point into the frame (valid until its next bind) or into this program.
  Value eval(Frame& frame) const;

  // Slots that the program may read, ascending: what a memo of its results must be keyed by.
  const std::vector<std::uint32_t>& fields() const;
  const Result& result() const;
  // Reads no field: the same value always.
  bool is_constant() const { return fields().empty(); }
  // "no value in field 'solved'", "division by zero".
  std::string describe(const Value& error) const;

 private:
  std::shared_ptr<const Code> code_;
};

struct Compiled {
  std::optional<Program> program;  // none if there are problems
  std::vector<Problem> problems;   // all of them, by offset
};

// Parses and checks. Any type of result.
Compiled compile(std::string_view text, const Schema& schema);
// The same; the result must be bool.
Compiled compile_predicate(std::string_view text, const Schema& schema);

}  // namespace passerelle::language
