// The table of sheets and columns.
#include "core/steering/workbook_layout.h"

namespace passerelle::steering {
namespace {

const Vocabulary kFamilies = {
    {"managerial", {"managérial", "management", "pilotage", "de pilotage"}},
    {"operational", {"opérationnel", "métier", "réalisation", "de réalisation", "cœur de métier"}},
    {"support", {"support", "soutien", "ressources"}}};
const Vocabulary kLegalBases = {
    {"mandatory", {"obligatoire", "compétence obligatoire"}},
    {"optional", {"facultative", "facultatif", "compétence facultative", "optionnelle"}},
    {"delegated", {"déléguée", "compétence déléguée"}},
    {"support", {"support", "fonction support"}}};
const Vocabulary kUnitKinds = {{"pole", {"pôle", "dga", "direction générale"}},
                               {"direction", {"direction"}},
                               {"service", {"service"}},
                               {"cell", {"cellule", "unité", "équipe"}}};
const Vocabulary kLevels = {{"project", {"projet", "projet de territoire"}},
                            {"axis", {"axe", "axe stratégique"}},
                            {"objective", {"objectif", "objectif stratégique"}},
                            {"action", {"action"}}};
const Vocabulary kIndicatorKinds = {{"activity", {"activité"}},
                                    {"effectiveness", {"efficacité"}},
                                    {"efficiency", {"efficience"}},
                                    {"quality", {"qualité"}},
                                    {"means", {"moyens", "moyen"}}};
const Vocabulary kStakeholders = {{"citizen", {"citoyen"}},
                                  {"user", {"usager"}},
                                  {"taxpayer", {"contribuable"}},
                                  {"staff", {"agent", "agents"}}};
const Vocabulary kGrains = {{"day", {"jour"}},
                            {"month", {"mois"}},
                            {"quarter", {"trimestre"}},
                            {"year", {"année", "an", "exercice"}},
                            {"all", {"tout", "ensemble"}}};
const Vocabulary kTimes = {{"sum", {"somme"}},
                           {"last", {"dernière valeur", "dernier"}},
                           {"average", {"moyenne"}},
                           {"at_end", {"fin de période", "stock"}}};
const Vocabulary kDirections = {{"higher", {"hausse", "à la hausse", "plus"}},
                                {"lower", {"baisse", "à la baisse", "moins"}}};
const Vocabulary kLetters = {{"A", {"A", "rend compte", "accountable"}},
                             {"R", {"R", "réalise", "responsible"}},
                             {"C", {"C", "consulté", "consulted"}},
                             {"I", {"I", "informé", "informed"}}};

using K = CellKind;

ColumnSpec id_column() {
  return {"id", "Identifiant", K::kText, {"id", "code", "référence", "réf", "identifiant unique"}};
}
ColumnSpec label_column(std::vector<std::string_view> synonyms) {
  for (const char* common :
       {"nom", "intitulé", "libellé (fr)", "libelle", "désignation", "label"}) {
    synonyms.push_back(common);
  }
  return {"label.fr", "Libellé", K::kText, std::move(synonyms)};
}
ColumnSpec english_column() {
  return {"label.en", "Libellé (en)", K::kText, {"libellé anglais", "label (en)", "anglais"}};
}
ColumnSpec from_column() {
  return {"from", "Du", K::kDate, {"début", "date de début", "valide du", "depuis"}};
}
ColumnSpec to_column() {
  return {"to", "Au", K::kDate, {"fin", "date de fin", "valide au", "jusqu'au"}};
}

SheetSpec processes() {
  return {"processes",
          "Processus",
          {"processus métier", "référentiel des processus", "cartographie"},
          {id_column(),
           {"number", "Numéro", K::kText, {"n°", "num", "no"}},
           label_column({"processus"}),
           english_column(),
           {"family", "Famille", K::kWord, {"type", "catégorie", "nature"}, &kFamilies},
           {"parent",
            "Processus parent",
            K::kReference,
            {"parent", "macro-processus", "macroprocessus"},
            nullptr,
            "processes"},
           {"pilot", "Pilote", K::kText, {"pilote de processus", "pilote du processus"}},
           {"purpose.fr", "Finalité", K::kText, {"pourquoi", "but", "pour quelle finalité"}},
           {"purpose.en", "Finalité (en)", K::kText, {}},
           {"inputs", "Entrées", K::kList, {"entrée", "données d'entrée"}},
           {"outputs", "Sorties", K::kList, {"sortie", "données de sortie"}},
           from_column(),
           to_column()}};
}

SheetSpec activities() {
  return {
      "activities",
      "Activités",
      {"activité", "référentiel des activités"},
      {id_column(),
       label_column({"activité"}),
       english_column(),
       {"process",
        "Processus",
        K::kReference,
        {"processus de rattachement", "code processus"},
        nullptr,
        "processes"},
       {"deliverable.fr", "Prestation", K::kText, {"livrable", "que produisons-nous"}},
       {"deliverable.en", "Prestation (en)", K::kText, {}},
       {"unit_of_work", "Unité d'œuvre", K::kText, {"unite d'oeuvre", "uo"}},
       {"unit_minutes", "Temps unitaire (min)", K::kNumber, {"temps unitaire", "minutes"}},
       {"legal_basis", "Fondement", K::kWord, {"compétence", "fondement juridique"}, &kLegalBases},
       {"job_family", "Famille de métiers", K::kText, {"métier", "famille métier"}},
       from_column(),
       to_column()}};
}

SheetSpec roles() {
  return {"raci",
          "Rôles",
          {"raci", "rôle", "matrice raci", "matrice des rôles"},
          {{"activity",
            "Activité",
            K::kReference,
            {"activités", "code activité"},
            nullptr,
            "activities"},
           {"letter", "Lettre", K::kWord, {"raci", "rôle raci", "r/a/c/i", "rôle"}, &kLetters},
           {"unit",
            "Entité",
            K::kReference,
            {"service", "direction", "unité", "structure"},
            nullptr,
            "organisation"},
           {"role", "Poste", K::kText, {"fonction", "poste ou rôle", "acteur"}}}};
}

SheetSpec organisation() {
  return {"organisation",
          "Organisation",
          {"organigramme", "entités", "services", "structure"},
          {id_column(),
           {"kind", "Type", K::kWord, {"niveau", "nature", "type d'entité"}, &kUnitKinds},
           label_column({"entité", "service"}),
           english_column(),
           {"parent",
            "Entité parente",
            K::kParents,
            {"parent", "rattachée à", "rattachement", "entité mère", "direction"},
            nullptr,
            "organisation"},
           {"codes", "Codes", K::kList, {"code rh", "code budget", "autres codes"}},
           from_column(),
           to_column()}};
}

SheetSpec indicators() {
  return {"indicators",
          "Indicateurs",
          {"indicateur", "tableau de bord"},
          {id_column(),
           {"version", "Version", K::kNumber, {}},
           label_column({"indicateur"}),
           english_column(),
           {"kind", "Type", K::kWord, {"nature", "catégorie"}, &kIndicatorKinds},
           {"stakeholder", "Partie prenante", K::kWord, {"bénéficiaire", "public"}, &kStakeholders},
           {"from", "Source", K::kText, {"type de fait", "données"}},
           {"where", "Filtre", K::kText, {"condition"}},
           {"value", "Formule", K::kText, {"expression", "calcul"}},
           {"at", "Champ de date", K::kText, {"date"}},
           {"grain", "Maille", K::kWord, {"périodicité", "fréquence"}, &kGrains},
           {"grains", "Mailles publiées", K::kWordList, {}, &kGrains},
           {"time", "Cumul dans le temps", K::kWord, {"cumul"}, &kTimes},
           {"by", "Dimensions", K::kList, {"axes d'analyse", "ventilation"}},
           {"publish", "Regroupements publiés", K::kGroupings, {"regroupements"}},
           {"unit", "Unité", K::kText, {"unité de mesure"}},
           {"round", "Décimales", K::kNumber, {"arrondi"}},
           {"better", "Sens", K::kWord, {"sens souhaité", "sens d'évolution"}, &kDirections},
           {"status.green", "Vert si", K::kText, {"condition verte"}},
           {"status.amber", "Orange si", K::kText, {"condition orange"}},
           {"hysteresis", "Hystérésis", K::kText, {"périodes d'attente"}},
           {"owner",
            "Garant",
            K::kReference,
            {"entité garante", "responsable", "propriétaire", "producteur"},
            nullptr,
            "organisation"},
           {"suppress_below", "Masqué sous", K::kNumber, {"secret statistique"}},
           {"fresh", "Fraîcheur", K::kText, {"délai de mise à jour"}},
           {"drill", "Champs des faits", K::kList, {"détail"}},
           {"when_empty", "Valeur sans donnée", K::kText, {"sans donnée"}},
           {"when_zero_den", "Valeur si division par 0", K::kText, {"division par 0"}}}};
}

SheetSpec roadmap() {
  return {
      "roadmap",
      "Objectifs",
      {"objectif", "feuille de route", "projet de territoire", "actions"},
      {id_column(),
       {"level", "Niveau", K::kWord, {"type"}, &kLevels},
       {"parent",
        "Parent",
        K::kReference,
        {"objectif parent", "rattaché à", "axe"},
        nullptr,
        "roadmap"},
       label_column({"objectif", "action"}),
       english_column(),
       {"pilot",
        "Pilote",
        K::kReference,
        {"direction pilote", "entité pilote"},
        nullptr,
        "organisation"},
       {"due", "Échéance", K::kDate, {"date d'échéance", "délai"}},
       {"state", "État", K::kText, {"avancement", "statut"}},
       {"activities", "Activités", K::kReferenceList, {"activités liées"}, nullptr, "activities"},
       {"indicators",
        "Indicateurs",
        K::kReferenceList,
        {"indicateurs liés"},
        nullptr,
        "indicators"}}};
}

SheetSpec targets() {
  return {"targets",
          "Cibles",
          {"cible", "valeurs cibles"},
          {{"indicator", "Indicateur", K::kReference, {"code indicateur"}, nullptr, "indicators"},
           {"period", "Période", K::kText, {"année", "exercice"}},
           {"scope", "Périmètre", K::kScope, {}},
           {"value", "Valeur cible", K::kText, {"cible", "valeur visée", "valeur"}},
           {"amber", "Tolérance (%)", K::kText, {"tolérance", "seuil"}},
           {"linear", "Trajectoire", K::kText, {"valeurs cibles par période"}},
           {"hysteresis", "Hystérésis", K::kText, {"périodes d'attente"}}}};
}

SheetSpec policies() {
  return {"policies",
          "Politiques",
          {"politique", "politiques publiques"},
          {id_column(),
           label_column({"politique", "politique publique"}),
           english_column(),
           {"parent",
            "Politique parente",
            K::kReference,
            {"parent", "politique mère", "rattachée à"},
            nullptr,
            "policies"},
           {"codes", "Codes", K::kList, {"synonymes", "autres codes"}},
           from_column(),
           to_column()}};
}

}  // namespace

const std::vector<SheetSpec>& sheet_specs() {
  static const std::vector<SheetSpec> sheets = {
      processes(),    activities(), roles(),
      organisation(), indicators(), roadmap(),
      targets(),      policies(),   {"keys", "Clés", {"clé", "clés de répartition"}, {}}};
  return sheets;
}

}  // namespace passerelle::steering
