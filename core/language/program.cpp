#include "core/language/program.h"

#include <re2/re2.h>

#include "core/language/code.h"
#include "core/language/evaluator.h"

namespace passerelle::language {

Code::Code() = default;
Code::~Code() = default;

void Frame::bind(std::span<const Value> fields) {
  fields_ = fields;
  if (arena_.bytes() > 0) arena_.clear();
}

Value Program::eval(Frame& frame) const { return Evaluator(*code_, &frame).run(code_->root); }

const std::vector<std::uint32_t>& Program::fields() const { return code_->fields; }

const Result& Program::result() const { return code_->result; }

std::string Program::describe(const Value& error) const {
  if (!error.is_error()) return to_string(error);
  const std::uint32_t slot = error.error_detail();
  if (error.error_code() == ErrorCode::kNoValue && slot < code_->field_names.size()) {
    return "no value in field '" + code_->field_names[slot] + "'";
  }
  return std::string(to_string(error.error_code()));
}

}  // namespace passerelle::language
