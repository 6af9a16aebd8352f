#include "plugins/mapping/row_plan.h"

#include "core/base/limits.h"
#include "core/base/text.h"

namespace passerelle::mapping {
namespace {

// Takes everything and keeps nothing: a row is checked whole before any of it is written.
class Nothing final : public sdk::StreamWriter {
 public:
  StreamWriter& begin(std::string_view, std::int64_t, std::uint64_t) override { return *this; }
  StreamWriter& set(std::string_view, std::string_view) override { return *this; }
  StreamWriter& set_number(std::string_view, std::int64_t) override { return *this; }
  StreamWriter& set(std::size_t, std::string_view) override { return *this; }
  StreamWriter& set_number(std::size_t, std::int64_t) override { return *this; }
  StreamWriter& natural_key(std::string_view) override { return *this; }
  void end() override {}
  void deleted(std::string_view, std::int64_t, std::uint64_t) override {}
  void reject(sdk::Reject) override {}
};

bool is_whole_number(sdk::FieldType type) {
  return type == sdk::FieldType::kInteger || type == sdk::FieldType::kDecimal;
}

}  // namespace

bool RowPlan::is_missing(std::string_view cell) const {
  for (const std::string& text : dialect_->missing) {
    if (cell == text) return true;
  }
  return cell.empty();
}

void RowPlan::load(const std::vector<std::string_view>& cells) {
  for (std::size_t i = 0; i < columns_; ++i) {
    const std::string_view cell = i < cells.size() ? base::trimmed(cells[i]) : std::string_view();
    values_[i] = is_missing(cell) ? language::Value::absent() : language::Value::string(cell);
  }
}

// False when nothing is in the variant's columns: there is no such record in this row.
bool RowPlan::load_variant(const Variant& variant) {
  bool any = false;
  for (const auto& [slot, column] : variant.aliases) {
    values_[slot] = values_[column];
    any = any || values_[column].tag() != language::Tag::kAbsent;
  }
  return any;
}

bool RowPlan::holds(const std::optional<language::Program>& program) {
  return program && program->eval(frame_).is_true();
}

std::optional<RowPlan::Fault> RowPlan::make_id(std::size_t ordinal) {
  id_text_.clear();
  if (id_) {
    const language::Value value = id_->eval(frame_);
    if (value.tag() != language::Tag::kString) {
      return Fault{nullptr, "", "its id cannot be told: " + id_->describe(value)};
    }
    id_text_ = value.text();
  }
  for (std::size_t i = 0; i < id_slots_.size(); ++i) {
    const language::Value& value = values_[id_slots_[i]];
    if (value.tag() != language::Tag::kString) {
      return Fault{nullptr, "", "the id column '" + stream_->id_columns[i] + "' is empty"};
    }
    if (i > 0) id_text_ += '/';
    id_text_ += value.text();
  }
  if (!variants_.empty()) id_text_ += "#" + std::to_string(ordinal + 1);
  if (id_text_.empty() || id_text_.size() > base::kRecordKeyBytesMax) {
    return Fault{nullptr, "", "its id has " + std::to_string(id_text_.size()) + " bytes"};
  }
  return std::nullopt;
}

std::optional<RowPlan::Fault> RowPlan::make_natural_key() {
  natural_key_text_.clear();
  if (natural_key_) {
    const language::Value value = natural_key_->eval(frame_);
    if (value.tag() == language::Tag::kString) {
      natural_key_text_ = value.text();
    } else if (!value.is_error() || value.error_code() != language::ErrorCode::kNoValue) {
      return Fault{nullptr, "", "its natural key cannot be told: " + natural_key_->describe(value)};
    }
  }
  for (std::size_t i = 0; i < natural_key_slots_.size(); ++i) {
    const language::Value& value = values_[natural_key_slots_[i]];
    if (value.tag() != language::Tag::kString) {
      natural_key_text_.clear();
      break;
    }
    if (i > 0) natural_key_text_ += '/';
    natural_key_text_ += value.text();
  }
  if (natural_key_text_.size() > base::kRecordKeyBytesMax) {
    return Fault{nullptr, "",
                 "its natural key has " + std::to_string(natural_key_text_.size()) + " bytes"};
  }
  return std::nullopt;
}

bool RowPlan::refuse(const RowPlace& place, sdk::StreamWriter& out) {
  for (const Guard& guard : guards_) {
    if (!guard.when.eval(frame_).is_true()) continue;
    reject(place, guard.rule->rule, {nullptr, "", guard.rule->reason}, guard.rule->remedy, out);
    return true;
  }
  Nothing nothing;
  if (const auto fault = check_fields(nothing)) {
    reject(place, "-VALUE", *fault, "correct the value in the source, or map it in the manifest",
           out);
    return true;
  }
  if (const auto fault = make_natural_key()) {
    reject(place, "-KEY", *fault, "correct the columns that it is made of", out);
    return true;
  }
  return false;
}

void RowPlan::write(const std::vector<std::string_view>& cells, const RowPlace& place,
                    std::int64_t source_version, sdk::StreamWriter& out) {
  if (cells.size() != columns_) {
    return reject(place, "-COLUMNS",
                  {nullptr, "",
                   "the row has " + std::to_string(cells.size()) + " columns, the header " +
                       std::to_string(columns_)},
                  "check the delimiter and the quotes of this row", out);
  }
  load(cells);
  const std::size_t count = variants_.empty() ? 1 : variants_.size();
  for (std::size_t i = 0; i < count; ++i) {
    bool any = variants_.empty() || load_variant(variants_[i]);
    frame_.bind(values_);
    if (when_ && !holds(when_)) return;
    // A row that comes again in a newer version may hold fewer records than before, and a deletion
    // takes away whatever records it had.
    const bool is_deleted = holds(deleted_) || (!any && version_);
    if (!any && !is_deleted) continue;
    if (const auto fault = make_id(i)) {
      return reject(place, "-ID", *fault, "fill it in", out);
    }
    std::int64_t version = source_version;
    if (version_) {
      const language::Value value = version_->eval(frame_);
      if (value.is_error()) {
        return reject(place, "-VERSION",
                      {nullptr, "", "its version cannot be told: " + version_->describe(value)},
                      "correct the column that the version is made of", out);
      }
      version = value.raw();
    }
    if (is_deleted) {
      out.deleted(id_text_, version, place.row);
      continue;
    }
    if (refuse(place, out)) return;
    out.begin(id_text_, version, place.row);
    if (!natural_key_text_.empty()) out.natural_key(natural_key_text_);
    check_fields(out);
    out.end();
  }
}

std::optional<RowPlan::Fault> RowPlan::check_fields(sdk::StreamWriter& out) {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (auto fault = set_field(fields_[i], i, out)) return fault;
  }
  return std::nullopt;
}

