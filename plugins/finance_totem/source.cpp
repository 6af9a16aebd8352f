#include "plugins/finance_totem/source.h"

#include <utility>

#include "core/base/decimal.h"
#include "core/formats/xml.h"

namespace passerelle::finance_totem {
namespace {

using formats::XmlEvent;
using formats::XmlReader;

// After the kStart of an element: calls `visit` after the kStart of each child; it must consume the
// child up to its kEnd.
template <typename Visit>
Status for_each_child(XmlReader& reader, Visit visit) {
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, reader.next());
    if (event == XmlEvent::kEnd || event == XmlEvent::kDone) return {};
    if (event == XmlEvent::kStart) PAS_RETURN_IF_ERROR(visit(reader.local_name()));
  }
}

// TotEM keeps every value in the attribute V of an element of its own.
Status take_value(XmlReader& reader, std::string* out) {
  if (out == nullptr) return reader.skip_element();
  *out = reader.attribute_or_empty("V");
  return reader.skip_element();
}

struct NamedText {
  std::string_view element;
  std::string* text;
};

template <std::size_t kCount>
std::string* find_text(const NamedText (&texts)[kCount], std::string_view element) {
  for (const NamedText& candidate : texts) {
    if (candidate.element == element) return candidate.text;
  }
  return nullptr;
}

class Scan {
 public:
  Scan(XmlReader& reader, DocumentHeader* header, DocumentVisitor& visitor)
      : reader_(reader), header_(*header), visitor_(visitor) {}

  Status run() {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, reader_.next());
    const std::string_view root = reader_.local_name();
    if (event == XmlEvent::kStart && root == "DocumentBudgetaire") {
      PAS_RETURN_IF_ERROR(document());
    } else if (event == XmlEvent::kStart && root == "CompteFinancierUnique") {
      header_.is_single_account = true;
      PAS_RETURN_IF_ERROR(for_each_child(reader_, [this](std::string_view element) {
        return element == "DocumentBudgetaire" ? document() : reader_.skip_element();
      }));
    } else {
      return base::invalid_argument(
          "the root element is " + std::string(root) +
          ", not DocumentBudgetaire or CompteFinancierUnique: this is no TotEM budget document");
    }
    // Up to the very end: what follows the root may be malformed too.
    PAS_ASSIGN_OR_RETURN(const XmlEvent end, reader_.next());
    return end == XmlEvent::kDone ? Status() : base::internal("events after the root's end");
  }

 private:
  Status document() {
    return for_each_child(reader_, [this](std::string_view element) {
      if (element == "Scellement") {
        header_.sealed_at = reader_.attribute_or_empty("date");
        return reader_.skip_element();
      }
      if (element == "EnTeteDocBudgetaire") {
        return for_each_child(reader_, [this](std::string_view name) {
          return take_value(reader_, name == "DteStr" ? &header_.dated : nullptr);
        });
      }
      return element == "Budget" ? budget() : reader_.skip_element();
    });
  }

  Status budget() {
    if (std::exchange(has_budget_, true)) {
      return base::invalid_argument("line " + std::to_string(reader_.line()) +
                                    ": a second Budget in one document; send one file for each");
    }
    return for_each_child(reader_, [this](std::string_view element) -> Status {
      if (element == "LigneBudget") return line();
      if (element == "EnTeteBudget") return budget_head();
      if (element == "BlocBudget") return budget_block();
      if (element != "Annexes") return reader_.skip_element();
      return for_each_child(reader_, [this](std::string_view annex) {
        return annex == "DATA_PERSONNEL" ? staff() : reader_.skip_element();
      });
    });
  }

  Status budget_head() {
    return for_each_child(reader_, [this](std::string_view name) {
      const NamedText texts[] = {{"IdEtab", &header_.siret},
                                 {"Nomenclature", &header_.nomenclature}};
      return take_value(reader_, find_text(texts, name));
    });
  }

  Status budget_block() {
    std::string project;
    std::string applied;
    PAS_RETURN_IF_ERROR(for_each_child(reader_, [&](std::string_view name) {
      const NamedText texts[] = {
          {"NatDec", &header_.kind_code}, {"NumDec", &header_.number},
          {"Exer", &header_.exercise},    {"CodTypBud", &header_.budget_type},
          {"ProjetBudget", &project},     {"DteDec", &header_.decided_on},
          {"DteDecEx", &applied}};
      return take_value(reader_, find_text(texts, name));
    }));
    header_.is_project = project == "true" || project == "1";
    if (header_.decided_on.empty()) header_.decided_on = applied;
    return {};
  }

  Status line() {
    line_.clear();
    const std::string_view calculated = reader_.attribute_or_empty("calculated");
    line_.is_calculated = calculated == "true" || calculated == "1";
    line_.line = reader_.line();
    PAS_RETURN_IF_ERROR(for_each_child(reader_, [this](std::string_view name) {
      if (name == "MtSup") {
        const bool is_carried = reader_.attribute_or_empty("Code") == "RARPrec";
        return take_value(reader_, is_carried ? &line_.carried_supplement : nullptr);
      }
      if (name == "CaracSup") {
        const bool is_section = reader_.attribute_or_empty("Code") == "Section";
        return take_value(reader_, is_section ? &line_.section : nullptr);
      }
      const NamedText texts[] = {
          {"Nature", &line_.nature},       {"Fonction", &line_.function},
          {"CodRD", &line_.flow},          {"ContNat", &line_.chapter_or_operation},
          {"OpBudg", &line_.order},        {"TypOpBudg", &line_.order_type},
          {"Operation", &line_.operation}, {"MtBudgPrec", &line_.previous},
          {"MtRARPrec", &line_.carried},   {"MtPropNouv", &line_.proposed},
          {"CredOuv", &line_.open},        {"MtReal", &line_.realised},
          {"MtRAR3112", &line_.remainder}};
      return take_value(reader_, find_text(texts, name));
    }));
    return visitor_.on_line(line_);
  }

  Status staff() {
    return for_each_child(reader_, [this](std::string_view row) {
      return row == "PERSONNEL" ? position() : reader_.skip_element();
    });
  }

  Status position() {
    position_.clear();
    position_.line = reader_.line();
    PAS_RETURN_IF_ERROR(for_each_child(reader_, [this](std::string_view name) {
      const NamedText texts[] = {
          {"CodTypAgent", &position_.status},     {"EmploiGradeAgent", &position_.grade},
          {"CodCatAgent", &position_.category},   {"CodSectAgentTitulaire", &position_.sector},
          {"TempsComplet", &position_.full_time}, {"Permanent", &position_.permanent},
          {"NatureContrat", &position_.contract}, {"EffectifBud", &position_.budgeted},
          {"EffectifPourvu", &position_.filled}};
      return take_value(reader_, find_text(texts, name));
    }));
    return visitor_.on_position(position_);
  }

  XmlReader& reader_;
  DocumentHeader& header_;
  DocumentVisitor& visitor_;
  RawLine line_;
  RawPosition position_;
  bool has_budget_ = false;
};

