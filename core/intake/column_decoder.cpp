#include "core/intake/column_decoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/intake/packed.h"
#include "core/intake/quantities.h"
#include "core/intake/rules.h"

namespace passerelle::intake {
namespace {

using model::FieldType;

Status broken(const types::v1::Column& column, std::string_view why) {
  return base::invalid_argument("column `" + column.name() + "` " + std::string(why));
}

class ColumnDecoder {
 public:
  ColumnDecoder(const types::v1::Column& column, const Slot& slot, Vault* vault, Verdicts* verdicts,
                std::vector<std::uint64_t>* contents, model::Column* out)
      : column_(column),
        slot_(slot),
        type_(static_cast<FieldType>(static_cast<int>(column.type()) - 1)),
        scale_(static_cast<int>(column.scale())),
        vault_(vault),
        verdicts_(verdicts),
        contents_(*contents),
        out_(out) {}

  Status decode() {
    out_->type = slot_.field.type;
    out_->scale = slot_.field.scale;
    const bool text = model::is_text(type_);
    const bool one_array = text ? column_.numbers().empty()
                                : column_.codes().empty() && column_.dictionary_size() == 0;
    const bool whole = text ? unpack(column_.codes(), contents_.size(), &out_->codes)
                            : unpack(column_.numbers(), contents_.size(), &out_->numbers);
    if (!one_array || !whole) return broken(column_, "does not hold one value a row");
    return text ? decode_texts() : decode_numbers();
  }

 private:
  Status decode_texts() {
    const auto size = static_cast<std::uint32_t>(column_.dictionary_size());
    const std::uint32_t highest = highest_code();
    if (highest == 0) return absl::OkStatus();
    if (highest > size) reject_wild_codes(size);
    breaches_.resize(size);
    if (type_ != slot_.declared || !may_become(type_, slot_.field.type)) {
      for (Breach& breach : breaches_) breach = wrong_type();
      reject_rows_of_breaches();
      return absl::OkStatus();
    }
    if (type_ == FieldType::kPerson) {
      PAS_RETURN_IF_ERROR(tokenise());
    } else {
      take_dictionary();
    }
    std::vector<std::uint64_t> hashes(size + 1, 0);
    bool any_breach = false;
    for (std::size_t entry = 0; entry < size; ++entry) {
      hashes[entry + 1] = base::hash64(out_->dictionary[entry], slot_.salt);
      any_breach = any_breach || !breaches_[entry].rule.empty();
    }
    if (any_breach) reject_rows_of_breaches();
    const std::uint32_t* codes = out_->codes.data();
    std::uint64_t* contents = contents_.data();
    for (std::size_t row = 0; row < contents_.size(); ++row) contents[row] += hashes[codes[row]];
    out_->name = slot_.field.name;
    return absl::OkStatus();
  }

  std::uint32_t highest_code() const {
    std::uint32_t highest = 0;
    for (const std::uint32_t code : out_->codes) highest = code > highest ? code : highest;
    return highest;
  }

  void reject_wild_codes(std::uint32_t size) {
    for (std::size_t row = 0; row < out_->codes.size(); ++row) {
      if (out_->codes[row] <= size) continue;
      verdicts_->reject(row,
                        {kWildCode.name, slot_.field.name,
                         "its code " + std::to_string(out_->codes[row]) +
                             " is not in the dictionary of " + std::to_string(size) + " texts",
                         kWildCode.remedy, false, slot_.rank},
                        {});
      out_->codes[row] = 0;
    }
  }

  Breach wrong_type() const {
    const bool plain_person = slot_.field.type == FieldType::kPerson;
    const bool personal =
        plain_person || type_ == FieldType::kPerson || slot_.declared == FieldType::kPerson;
    const bool undeclared = may_become(type_, slot_.field.type);
    const Rule& rule = plain_person ? kPlainPerson : kWrongType;
    return {rule.name,
            slot_.field.name,
            "expected " +
                (undeclared ? described(slot_.declared, 0)
                            : described(slot_.field.type, slot_.field.scale)) +
                ", got " + described(type_, scale_),
            rule.remedy,
            personal,
            slot_.rank};
  }

  void take_dictionary() {
    out_->dictionary.assign(column_.dictionary().begin(), column_.dictionary().end());
    for (std::size_t entry = 0; entry < out_->dictionary.size(); ++entry) {
      std::string& text = out_->dictionary[entry];
      if (text.size() > base::kTextFieldBytesMax) {
        breaches_[entry] = {kTooLong.name,
                            slot_.field.name,
                            "the text has " + std::to_string(text.size()) + " bytes, at most " +
                                std::to_string(base::kTextFieldBytesMax) + " are kept",
                            kTooLong.remedy,
                            false,
                            slot_.rank};
      } else if (!base::is_valid_utf8(text)) {
        breaches_[entry] = {
            kNotUtf8.name, slot_.field.name, "the text is not UTF-8", kNotUtf8.remedy,
            false,         slot_.rank};
      }
      if (!breaches_[entry].rule.empty()) text.clear();  // also where no row uses the entry
    }
  }

  Status tokenise() {
    const std::string& scheme = scheme_of(column_, slot_);
    std::vector<PersonRef> references;
    std::vector<std::size_t> entries;
    for (std::size_t entry = 0; entry < breaches_.size(); ++entry) {
      const PersonRef reference{scheme, column_.dictionary(static_cast<int>(entry))};
      const std::string refused = why_refused_here(slot_, reference);
      if (refused.empty()) {
        references.push_back(reference);
        entries.push_back(entry);
      } else {
        breaches_[entry] = {
            kRefusedPerson.name, slot_.field.name, refused, kRefusedPerson.remedy, true,
            slot_.rank};
      }
    }
    PAS_ASSIGN_OR_RETURN(const std::vector<base::Hash128> tokens, vault_->tokens_for(references));
    out_->dictionary.resize(breaches_.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      out_->dictionary[entries[i]] = base::to_hex(tokens[i]);
    }
    return absl::OkStatus();
  }