std::optional<RowPlan::Fault> RowPlan::set_field(const BoundField& field, std::size_t index,
                                                 sdk::StreamWriter& out) {
  const FieldSpec& spec = *field.spec;
  if (spec.from == From::kConstant) {
    return set_text(spec, index, spec.text, field.gives_mark, out);
  }
  if (field.program)
    return set_value(spec, index, field.program->eval(frame_), *field.program, out);
  const language::Value& value = values_[field.slot];
  if (value.tag() != language::Tag::kString) return std::nullopt;
  std::string_view text = value.text();
  if (!spec.values.empty()) {
    const auto mapped = spec.values.find(std::string(text));
    if (mapped != spec.values.end()) text = mapped->second;
  }
  return set_text(spec, index, text, field.gives_mark, out);
}

std::optional<RowPlan::Fault> RowPlan::set_text(const FieldSpec& spec, std::size_t index,
                                                std::string_view text, bool gives_mark,
                                                sdk::StreamWriter& out) {
  StatusOr<std::int64_t> number(std::int64_t{0});
  switch (spec.field.type) {
    case sdk::FieldType::kString:
    case sdk::FieldType::kPerson:
      out.set(index, text);
      return std::nullopt;
    case sdk::FieldType::kInteger:
    case sdk::FieldType::kDecimal:
      number = parse_number(text, spec.field.scale, numbers_, &scratch_);
      break;
    case sdk::FieldType::kDate: {
      const auto day = parse_day(text, spec.format, zone_);
      number = day.ok() ? StatusOr<std::int64_t>(*day) : StatusOr<std::int64_t>(day.status());
      if (day.ok() && gives_mark) complete_to_ = std::max(complete_to_.value_or(*day), *day);
      break;
    }
    case sdk::FieldType::kInstant:
      number = parse_moment(text, spec.format, zone_);
      break;
    case sdk::FieldType::kBoolean: {
      const auto yes = parse_yes(text);
      number =
          yes.ok() ? StatusOr<std::int64_t>(*yes ? 1 : 0) : StatusOr<std::int64_t>(yes.status());
      break;
    }
  }
  if (!number.ok()) return Fault{&spec, std::string(text), base::message_of(number.status())};
  out.set_number(index, *number);
  return std::nullopt;
}

