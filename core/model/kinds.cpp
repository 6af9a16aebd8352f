#include "core/model/kinds.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace passerelle::model {
namespace {

using T = FieldType;

Field text(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kString, 0, "", {std::move(fr), std::move(en)}};
}
Field number(std::string name, std::string unit, std::string fr, std::string en) {
  return {std::move(name), T::kInteger, 0, std::move(unit), {std::move(fr), std::move(en)}};
}
Field euros(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDecimal, 2, "EUR", {std::move(fr), std::move(en)}};
}
Field fte(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDecimal, 4, "ETP", {std::move(fr), std::move(en)}};
}
Field date(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDate, 0, "", {std::move(fr), std::move(en)}};
}
Field instant(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kInstant, 0, "", {std::move(fr), std::move(en)}};
}
Field flag(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kBoolean, 0, "", {std::move(fr), std::move(en)}};
}
Field person(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kPerson, 0, "", {std::move(fr), std::move(en)}};
}

// What a line of a budget is about, shared by the documents' lines and the facts derived from them.
std::vector<Field> budget_attributes() {
  return {text("siret", "SIRET du budget", "SIRET of the budget"),
          number("exercise", "", "exercice", "exercise"),
          text("budget", "budget (P principal, A annexe)", "budget (P principal, A ancillary)"),
          text("nomenclature", "nomenclature", "nomenclature"),
          text("section", "section (F, I)", "section (F operating, I investment)"),
          text("flow", "sens (D dépense, R recette)", "flow (D expense, R receipt)"),
          flag("order", "opération d'ordre", "order operation (no cash)"),
          text("chapter", "chapitre", "chapter"),
          text("nature", "nature", "nature"),
          text("function", "fonction", "function"),
          text("operation", "opération", "operation"),
          text("line", "clé de ligne", "line key")};
}

RecordKind budget_line() {
  RecordKind kind{"budget_line",
                  {"ligne de document budgétaire", "budget document line"},
                  budget_attributes(),
                  Derivation::kBudgetChain,
                  "budget",
                  "exercise",
                  true};
  const std::vector<Field> own = {
      text("document", "nature du document (BP, DM, BS, VC virement, CA, CFU)",
           "document (BP, DM, BS, VC transfer, CA, CFU)"),
      number("document_number", "", "numéro d'ordre du document", "number of the document"),
      date("decided_on", "date de la délibération", "date of the decision"),
      euros("previous", "pour mémoire budget précédent", "previous budget"),
      euros("carried_in", "restes à réaliser N-1", "remainders carried in"),
      flag("carried_known", "reports connus", "carried amounts are stated"),
      euros("proposed", "propositions nouvelles", "new proposals"),
      euros("open", "crédits ouverts", "open credits"),
      euros("realised", "réalisé", "realised"),
      euros("remainder", "restes à réaliser au 31/12", "remainders at 31 December")};
  kind.fields.insert(kind.fields.end(), own.begin(), own.end());
  return kind;
}

RecordKind budget() {
  RecordKind kind{"budget",
                  {"ligne budgétaire", "budget line"},
                  budget_attributes(),
                  Derivation::kNone,
                  "budget",
                  "exercise",
                  false};
  const std::vector<Field> own = {
      text("stage", "dernier document (BP, BS, DM, VC, CA, CFU)", "latest document"),
      euros("voted", "crédits votés", "voted credits"),
      euros("carried", "reports", "carried forward"),
      euros("transferred", "virements de crédits", "transfers decided by the executive"),
      euros("open", "crédits ouverts", "open credits"),
      euros("realised", "réalisé (mandaté et rattaché)", "realised (mandated and accrued)"),
      euros("remainder", "restes à réaliser", "remainders")};
  kind.fields.insert(kind.fields.end(), own.begin(), own.end());
  return kind;
}

