// Binding a stream to its source's columns.
#include "core/base/text.h"
#include "plugins/mapping/row_plan.h"

namespace passerelle::mapping {
namespace {

// Compiles one expression of the manifest; what is wrong goes to `problems`.
std::optional<language::Program> compiled(const std::string& text, std::string_view what,
                                          const language::Schema& schema, bool predicate,
                                          std::vector<std::string>* problems) {
  if (text.empty()) return std::nullopt;
  language::Compiled result =
      predicate ? language::compile_predicate(text, schema) : language::compile(text, schema);
  for (const language::Problem& problem : result.problems) {
    problems->push_back(std::string(what) + " '" + text + "', character " +
                        std::to_string(problem.column) + ": " + problem.reason + "; " +
                        problem.remedy);
  }
  return result.program;
}

}  // namespace

StatusOr<RowPlan> RowPlan::bind(const Dialect& dialect, const StreamSpec& stream,
                                const formats::CsvHeader& header, const base::Zone& zone) {
  RowPlan plan(dialect, stream, zone);
  PAS_RETURN_IF_ERROR(plan.bind_all(header));
  return plan;
}

Status RowPlan::bind_all(const formats::CsvHeader& header) {
  std::vector<std::string> problems;
  language::Schema schema;
  for (const std::string& name : header.names()) {
    std::string variable = variable_of(name);
    // Two columns of one name: the second is reached by its position only.
    if (schema.find(variable)) variable += "_" + std::to_string(schema.fields().size() + 1);
    schema.add({variable, language::TypeKind::kString, 0, "", true});
  }
  columns_ = header.names().size();
  std::vector<std::string> aliases;
  const auto slot_of = [&](const std::string& name) -> std::size_t {
    for (std::size_t i = 0; i < aliases.size(); ++i) {
      if (aliases[i] == name) return columns_ + i;
    }
    const auto column = header.require(name);
    if (column.ok()) return *column;
    problems.push_back("stream " + stream_->name + ": " + base::message_of(column.status()));
    return 0;
  };
  for (const auto& repeat : stream_->repeat) {
    Variant variant;
    for (const auto& [alias, column] : repeat) {
      std::size_t at = 0;
      while (at < aliases.size() && aliases[at] != alias) ++at;
      if (at == aliases.size()) {
        aliases.push_back(alias);
        schema.add({variable_of(alias), language::TypeKind::kString, 0, "", true});
      }
      const auto found = header.require(column);
      if (!found.ok()) problems.push_back("repeat: " + base::message_of(found.status()));
      variant.aliases.emplace_back(columns_ + at, found.value_or(0));
    }
    variants_.push_back(std::move(variant));
  }
  for (const std::string& column : stream_->id_columns) id_slots_.push_back(slot_of(column));
  id_ = compiled(stream_->id_expression, "id", schema, false, &problems);
  for (const std::string& column : stream_->natural_key_columns) {
    natural_key_slots_.push_back(slot_of(column));
  }
  natural_key_ = compiled(stream_->natural_key_expression, "natural_key", schema, false, &problems);
  version_ = compiled(stream_->version, "version", schema, false, &problems);
  when_ = compiled(stream_->when, "when", schema, true, &problems);
  deleted_ = compiled(stream_->deleted, "deleted", schema, true, &problems);
  for (const RejectRule& rule : stream_->rejects) {
    auto when = compiled(rule.when, "reject " + rule.rule, schema, true, &problems);
    if (when) guards_.push_back({&rule, *when});
  }
  for (const FieldSpec& spec : stream_->fields) {
    BoundField field;
    field.spec = &spec;
    field.gives_mark = spec.field.name == stream_->complete_to;
    if (spec.from == From::kColumn) field.slot = slot_of(spec.text);
    if (spec.from == From::kExpression) {
      field.program = compiled(spec.text, "field " + spec.field.name, schema, false, &problems);
    }
    fields_.push_back(std::move(field));
  }
  values_.resize(columns_ + aliases.size());
  if (problems.empty()) return absl::OkStatus();
  return base::invalid_argument(base::join(problems, "\n"));
}

}  // namespace passerelle::mapping
