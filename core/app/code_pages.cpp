#include "core/app/code_pages.h"

#include <algorithm>
#include <array>

namespace passerelle::app {
namespace {

constexpr std::array kPages = {
    CodePage{"DQ-CONFLICT", "Deux sources se contredisent", "Two sources contradict each other",
             "Deux connecteurs donnent du même fait des montants différents. Celui qui vient en "
             "premier dans "
             "`precedence` compte ; l'écart est à lever à la source.",
             "Two connectors give different measures of one fact. The one that comes first in "
             "`precedence` "
             "counts; the difference is to be settled at the source."},
    CodePage{"E-FANOUT", "Un montant compté plusieurs fois", "An amount counted several times",
             "Le chemin demandé passe par un lien de plusieurs à plusieurs : sans clé de "
             "répartition, chaque "
             "montant serait compté une fois par destination. Donnez une clé, dont les parts font "
             "un tout.",
             "The way asked for goes through a link of many to many: without an allocation key "
             "each amount "
             "would be counted once a destination. Give a key whose shares are a whole."},
    CodePage{"E-SEMIADD", "Un stock additionné dans le temps", "A stock summed over time",
             "Un stock ou un effectif ne s'additionne pas d'un mois à l'autre. Écrivez `time: "
             "at_end`, `last` "
             "ou `average`.",
             "A stock or a headcount is not added from one month to the next. Write `time: "
             "at_end`, `last` or "
             "`average`."},
    CodePage{"PAS-CONNECTOR-REJECT", "Enregistrement refusé par le connecteur",
             "Record refused by the connector",
             "Le connecteur n'a pas su lire cet enregistrement et n'a pas nommé de règle à lui. "
             "La raison et la position dans la source disent lequel ; corrigez-le à la source, "
             "puis relancez la lecture.",
             "The connector could not read this record and named no rule of its own. The reason "
             "and the position in the source tell which one; correct it there, then read again."},
    CodePage{"PAS-INTAKE-CODE", "Code hors du dictionnaire", "Code outside the dictionary",
             "Une colonne du connecteur renvoie à un mot que son dictionnaire n'a pas : c'est une "
             "erreur du connecteur, pas de vos données. Transmettez la position et la version du "
             "connecteur à son auteur.",
             "A column of the connector names a word that its dictionary does not have: the "
             "connector is wrong, not your data. Send the position and the connector's version to "
             "its author."},
    CodePage{"PAS-INTAKE-ID-EMPTY", "Enregistrement sans identifiant",
             "Record without an identifier",
             "Sans identifiant, une correction ne retrouverait pas l'enregistrement qu'elle "
             "remplace. Indiquez dans le manifeste la ou les colonnes qui l'identifient (`id`).",
             "Without an identifier a correction would not find the record it replaces. Name the "
             "column or columns that identify it in the manifest (`id`)."},
    CodePage{"PAS-INTAKE-ID-LENGTH", "Identifiant trop long", "Identifier too long",
             "L'identifiant dépasse la taille admise. Prenez-en un plus court, ou une empreinte "
             "de celui-ci.",
             "The identifier is larger than what is taken. Use a shorter one, or a hash of this "
             "one."},
    CodePage{"PAS-INTAKE-ID-NIR", "Numéro de sécurité sociale en identifiant",
             "Social security number as an identifier",
             "L'identifiant a la forme d'un NIR, qui n'est jamais conservé. Identifiez "
             "l'enregistrement par le matricule, le contrat ou un numéro propre au registre.",
             "The identifier looks like a French social security number, which is never kept. "
             "Identify the record by the register's own number: matricule, contract."},
    CodePage{
        "PAS-INTAKE-KIND", "Nature d'enregistrement inconnue", "Unknown kind of record",
        "Le connecteur envoie une nature d'enregistrement que ni le produit ni le modèle ne "
        "déclarent. Déclarez-la dans la section `kinds` du modèle, ou installez une "
        "version du hub qui la connaît.",
        "The connector sends a kind of record that neither the product nor the model "
        "declares. Declare it in the model's section `kinds`, or install a hub that knows it."},
    CodePage{"PAS-INTAKE-LENGTH", "Texte trop long", "Text too long",
             "Un champ dépasse la taille admise ; un texte aussi long est souvent un commentaire, "
             "qui n'a pas à être lu. Raccourcissez-le à la source ou retirez le champ du "
             "manifeste.",
             "A field is larger than what is taken; a text of that size is often a comment, which "
             "need not be read. Shorten it at the source, or leave the field out of the manifest."},
    CodePage{"PAS-INTAKE-PERSON", "Personne en clair", "Person in the clear",
             "Un champ qui désigne une personne arrive sans son registre (matricule, usager...) : "
             "il ne peut pas être pseudonymisé, donc il n'entre pas. Le connecteur doit le "
             "déclarer comme personne, avec son registre (`scheme`).",
             "A field that names a person comes without its register (matricule, user...): it "
             "cannot be pseudonymised, so it does not come in. The connector must declare it as a "
             "person with its register (`scheme`)."},
    CodePage{"PAS-INTAKE-RANGE", "Valeur hors limites", "Value out of range",
             "Le nombre ou la date ne tient pas dans les limites du champ. Corrigez la valeur à "
             "la source.",
             "The number or date is beyond what the field holds. Correct the value at the source."},
    CodePage{"PAS-INTAKE-SCALE", "Trop de décimales", "Too many decimals",
             "La valeur a plus de décimales que le champ n'en déclare, et le hub n'arrondit "
             "jamais à l'entrée. Arrondissez à la source, ou déclarez plus de décimales "
             "(`scale`).",
             "The value has more decimals than the field declares, and the hub never rounds on the "
             "way in. Round it at the source, or declare more decimals (`scale`)."},
    CodePage{"PAS-INTAKE-SCHEME", "Registre de personnes refusé", "Register of persons refused",
             "Ce registre (NIR, IBAN, nom...) n'est jamais conservé, même pseudonymisé. "
             "Identifiez les personnes par un numéro de registre, comme le matricule.",
             "This register (social security number, IBAN, name...) is never kept, not even "
             "pseudonymised. Identify persons by a number of a register, such as the matricule."},
    CodePage{"PAS-INTAKE-SCOPE-ABORTED", "Lot refusé en entier", "Lot refused as a whole",
             "Le connecteur a lui-même abandonné ce lot : total de contrôle faux, fichier "
             "tronqué. Rien n'en est compté. Remettez un fichier complet, puis relancez la "
             "lecture.",
             "The connector gave this lot up itself: a control total that is wrong, a truncated "
             "file. Nothing of it is counted. Provide a whole file, then read again."},
    CodePage{"PAS-INTAKE-TYPE", "Valeur d'un autre type", "Value of another type",
             "Le champ attend un autre type : nombre, date, texte... Vérifiez le format de date "
             "ou de nombre du manifeste.",
             "The field wants another type: a number, a date, a text... Check the date or number "
             "format of the manifest."},
    CodePage{"PAS-INTAKE-UTF8", "Texte qui n'est pas en UTF-8", "Text that is not UTF-8",
             "La source n'est pas en UTF-8. Indiquez son encodage (souvent windows-1252) dans la "
             "configuration du connecteur.",
             "The source is not in UTF-8. Set its encoding (often windows-1252) in the connector's "
             "configuration."},
    CodePage{"PAS-M001", "Fichier illisible", "Unreadable file",
             "Le fichier n'est ni du YAML, ni du CSV, ni de l'UTF-8 valide à l'endroit indiqué. "
             "Une indentation, un guillemet ou un caractère de tabulation en est la cause la plus "
             "fréquente.",
             "The file is no YAML, CSV or UTF-8 at the place named. An indentation, a quote or a "
             "tab is the most frequent cause."},
    CodePage{"PAS-M002", "Clé inconnue", "Unknown key",
             "Personne ne lit cette clé : une faute de frappe serait sinon une règle sans effet. "
             "La proposition la plus proche est donnée ; `passerelle schema` permet à l'éditeur "
             "de compléter.",
             "Nobody reads this key: a typing mistake would else be a rule without effect. The "
             "nearest one is proposed; with `passerelle schema` an editor completes keys."},
    CodePage{"PAS-M003", "Clé manquante", "Missing key",
             "Une clé obligatoire n'est pas là. Ajoutez-la à l'endroit indiqué.",
             "A key that must be there is not. Add it at the place named."},
    CodePage{"PAS-M004", "Forme inattendue", "Unexpected shape",
             "Une liste, un texte ou un tableau de clés est attendu ici et autre chose est "
             "écrit. Comparez avec l'exemple du README du modèle.",
             "A list, a text or a map is expected here and something else is written. Compare with "
             "the example in the model's README."},
    CodePage{"PAS-M005", "Identifiant mal formé", "Malformed identifier",
             "Un identifiant s'écrit en majuscules, chiffres et soulignés, et commence par une "
             "lettre : DSI_DELAI. Le libellé, lui, est libre.",
             "An identifier is capitals, digits and underscores and begins with a letter: "
             "DSI_DELAI. The label is free."},
    CodePage{"PAS-M006", "Défini deux fois", "Defined twice",
             "Le même identifiant, la même règle ou le même code existe déjà à l'endroit "
             "indiqué. Gardez-en un.",
             "The same identifier, rule or code exists at the place named. Keep one."},
    CodePage{"PAS-M007", "Pas dans cette version", "Not in this version",
             "Ce que le modèle demande est prévu et n'est pas encore offert. Le message dit par "
             "quoi le remplacer.",
             "What the model asks for is planned and not offered yet. The message says what to "
             "write instead."},
    CodePage{"PAS-M008", "Valeur hors de la liste", "Value not in the list",
             "La clé n'admet que les valeurs citées. Prenez l'une d'elles.",
             "The key takes the values named only. Choose one of them."},
    CodePage{"PAS-M009", "Date, nombre ou durée mal écrits", "Malformed date, number or duration",
             "Les dates s'écrivent 2026-03-31, les périodes 2026, 2026-Q1 ou 2026-03, les "
             "nombres avec un point décimal, les durées 24h ou 15min.",
             "Dates are written 2026-03-31, periods 2026, 2026-Q1 or 2026-03, numbers with a "
             "decimal point, durations 24h or 15min."},
    CodePage{"PAS-M010", "Référence sans objet", "Reference to nothing",
             "Le modèle nomme un processus, un indicateur, une entité... qui n'existe pas. La "
             "proposition la plus proche est donnée ; sinon, créez-le.",
             "The model names a process, an indicator, a unit... that does not exist. The nearest "
             "one is proposed; else define it."},
    CodePage{"PAS-M011", "Boucle", "Cycle",
             "Un élément est son propre parent, ou un indicateur dépend de lui-même. Le "
             "message suit la boucle ; coupez-la où elle n'a pas de sens.",
             "Something is its own ancestor, or an indicator depends on itself. The message "
             "follows the loop; cut it where it makes no sense."},
    CodePage{"PAS-M012", "Dates incompatibles", "Dates that contradict each other",
             "Deux périodes de validité se chevauchent, ou une fin précède son début. Une "
             "entité n'a qu'un parent à une date donnée.",
             "Two periods of validity overlap, or an end comes before its beginning. A unit has "
             "one parent at a date."},
    CodePage{"PAS-M013", "Matrice des rôles incomplète", "Incomplete matrix of roles",
             "Une activité a exactement un « rend compte » (A) et au moins un « réalise » "
             "(R).",
             "An activity has exactly one A (rend compte, is accountable) and at least one R "
             "(réalise, does it)."},
    CodePage{"PAS-M014", "Niveau inattendu", "Unexpected level",
             "La feuille de route va du projet à l'axe, à l'objectif, à l'action ; une "
             "direction n'est pas sous un service. Changez le parent ou le niveau.",
             "A roadmap goes from project to axis, objective and action; a direction is not below "
             "a service. Change the parent or the level."},
    CodePage{"PAS-M015", "Expression incorrecte", "Expression that does not compile",
             "L'expression ne se lit pas, nomme un champ qui n'existe pas ou mêle des types "
             "(texte et nombre). La colonne indiquée est celle de l'erreur.",
             "The expression cannot be read, names a field that does not exist, or mixes types "
             "(text and number). The column is that of the error."},
    CodePage{"PAS-M016", "Dimension inconnue ou réservée", "Unknown or reserved dimension",
             "Une règle ou un regroupement nomme une dimension qui n'existe pas, ou que le "
             "produit déduit seul (processus, direction).",
             "A rule or a grouping names a dimension that does not exist, or one that the product "
             "derives itself (process, direction)."},
    CodePage{"PAS-M017", "Valeur hors de la dimension", "No member of the dimension",
             "La dimension a une liste fermée de valeurs et celle-ci n'en est pas. Ajoutez-la à "
             "la dimension, ou corrigez-la.",
             "The dimension has a closed list of members and this is none. Add it to the "
             "dimension, or correct it."},
    CodePage{"PAS-M018", "Table de correspondance incorrecte", "Wrong lookup table",
             "Le CSV n'a pas la colonne nommée, ou deux lignes ont la même clé. Le message dit "
             "lesquelles.",
             "The CSV does not have the column named, or two rows have the same key. The message "
             "tells which."},
    CodePage{"PAS-M019", "Indicateur impossible", "Impossible indicator",
             "Maille, date, regroupement ou clause de l'indicateur ne vont pas ensemble : une "
             "clause sans effet, un stock que l'on additionne dans le temps, un secret statistique "
             "que l'on contournerait.",
             "Grain, date, grouping or clause of the indicator do not go together: a clause "
             "without effect, a stock summed over time, small counts that would be told."},
    CodePage{"PAS-M020", "Unités incompatibles", "Incompatible units",
             "L'expression donne une unité et l'indicateur en annonce une autre, ou elle "
             "additionne des euros et des heures.",
             "The expression gives one unit and the indicator says another, or it adds euros and "
             "hours."},
    CodePage{"PAS-M021", "Cible sans objet", "Target of nothing",
             "Le périmètre de la cible n'est pas un regroupement publié de l'indicateur, ou la "
             "cible est en double.",
             "The scope of the target is no published grouping of the indicator, or the target is "
             "there twice."},
    CodePage{"PAS-M022", "Connecteur mal déclaré", "Wrongly declared connector",
             "Un fichier `connectors/ID.yaml` déclare un connecteur : son nom est l'identifiant "
             "du connecteur, `plugin` nomme un connecteur installé.",
             "A file `connectors/ID.yaml` declares one connector: its name is the connector's id, "
             "`plugin` names an installed plugin."},
    CodePage{"PAS-M023", "Secret en clair", "Secret in the open",
             "Un mot de passe ou un jeton est écrit dans le modèle, qui est journalisé et "
             "partagé. Écrivez une référence (`secret://file/...`) sous `secrets`, et changez "
             "ce secret : il a été vu.",
             "A password or token stands in the model, which is journaled and shared. Write a "
             "reference (`secret://file/...`) under `secrets`, and change this secret: it has been "
             "seen."},
    CodePage{"PAS-M024", "Horaire incorrect", "Wrong schedule",
             "L'horaire s'écrit comme cron, à l'heure de la collectivité : `30 6 * * 1-5` pour "
             "6 h 30 du lundi au vendredi.",
             "A schedule is written as in cron, in the authority's time: `30 6 * * 1-5` is 6:30 "
             "from Monday to Friday."},
    CodePage{"PAS-M025", "Fuseau horaire inconnu", "Unknown time zone",
             "Le fuseau s'écrit comme dans la base IANA : Europe/Paris, Indian/Reunion, "
             "America/Martinique.",
             "A zone is written as in the IANA database: Europe/Paris, Indian/Reunion, "
             "America/Martinique."},
    CodePage{"PAS-M026", "Nature d'enregistrement mal déclarée", "Wrongly declared kind",
             "Un champ de la nature n'a pas de type, ou un type que le produit ne connaît pas, ou "
             "sa date (`at`) n'est pas un champ de date.",
             "A field of the kind has no type or an unknown one, or its date (`at`) is no field of "
             "dates."},
    CodePage{
        "PAS-M027", "Limite dépassée", "Limit exceeded",
        "Le modèle compte plus d'éléments que le produit n'en admet ; le message donne la "
        "limite.",
        "The model has more of something than the product takes; the message gives the limit."},
    CodePage{"PAS-M028", "Règle sans effet possible", "Rule that cannot work",
             "La règle ne peut rien décider : elle ne donne rien, sa table n'a pas la colonne, "
             "ou sa clé n'est pas lue.",
             "The rule can decide nothing: it gives nothing, its table lacks the column, or its "
             "key is not read."},
    CodePage{"PAS-M029", "Test impossible à jouer", "Test that cannot be run",
             "Un fait du test n'est pas un enregistrement de sa nature, ou la cellule attendue "
             "n'est pas publiée.",
             "A fact of the test is no record of its kind, or the expected cell is not published."},
    CodePage{"PAS-M030", "Répartition impossible", "Impossible allocation",
             "Un centre de coûts ou une clé ne peut pas répartir : parts qui ne font pas un "
             "tout, centres qui se donnent l'un à l'autre sans fin, destination inconnue.",
             "A pool or a key cannot be spread: shares that are no whole, pools that give to each "
             "other without end, an unknown destination."},
    CodePage{"PAS-M031", "Heures d'ouverture impossibles", "Impossible opening hours",
             "Une plage finit avant de commencer, deux plages se chevauchent, ou un jour férié "
             "est inconnu.",
             "A span ends before it begins, two of them overlap, or a holiday is unknown."},
};

}  // namespace

std::span<const CodePage> code_pages() { return kPages; }

const CodePage* find_code_page(std::string_view code) {
  const auto page = std::find_if(kPages.begin(), kPages.end(),
                                 [&](const CodePage& known) { return known.code == code; });
  return page == kPages.end() ? nullptr : &*page;
}

}  // namespace passerelle::app