std::optional<RowPlan::Fault> RowPlan::set_value(const FieldSpec& spec, std::size_t index,
                                                 const language::Value& value,
                                                 const language::Program& program,
                                                 sdk::StreamWriter& out) {
  using language::Tag;
  if (value.is_error()) {
    // An absent column makes an absent field; anything else is a fault of the row.
    if (value.error_code() == language::ErrorCode::kNoValue) return std::nullopt;
    return Fault{&spec, "", program.describe(value)};
  }
  switch (value.tag()) {
    case Tag::kAbsent:
    case Tag::kNull:
      return std::nullopt;
    case Tag::kString:
      return set_text(spec, index, value.text(), false, out);
    case Tag::kInt:
    case Tag::kDecimal:
    case Tag::kRational: {
      if (!is_whole_number(spec.field.type)) break;
      const base::Rational exact = value.tag() == Tag::kRational
                                       ? value.boxed()
                                       : base::to_rational(value.raw(), value.scale());
      const auto scaled = base::round_to_scaled(exact, spec.field.scale);
      if (!scaled) return Fault{&spec, "", "the result does not fit 64 bits"};
      out.set_number(index, *scaled);
      return std::nullopt;
    }
    case Tag::kBool:
      if (spec.field.type != sdk::FieldType::kBoolean) break;
      out.set_number(index, value.is_true() ? 1 : 0);
      return std::nullopt;
    case Tag::kTimestamp:
    case Tag::kDate:
      out.set_number(index, value.raw());
      return std::nullopt;
    default:
      break;
  }
  return Fault{&spec, "", "the expression gives another type than the field has"};
}

void RowPlan::reject(const RowPlace& place, std::string_view rule, const Fault& fault,
                     std::string_view remedy, sdk::StreamWriter& out) const {
  sdk::Reject reject;
  reject.key = id_text_;
  const std::string row = "row " + std::to_string(place.row);
  reject.position = std::string(place.source) + ", ";
  reject.position +=
      place.line == 0 ? row : "line " + std::to_string(place.line) + " (" + row + ")";
  // A rule of the manifest bears its own name.
  if (rule.starts_with('-')) reject.rule = dialect_->code;
  reject.rule += rule;
  if (fault.field != nullptr) {
    reject.field = fault.field->field.name;
    const bool personal = fault.field->field.type == sdk::FieldType::kPerson;
    reject.value = personal ? base::masked(fault.value) : fault.value;
  }
  reject.reason = fault.reason;
  reject.remedy = remedy;
  out.reject(std::move(reject));
}

}  // namespace passerelle::mapping
