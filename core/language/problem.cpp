#include "core/language/problem.h"

#include <algorithm>
#include <utility>

namespace passerelle::language {

std::string_view to_string(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::kSyntax:
      return "syntax";
    case ProblemKind::kName:
      return "unknown name";
    case ProblemKind::kType:
      return "type";
    case ProblemKind::kUnit:
      return "unit";
    case ProblemKind::kLiteral:
      return "invalid constant";
    case ProblemKind::kAggregate:
      return "aggregate";
    case ProblemKind::kLimit:
      return "limit";
    case ProblemKind::kUint:
      return "unsigned integers";
    case ProblemKind::kDouble:
      return "floating point";
    case ProblemKind::kBytes:
      return "bytes";
    case ProblemKind::kMessage:
      return "protobuf messages";
    case ProblemKind::kTypeValue:
      return "types as values";
    case ProblemKind::kPrecision:
      return "finer than a microsecond";
  }
  return "";
}

Problem problem_at(std::string_view text, std::size_t offset, ProblemKind kind, std::string reason,
                   std::string remedy) {
  Problem problem;
  problem.offset = std::min(offset, text.size());
  for (char byte : text.substr(0, problem.offset)) {
    if (byte == '\n') {
      ++problem.line;
      problem.column = 1;
    } else if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) {
      ++problem.column;
    }
  }
  problem.reason = std::move(reason);
  problem.remedy = std::move(remedy);
  problem.kind = kind;
  return problem;
}

std::string to_string(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    if (!out.empty()) out += '\n';
    out += "line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column) +
           ": " + problem.reason;
    if (!problem.remedy.empty()) out += "; " + problem.remedy;
  }
  return out;
}

}  // namespace passerelle::language
