// What is wrong with an expression, where, and how to mend it. Parser and checker collect every
// problem of a text; the caller maps offset, line and column into its own file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::language {

// Why a text is refused. The groups after kUnit are CEL features left out on purpose (README).
enum class ProblemKind : std::uint8_t {
  kSyntax,     // not an expression
  kName,       // unknown field, function, fact kind
  kType,       // operand or argument of a wrong type
  kUnit,       // EUR + h
  kLiteral,    // a constant that is never valid: timestamp('x')
  kAggregate,  // a rule of indicators (R2, aggregates in the wrong place)
  kLimit,      // too long, too deep
  kUint,       // 1u, uint()
  kDouble,     // 1e3, double(), more than 18 digits
  kBytes,      // b'...', bytes()
  kMessage,    // Name{field: value}, google.protobuf.*
  kTypeValue,  // type(x) and type names as values
  kPrecision,  // finer than a microsecond
};
std::string_view to_string(ProblemKind kind);

struct Problem {
  std::size_t offset = 0;  // bytes from the start of the text
  int line = 1;            // from 1
  int column = 1;          // from 1, in characters (code points)
  std::string reason;      // one sentence without a full stop: "unknown field 'chaptre'"
  std::string remedy;      // "did you mean 'chapter'?"
  ProblemKind kind = ProblemKind::kSyntax;
  bool operator==(const Problem&) const = default;
};

// A problem at `offset` of `text`, with its line and column.
Problem problem_at(std::string_view text, std::size_t offset, ProblemKind kind, std::string reason,
                   std::string remedy);
// "line 1, column 5: unknown field 'chaptre'; did you mean 'chapter'?", one line each.
std::string to_string(const std::vector<Problem>& problems);

}  // namespace passerelle::language
