// What a Program holds: the checked expression as nodes, its constants, patterns and time zones.
// Inside the room only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"
#include "core/language/business_time.h"
#include "core/language/functions.h"
#include "core/language/program.h"
#include "core/language/value.h"

namespace re2 {
class RE2;
}

namespace passerelle::language {

enum class Op : std::uint8_t {
  kConstant,  // index: constant
  kField,     // index: slot
  kHasField,  // index: slot
  kLocal,     // index: local
  kHasKey,    // operands: map, key
  kAnd,
  kOr,
  kNot,
  kConditional,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kInTexts,  // operand: text; index: set
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kList,
  kMap,
  kIndex,
  kCall,  // index: pattern, zone or calendar of the call, if it has one
  kAll,   // operands: range, body [, body]; index: local
  kExists,
  kExistsOne,
  kMapMacro,  // operands: range, value [, filter]
  kFilter,
};

struct CodeNode {
  Op op = Op::kConstant;
  Function function = Function::kSize;
  bool has_index = false;
  std::uint32_t index = 0;
  std::uint32_t first = 0;  // operands: Code::operands[first, first + count)
  std::uint32_t count = 0;
  std::uint32_t weight = 1;  // nodes of the subtree: what one turn of a loop costs
};

struct Code {
  std::vector<CodeNode> nodes;
  std::vector<std::uint32_t> operands;
  std::vector<Value> constants;
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::vector<absl::TimeZone> zones;
  std::vector<std::shared_ptr<const BusinessCalendar>> calendars;
  std::vector<std::unordered_set<std::string_view>> text_sets;
  Arena arena;  // of the constants
  std::uint32_t locals = 0;
  std::uint32_t root = 0;
  std::vector<std::uint32_t> fields;
  std::vector<std::string> field_names;  // by slot
  Result result;

  Code();
  ~Code();
};

}  // namespace passerelle::language