// Whether two amounts are the same; unreadable ones are told apart (the line is rejected later).
bool same_amount(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto first = base::parse_scaled(a.empty() ? "0" : a, 2);
  const auto second = base::parse_scaled(b.empty() ? "0" : b, 2);
  return first.ok() && second.ok() && *first == *second;
}

class SurveyVisitor final : public DocumentVisitor {
 public:
  explicit SurveyVisitor(Survey* survey) : survey_(*survey) {}

  Status on_line(const RawLine& line) override {
    if (line.is_calculated) return {};
    ++survey_.lines;
    key_.clear();
    append_line_key(line, &key_);
    survey_.line_keys.note(base::hash64(key_));
    if (!same_amount(line.carried, line.remainder)) {
      repeats_ = false;
    } else if (!same_amount(line.carried, "0")) {
      has_amount_ = true;
    }
    return {};
  }

  Status on_position(const RawPosition& position) override {
    ++survey_.positions;
    survey_.position_keys.note(content_of(position).low);
    return {};
  }

  // Without any remainder at all, none carried in is a plain statement.
  bool carried_is_a_repetition() const { return repeats_ && has_amount_; }

 private:
  Survey& survey_;
  std::string key_;
  bool repeats_ = true;
  bool has_amount_ = false;
};

}  // namespace

void RawLine::clear() {
  line = 0;
  is_calculated = false;
  for (std::string* text :
       {&nature, &function, &chapter_or_operation, &flow, &order, &order_type, &operation, &section,
        &previous, &carried, &carried_supplement, &proposed, &open, &realised, &remainder}) {
    text->clear();
  }
}

void RawPosition::clear() {
  line = 0;
  for (std::string* text : {&status, &grade, &category, &sector, &full_time, &permanent, &contract,
                            &budgeted, &filled}) {
    text->clear();
  }
}

Status scan_document(std::unique_ptr<formats::ByteSource> source, DocumentHeader* header,
                     DocumentVisitor& visitor) {
  XmlReader reader(std::move(source));
  return Scan(reader, header, visitor).run();
}

void append_line_key(const RawLine& line, std::string* out) {
  for (const std::string* part :
       {&line.nature, &line.function, &line.chapter_or_operation, &line.flow, &line.order}) {
    *out += *part;
    *out += '|';
  }
  *out += line.operation;
}

base::Hash128 content_of(const RawPosition& position) {
  std::string content;
  for (const std::string* part : {&position.status, &position.grade, &position.category,
                                  &position.sector, &position.full_time, &position.permanent,
                                  &position.contract, &position.budgeted, &position.filled}) {
    content += *part;
    content += '\0';
  }
  return base::hash128(content);
}

Status survey_document(const std::string& path, Survey* survey) {
  PAS_ASSIGN_OR_RETURN(auto file, formats::open_file(path));
  formats::HashingSource hashing(std::move(file));
  SurveyVisitor visitor(survey);
  const Status outcome =
      scan_document(std::make_unique<BorrowedSource>(hashing), &survey->header, visitor);
  // The rest of a malformed file counts too, so that a repaired end is seen as a change.
  if (!outcome.ok()) {
    char buffer[32 << 10];
    for (auto got = hashing.read(buffer, sizeof buffer); got.ok() && *got > 0;) {
      got = hashing.read(buffer, sizeof buffer);
    }
  }
  survey->digest = hashing.digest();
  const bool is_cfu = survey->header.is_single_account || survey->header.kind_code == "10";
  survey->carried_known = !(is_cfu && visitor.carried_is_a_repetition());
  return outcome;
}

}  // namespace passerelle::finance_totem
