// Walks the code of a program. One evaluation each; inside the room only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/language/code.h"
#include "core/language/program.h"

namespace passerelle::language {

class Evaluator {
 public:
  // Both must outlive the evaluator.
  Evaluator(const Code& code, Frame* frame);
  // The value of one node. Also used by the checker to fold constants.
  Value run(std::uint32_t node);

 private:
  std::uint32_t operand(const CodeNode& node, std::uint32_t index) const {
    return code_.operands[node.first + index];
  }
  Value field(std::uint32_t slot) const;
  Value all_of(const CodeNode& node);
  Value any_of(const CodeNode& node);
  Value conditional(const CodeNode& node);
  Value compared(const CodeNode& node);
  Value contained(const CodeNode& node);
  Value computed(const CodeNode& node);
  Value indexed(const CodeNode& node);
  Value has_key(const CodeNode& node);
  Value listed(const CodeNode& node);
  Value mapped(const CodeNode& node);
  Value called(const CodeNode& node);
  Value looped(const CodeNode& node);
  Value looped_to_list(const CodeNode& node, const List& range);
  Value looped_to_bool(const CodeNode& node, const List& range);
  // Takes `steps` off the budget; false when it is used up.
  bool charge(std::size_t steps);
  // `value`, or kBudget if it made the arena too large.
  Value within_budget(const Value& value) const;

  const Code& code_;
  Frame& frame_;
  std::size_t steps_ = 0;
  std::size_t arena_bytes_max_;
};

}  // namespace passerelle::language
