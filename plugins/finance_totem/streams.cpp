#include "plugins/finance_totem/streams.h"

namespace passerelle::finance_totem {
namespace {

using T = sdk::FieldType;

enum LineField : std::size_t {
  kSiret,
  kExercise,
  kBudget,
  kNomenclature,
  kSection,
  kFlow,
  kOrder,
  kChapter,
  kNature,
  kFunction,
  kOperation,
  kLine,
  kDocument,
  kDocumentNumber,
  kDecidedOn,
  kPrevious,
  kCarriedIn,
  kCarriedKnown,
  kProposed,
  kOpen,
  kRealised,
  kRemainder,
};

enum StaffField : std::size_t {
  kStaffSiret,
  kStaffExercise,
  kStatus,
  kGrade,
  kCategory,
  kSector,
  kFullTime,
  kPermanent,
  kContract,
  kBudgeted,
  kFilled,
};

sdk::Field field(std::string name, T type, std::string fr, std::string en) {
  return {std::move(name), type, 0, "", "", std::move(fr), std::move(en)};
}
sdk::Field euros(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDecimal, 2, "EUR", "", std::move(fr), std::move(en)};
}
sdk::Field fte(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDecimal, 4, "ETP", "", std::move(fr), std::move(en)};
}

// In the order of LineField; the French label names the element of the document.
std::vector<sdk::Field> line_fields() {
  return {field("siret", T::kString, "IdEtab", "SIRET of the budget"),
          field("exercise", T::kInteger, "Exer", "exercise"),
          field("budget", T::kString, "CodTypBud (P, A)", "P principal, A ancillary"),
          field("nomenclature", T::kString, "Nomenclature", "nomenclature"),
          field("section", T::kString, "section (plan de comptes, CaracSup)", "section F or I"),
          field("flow", T::kString, "CodRD", "D expense, R receipt"),
          field("order", T::kBoolean, "OpBudg", "order operation"),
          field("chapter", T::kString, "chapitre (ContNat, compte)", "chapter"),
          field("nature", T::kString, "Nature", "nature"),
          field("function", T::kString, "Fonction", "function"),
          field("operation", T::kString, "Operation", "operation"),
          field("line", T::kString, "clé de ligne", "line key"),
          field("document", T::kString, "NatDec", "BP, DM, BS, CA, CFU"),
          field("document_number", T::kInteger, "NumDec", "number of the decision"),
          field("decided_on", T::kDate, "DteDec", "date of the decision"),
          euros("previous", "MtBudgPrec", "previous budget"),
          euros("carried_in", "MtRARPrec, MtSup RARPrec", "remainders carried in"),
          field("carried_known", T::kBoolean, "reports connus", "carried amounts are stated"),
          euros("proposed", "MtPropNouv", "new proposals"),
          euros("open", "CredOuv", "open credits"),
          euros("realised", "MtReal (CA, CFU)", "realised (CA, CFU only)"),
          euros("remainder", "MtRAR3112 (CA, CFU)", "remainders at 31 December (CA, CFU only)")};
}

std::vector<sdk::Field> staff_fields() {
  return {field("siret", T::kString, "IdEtab", "SIRET of the budget"),
          field("exercise", T::kInteger, "Exer", "exercise"),
          field("status", T::kString, "CodTypAgent", "I tenured, N not"),
          field("grade", T::kString, "EmploiGradeAgent", "job or grade"),
          field("category", T::kString, "CodCatAgent", "category A, B, C"),
          field("sector", T::kString, "CodSectAgentTitulaire", "sector"),
          field("full_time", T::kBoolean, "TempsComplet", "full time"),
          field("permanent", T::kBoolean, "Permanent", "permanent"),
          field("contract", T::kString, "NatureContrat", "kind of contract"),
          fte("budgeted", "EffectifBud", "budgeted posts"),
          fte("filled", "EffectifPourvu", "filled posts")};
}

void set_known(sdk::StreamWriter& out, std::size_t index, std::string_view text) {
  if (!text.empty()) out.set(index, text);
}

}  // namespace

std::vector<sdk::Stream> streams() {
  const std::string version = "the later of DteStr and Scellement/@date, then the read number";
  return {{std::string(kLines), "budget_line", line_fields(), version},
          {std::string(kStaff), "staff_position", staff_fields(), version}};
}

void write_line(sdk::StreamWriter& out, const std::string& line_key, const RawLine& raw,
                const BudgetLine& line, const Document& document) {
  out.begin(document.id() + "/" + line_key, document.version, raw.line);
  out.set(kSiret, document.siret);
  out.set_number(kExercise, document.exercise);
  set_known(out, kBudget, document.budget);
  set_known(out, kNomenclature, document.nomenclature);
  out.set(kSection, std::string_view(&line.section, 1));
  out.set(kFlow, raw.flow);
  out.set_number(kOrder, line.order ? 1 : 0);
  set_known(out, kChapter, line.chapter);
  out.set(kNature, raw.nature);
  set_known(out, kFunction, raw.function);
  set_known(out, kOperation, raw.operation);
  out.set(kLine, line_key);
  out.set(kDocument, document.kind);
  out.set_number(kDocumentNumber, document.number);
  if (document.decided_on) out.set_number(kDecidedOn, *document.decided_on);
  out.set_number(kPrevious, line.previous);
  if (document.carried_known) out.set_number(kCarriedIn, line.carried_in);
  out.set_number(kCarriedKnown, document.carried_known ? 1 : 0);
  out.set_number(kProposed, line.proposed);
  out.set_number(kOpen, line.open);
  if (document.is_account()) {
    out.set_number(kRealised, line.realised);
    out.set_number(kRemainder, line.remainder);
  }
  out.end();
}

void write_position(sdk::StreamWriter& out, const std::string& id, const RawPosition& raw,
                    const StaffPosition& position, const Document& document) {
  out.begin(id, document.version, raw.line);
  out.set(kStaffSiret, document.siret);
  out.set_number(kStaffExercise, document.exercise);
  set_known(out, kStatus, raw.status);
  set_known(out, kGrade, raw.grade);
  set_known(out, kCategory, raw.category);
  set_known(out, kSector, raw.sector);
  if (position.full_time) out.set_number(kFullTime, *position.full_time ? 1 : 0);
  if (position.permanent) out.set_number(kPermanent, *position.permanent ? 1 : 0);
  set_known(out, kContract, raw.contract);
  out.set_number(kBudgeted, position.budgeted);
  out.set_number(kFilled, position.filled);
  out.end();
}

}  // namespace passerelle::finance_totem