RecordKind staff_position() {
  return {
      "staff_position",
      {"poste (état du personnel)", "staff position"},
      {text("siret", "SIRET du budget", "SIRET of the budget"),
       number("exercise", "", "exercice", "exercise"),
       text("status", "titulaire (I) ou non (N)", "tenured (I) or not (N)"),
       text("grade", "emploi ou grade", "job or grade"), text("category", "catégorie", "category"),
       text("sector", "filière", "sector"), flag("full_time", "temps complet", "full time"),
       flag("permanent", "permanent", "permanent"),
       text("contract", "nature du contrat", "contract"),
       fte("budgeted", "effectif budgétaire", "budgeted posts"),
       fte("filled", "effectif pourvu", "filled posts")},
      Derivation::kNone,
      "staff_position",
      "exercise",
      true};
}

RecordKind assignment() {
  return {"assignment",
          {"affectation", "assignment"},
          {person("agent", "agent", "agent"), text("contract", "contrat", "contract"),
           text("service", "service", "service"), text("employer", "employeur", "employer"),
           text("grade", "grade", "grade"), text("category", "catégorie", "category"),
           text("job", "emploi", "job"), text("family", "famille de métiers", "job family"),
           date("from", "du", "from"), date("to", "au", "to"), fte("fte", "quotité", "quota"),
           number("days", "day", "jours", "days")},
          Derivation::kNone,
          "assignment",
          "from",
          true};
}

RecordKind payroll() {
  return {
      "payroll",
      {"paie", "payroll"},
      {person("agent", "agent", "agent"), text("contract", "contrat", "contract"),
       text("service", "service", "service"), text("employer", "employeur", "employer"),
       text("grade", "grade", "grade"), text("category", "catégorie", "category"),
       text("department", "département", "department"), text("job", "emploi", "job"),
       text("pay_basis", "mode de rémunération", "pay basis"), date("from", "du", "from"),
       date("to", "au", "to"), fte("fte", "quotité", "quota"), euros("gross", "brut", "gross pay"),
       euros("net", "net", "net pay"), euros("employer_cost", "coût employeur", "employer cost"),
       euros("annual_salary", "salaire annuel", "annual salary")},
      Derivation::kNone,
      "payroll",
      "from",
      true};
}

RecordKind work_time() {
  return {"work_time",
          {"temps de travail", "work time"},
          {person("agent", "agent", "agent"), text("service", "service", "service"),
           text("activity", "activité", "activity"), date("day", "jour", "day"),
           number("minutes", "min", "minutes", "minutes")},
          Derivation::kNone,
          "work_time",
          "day",
          true};
}

RecordKind absence() {
  return {"absence",
          {"absence", "absence"},
          {person("agent", "agent", "agent"), text("service", "service", "service"),
           text("family", "famille d'absence", "absence family"), date("from", "du", "from"),
           date("to", "au", "to"), number("days", "day", "jours calendaires", "calendar days")},
          Derivation::kNone,
          "absence",
          "from",
          true};
}

RecordKind engagement() {
  return {"engagement",
          {"engagement comptable", "commitment"},
          {text("number", "numéro", "number"), text("siret", "SIRET du budget", "SIRET"),
           number("exercise", "", "exercice", "exercise"), text("section", "section", "section"),
           text("chapter", "chapitre", "chapter"), text("nature", "nature", "nature"),
           text("function", "fonction", "function"), text("operation", "opération", "operation"),
           text("ap", "AP ou AE", "programme"),
           text("service", "service gestionnaire", "managing unit"),
           text("axis", "axe analytique", "analytic axis"),
           date("engaged_on", "engagé le", "committed on"), euros("engaged", "engagé", "committed"),
           euros("service_done", "service fait", "service performed"),
           euros("mandated", "mandaté", "mandated"), euros("released", "dégagé", "released"),
           euros("engaged_not_mandated", "engagé non mandaté", "committed, not mandated")},
          Derivation::kNone,
          "engagement",
          "exercise",
          true};
}

std::vector<Field> ticket_attributes() {
  return {text("ticket", "numéro", "number"),
          text("state", "état", "state"),
          text("category", "catégorie", "category"),
          text("subcategory", "sous-catégorie", "subcategory"),
          text("priority", "priorité", "priority"),
          text("group", "groupe", "group"),
          text("service", "service", "service"),
          text("channel", "canal", "channel"),
          person("requester", "demandeur", "requester"),
          instant("opened", "ouvert le", "opened"),
          instant("resolved", "résolu le", "resolved"),
          instant("closed", "clos le", "closed"),
          flag("made_sla", "engagement tenu", "commitment kept"),
          number("reopen_count", "count", "réouvertures déclarées", "declared reopenings")};
}

