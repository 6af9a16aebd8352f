// What the functions of the table do. Arguments are no errors; their types are those of a
// signature, or anything where the checker saw dyn.
#pragma once

#include <span>

#include "core/language/code.h"
#include "core/language/value.h"

namespace passerelle::language {

struct CallContext {
  const Code& code;
  const CodeNode& node;  // which pattern, zone or calendar
  Arena* arena;
};
Value call(const CallContext& context, std::span<const Value> arguments);

}  // namespace passerelle::language
