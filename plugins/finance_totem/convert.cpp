#include "plugins/finance_totem/convert.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/decimal.h"

namespace passerelle::finance_totem {
namespace {

constexpr int kCents = 2;
constexpr int kFteScale = 4;

struct KindName {
  std::string_view code;
  std::string_view kind;
};
constexpr KindName kKinds[] = {
    {"01", "BP"}, {"02", "DM"}, {"03", "BS"}, {"09", "CA"}, {"10", "CFU"}};

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t milliseconds_of(base::Days day) {
  return std::int64_t{day} * (base::kMicrosPerDay / 1000);
}

// Seals are written with an offset, with Z, or without any: then UTC is as good, only the order of
// two exports of one document matters.
std::optional<std::int64_t> parse_seal(const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto instant = base::parse_instant(text);
  if (!instant.ok()) instant = base::parse_instant(text + "Z");
  if (!instant.ok()) return std::nullopt;
  return *instant / 1000;
}

std::optional<std::int64_t> version_of(const DocumentHeader& header) {
  std::optional<std::int64_t> version = parse_seal(header.sealed_at);
  if (const auto dated = base::parse_date(header.dated); dated.ok()) {
    version = std::max(version.value_or(milliseconds_of(*dated)), milliseconds_of(*dated));
  }
  return version;
}

Refusal header_refusal(std::string_view field, std::string_view value, std::string_view reason) {
  return {"TOTEM-HEADER", std::string(field), std::string(value), std::string(reason),
          "export the document again from the finance system, or correct its header"};
}

Refusal line_refusal(std::string_view field, std::string_view value, std::string_view reason) {
  return {"TOTEM-LINE", std::string(field), std::string(value), std::string(reason),
          "correct the line in the finance system and export the document again"};
}

std::optional<Refusal> take_amount(std::string_view field, const std::string& text,
                                   std::int64_t* cents) {
  *cents = 0;
  if (text.empty()) return std::nullopt;
  const auto parsed = base::parse_scaled(text, kCents);
  if (parsed.ok()) {
    *cents = *parsed;
    return std::nullopt;
  }
  return Refusal{"TOTEM-AMOUNT", std::string(field), text, base::message_of(parsed.status()),
                 "amounts are written 1234.56 with at most two decimals; correct the export"};
}

std::optional<Refusal> take_amounts(const RawLine& line, const Document& document,
                                    BudgetLine* out) {
  // A decision states the reports in a supplement, its MtRARPrec is not filled in.
  const bool use_supplement = document.kind == "DM"   ? !line.carried_supplement.empty()
                              : document.is_account() ? false
                                                      : line.carried.empty();
  struct Amount {
    std::string_view field;
    const std::string& text;
    std::int64_t* cents;
  };
  const Amount always[] = {
      {"MtBudgPrec", line.previous, &out->previous},
      {"MtRARPrec", use_supplement ? line.carried_supplement : line.carried, &out->carried_in},
      {"MtPropNouv", line.proposed, &out->proposed},
      {"CredOuv", line.open, &out->open}};
  for (const Amount& amount : always) {
    if (auto refusal = take_amount(amount.field, amount.text, amount.cents)) return refusal;
  }
  if (!document.is_account()) return std::nullopt;
  if (auto refusal = take_amount("MtReal", line.realised, &out->realised)) return refusal;
  return take_amount("MtRAR3112", line.remainder, &out->remainder);
}

Movement movement_of(const RawLine& line, bool order) {
  const bool is_expense = line.flow == "D";
  if (!order) return is_expense ? Movement::kExpenseReal : Movement::kReceiptReal;
  // TypOpBudg: 1 within a section, 2 between the sections.
  if (line.order_type == "1") {
    return is_expense ? Movement::kExpenseOrderWithin : Movement::kReceiptOrderWithin;
  }
  return is_expense ? Movement::kExpenseOrderBetween : Movement::kReceiptOrderBetween;
}

// The account's chapter; where an order line does not say which kind of order operation it is and
// the account has only one, that one.
std::string_view account_chapter(const RawLine& line, bool order, const Chart& chart) {
  const std::string_view chapter = chart.chapter_of_account(line.nature, movement_of(line, order));
  if (!chapter.empty() || !order || !line.order_type.empty()) return chapter;
  return chart.chapter_of_account(line.nature, line.flow == "D" ? Movement::kExpenseOrderWithin
                                                                : Movement::kReceiptOrderWithin);
}

void take_section(const RawLine& line, const Chart* chart, BudgetLine* out) {
  out->chapter = line.chapter_or_operation;
  if (chart != nullptr) {
    out->section = chart->section_of_chapter(line.chapter_or_operation);
    if (out->section != 0) return;
    const std::string_view chapter = account_chapter(line, out->order, *chart);
    out->section = chart->section_of_chapter(chapter);
    if (out->section != 0) {
      out->chapter = chapter;
      return;
    }
  }
  if (line.section == "F" || line.section == "I") out->section = line.section.front();
}

Refusal section_refusal(const RawLine& line, const Document& document, const Chart* chart) {
  Refusal refusal{"TOTEM-SECTION", "ContNat", line.chapter_or_operation, "", ""};
  refusal.reason = "the section of nature " + line.nature + " is unknown: ";
  if (chart == nullptr) {
    refusal.reason += "no chart of accounts of " + document.nomenclature +
                      " is configured and the line has no "
                      "CaracSup Section";
    refusal.remedy = "name the plan de comptes " + document.nomenclature + " of " +
                     std::to_string(document.exercise) + " in the connector's `chart`";
  } else {
    refusal.reason += "neither its ContNat is a chapter nor its account listed in the chart " +
                      chart->name().nomenclature + " " + std::to_string(chart->name().exercise) +
                      ", and the line has no CaracSup Section";
    refusal.remedy = "add the chart of accounts of the exercise to the connector's `chart`";
  }
  return refusal;
}

std::optional<bool> flag_of(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

}  // namespace

std::string Document::id() const {
  return siret + "/" + std::to_string(exercise) + "/" + kind_code + "/" + std::to_string(number);
}

std::variant<Document, Refusal> convert_header(const DocumentHeader& header, bool carried_known) {
  Document document;
  document.kind_code = header.kind_code;
  if (document.kind_code.empty() && header.is_single_account) document.kind_code = "10";
  for (const KindName& name : kKinds) {
    if (name.code == document.kind_code) document.kind = name.kind;
  }
  if (document.kind.empty()) {
    return header_refusal("NatDec", header.kind_code,
                          "unknown kind of document (expected 01 BP, 02 DM, 03 BS, 09 CA, 10 CFU)");
  }
  if (header.siret.empty()) return header_refusal("IdEtab", "", "the budget has no SIRET");
  const auto exercise = parse_integer(header.exercise);
  if (!exercise || *exercise < 1900 || *exercise > 2999) {
    return header_refusal("Exer", header.exercise, "the exercise is no year");
  }
  const auto number = header.number.empty() ? std::int64_t{0} : parse_integer(header.number);
  if (!number || *number < 0) {
    return header_refusal("NumDec", header.number, "the number of the decision is no number");
  }
  const auto version = version_of(header);
  if (!version) {
    return header_refusal("DteStr", header.dated,
                          "the document is dated by neither DteStr nor Scellement, so two exports "
                          "of it could not be told apart");
  }
  if (header.is_project) {
    return Refusal{
        "TOTEM-PROJECT", "ProjetBudget", "true",
        "the document is a project of budget, not a voted one: its credits do not exist",
        "send the voted document (ProjetBudget false) and leave the project out of `path`"};
  }
  document.siret = header.siret;
  document.exercise = *exercise;
  document.nomenclature = header.nomenclature;
  document.budget = header.budget_type;
  document.number = *number;
  document.version = *version;
  document.carried_known = carried_known;
  for (const std::string& date : {header.decided_on, header.dated}) {
    const auto day = base::parse_date(date);
    if (!document.decided_on && day.ok()) document.decided_on = *day;
  }
  return document;
}

std::variant<BudgetLine, Refusal> convert_line(const RawLine& line, const Document& document,
                                               const Chart* chart) {
  if (line.nature.empty()) return line_refusal("Nature", "", "the line has no nature");
  if (line.flow != "D" && line.flow != "R") {
    return line_refusal("CodRD", line.flow, "the line is neither an expense (D) nor a receipt (R)");
  }
  if (line.order != "0" && line.order != "1") {
    return line_refusal("OpBudg", line.order, "the line is neither real (0) nor an order line (1)");
  }
  BudgetLine out;
  out.order = line.order == "1";
  if (auto refusal = take_amounts(line, document, &out)) return *std::move(refusal);
  take_section(line, chart, &out);
  if (out.section == 0) return section_refusal(line, document, chart);
  return out;
}

std::variant<StaffPosition, Refusal> convert_position(const RawPosition& position) {
  StaffPosition out;
  const auto take = [](std::string_view field, const std::string& text,
                       std::int64_t* value) -> std::optional<Refusal> {
    if (text.empty()) return std::nullopt;
    const auto parsed = base::parse_scaled(text, kFteScale);
    if (parsed.ok()) {
      *value = *parsed;
      return std::nullopt;
    }
    return Refusal{"TOTEM-FTE", std::string(field), text, base::message_of(parsed.status()),
                   "FTE are written 0.80 with at most four decimals; correct the annex"};
  };
  if (auto refusal = take("EffectifBud", position.budgeted, &out.budgeted)) {
    return *std::move(refusal);
  }
  if (auto refusal = take("EffectifPourvu", position.filled, &out.filled)) {
    return *std::move(refusal);
  }
  out.full_time = flag_of(position.full_time);
  out.permanent = flag_of(position.permanent);
  return out;
}

}  // namespace passerelle::finance_totem