RecordKind ticket() {
  RecordKind kind{
      "ticket", {"demande", "ticket"}, ticket_attributes(), Derivation::kNone, "ticket", "opened",
      true};
  kind.fields.push_back(
      number("moves_out", "count", "sorties de Résolu ou Clos", "moves out of Resolved or Closed"));
  kind.fields.push_back(number("events", "count", "événements", "events"));
  return kind;
}

RecordKind ticket_event() {
  RecordKind kind{"ticket_event",
                  {"événement de demande", "ticket event"},
                  ticket_attributes(),
                  Derivation::kTicketEvents,
                  "ticket",
                  "opened",
                  true};
  kind.fields.push_back(number("sequence", "", "numéro de modification", "modification number"));
  kind.fields.push_back(instant("updated", "modifié le", "updated"));
  return kind;
}

RecordKind payment_piece() {
  return {"payment_piece",
          {"mandat ou titre", "payment or receipt order"},
          {text("number", "numéro", "number"), text("siret", "SIRET du budget", "SIRET"),
           number("exercise", "", "exercice", "exercise"), text("flow", "sens", "flow"),
           text("nature", "nature", "nature"), text("function", "fonction", "function"),
           text("service", "service", "service"), date("issued_on", "émis le", "issued on"),
           euros("amount", "montant", "amount")},
          Derivation::kNone,
          "payment_piece",
          "exercise",
          true};
}

RecordKind declared_value() {
  return {"declared_value",
          {"valeur déclarée", "declared value"},
          {text("measure", "mesure", "measure"), text("service", "service", "service"),
           text("activity", "activité", "activity"), date("day", "jour", "day"),
           Field{"value", T::kDecimal, 4, "", {"valeur", "value"}},
           text("state", "estimé, provisoire ou définitif", "estimated, provisional or final")},
          Derivation::kNone,
          "declared_value",
          "day",
          true};
}

// What pools give to their destinations: made by the fold, one fact per destination and period.
RecordKind allocation() {
  return {"allocation",
          {"répartition", "allocation"},
          {text("pool", "centre de coûts", "pool"),
           text("to_pool", "centre de coûts servi", "pool served"),
           text("part", "part (allocated répartie, unassigned non affectée, unused non employée)",
                "part (allocated, unassigned, unused)"),
           text("key", "clé de répartition", "allocation key"),
           text("activity", "activité", "activity"), text("policy", "politique publique", "policy"),
           text("action", "action de la feuille de route", "roadmap action"),
           text("service", "service", "service"), text("direction", "direction", "direction"),
           text("pole", "pôle", "pole"), date("day", "dernier jour de la période", "last day"),
           euros("amount", "montant réparti", "allocated amount"),
           Field{"minutes", T::kDecimal, 2, "min", {"minutes", "minutes"}},
           euros("gross", "coût complet du centre", "full cost of the pool")},
          Derivation::kNone,
          "allocation",
          "day",
          false};
}

}  // namespace

const Field* RecordKind::find(std::string_view field) const {
  for (const Field& candidate : fields) {
    if (candidate.name == field) return &candidate;
  }
  return nullptr;
}

const std::vector<RecordKind>& built_in_kinds() {
  static const std::vector<RecordKind> kinds = [] {
    std::vector<RecordKind> all = {
        budget_line(),   budget(),         staff_position(), assignment(), payroll(),
        work_time(),     absence(),        engagement(),     ticket(),     ticket_event(),
        payment_piece(), declared_value(), allocation()};
    std::sort(all.begin(), all.end(),
              [](const RecordKind& a, const RecordKind& b) { return a.name < b.name; });
    return all;
  }();
  return kinds;
}

const RecordKind* find_kind(const std::vector<RecordKind>& kinds, std::string_view name) {
  for (const RecordKind& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

bool is_provisional(std::string_view state) {
  constexpr std::array<std::string_view, 5> kWords = {"estime", "estimee", "estimated",
                                                      "provisoire", "provisional"};
  return std::find(kWords.begin(), kWords.end(), base::folded(state)) != kWords.end();
}

}  // namespace passerelle::model
