#include "core/language/code_builder.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/language/evaluator.h"

namespace passerelle::language {
namespace {

constexpr std::size_t kTextSetMin = 8;              // shorter lists are as fast to walk
constexpr std::int64_t kPatternBytesMax = 1 << 20;  // of one compiled pattern

bool is_loop(Op op) { return op >= Op::kAll; }

}  // namespace

std::uint32_t CodeBuilder::constant(const Value& value) {
  code_->constants.push_back(code_->arena.keep_copy(value));
  return leaf(Op::kConstant, static_cast<std::uint32_t>(code_->constants.size() - 1));
}

std::uint32_t CodeBuilder::leaf(Op op, std::uint32_t index) {
  CodeNode node;
  node.op = op;
  node.index = index;
  code_->nodes.push_back(node);
  return static_cast<std::uint32_t>(code_->nodes.size() - 1);
}

std::uint32_t CodeBuilder::emit(Op op, std::vector<std::uint32_t> operands) {
  CodeNode node;
  node.op = op;
  node.first = static_cast<std::uint32_t>(code_->operands.size());
  node.count = static_cast<std::uint32_t>(operands.size());
  for (std::uint32_t operand : operands) node.weight += code_->nodes[operand].weight;
  code_->operands.insert(code_->operands.end(), operands.begin(), operands.end());
  code_->nodes.push_back(node);
  return static_cast<std::uint32_t>(code_->nodes.size() - 1);
}

std::uint32_t CodeBuilder::emit_loop(Op op, std::vector<std::uint32_t> operands,
                                     std::uint32_t local) {
  const std::uint32_t node = emit(op, std::move(operands));
  code_->nodes[node].index = local;
  return node;
}

std::uint32_t CodeBuilder::emit_call(Function function, std::vector<std::uint32_t> operands) {
  const std::uint32_t node = emit(Op::kCall, std::move(operands));
  code_->nodes[node].function = function;
  return node;
}

void CodeBuilder::set_index(std::uint32_t node, std::uint32_t index) {
  code_->nodes[node].index = index;
  code_->nodes[node].has_index = true;
}

Value CodeBuilder::fold(std::uint32_t node) {
  const CodeNode& code = code_->nodes[node];
  // Loops are left alone: they may cost as much as an evaluation is allowed to.
  const bool literal = code.op == Op::kList || code.op == Op::kMap;
  if (is_loop(code.op) || (code.count == 0 && !literal)) return Value::absent();
  for (std::uint32_t i = 0; i < code.count; ++i) {
    if (!is_constant(code_->operands[code.first + i])) return Value::absent();
  }
  Frame frame;
  const Value value = Evaluator(*code_, &frame).run(node);
  if (value.is_error()) return value;
  const std::uint32_t folded = constant(value);
  code_->nodes[node] = code_->nodes[folded];
  return value_of(node);
}

bool CodeBuilder::add_pattern(std::string_view pattern, std::uint32_t* index, std::string* reason) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  auto compiled =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) {
    *reason = compiled->error();
    return false;
  }
  code_->patterns.push_back(std::move(compiled));
  *index = static_cast<std::uint32_t>(code_->patterns.size() - 1);
  return true;
}

std::uint32_t CodeBuilder::add_zone(absl::TimeZone zone) {
  code_->zones.push_back(zone);
  return static_cast<std::uint32_t>(code_->zones.size() - 1);
}

std::uint32_t CodeBuilder::add_calendar(std::shared_ptr<const BusinessCalendar> calendar) {
  code_->calendars.push_back(std::move(calendar));
  return static_cast<std::uint32_t>(code_->calendars.size() - 1);
}

bool CodeBuilder::add_text_set(std::uint32_t list, std::uint32_t* index) {
  if (!is_constant(list) || value_of(list).tag() != Tag::kList) return false;
  const List& items = value_of(list).items();
  const bool texts = std::all_of(items.begin(), items.end(),
                                 [](const Value& item) { return item.tag() == Tag::kString; });
  if (!texts || items.size() < kTextSetMin) return false;
  std::unordered_set<std::string_view> set;
  for (const Value& item : items) set.insert(item.text());
  code_->text_sets.push_back(std::move(set));
  *index = static_cast<std::uint32_t>(code_->text_sets.size() - 1);
  return true;
}

void CodeBuilder::collect_fields(std::uint32_t node) {
  const CodeNode& code = code_->nodes[node];
  if (code.op == Op::kField || code.op == Op::kHasField) code_->fields.push_back(code.index);
  for (std::uint32_t i = 0; i < code.count; ++i) {
    collect_fields(code_->operands[code.first + i]);
  }
}

std::shared_ptr<const Code> CodeBuilder::finish(std::uint32_t root, Result result,
                                                const Schema& schema) {
  code_->root = root;
  code_->result = std::move(result);
  collect_fields(root);
  std::sort(code_->fields.begin(), code_->fields.end());
  code_->fields.erase(std::unique(code_->fields.begin(), code_->fields.end()), code_->fields.end());
  for (const Field& field : schema.fields()) code_->field_names.push_back(field.name);
  return std::exchange(code_, std::make_shared<Code>());
}

}  // namespace passerelle::language