  // Never shows what must stay secret; codes of rejected rows are cleared with their texts.
  void reject_rows_of_breaches() {
    for (std::size_t row = 0; row < out_->codes.size(); ++row) {
      std::uint32_t& code = out_->codes[row];
      if (code == 0 || breaches_[code - 1].rule.empty()) continue;
      verdicts_->reject(row, breaches_[code - 1], column_.dictionary(static_cast<int>(code) - 1));
      code = 0;
    }
  }

  Status decode_numbers() {
    if (scale_ > base::kScaleMax) return broken(column_, "has more than 18 decimals");
    bool present = false;
    for (const std::int64_t number : out_->numbers) present |= number != model::kAbsent;
    if (!present) return absl::OkStatus();
    if (!may_become(type_, slot_.declared) || !may_become(type_, slot_.field.type)) {
      for (std::size_t row = 0; row < out_->numbers.size(); ++row) {
        if (out_->numbers[row] != model::kAbsent) reject_number(row, wrong_type());
      }
      return absl::OkStatus();
    }
    out_->name = slot_.field.name;
    const int from = type_ == FieldType::kDecimal ? scale_ : 0;
    const int to = slot_.field.type == FieldType::kDecimal ? slot_.field.scale : 0;
    if (from != to) rescale_all(from, to);
    check_ranges();
    std::uint64_t* contents = contents_.data();
    const std::int64_t* numbers = out_->numbers.data();
    for (std::size_t row = 0; row < contents_.size(); ++row) {
      const auto number = static_cast<std::uint64_t>(numbers[row]);
      contents[row] += numbers[row] == model::kAbsent ? 0 : mixed(number ^ slot_.salt);
    }
    return absl::OkStatus();
  }

  void rescale_all(int from, int to) {
    for (std::size_t row = 0; row < out_->numbers.size(); ++row) {
      const std::int64_t number = out_->numbers[row];
      if (number == model::kAbsent) continue;
      std::int64_t rescaled = 0;
      const Rescaled result = rescale(number, from, to, &rescaled);
      if (result == Rescaled::kExact) {
        out_->numbers[row] = rescaled;
        continue;
      }
      const bool too_large = result == Rescaled::kTooLarge;
      const Rule& rule = too_large ? kOutOfRange : kWrongScale;
      reject_number(row, {rule.name, slot_.field.name,
                          (too_large ? "does not fit " : "is not exact as ") +
                              described(slot_.field.type, slot_.field.scale),
                          rule.remedy, false, slot_.rank});
    }
  }

  void check_ranges() {
    if (type_ == FieldType::kInteger || type_ == FieldType::kDecimal) return;
    for (std::size_t row = 0; row < out_->numbers.size(); ++row) {
      const std::int64_t number = out_->numbers[row];
      if (number == model::kAbsent || is_in_range(type_, number)) continue;
      reject_number(row,
                    {kOutOfRange.name, slot_.field.name,
                     "is not " + described(type_, 0) +
                         (type_ == FieldType::kBoolean ? " (0 or 1)" : " of the years 1 to 9999"),
                     kOutOfRange.remedy, false, slot_.rank});
    }
  }

  void reject_number(std::size_t row, const Breach& breach) {
    verdicts_->reject(row, breach, shown_number(type_, scale_, out_->numbers[row]));
    out_->numbers[row] = model::kAbsent;
  }

  const types::v1::Column& column_;
  const Slot& slot_;
  const FieldType type_;  // as sent
  const int scale_;
  Vault* const vault_;
  Verdicts* const verdicts_;
  std::vector<std::uint64_t>& contents_;
  model::Column* const out_;
  std::vector<Breach> breaches_;  // of each dictionary entry; no rule: none
};

}  // namespace

Status decode_column(const types::v1::Column& column, const Slot& slot, Vault* vault,
                     Verdicts* verdicts, std::vector<std::uint64_t>* contents, model::Column* out) {
  if (column.type() < types::v1::FIELD_TYPE_STRING ||
      column.type() > types::v1::FIELD_TYPE_PERSON) {
    return broken(column, "has no type that this hub knows");
  }
  return ColumnDecoder(column, slot, vault, verdicts, contents, out).decode();
}

const std::string& scheme_of(const types::v1::Column& column, const Slot& slot) {
  return column.scheme().empty() ? slot.scheme : column.scheme();
}

std::string why_refused_here(const Slot& slot, PersonRef reference) {
  if (!slot.scheme.empty() && reference.scheme != slot.scheme) {
    return "the identifier is of register `" + std::string(reference.scheme) + "`, declared is `" +
           slot.scheme + "`";
  }
  if (reference.value.size() > base::kRecordKeyBytesMax) return "the identifier is too long";
  if (!base::is_valid_utf8(reference.value)) return "the identifier is not UTF-8";
  return why_refused(reference);
}

std::uint64_t values_in(const types::v1::Column& column) {
  std::vector<std::uint32_t> codes;
  std::vector<std::int64_t> numbers;
  unpack(column.codes(), column.codes().size() / sizeof(std::uint32_t), &codes);
  unpack(column.numbers(), column.numbers().size() / sizeof(std::int64_t), &numbers);
  return static_cast<std::uint64_t>(
      std::count_if(codes.begin(), codes.end(), [](std::uint32_t code) { return code != 0; }) +
      std::count_if(numbers.begin(), numbers.end(),
                    [](std::int64_t number) { return number != model::kAbsent; }));
}

}  // namespace passerelle::intake
