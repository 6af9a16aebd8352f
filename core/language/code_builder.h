// Writes the code of a program, folding what is constant. Inside the room only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/language/code.h"
#include "core/language/schema.h"

namespace passerelle::language {

class CodeBuilder {
 public:
  CodeBuilder() : code_(std::make_shared<Code>()) {}

  // Each returns the index of a node.
  std::uint32_t constant(const Value& value);
  std::uint32_t leaf(Op op, std::uint32_t index);
  std::uint32_t emit(Op op, std::vector<std::uint32_t> operands);
  std::uint32_t emit_loop(Op op, std::vector<std::uint32_t> operands, std::uint32_t local);
  // For kCall; set its index with set_index before folding where it has a pattern, zone or
  // calendar.
  std::uint32_t emit_call(Function function, std::vector<std::uint32_t> operands);
  void set_index(std::uint32_t node, std::uint32_t index);

  bool is_constant(std::uint32_t node) const { return code_->nodes[node].op == Op::kConstant; }
  const Value& value_of(std::uint32_t constant_node) const {
    return code_->constants[code_->nodes[constant_node].index];
  }
  // Evaluates a node whose operands are all constants and puts the value in its place; an error
  // leaves the node as it is. Returns the value or error; Value::absent() if it is not foldable.
  Value fold(std::uint32_t node);

  std::uint32_t new_local() { return code_->locals++; }
  // False if the pattern is not one RE2 takes; then `*reason` says why.
  bool add_pattern(std::string_view pattern, std::uint32_t* index, std::string* reason);
  std::uint32_t add_zone(absl::TimeZone zone);
  std::uint32_t add_calendar(std::shared_ptr<const BusinessCalendar> calendar);
  // The texts of a constant list as a set; false if it is short or holds something else.
  bool add_text_set(std::uint32_t list, std::uint32_t* index);

  // The builder is empty afterwards.
  std::shared_ptr<const Code> finish(std::uint32_t root, Result result, const Schema& schema);

 private:
  void collect_fields(std::uint32_t node);

  std::shared_ptr<Code> code_;
};

}  // namespace passerelle::language
